"""Two taps in a row are cut: the one that is left in doubt, and the one that would have settled it. In this process.

A sample drawn with the run's seed; everything with --tears=all, except issue, whose quarter of a million pairs stay a sample.
"""

import pytest

from tests.tears import tally
from tests.tears.fields import SoftField
from tests.tears.flows import CUTS, FLOWS, length_of, stand
from tests.tears.stories import Broken, Told, after_two, cut_first
from tests.whole_system.shop_lab import make_wish

SAMPLE = 60
ISSUE_SAMPLE = 20000
SHOWN = 5
TWICE = tuple(flow for flow in FLOWS if flow.wish.kind != "show")


@pytest.mark.parametrize("second", ("again", "new sale"))
@pytest.mark.parametrize("flow", TWICE, ids=lambda flow: flow.name)
def test_two_cuts_of(flow, second, shop, staged, rng, tears_all):
    stage = staged[flow.stage]
    second_wish = flow.wish if second == "again" else make_wish(sale="second")
    firsts = [(number, mode) for number in range(length_of(shop, stage, flow.wish)) for mode in CUTS]
    lengths = {first: _second_length(shop, stage, flow, first, second_wish) for first in firsts}
    pairs = [(first, (number, mode)) for first in firsts for number in range(lengths[first]) for mode in CUTS]
    wanted = len(pairs) if tears_all else SAMPLE
    if flow.name == "issue":
        wanted = min(wanted, ISSUE_SAMPLE)
    chosen = pairs if wanted >= len(pairs) else rng.sample(pairs, wanted)
    failed = []
    for one, other in chosen:
        noise = rng.randrange(1 << 32)
        told = Told(shop, SoftField(shop, stand(shop, stage, noise)), flow, stage)
        try:
            first = cut_first(told, *one)
            after_two(told, first, second_wish, told.tap(second_wish, tear=other))
        except Broken as broken:
            tally.broken(broken.violations)
            failed.append("%s cut at %d:%s and %d:%s (noise %d): %s" % (flow.name, *one, *other, noise, broken))
    tally.count("in process, twice, %s" % flow.name, len(chosen), len(pairs))
    assert not failed, "%d of %d\n%s" % (len(failed), len(chosen), "\n".join(failed[:SHOWN]))


def _second_length(shop, stage, flow, first, second_wish):
    """How many exchanges the second tap takes when only the first was cut."""
    card = stand(shop, stage, 1)
    shop.present(card, flow.wish, first)
    return shop.present(card, second_wish)["exchanges"]
