"""Rewards and earning at their edges: names that nobody has, versions, the last coupon, one stamp short."""

from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate, rolled
from cardos.offers.refund import refund
from cardos.offers.rewards import set_cost
from tests.portable.offer_packs import DAY, line, pack_of, row, rule, sale

FREE = rule("free-units", id="free-coffee", c=0, cost=10, units=1, sets=1, auto=True, text="free coffee")
GIFTS = rule("gifts", c=0, gifts=[["mug", 5, "a mug"], ["bag", 3, "a bag"]], auto=True)
COUPONS = rule("coupons", c=0, count=6, off=100, through=0)
VERSIONS = [[1, 0, 10], [3, DAY, 12], [1000, DAY + 10, 15]]
MOVING = rule("free-units", id="free-coffee", c=0, v=1, versions=VERSIONS, finish=True, units=1, sets=1, auto=True, text="free coffee")


def sold(rules, state, *lines, counters=None, **more):
    """(state, effects) of a sale under these rewards."""
    pack = decode(encode(pack_of(counters or [row("stamps")], rewards=rules)))
    return evaluate(pack, state, sale(*(lines or [line(300)]), **more))


def moved(state, day=DAY, **more):
    """(state, effects) under an offer whose version 3 starts on DAY."""
    return sold([MOVING], state, counters=[row("stamps"), row("version", 2, "version", first=1)], day=day, **more)


def test_names_that_nobody_has():
    for rules, name, code in (
        ([GIFTS], "coupon-9", "REWARD_UNKNOWN"), ([FREE], "coupon-1", "REWARD_UNKNOWN"), ([COUPONS], "mug", "REWARD_UNKNOWN"),
        ([COUPONS], "coupon-0", "COUPON_UNKNOWN"), ([COUPONS], "coupon-7", "COUPON_UNKNOWN"), ([GIFTS, COUPONS], "coupon-7", "COUPON_UNKNOWN"),
    ):  # fmt: skip
        assert sold(rules, {}, redeem=name)[1]["refused"] == code


def test_a_reward_comes_by_itself_unless_none_is_wanted():
    for wanted, discount in ((None, 300), ("".join(["au", "to"]), 300), ("".join(["no", "ne"]), 0), ("free-coffee", 300)):
        assert sold([FREE], {1: (10, 0)}, redeem=wanted)[1]["discount"] == discount


def test_a_reward_for_one_stamp_needs_the_card_too():
    cheap = dict(FREE)
    cheap["cost"] = 1
    assert sold([cheap], {1: (1, 0)}, card=False, redeem="free-coffee")[1]["refused"] == "OVERDRAW"
    assert sold([cheap], {1: (1, 0)}, card=False)[1]["discount"] == 0 and sold([cheap], {1: (1, 0)})[1]["discount"] == 300


def test_of_several_gifts_the_first_comes_by_itself_and_any_by_name():
    assert sold([GIFTS], {1: (5, 0)})[1]["rewards"] == ["a mug x1"]
    assert sold([GIFTS], {1: (4, 0)})[1]["rewards"] == []
    state, effects = sold([GIFTS], {1: (5, 0)}, redeem="bag")
    assert effects["rewards"] == ["a bag x1"] and state == {1: (2, 0)}


def test_each_coupon_is_used_once_and_returns_as_itself():
    for number in range(1, 7):
        name = "coupon-%d" % number
        state, effects = sold([COUPONS], {}, redeem=name)
        assert state == {1: (1 << (number - 1), 0)} and effects["discount"] == 100
        assert sold([COUPONS], state, redeem=name)[1]["refused"] == "COUPON_USED"
        full = {1: (63 - (1 << (number - 1)), 0)}
        assert "refused" not in sold([COUPONS], full, redeem=name)[1]
        assert refund(pack_of([row("stamps")]), {1: (63, 0)}, effects["receipt"], None, None, DAY)[0] == full


def test_a_coupon_on_nothing_stays_good():
    state, effects = sold([COUPONS], {}, line(0), redeem="coupon-2")
    assert effects["refused"] == "NOT_ELIGIBLE" and state == {}
    assert sold([COUPONS], {}, line(1), redeem="coupon-2")[1]["discount"] == 1


def test_a_set_costs_what_the_cards_version_says():
    pack = decode(encode(pack_of([row("stamps"), row("version", 2, "version", first=1)], rewards=[MOVING])))
    for version, cost in ((0, 10), (1, 10), (3, 12), (1000, 15), (2, 15)):  # the newest where the pack does not know the card's
        assert set_cost(pack["rules"]["rewards"][0], rolled(pack, {2: (version, 0)}, DAY)) == cost, version


def test_an_empty_card_moves_to_the_newest_version_that_has_started():
    assert moved({})[0] == {2: (3, 0)}
    assert moved({}, DAY - 1)[0] == {}  # version 1 is what a card has that was never moved
    assert moved({1: (1, 0)})[0] == {1: (1, 0)}
    assert moved({2: (1000, 0)})[0] == {2: (1000, 0)}  # it was moved early, and stays
    assert moved({}, DAY + 10)[0] == {2: (1000, 0)}


def test_a_card_that_spends_its_last_stamps_moves_on():
    state, effects = moved({1: (10, 0)})
    assert state == {2: (3, 0)} and effects["receipt"]["given"][0][4] == [1, 3, 1]
    state, effects = moved({1: (10, 0)}, DAY - 1)
    assert state == {} and effects["receipt"]["given"][0][4] is None
    state, effects = moved({1: (15, 0), 2: (1000, 0)}, DAY + 11)
    assert state == {2: (1000, 0)} and effects["receipt"]["given"][0][4] is None


def earned(rule_, state, *lines, **more):
    """{row: units} that a sale earns under one rule."""
    counters = [row(), row("carry", 2), row("count", 3)]
    return evaluate(decode(encode(pack_of(counters, earn=[rule_]))), state, sale(*lines, **more))[1]["earned"]


def test_stamps_below_one_are_none():
    stamps = rule("stamps", c=0, per=3, on=["latte"])
    assert [earned(stamps, {}, line(100, qty)) for qty in (2, 3, 5, 6)] == [{}, {0: 1}, {0: 1}, {0: 2}]
    assert earned(stamps, {}, line(100, 3, category="")) == {0: 1}
    assert earned(rule("stamps", c=0, per=1, on=["coffee"]), {}, line(100, sku="")) == {0: 1}
    assert earned(rule("stamps", c=0, per=1, on=["tea"], amount=True), {}, amount=100) == {0: 1}
    assert earned(rule("stamps", c=0, per=1, on=["tea"], amount=True), {}, line(100)) == {}


def test_what_is_carried_never_owes():
    steps = rule("steps", c=0, step=100, per=1, carry=1)
    for carried, price, points in ((-1, 100, {0: 1}), (0, 99, {}), (1, 99, {0: 1}), (99, 101, {0: 2})):
        assert earned(steps, {2: (carried, 0)}, line(price)) == points


def test_a_friends_first_sale_needs_the_least_sum():
    friend = rule("friend", c=0, count=2, friend=50, referrer=70, least=1000)
    for paid, points in ((999, {}), (1000, {0: 50}), (1001, {0: 50})):
        assert earned(friend, {}, line(paid), referred=True) == points
    assert earned(friend, {3: (1, 0)}, line(1000), referred=True) == {} and earned(friend, {}, line(1000)) == {}
