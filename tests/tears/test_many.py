"""Two and three taps in a row are cut: the one that is left in doubt, and those that would have settled it. In this process.

Random cases over all families, drawn with the run's seed; more with --tears=all. Where a later tap ends before the place of its cut,
the case is told all the same and another one is drawn in its stead. Possible: cuts of as many taps as long as the clean one.
"""

import pytest

from tests.tears import tally
from tests.tears.flows import FAMILIES, cuts_of, flows_of
from tests.tears.work import AGAIN, MANY

CASES = 20000  # of all families together, with --tears=all
SAMPLE = 3000
LONGER = 2  # exchanges that a tap may need more than the clean one, because it settles first

OTHERS = ("second", "third")  # REFs of the sales that are wished instead


@pytest.mark.parametrize("family", FAMILIES)
def test_two_and_three_cuts_of(family, shops, workers, judge, rng, tears_all):
    shop, staged = shops(family)
    flows = [flow for flow in flows_of(family) if flow.wish.kind != "show"]
    cuts = {flow.name: cuts_of(shop, staged[flow.stage], flow.wish) for flow in flows}
    wanted = -(-(CASES if tears_all else SAMPLE) // len(FAMILIES))
    failed, told, missing = [], 0, wanted
    while missing and not failed:
        cases = [_draw(rng, rng.choice(flows), cuts) for _ in range(missing)]
        failed, missing = workers.run([(family, cases)])
        told += len(cases)
    possible = sum(len(found) ** 2 * 2 + len(found) ** 3 * 4 for found in cuts.values())
    tally.count("twice and thrice, %s" % family, wanted - missing, possible)
    judge(failed, told)


def _draw(rng, flow, cuts):
    """A case: the flow cut once, then one or two more presentations, for the same wish or for another sale, cut as well."""
    taps = [[AGAIN, *rng.choice(cuts[flow.name])]]
    for other in OTHERS[: rng.choice((1, 2))]:
        wish = rng.choice((AGAIN, other))
        of = cuts[flow.name if wish == AGAIN else "earn"]
        _, mode = rng.choice(of)
        taps.append([wish, rng.randrange(of[-1][0] + 1 + LONGER), mode])
    return [flow.name, MANY, taps, rng.randrange(1 << 31)]
