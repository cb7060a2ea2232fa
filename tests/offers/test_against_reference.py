"""Rows with other parameters and other events: the product against the plain, slow reading of the rules (`reference`)."""

import random

import pytest

from host_tools.offers.replay import replay_row
from tests.offers.compare import played_differences
from tests.offers.draw import KINDS, draw_row
from tests.offers.reference import play_row

ROWS_PER_KIND = 25


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_rows_come_out_alike(kind, seed):
    rng = random.Random("%s %s" % (kind, seed))
    for _ in range(ROWS_PER_KIND):
        row = draw_row(kind, rng)
        assert played_differences(row, play_row(row), replay_row(row)) == []


def test_a_sale_that_comes_back_bit_by_bit_leaves_no_level_that_the_rest_never_earned():
    """19 units, one back, two more, the other 18 back: two units in the year, of which more than 18 were wanted."""
    def sale(at, qty):
        return {"at": at, "on": "sale", "lines": [{"sku": "mile-%d" % qty, "category": "mile", "qty": qty, "unit_price": 1000}], "currency": "KWD"}

    def refund(at, qty):
        return {"at": at, "on": "refund", "of": 0, "lines": [{"sku": "mile-19", "qty": qty}]}

    events = [sale("2026-03-05T10:00", 19), refund("2026-03-31T10:00", 1), sale("2026-04-01T10:00", 2), refund("2026-04-02T10:00", 18)]
    parameters = {"currency": "KWD", "minor_digits": 3, "category": "mile", "over": 18, "tiers": ["base", "chairman"], "holds_years": 1, "invitation_tier": "hon"}
    row = {"id": "BITS", "name": "bits", "kind": "year-status", "parameters": parameters,
           "sequences": [{"name": "bits", "customer": "member", "events": events}]}
    played = replay_row(row)
    assert [event["counters"] for event in played["sequences"][0]] == [
        {"tier": "chairman", "units_year": 19}, {"tier": "base", "units_year": 18}, {"tier": "chairman", "units_year": 20}, {"tier": "base", "units_year": 2},
    ]
    assert played_differences(row, play_row(row), played) == []
