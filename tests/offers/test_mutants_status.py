"""What a sale says about the customer, and what time alone changes: levels that have an end, uses of a day, passes."""

from cardos.calendar import day_of, month_end, month_of, year_end
from cardos.cbor import decode, encode
from cardos.offers.evaluate import evaluate, rolled
from cardos.offers.refund import refund
from tests.portable.offer_packs import DAY, line, pack_of, row, rule, sale

LEVELS = row("level", 1, "level", names=["basic", "silver", "gold"])
UNITS = row("units_year", 2, "year")
YEAR_LEVEL = rule("year-level", c=0, units=1, over=4, to=1, years=1)
THIS_YEAR, NEXT_YEAR = year_end(2026), year_end(2027)


def rolls(roll, counters, state, day=DAY):
    """The state after the lazy rolling of a day."""
    return rolled(decode(encode(pack_of(counters, roll=roll))), state, day).state()


def sold(status, counters, state, *lines, **more):
    """(state, effects)."""
    return evaluate(decode(encode(pack_of(counters, status=status))), state, sale(*(lines or [line(300)]), **more))


def test_a_month_without_a_purchase_gives_nothing():
    counters = [row("month_spend", 1, "month", ids=[1, 2], per=100), row("rate", 3, "until")]
    benefit = rule("month-benefit", c=0, to=1, bands=[[0, 300], [10, 500]], rate=True)
    before, now = month_end(month_of(DAY) - 1), month_end(month_of(DAY))
    for spend, rest, rate_bp in ((0, 0, 0), (0, 1, 300), (9, 99, 300), (10, 0, 500)):
        after = rolls([benefit], counters, {1: (spend, before), 2: (rest, before)})
        assert after == ({3: (rate_bp, now)} if rate_bp else {}), (spend, rest)
    old = month_end(month_of(DAY) - 2)
    assert rolls([benefit], counters, {1: (50, old), 3: (500, before)}) == {}
    assert rolls([benefit], counters, {1: (50, now), 3: (500, now)}) == {1: (50, now), 3: (500, now)}


def test_a_level_that_decays_keeps_its_end_until_it_is_gone():
    decay = rule("decay", c=0, visit=1, months=3)
    counters = [LEVELS, row("visit", 2, "fact")]
    month = month_of(DAY)
    for ago, lost in ((3, 0), (4, 1), (6, 1), (7, 2), (10, 3)):
        state = {1: (2, DAY + 50), 2: (month - ago, 0)}
        left = max(0, 2 - lost)
        wanted = {1: (left, DAY + 50)} if left else {}
        wanted[2] = (month - ago + 3 * lost, 0)
        assert rolls([decay], counters, state) == wanted, ago
    assert rolls([decay], counters, {1: (2, DAY - 1), 2: (month, 0)}) == {2: (month, 0)}
    assert rolls([decay], counters, {1: (2, DAY + 50)}) == {1: (2, DAY + 50)}


def test_a_rule_runs_only_when_its_condition_holds():
    for condition, uses in ((["basket", 300], 1), (["basket", 301], 0)):
        assert sold([rule("count", c=0, when=condition)], [row()], {})[0].get(1, (0, 0))[0] == uses
        assert sold([rule("count", c=0, unless=[[condition, "NOT_ELIGIBLE"]])], [row()], {})[0].get(1, (0, 0))[0] == 1 - uses


def test_a_pass_is_open_once_and_comes_back_as_it_was():
    bought = rule("pass", c=0, sku="pass", days=30)
    counters = [row("pass", 1, "date")]
    for before, end in (({}, DAY + 29), ({1: (1, DAY - 1)}, DAY + 29), ({1: (1, DAY)}, DAY + 30), ({1: (1, DAY + 5)}, DAY + 35)):
        state, effects = sold([bought], counters, before, line(900, sku="pass"))
        assert state == {1: (1, end)}
        assert refund(pack_of(counters), state, effects["receipt"], None, None, DAY)[0] == before


def test_units_of_a_year_open_a_level_to_the_end_of_the_next():
    enough = {2: (5, THIS_YEAR)}
    for level, end, after in (
        (0, 0, (1, NEXT_YEAR)), (1, THIS_YEAR, (1, NEXT_YEAR)), (1, NEXT_YEAR, (1, NEXT_YEAR)), (1, NEXT_YEAR + 1, (1, NEXT_YEAR + 1)),
        (1, 0, (1, 0)), (2, THIS_YEAR, (2, THIS_YEAR)), (2, 0, (2, 0)),
    ):  # fmt: skip
        state, effects = sold([YEAR_LEVEL], [LEVELS, UNITS], {1: (level, end), **enough})
        assert state[1] == after
        assert [entry[0] for entry in effects["receipt"]["undo"]] == (["year-level"] if after != (level, end) else [])
    assert sold([YEAR_LEVEL], [LEVELS, UNITS], {2: (4, THIS_YEAR)})[0] == {2: (4, THIS_YEAR)}


def test_uses_are_counted_by_the_day():
    use = rule("use", c=0, last=1)
    counters, state = [row("uses", 1, "fact"), row("last", 2, "fact")], {}
    for number in (1, 2, 3, 4):
        state = sold([use], counters, state, second=number)[0]
        assert state == {1: (number, DAY), 2: (number, DAY)}
    assert sold([use], counters, state, day=DAY + 1, second=7)[0] == {1: (1, DAY + 1), 2: (7, DAY + 1)}
    assert sold([use], counters, {1: (4, DAY + 1)}, second=7)[0] == {1: (1, DAY), 2: (7, DAY)}  # a till whose clock was ahead


def test_units_end_with_their_year():
    units = rule("units", c=0, on=["coffee"])
    counters = [row("units_year", 1, "year")]
    assert sold([units], counters, {}, line(100, 3), line(100, 9, category="cake", sku="cake"))[0] == {1: (3, THIS_YEAR)}
    assert sold([units], counters, {1: (3, THIS_YEAR)}, day=day_of(2027, 1, 1))[0] == {1: (1, NEXT_YEAR)}
