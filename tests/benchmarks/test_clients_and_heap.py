"""What the two other benchmarks of taps measure can be measured: no clock is judged here, only that the work is done, and memory, which
is the same on every machine.
"""

import pytest

from tests import needs
from tests.benchmarks import heap, other_clients


@pytest.mark.parametrize("pair", other_clients.PAIRS, ids=lambda pair: pair[0])
def test_our_side_of_each_comparison(pair):
    _, _, _, make_card, ours, _ = pair
    card = other_clients.Timed(make_card())
    tap = ours(card)
    tap()
    tap()
    assert card.seconds > 0


@pytest.mark.parametrize("family", heap.FAMILIES)
def test_a_tap_fits_a_board(family):
    micropython = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    live, most, allocated = heap.measure(micropython, family)
    assert 0 < live <= most < heap.LIVE_MAX
    assert most <= allocated + live
