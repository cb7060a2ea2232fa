"""The books at their edges: what came twice, numbers instead of cards, friends, sales that are none."""

from cardos.bytes import I24_MAX
from cardos.cbor import decode, encode
from cardos.errors import BadInput
from cardos.offers.book import Book
from tests.portable.offer_packs import line, pack_of, row, rule

POINTS = row("points", 1, unit=1)
EARN = rule("points", c=0, bp=1000, worth=1)


def books(*counters, **rules):
    return Book(decode(encode(pack_of(counters or [POINTS], **{"earn": [EARN], **rules}))))


def play(book, on, at="2026-03-01T10:00", **event):
    return book.play({"at": at, "on": on, **event})


def points(cards, name):
    return cards[name].get("points", 0)


def sale(book, price=1000, **event):
    return play(book, "sale", currency="EUR", lines=[line(price)], **event)


def refused(book, on, **event):
    return play(book, on, **event).get("refused")


# --- Deliveries ---


def test_a_delivery_that_came_before_changes_nothing():
    book = books()
    assert sale(book, terminal=1, txn=7)["counters"] == {"points": 100}
    again = sale(book, terminal=1, txn=7)
    assert again["replayed"] is True and again["counters"] == {"points": 100} and "paid" not in again
    for terminal, txn in ((2, 7), (1, 8), (None, 7), (None, 7), (1, None), (1, None)):
        assert "replayed" not in sale(book, terminal=terminal, txn=txn)
    assert book.card("A").state == {1: (700, 0)}
    assert sale(book, card=None, terminal=1, txn=7)["replayed"] is True


def test_a_refused_delivery_may_come_again():
    book = books()
    assert refused(book, "sale", currency="USD", lines=[line(1)], terminal=1, txn=7) == "CURRENCY_MISMATCH"
    assert sale(book, terminal=1, txn=7)["counters"] == {"points": 100} and sale(book, terminal=1, txn=7)["replayed"] is True


def test_a_refund_may_name_the_delivery_that_came_twice():
    book = books()
    sale(book)
    sale(book, 2000, terminal=1, txn=7)
    sale(book, 2000, terminal=1, txn=7)
    assert play(book, "refund", of=2)["refunded"] == 2000 and refused(book, "refund", of=1) == "OVER_REFUND"
    assert play(book, "refund", of=0)["refunded"] == 1000


def test_a_delivery_is_found_again_among_many():
    book = books()
    for number in range(1, 8):
        sale(book, 1000 * number, terminal=1, txn=number)
    for number in range(1, 8):
        assert sale(book, 1000 * number, terminal=1, txn=number)["replayed"] is True
    assert [play(book, "refund", of=6 + number)["refunded"] for number in range(1, 8)] == [1000 * number for number in range(1, 8)]


def test_an_event_that_is_none_is_named_by_its_number():
    book = books()
    sale(book)
    try:
        book.play({"at": "2026-03-01T10:00", "on": "nothing"})
    except BadInput as trouble:
        assert "Event 1 " in trouble.message
    else:
        raise AssertionError("it was taken")


def test_what_is_no_sale_cannot_be_refunded():
    book = books()
    for of in (-2, -1, 0, 1, 2, 7):
        assert refused(book, "refund", of=of) == "NO_SUCH_SALE"
    for _ in range(3):
        for ahead in (0, 1, 2, 3, 9):
            assert refused(book, "refund", of=len(book.sales) + ahead) == "NO_SUCH_SALE"
    book = books()
    for _ in range(6):
        play(book, "tap")
    sale(book)  # event 6
    for of in (5, 7, 8, -1, -2):
        assert refused(book, "refund", of=of) == "NO_SUCH_SALE"
    assert play(book, "refund", of=6)["refunded"] == 1000


def test_a_sale_by_nobody_comes_back_to_nobody():
    book = books()
    assert "counters" not in sale(book, card=None)
    done = play(book, "refund", of=0, card=None)
    assert done["refunded"] == 1000 and done["cards"] == {} and "counters" not in done
    assert refused(book, "tap", card=None) == "NOT_ELIGIBLE"


# --- Numbers instead of cards ---

PHONE = {"card": None, "phone": "+371 1"}


def phones(**rules):
    return books(phones=True, **rules)


def test_a_number_nobody_has_yet_collects_until_a_card_is_enrolled_with_it():
    book = phones()
    first = sale(book, **PHONE)
    assert first["queued"] == {"points": 100} and "earned" not in first and "next" not in first and "counters" not in first
    assert sale(book, 500, **PHONE)["queued"] == {"points": 50} and sale(book, card=None, phone="+371 2")["queued"] == {"points": 100}
    joined = play(book, "enrol", phone="+371 1")
    assert joined["earned"] == {"points": 150} and joined["counters"] == {"points": 150} and book.queues == {"+371 2": {0: 100}}
    assert sale(book, **PHONE)["earned"] == {"points": 100} and book.card("A").state == {1: (250, 0)}
    assert sale(book, offline=True, **PHONE)["queued"] == {"points": 100} and book.card("A").state == {1: (250, 0)}


