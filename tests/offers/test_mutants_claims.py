"""A price guarantee at its edges: free and returned units, a cent too much, receipt lines that nobody wrote."""

from cardos.cbor import decode, encode
from cardos.offers.book import Book
from tests.portable.offer_packs import line, pack_of, row, rule

FREE = rule("free-units", id="free-coffee", c=1, cost=1, units=1, sets=2, on=["coffee"], text="free coffee")
LINES = [line(500, 4), line(300, 2, category="cake", sku="cake")]


def shop(unit=1, days=14, stamps=0):
    """Books with one card that has bought 4 coffees of 5.00 and 2 cakes of 3.00; `stamps` of them free."""
    book = Book(decode(encode(pack_of([row("credit", 1, unit=unit), row("stamps", 2)], rewards=[FREE], guarantee={"c": 0, "days": days}))))
    book.card("A").state = {2: (stamps, 0)} if stamps else {}
    book.play({"at": "2026-03-01T10:00", "on": "sale", "currency": "EUR", "lines": LINES, "redeem": "free-coffee" if stamps else "none"})
    return book


def claim(book, found, credit, place="0:0", at="2026-03-02T10:00", **more):
    return book.play({"at": at, "on": "claim", "receipt_line": place, "found_price": found, "credit": credit, **more})


def refused(book, *arguments, **more):
    return claim(book, *arguments, **more).get("refused")


def play_tap(book):
    book.play({"at": "2026-03-01T10:00", "on": "tap"})


def returned(book, sku, qty):
    return book.play({"at": "2026-03-02T10:00", "on": "refund", "of": 0, "lines": [{"sku": sku, "qty": qty}]})


def test_the_difference_is_credited_for_each_unit_that_was_paid_and_stayed():
    assert claim(shop(), 450, 200)["counters"]["credit"] == 200
    assert claim(shop(), 290, 20, "0:1")["counters"]["credit"] == 20
    assert claim(shop(stamps=2), 450, 100)["counters"]["credit"] == 100
    book = shop(stamps=1)
    returned(book, "latte", 1)
    assert claim(book, 499, 2)["counters"]["credit"] == 2
    book = shop()
    returned(book, "latte", 1)
    assert claim(book, 499, 3)["counters"]["credit"] == 3
    credit = claim(shop(unit=50), 400, 400)["counters"]["credit"]
    assert credit == 8 and isinstance(credit, int)
    assert claim(shop(), 0, 2000)["counters"]["credit"] == 2000


def test_a_claim_must_say_exactly_what_is_due():
    for found, credit, code in (
        (450, 199, "CLAIM_MISMATCH"), (450, 201, "CLAIM_MISMATCH"), (450, 200, None), (500, 0, "NOT_ELIGIBLE"), (501, -4, "NOT_ELIGIBLE"),
        (900, 0, "NOT_ELIGIBLE"), (-1, 2004, "BAD_AMOUNT"), (499, 4, None),
    ):  # fmt: skip
        assert refused(shop(), found, credit) == code, (found, credit)


def test_a_line_of_free_or_returned_units_has_nothing_to_claim():
    book = Book(pack_of([row("credit", 1, unit=1), row("stamps", 2)], rewards=[FREE], guarantee={"c": 0, "days": 14}))
    book.card("A").state = {2: (5, 0)}
    book.play({"at": "2026-03-01T10:00", "on": "sale", "currency": "EUR", "lines": [line(500)], "redeem": "free-coffee"})
    assert refused(book, 0, 0) == "NOT_ELIGIBLE" and refused(book, -1, 0) == "BAD_AMOUNT"
    gone = shop()
    returned(gone, "latte", 4)
    assert refused(gone, 100, 0) == "NOT_ELIGIBLE"


def test_each_line_once_and_in_time():
    book = shop(days=14)
    assert refused(book, 450, 200, at="2026-03-16T10:00") == "CLAIM_LATE" and refused(book, 450, 200, at="2026-03-15T23:59") is None
    assert refused(book, 450, 200, at="2026-03-15T23:59") == "ALREADY_CLAIMED" and refused(book, 290, 20, "0:1", at="2026-03-15T23:59") is None
    assert refused(shop(), 450, 200, card=None) == "NOT_ELIGIBLE"


def test_receipt_lines_that_nobody_wrote():
    for place in ("", "0", ":", "0:", ":0", "0:0:0", "0:0:", "x:0", "0:x", "x", "-1:0", "0:-1", "0:2", "0:3", "7:0", "0.0", "0:0x"):
        assert refused(shop(), 450, 200, place) == "NO_SUCH_SALE", place
    book = shop()
    play_tap(book)
    for _ in range(5):  # what was before, what is this one, what comes later
        for ahead in (-1, 0, 1, 2, 40):
            assert refused(book, 450, 200, "%d:0" % (len(book.sales) + ahead)) == "NO_SUCH_SALE", ahead
    assert refused(book, 450, 200, card="A") is None


def test_returned_units_take_their_credit_back():
    for unit, found, credit in ((1, 450, 200), (50, 400, 400)):
        book = shop(unit=unit)
        assert claim(book, found, credit)["counters"]["credit"] == credit // unit
        done = returned(book, "latte", 1)
        assert done["counters"]["credit"] == credit // unit * 3 // 4 and done["refunded"] == 500
        book.card("A").state = {}
        assert returned(book, "latte", 2)["refunded"] == 1000 - credit // 2
        assert returned(book, "cake", 1)["refunded"] == 300


def test_credit_that_is_spent_comes_off_the_money_down_to_nothing():
    book = shop()
    claim(book, 0, 2000)
    book.card("A").state = {}
    assert returned(book, "latte", 1)["refunded"] == 0
    odd = Book(pack_of([row("credit", 1, unit=1)], [rule("off", amount=1)], guarantee={"c": 0, "days": 14}))
    odd.play({"at": "2026-03-01T10:00", "on": "sale", "currency": "EUR", "lines": [line(2, 2)]})
    claim(odd, 0, 4)  # 3 cents for two units: 2 each
    odd.card("A").state = {}
    assert [returned(odd, "latte", 1)["refunded"] for _ in range(2)] == [0, 0]
