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
