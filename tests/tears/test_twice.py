"""Two taps in a row are cut: the one that is left in doubt, and the one that would have settled it. In this process.

A sample drawn with the run's seed; everything with --tears=all, except issue, whose quarter of a million pairs stay a sample.
"""

import pytest

from cardos.soft_cards.tears import HALF
from tests.tears import tally
from tests.tears.fields import SoftField
from tests.tears.flows import CUTS, FLOWS, stand
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
    firsts = _cuts(shop.present(stand(shop, stage, 1), flow.wish, tracing=True))
    pairs = [(first, then) for first in firsts for then in _cuts_of_second(shop, stage, flow, first, second_wish)]
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


def _cuts(answer):
    """(exchange, mode) of everything that can be cut in a traced tap. Half an answer is the same in all six outcomes: once."""
    return [
        (number, mode)
        for number, line in enumerate(answer["trace"])
        for mode in CUTS
        if line["name"] == "WRITE" or not mode.startswith(HALF) or mode == HALF + ":old"
    ]


def _cuts_of_second(shop, stage, flow, first, second_wish):
    """What can be cut in the second tap when only the first was."""
    card = stand(shop, stage, 1)
    shop.present(card, flow.wish, first)
    answer = shop.present(card, second_wish, tracing=True)
    return _cuts(answer) if "trace" in answer else []
