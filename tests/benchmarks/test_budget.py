"""No tap may come to need more exchanges or bytes than the committed table says, or more exchanges than the design allows.

After a wanted change: python -m tests.benchmarks.exchanges --update
"""

import pytest

from tests.benchmarks import exchanges
from tests.benchmarks.air_time import frame_ms


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


@pytest.mark.parametrize("label", ["first earn", "earn"])
def test_an_earning_tap_keeps_the_exchange_budget(measured, label):
    for name, shape in exchanges.shapes().items():
        if shape.fast_read:
            assert measured[name][label].answer["exchanges"] <= exchanges.BUDGET[shape.counters, shape.password], name


def test_time_on_the_air_stays_near_what_the_protocol_needs(measured):
    """A model on counted frames, not a clock: it is the same on every machine."""
    for name, shape in exchanges.shapes().items():
        if shape.fast_read and shape.skip_equal:
            for label in ("first earn", "earn", "redeem", "undo"):
                for eeprom_ms, (spent, floor) in exchanges.air(shape, measured[name][label]).items():
                    assert floor < spent <= exchanges.AIR_RATIO_MAX * floor, (name, label, eeprom_ms)


def test_skipping_equal_pages_saves_and_never_costs(measured):
    for name, shape in exchanges.shapes().items():
        if shape.skip_equal:
            whole = measured[name.replace(exchanges.SKIPPED, exchanges.WHOLE)]
            for label, tap in measured[name].items():
                assert tap.answer["exchanges"] <= whole[label].answer["exchanges"]
            assert measured[name]["earn"].answer["exchanges"] < whole["earn"].answer["exchanges"]


def test_the_air_model_by_hand():
    """READ: 4 bytes out, 18 back, each of 9 bits and a frame's 2; delays and 0.09 ms of thinking."""
    assert frame_ms(b"\x30\x04", bytes(16), 2.0) == pytest.approx((38 + 164) * 0.00944 + 0.091 + 0.087 + 0.09)
    assert frame_ms(b"\xa2\x04" + bytes(4), b"\x0a", 2.0) == pytest.approx((74 + 6) * 0.00944 + 0.091 + 0.087 + 2.0)