def test_points_are_never_spent_by_number_alone():
    for offline, code in ((True, "OFFLINE_BURN"), (False, "OVERDRAW")):
        book = phones()
        assert sale(book, spend={"points": 1}, offline=offline, **PHONE)["refused"] == code
        assert sale(book, spend={"points": -1}, offline=offline, **PHONE)["refused"] == "BAD_AMOUNT"
        assert sale(book, spend={"points": 0}, offline=offline, **PHONE)["queued"] == {"points": 100}
        assert play(book, "sale", currency="USD", lines=[line(1)], spend={"points": -1}, **PHONE)["refused"] == "CURRENCY_MISMATCH"


def test_a_number_means_nothing_where_the_shop_takes_none():
    book = books()
    assert sale(book, **PHONE)["earned"] == {} and book.queues == {}
    play(book, "enrol", phone="+371 1")
    assert book.phones == {}


def test_a_queue_holds_no_more_than_a_counter():
    book = phones(earn=[rule("points", c=0, bp=10000, worth=1)])
    assert sale(book, I24_MAX - 5, **PHONE)["queued"] == {"points": I24_MAX - 5}
    assert sale(book, 6, **PHONE)["refused"] == "COUNTER_RANGE" and sale(book, 5, **PHONE)["queued"] == {"points": 5}
    assert sale(book, I24_MAX + 1, card=None, phone="+371 2")["refused"] == "COUNTER_RANGE" and not book.queues.get("+371 2")
    assert sale(book, I24_MAX + 1, card=None, phone="+371 2", spend={"points": 1})["refused"] == "OVERDRAW"
    card = book.card("A", False)
    card.state = {1: (1, 0)}
    before = play(book, "enrol", phone="+371 1")
    assert before["refused"] == "COUNTER_RANGE" and card.state == {1: (1, 0)} and not card.joined and book.queues["+371 1"] == {0: I24_MAX}
    card.state = {}
    assert play(book, "enrol", phone="+371 1")["earned"] == {"points": I24_MAX} and card.joined


def test_a_full_queue_of_one_sale_and_a_welcome_beside_it():
    book = phones(earn=[rule("points", c=0, bp=10000, worth=1)], welcome=[{"c": 0, "points": 5}])
    assert sale(book, I24_MAX, **PHONE)["queued"] == {"points": I24_MAX}
    assert sale(book, 5, card=None, phone="+371 2")["queued"] == {"points": 5}
    joined = play(book, "enrol", phone="+371 2")
    assert joined["earned"] == {"points": 10} and joined["counters"] == {"points": 10}


def test_a_sale_by_number_comes_back_from_the_card_that_had_it():
    book = phones()
    play(book, "enrol", phone="+371 1")
    sale(book, **PHONE)
    play(book, "enrol", phone="+371 1", card="B")
    sale(book, **PHONE)
    told = play(book, "refund", of=1)
    assert points(told["cards"], "A") == 0 and points(told["cards"], "B") == 100


def test_a_sale_by_number_goes_back_from_its_queue_and_then_from_the_card():
    book = phones()
    sale(book, **PHONE)
    assert play(book, "refund", of=0, lines=[{"sku": "latte", "qty": 1}])["refunded"] == 1000 and book.queues["+371 1"] == {0: 0}
    sale(book, **PHONE)
    play(book, "enrol", phone="+371 1")
    done = play(book, "refund", of=2)
    assert done["refunded"] == 1000 and done["cards"]["A"] == {"points": 0}
    sale(book, **PHONE)
    sale(book, offline=True, **PHONE)
    play(book, "refund", of=6)
    assert book.queues["+371 1"] == {0: 0} and book.card("A").state == {1: (100, 0)}


# --- Friends ---

FRIENDS = {
    "earn": [rule("friend", c=0, count=1, friend=50, referrer=70, least=1000)], "status": [rule("count", c=1)],
    "referral": {"c": 0, "count": 1, "cap": 2},
}  # fmt: skip


def friends():
    return books(POINTS, row("purchases", 2), **FRIENDS)


def test_a_friends_first_sale_is_worth_something_to_both():
    book = friends()
    assert refused(book, "referral", friend="B") is None
    told = sale(book, card="B")
    assert told["earned"] == {"points": 50} and points(told["cards"], "A") == 70 and points(told["cards"], "B") == 50
    told = sale(book, card="B")
    assert told["earned"] == {} and points(told["cards"], "A") == 70
    told = play(book, "refund", of=1)
    assert points(told["cards"], "A") == 0 and points(told["cards"], "B") == 0 and told["refunded"] == 1000


