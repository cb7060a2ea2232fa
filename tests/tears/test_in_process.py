"""Every exchange of every flow, cut in every mode, in this process: soft card, soft reader, tap desk and a real ledger."""

import pytest

from tests.tears import tally
from tests.tears.fields import SoftField
from tests.tears.flows import CUTS, FLOWS, length_of, stand
from tests.tears.stories import STORIES, Broken, Told, cut_first

SHOWN = 5  # failures printed of one test


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_cut_of(flow, story, shop, staged, rng):
    stage = staged[flow.stage]
    exchanges = length_of(shop, stage, flow.wish)
    cases = [(number, mode) for number in range(exchanges) for mode in CUTS]
    failed = []
    for case in cases:
        noise = rng.randrange(1 << 32)
        try:
            _tell(shop, stage, flow, story, case, noise)
        except Broken as broken:
            tally.broken(broken.violations)
            failed.append("%s cut at %d:%s (noise %d): %s" % (flow.name, *case, noise, broken))
    tally.count("in process, %s" % flow.name, len(cases), len(cases))
    assert not failed, "%d of %d\n%s" % (len(failed), len(cases), "\n".join(failed[:SHOWN]))


def _tell(shop, stage, flow, story, case, noise):
    told = Told(shop, SoftField(shop, stand(shop, stage, noise)), flow, stage)
    story(told, cut_first(told, *case))
