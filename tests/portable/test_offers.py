"""The evaluator: a stamp for each unit, ten for a reward, integers only, everything or nothing."""

from cardos.offers.evaluate import AMOUNT_MAX, evaluate, rolled
from cardos.offers.opening import opening_state
from cardos.offers.standing import progress
from tests.portable.shop import DAY, PACK, sale


def line(qty=1, unit_price=450, category="coffee", sku="latte"):
    return {"sku": sku, "category": category, "qty": qty, "unit_price": unit_price}


def after(state, **options):
    state, effects = evaluate(PACK, {1: (state, 0)}, sale(**options))
    return state.get(1, (0, 0))[0], effects


def ending():
    """The starter pack with stamps that end."""
    pack = dict(PACK)
    pack["counters"] = [{"name": "stamps", "kind": "sliding", "ids": [1], "debt": True, "days": 30}]
    return pack


def of_lines(*lines):
    return {"amount": sum([x["qty"] * x["unit_price"] for x in lines]), "lines": lines}


def test_an_amount_is_one_unit_and_a_line_its_quantity():
    assert after(0)[0] == 1
    assert after(0, **of_lines(line(3), line(2, category="cake")))[0] == 3
    assert after(0, **of_lines(line(2, unit_price=0)))[0] == 0
    assert after(0, **of_lines(line(category="cake", sku="coffee")))[0] == 1  # named by article number


def test_a_reward_takes_ten_and_the_sale_earns_its_own():
    state, effects = after(10, redeem="auto")
    assert state == 1 and effects["rewards"] == ["free coffee x1"] and effects["paid"] == 450 and effects["earned"] == {0: 1}
    assert after(23, redeem="free-coffee")[0] == 14
    assert after(9, redeem="auto")[0] == 10 and after(10)[0] == 11


def test_redeeming_alone_is_a_sale_of_nothing():
    state, effects = after(12, amount=0, redeem="free-coffee")
    assert state == 2 and effects["earned"] == {} and effects["paid"] == 0


def test_refusals_leave_the_state_alone():
    cases = (
        (9, {"redeem": "free-coffee"}, "OVERDRAW"),
        (0, {"redeem": "free-tea"}, "REWARD_UNKNOWN"),
        (8388607, {}, "COUNTER_RANGE"),
        (0, {"amount": -1}, "BAD_AMOUNT"),
        (0, {"amount": AMOUNT_MAX + 1}, "BAD_AMOUNT"),
        (0, {"amount": 1, "lines": [line()]}, "BAD_AMOUNT"),
        (0, of_lines(line(0)), "BAD_LINE"),
        (0, {"amount": 449, "lines": [line(1, -1), line()]}, "BAD_LINE"),
        (0, {"amount": 0, "lines": [line(1, 0)] * 201}, "BAD_LINE"),
    )
    for stamps, options, code in cases:
        before = {1: (stamps, 0)}
        state, effects = evaluate(PACK, before, sale(**options))
        assert effects["refused"] == code and state.get(1, (0, 0)) == (stamps, 0), (options, effects)
    foreign = sale()
    foreign["currency"] = "USD"
    assert evaluate(PACK, {}, foreign)[1]["refused"] == "CURRENCY_MISMATCH"


def test_the_counter_reaches_its_top_and_no_further():
    assert after(8388606)[0] == 8388607


def test_stamps_end_after_their_last_day():
    pack = ending()
    state, _ = evaluate(pack, {}, sale())
    assert state[1] == (1, DAY + 29)
    late = sale()
    late["day"] = DAY + 29
    assert evaluate(pack, state, late)[0][1] == (2, DAY + 58)
    late["day"] = DAY + 30
    assert evaluate(pack, state, late)[0][1] == (1, DAY + 59)


def test_progress():
    here = progress(PACK, rolled(PACK, {1: (7, 0)}, DAY))
    assert here == [{"id": "free-coffee", "counter": "stamps", "stamps": 7, "needed": 10, "ready": 0, "reward": "free coffee"}]
    assert progress(PACK, rolled(PACK, {1: (25, 0)}, DAY))[0]["ready"] == 2 and progress(PACK, rolled(PACK, {}, DAY))[0]["stamps"] == 0


def test_opening_stamps_end_like_earned_ones():
    assert opening_state(PACK, {"stamps": 4}, DAY) == {1: (4, 0)}
    assert opening_state(ending(), {"stamps": 4}, DAY) == {1: (4, DAY + 29)}
    assert opening_state(ending(), {"stamps": 0}, DAY) == {}
