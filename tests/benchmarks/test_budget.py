"""No tap may come to need more exchanges or bytes than the committed table says, or more exchanges than the design allows.

After a wanted change: python -m tests.benchmarks.exchanges --update
"""

import pytest

from tests.benchmarks import exchanges


@pytest.fixture(scope="module")
def measured():
    return exchanges.measure()


def test_no_tap_outgrows_the_committed_table(measured):
    committed = exchanges.committed()
    now = exchanges.counts(measured)
    assert now.keys() == committed.keys(), "the kinds of cards changed; write the table again with --update"
    grown = []
    for shape, day in now.items():
        assert day.keys() == committed[shape].keys()
        for label, numbers in day.items():
            for column, is_now, was in zip(exchanges.COLUMNS, numbers, committed[shape][label]):
                if is_now > was:
                    grown.append("%s, %s: %s grew from %d to %d" % (shape, label, column, was, is_now))
    assert not grown, "\n".join(grown)


@pytest.mark.parametrize("label", exchanges.EARNS)
def test_an_earning_tap_keeps_the_exchange_budget(measured, label):
    grown = []
    for name, shape in exchanges.shapes().items():
        budget = exchanges.budget_of(shape)
        if budget is not None and len(measured[name][label].air) > budget:
            grown.append("%s: %d, budget %d" % (name, len(measured[name][label].air), budget))
    assert not grown, "\n".join(grown)


def test_time_on_the_air_stays_near_what_the_protocol_needs(measured):
    """A model on counted frames, not a clock: it is the same on every machine."""
    problems = []
    for name, shape in exchanges.shapes().items():
        if exchanges.has_floor(shape):
            for label in ("first earn", "earn", "redeem", "undo"):
                for way, (spent, floor) in exchanges.air(shape, measured[name][label]).items():
                    if not floor - 1e-6 <= spent <= exchanges.AIR_RATIO_MAX * floor:
                        problems.append("%s, %s, %s: %.2f ms over a floor of %.2f" % (name, label, way, spent, floor))
    assert not problems, "\n".join(problems)


def test_skipping_equal_pages_saves_and_never_costs(measured):
    for name, shape in exchanges.shapes().items():
        if shape.skip_equal and exchanges.SKIPPED in name:
            whole = measured[name.replace(exchanges.SKIPPED, exchanges.WHOLE)]
            for label, tap in measured[name].items():
                assert len(tap.air) <= len(whole[label].air)
            assert len(measured[name]["earn"].air) < len(whole["earn"].air)