def test_a_first_sale_that_is_too_small_ends_the_link():
    book = friends()
    play(book, "referral", friend="B")
    assert sale(book, 0, card="B")["earned"] == {}  # no purchase
    assert refused(book, "referral", friend="B", card="C") == "NOT_ELIGIBLE"
    book.card("A").state = {1: (10, 0)}
    told = sale(book, 999, card="B")
    assert points(told["cards"], "A") == 10
    book.card("A").state = {}
    assert told["earned"] == {} and points(sale(book, 1000, card="B")["cards"], "A") == 0


def test_a_cap_of_hundreds():
    book = books(POINTS, row("purchases", 2), **{**FRIENDS, "referral": {"c": 0, "count": 1, "cap": 300}})
    book.card("A").brought = [2026 * 12 + 2] * 299
    assert [refused(book, "referral", friend=name) for name in ("B", "C")] == [None, "REFERRAL_CAP"]


def test_a_friends_first_sale_that_comes_back_in_parts():
    book = friends()
    play(book, "referral", friend="".join(["B", "1"]))
    play(book, "sale", currency="EUR", lines=[line(1000, 2)], card="B1")
    back = [play(book, "refund", of=1, lines=[{"sku": "latte", "qty": 1}]) for _ in range(2)]
    assert [points(told["cards"], "A") for told in back] == [70, 0] and [told["refunded"] for told in back] == [1000, 1000]


def test_who_may_bring_whom():
    book = friends()
    assert refused(book, "referral", friend="A1", card="".join(["A", "1"])) == "SELF_REFERRAL"
    assert refused(book, "referral", friend="B", card=None) == "NOT_ELIGIBLE"
    assert refused(books(), "referral", friend="B") == "NOT_ELIGIBLE"
    sale(book, card="B")
    assert refused(book, "referral", friend="B") == "NOT_ELIGIBLE"
    assert [refused(book, "referral", friend=name) for name in ("C", "C", "D", "E")] == [None, "NOT_ELIGIBLE", None, "REFERRAL_CAP"]
    assert refused(book, "referral", friend="E", at="2026-04-01T10:00") is None
    assert refused(book, "referral", friend="F", card="B") is None


def test_a_friend_whose_bringer_is_full_waits():
    book = friends()
    play(book, "referral", friend="B")
    book.card("A").state = {1: (I24_MAX - 69, 0)}
    told = sale(book, card="B")
    assert told["refused"] == "COUNTER_RANGE" and points(told["cards"], "B") == 0 and book.card("A").state == {1: (I24_MAX - 69, 0)}
    book.card("A").state = {1: (I24_MAX - 70, 0)}
    assert points(sale(book, card="B")["cards"], "A") == I24_MAX


# --- What the books remember ---


def test_visits_and_joining():
    book = books()
    card = book.card("A", False)
    sale(book, 0)
    assert not card.joined and card.visits == [] and card.joined_on is None
    sale(book, at="2026-03-02T10:00")
    sale(book, at="2026-03-04T10:00")
    assert card.joined and card.visits == [2252, 2254] and card.joined_on == 2252
    assert book.card("B").joined and not book.card("A2", False).joined and book.card("A2").joined is False


def test_only_a_sale_or_joining_joins():
    donate = {"op": "donate", "offer": 0, "c": 0, "to": ["school"], "worth": 1}
    book = books(events=[donate])
    card = book.card("A", False)
    card.state = {1: (5, 0)}
    assert "refused" not in play(book, "donate", to="school", amount=1) and not card.joined and card.joined_on is None


def test_enrolment_is_the_day_of_joining():
    book = books(facts={})
    card = book.card("A", False)
    assert "refused" not in play(book, "enrol", at="2026-03-05T10:00") and card.joined and card.joined_on == 2255
    assert refused(book, "enrol") == "ALREADY_ENROLLED"


def test_lots_are_shown_with_their_days():
    counters = [row("active", 4, "fact"), row("stamps", 2), row("points", 1, "lots", ids=[1, 3], days=2)]
    book = books(*counters, earn=[rule("points", c=2, bp=1000, worth=1)])
    assert sale(book)["buckets"] == [{"through": "2026-03-02", "points": 100}]
    assert sale(book, 500, at="2026-03-02T10:00")["buckets"] == [{"through": "2026-03-02", "points": 100}, {"through": "2026-03-03", "points": 50}]
    assert sale(book, 0, at="2026-03-04T10:00")["buckets"] == []
    assert "buckets" not in sale(books()) and "buckets" not in sale(book, card=None)


def test_the_next_band_is_told_while_there_is_one():
    book = books(next=[{"bands": [[2000, 500]]}])
    assert sale(book)["next"] == {"band_at": 2000, "rate_bp": 500} and sale(book, 2000)["next"] is None
    assert "next" not in play(book, "referral", friend="B")
