"""Where a card stands, row kind by row kind: what is shown, when it ends, what is near."""

from cardos.calendar import date_text
from cardos.cbor import decode, encode
from cardos.offers.evaluate import rolled
from cardos.offers.standing import coupons_left, counter_names, entitlements, expiries, lots, next_band, progress, view
from tests.portable.offer_packs import DAY, pack_of, row, rule

ROWS = [
    row("stamps", 1), row("slides", 2, "sliding", days=30), row("voucher", 3, "until"), row("month_spend", 4, "month", per=1), row("year_units", 5, "year"),
    row("spend", 6, "lifetime", ids=[6, 7], per=100), row("level", 8, "level", names=["basic", "silver"]),
    row("band", ids=[], kind="derived", of=5, at=[0, 10], names=["low", "high"]), row("pass", 9, "date"), row("coupons", 10, "bits", ids=[10, 11], count=25),
    row("birthday", 12, "fact"), row("version", 13, "version", first=4), row("secret", 14, hidden=True), row("waits", 15, "pending", ids=[15, 16, 17], days=3),
    row("points", 18, "lots", ids=[18, 19, 20], days=30), row("other", 21, "lots", ids=[21], days=30),
]  # fmt: skip
STATE = {
    1: (3, 0), 2: (4, DAY + 9), 3: (5, DAY + 1), 4: (6, DAY + 2), 5: (7, DAY + 3), 6: (12, 0), 7: (50, 0), 8: (1, DAY + 4), 9: (1, DAY), 10: (5, 0), 11: (2, 0),
    12: (229, 0), 13: (0, 0), 14: (9, DAY + 1), 15: (20, 0), 16: (30, DAY + 1), 17: (40, DAY + 2), 18: (50, DAY + 7), 19: (60, DAY + 5), 21: (8, DAY + 1),
}  # fmt: skip


def at(pack, state=None, day=DAY):
    return rolled(pack, state or {}, day)


def read(**rules):
    return decode(encode(pack_of(ROWS, **rules)))


def test_what_a_person_sees():
    pack = read()
    assert view(pack, at(pack, STATE)) == {
        "stamps": 3, "slides": 4, "voucher": 5, "month_spend": 6, "year_units": 7, "spend": 12, "level": "silver", "band": "high", "pass": date_text(DAY),
        "coupons": 22, "version": 4, "waits": 20, "pending": 70, "points": 110, "other": 8,
    }  # fmt: skip
    assert view(pack, at(pack)) == {
        "stamps": 0, "slides": 0, "voucher": 0, "month_spend": 0, "year_units": 0, "spend": 0, "level": "basic", "band": "low", "pass": None,
        "coupons": 25, "version": 4, "waits": 0, "pending": 0, "points": 0, "other": 0,
    }  # fmt: skip
    assert view(pack, at(pack, {13: (5, 0)}))["version"] == 5 and view(pack, at(pack, {9: (0, DAY)}))["pass"] is None


def test_the_first_day_on_which_something_ends():
    pack = read()
    assert expiries(pack, at(pack, STATE)) == {
        "stamps": 0, "slides": DAY + 9, "voucher": DAY + 1, "month_spend": 0, "year_units": 0, "spend": 0, "level": DAY + 4, "band": 0, "pass": DAY,
        "coupons": 0, "version": 0, "waits": 0, "points": DAY + 5, "other": DAY + 1,
    }  # fmt: skip
    assert set(expiries(pack, at(pack)).values()) == {0}


def test_the_dated_lots_of_the_first_counter_that_has_any():
    pack = read()
    assert lots(pack, at(pack, STATE)) == [[DAY + 5, 60], [DAY + 7, 50]]
    assert lots(pack, at(pack)) == []
    without = pack_of(ROWS[:-2])
    assert lots(without, at(without, STATE)) is None


def test_the_next_band_is_of_the_first_bands_that_can_be_told():
    by_basket, by_spend = {"bands": [[1000, 500], [2000, 800]]}, {"c": 5, "bands": [[10, 300], [20, 600]]}
    pack = read(next=[by_basket, by_spend])
    for gross, edge in ((None, [20, 600]), (0, [1000, 500]), (999, [1000, 500]), (1000, [2000, 800]), (2000, None)):
        assert next_band(pack, at(pack, STATE), gross) == edge
    beyond = read(next=[{"c": 5, "bands": [[12, 300], [20, 600]], "over": True}])
    assert next_band(beyond, at(beyond, STATE)) == [12, 300] and next_band(read(), at(read(), STATE), 5) is None
    assert next_band(read(next=[by_basket]), at(pack, STATE)) is None


def test_what_a_card_opens():
    pack = read(perks=[{"c": 8, "names": ["cinema"]}, {"c": 6, "levels": [["lounge"], ["lounge", "parking"]]}])
    assert entitlements(pack, at(pack, STATE)) == ["cinema", "lounge", "parking"]
    assert entitlements(pack, at(pack)) == ["lounge"] and entitlements(pack, at(pack, STATE), False) == []
    assert entitlements(pack, at(pack, STATE, DAY + 1)) == ["lounge", "parking"] and entitlements(pack, at(pack, {9: (0, DAY + 5)})) == ["lounge"]


def test_how_far_each_reward_is():
    free = rule("free-units", id="free-coffee", c=0, cost=2, units=1, sets=1, text="free coffee")
    gifts = rule("gifts", c=1, gifts=[["mug", 5, "a mug"], ["bag", 4, "a bag"]])
    pack = read(rewards=[rule("coupons", c=9, count=25, off=100, through=0), free, gifts])
    assert progress(pack, at(pack, STATE)) == [
        {"id": "free-coffee", "counter": "stamps", "stamps": 3, "needed": 2, "ready": 1, "reward": "free coffee"},
        {"id": "mug", "counter": "slides", "stamps": 4, "needed": 5, "ready": 0, "reward": "a mug"},
        {"id": "bag", "counter": "slides", "stamps": 4, "needed": 4, "ready": 1, "reward": "a bag"},
    ]
    for stamps, ready in ((-5, 0), (-1, 0), (0, 0), (1, 0), (2, 1), (7, 3)):
        assert progress(pack, at(pack, {1: (stamps, 0)}))[0]["ready"] == ready
    free["cost"] = 1
    pack = read(rewards=[free])
    assert [progress(pack, at(pack, {1: (stamps, 0)}))[0]["ready"] for stamps in (-1, 0, 1, 2)] == [0, 0, 1, 2]


def test_coupons_that_are_still_good():
    pack = read(rewards=[rule("free-units", id="x", c=0, cost=2, units=1, sets=1, text="x"), rule("coupons", c=9, count=25, off=100, through=DAY)])
    left = ["coupon-%d" % number for number in range(1, 26)]
    assert coupons_left(pack, at(pack)) == coupons_left(pack, at(pack, {}, DAY - 1)) == left and coupons_left(pack, at(pack, {}, DAY + 1)) == []
    assert coupons_left(pack, at(pack, STATE)) == [name for name in left if name not in ("coupon-1", "coupon-3", "coupon-25")]
    endless = read(rewards=[rule("coupons", c=9, count=3, off=100, through=0)])
    assert coupons_left(endless, at(endless, {}, DAY + 999)) == left[:3]


def test_the_names_of_counters_that_people_see():
    assert counter_names(read()) == {
        1: "stamps", 2: "slides", 3: "voucher", 4: "month_spend", 5: "year_units", 6: "spend", 8: "level", 9: "pass", 10: "coupons", 13: "version", 15: "waits",
        18: "points", 19: "points", 20: "points", 21: "other",
    }  # fmt: skip
