"""What the books tell: settlement in money only, medians of even and odd numbers of gaps, reports that a pack does not give."""

from cardos.cbor import decode, encode
from cardos.offers.book import Book
from cardos.offers.reports import score, segment
from tests.portable.offer_packs import line, pack_of, row, rule

DAYS = 2251
RHYTHM = {"cycles": 2, "visits": 3}


def play(book, on, at="2026-03-01T10:00", **event):
    return book.play({"at": at, "on": on, **event})


def test_a_customer_has_lapsed_when_twice_the_median_gap_is_over():
    for gaps, twice_median in (
        ((6, 6), 12), ((3, 9), 12), ((2, 4, 40), 8), ((1, 10, 30), 20), ((1, 4, 10, 30), 14), ((5, 7, 9, 40), 16), ((1, 2, 3, 4, 5), 6), ((1, 9), 10),
        ((4, 5, 6, 7, 9, 20), 13), ((2, 3, 5, 8, 9, 20, 30), 16), ((9, 1), 10), ((1, 2, 3, 9, 30, 40), 12), ((7, 7, 7), 14), ((3, 3), 6),
        ((1, 2, 5, 11, 12, 13, 14, 15, 16), 24),
        ((1, 2, 3, 13, 40, 50, 60, 70), 53),
    ):  # fmt: skip
        visits = [DAYS]
        for gap in gaps:
            visits.append(visits[-1] + gap)
        limit = RHYTHM["cycles"] * twice_median // 2
        assert segment(RHYTHM, list(reversed(visits)) + visits, visits[-1] + limit) == "active", gaps
        assert segment(RHYTHM, visits, visits[-1] + limit + 1) == "lapsed", gaps
    assert segment({"cycles": 3, "visits": 3}, [5, 6, 8, 9], 12) == "active" and segment({"cycles": 3, "visits": 3}, [5, 6, 8, 9], 13) == "lapsed"


def test_early_days_and_long_pauses():
    assert segment(RHYTHM, [3, 10, 20], 37) == "active" and segment(RHYTHM, [3, 10, 20], 38) == "lapsed"
    assert segment(RHYTHM, [1, 2, 3], 100) == "lapsed" and segment(RHYTHM, [1, 2, 3], 6) == "lapsed" and segment(RHYTHM, [1, 2, 3], 5) == "active"


def test_who_has_not_come_often_enough_is_new():
    assert segment(RHYTHM, [], 5) == "new" and segment(RHYTHM, [5, 5, 9], 500) == "new" and segment(RHYTHM, [5, 7, 9], 9) == "active"
    assert segment({"cycles": 2, "visits": 1}, [5], 500) == "new" and segment({"cycles": 2, "visits": 0}, [], 500) == "new"


def test_the_score_rounds_each_part_down():
    pack = pack_of([row("spend", 1, "lifetime", per=1)], score={"c": 0, "per_point": 100, "service": 20, "year": 7})
    card = Book(pack).card("A")
    card.state = {1: (299, 0)}
    assert score(pack, card, DAYS) == 2
    card.services, card.joined_on = ["app", "mail", "app"], DAYS - 364
    assert score(pack, card, DAYS) == 42
    card.joined_on = DAYS - 365
    assert score(pack, card, DAYS) == 49


def test_reports_that_a_pack_does_not_give():
    plain, both = Book(pack_of([row()])), pack_of([row("spend", 1, "lifetime", per=1)], segment=RHYTHM, score={"c": 0, "per_point": 1, "service": 1, "year": 1})
    for what in ("segment", "score", "zeal", "abc"):
        for card in ("A", None):
            told = play(plain, "report", what=what, card=card)
            assert "segment" not in told and "score" not in told and "report" not in told
    told = play(Book(decode(encode(both))), "report", what="segment")
    assert told["segment"] == "new" and "score" not in told
    told = play(Book(decode(encode(both))), "report", what="score")
    assert told["score"] == 0 and "segment" not in told
    for what in ("segment", "score", "seal", "zeal", "abc"):
        told = play(Book(decode(encode(both))), "report", what=what, card=None)
        assert "segment" not in told and "score" not in told
    for what in ("seal", "zeal", "abc"):
        told = play(Book(decode(encode(both))), "report", what=what)
        assert "segment" not in told and "score" not in told


def test_partners_settle_what_is_money_and_nothing_else():
    counters = [row("points", 1, unit=5), row("stamps", 2)]
    points = rule("points", c=0, bp=0, worth=1, on=["*"], partners={"bakery": 100, "cinema": 1000})
    book = Book(decode(encode(pack_of(counters, earn=[points, rule("stamps", c=1, per=1)]))))
    for partner, price in (("bakery", 1000), ("cinema", 500)):
        play(book, "sale", currency="EUR", lines=[line(price)], partner=partner)
    assert play(book, "report", what="settlement")["report"] == {"bakery": 50, "cinema": 250}
    play(book, "sale", currency="EUR", lines=[line(1000)], partner="bakery", spend={"points": 20})
    assert play(book, "report", what="settlement")["report"] == {"bakery": 50 + 5 * 9 - 100, "cinema": 250}
    play(book, "refund", of=3)
    assert play(book, "report", what="settlement")["report"] == {"bakery": 50, "cinema": 250}
    assert play(book, "report", what="charity")["report"] == {}


def test_discounts_by_hand_are_counted_for_each_cashier():
    book = Book(pack_of([row()], [rule("rate", rates=[{"is": "manual"}], manual=True)], manual=2000))
    for who, rate_bp, price in (("K1", 1000, 500), ("K2", 500, 400), ("K1", 2000, 100), ("K3", 0, 100), ("K2", 100, 0)):
        play(book, "sale", currency="EUR", lines=[line(price)], cashier={"id": who, "rights": ["manual-discount"], "discount_bp": rate_bp, "reason": "x"})
    assert play(book, "report", what="manual-discounts")["report"] == {"K1": {"count": 2, "amount": 70}, "K2": {"count": 1, "amount": 20}}


def test_charity_comes_from_sales_and_donations_and_goes_back():
    donate = {"op": "donate", "offer": 0, "c": 0, "to": ["school", "shelter"], "worth": 2}
    book = Book(pack_of([row()], earn=[rule("points", c=0, bp=10000, worth=10), rule("share", to="school", bp=1000)], events=[donate]))
    play(book, "sale", currency="EUR", lines=[line(1000, 2)])
    play(book, "donate", to="shelter", amount=10)
    play(book, "donate", to="school", amount=3)
    assert play(book, "report", what="charity")["report"] == {"school": 206, "shelter": 20}
    play(book, "refund", of=0, lines=[{"sku": "latte", "qty": 1}])
    assert play(book, "report", what="charity")["report"] == {"school": 106, "shelter": 20}
    assert play(book, "report", what="settlement")["report"] == {}
