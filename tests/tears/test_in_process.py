"""Every exchange of every flow of every family, cut in every mode, in this process: soft card, soft reader, tap desk, a real ledger.

`earn` and `redeem` are whole for every family, and all flows of a kind of chip's first family but the long ones. The rest is a
sample drawn with the run's seed; everything with --tears=all, and there every mode at every exchange.
"""

import pytest

from tests.tears import held, tally
from tests.tears.flows import CUTS, FAMILIES, cuts_of, flows_of, length_of
from tests.tears.stories import STORIES
from tests.tears.work import case

WHOLE = ("earn", "redeem")
LONG = {"issue": 200, "rotate": 150}  # cases of flows with many exchanges
# Cases of a flow of families that are like another one, have many exchanges, or whose cipher is slow (LRP).
FEWER = {"ntag213": 60, "ntag216": 60, "ultralight-c": 150, "ultralight-aes": 200, "ntag424-lrp": 60}

CASES = [(family, flow) for family in FAMILIES for flow in flows_of(family)]


@pytest.mark.parametrize("family, flow", CASES, ids=lambda value: getattr(value, "name", value))
def test_every_cut_of(family, flow, shops, workers, judge, rng, tears_all):
    shop, staged = shops(family)
    stage = staged[flow.stage]
    if tears_all:
        cuts = [(number, mode) for number in range(length_of(shop, stage, flow.wish)) for mode in CUTS]
    else:
        cuts = cuts_of(shop, stage, flow.wish)
    possible = [(story.__name__, number, mode) for story in STORIES for number, mode in cuts]
    wanted = len(possible)
    if not tears_all and flow.name not in WHOLE:
        wanted = min(wanted, FEWER.get(family, wanted), LONG.get(flow.name, wanted))
    chosen = possible if wanted == len(possible) else rng.sample(possible, wanted)
    failed, _ = workers.run([(family, [case(flow.name, *one, rng.randrange(1 << 31)) for one in chosen])])
    tally.count("in process, %s" % family, len(chosen), len(possible))
    judge(failed, len(chosen))


# --- commands held back ----------------------------------------------------------------------------------------------

SECURE = tuple(family for family in FAMILIES if family.startswith(("desfire", "ntag424")) or family == "ultralight-aes")
HELD = [(family, flow) for family in SECURE for flow in flows_of(family) if flow.name in ("earn", "redeem", "undo", "block", "rotate")]


@pytest.mark.parametrize("family, flow", HELD, ids=lambda value: getattr(value, "name", value))
def test_every_command_held_back_in(family, flow, shops, workers, judge, rng, tears_all):
    """An attacker keeps one command of the session and delivers it before, within or after the next tap."""
    shop, staged = shops(family)
    exchanges = length_of(shop, staged[flow.stage], flow.wish)
    possible = [
        (story.__name__, number, "%s%d" % (held.MODE, then)) for story in STORIES for number in range(exchanges) for then in range(exchanges + 3)
    ]
    wanted = len(possible) if tears_all else min(len(possible), FEWER.get(family, LONG["rotate"]), LONG["rotate"])
    chosen = possible if wanted == len(possible) else rng.sample(possible, wanted)
    failed, _ = workers.run([(family, [case(flow.name, *one, rng.randrange(1 << 31)) for one in chosen])])
    tally.count("held back, %s" % family, len(chosen), len(possible))
    judge(failed, len(chosen))
