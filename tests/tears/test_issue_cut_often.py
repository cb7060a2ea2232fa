"""An issue that is cut again and again, mostly so that a page is left weak: it ends whole, or is refused before it says done.

The fixed cases are those that once said done over a weak page, or never ended. The others are drawn with the run's seed.
"""

import pytest

from cardos.taps.cards import making_pages
from tests.tears import tally
from tests.tears.flows import cuts_of, flow
from tests.tears.stories import Broken
from tests.tears.work import AGAIN, MANY, case, tell

FAMILIES = ("ntag215", "ultralight-c", "ultralight-aes")
WEAK = ("half:weak", "half:weak0")
SAMPLE, CASES = 40, 4000  # of a family; the second with --tears=all
MORE = 60  # exchanges that a begun issue needs more than the clean one

FOUND = (
    ("ultralight-aes", [[52, "half:weak0"]], 446736623),  # key locks: read set by luck, frozen by luck
    ("ultralight-aes", [[20, "not-executed"], [14, "half:weak0"]], 1868953248),  # AUTH0 before the data key was on the chip
    ("ultralight-aes", [[9, "half:weak"], [14, "half:weak0"], [66, "half:weak0"], [74, "half:weak"]], 1935879669),
    ("ultralight-aes", [[27, "half:garbage"]], 1883203204),  # CFG0: a hidden UID in a header that only the key reads
    ("ultralight-aes", [[27, "half:garbage"]], 153606671),
    ("ultralight-c", [[74, "half:weak0"], [140, "half:weak"]], 784583731),  # AUTH1, beside an AUTH0 that nobody had touched
    ("ultralight-c", [[68, "half:weak"], [96, "half:weak"], [28, "half:zero"]], 1647797611),  # AUTH1 torn again behind AUTH0
    ("ultralight-c", [[80, "half:weak0"], [39, "half:weak"], [80, "half:weak0"]], 551185082),
)


def of_cuts(cuts, noise):
    """A case: as many presentations for the issue, each cut, and then what ends it."""
    return ["issue", MANY, [[AGAIN, *cut] for cut in cuts], noise]


@pytest.mark.parametrize("family, cuts, noise", FOUND, ids=lambda value: value if isinstance(value, str) else None)
def test_what_once_went_wrong(family, cuts, noise, shops):
    shop, staged = shops(family)
    tell(shop, staged, of_cuts(cuts, noise))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_issue_cut_two_to_four_times(family, shops, workers, judge, rng, tears_all):
    shop, staged = shops(family)
    stage = staged["blank"]
    cuts = cuts_of(shop, stage, flow("issue").wish)
    wanted = CASES if tears_all else SAMPLE
    failed, _ = workers.run([(family, [_draw(rng, cuts) for _ in range(wanted)])])
    tally.count("issue cut often, %s" % family, wanted, sum(len(cuts) ** times for times in (2, 3, 4)))
    judge(failed, wanted)


def test_one_look_is_not_enough(shops, monkeypatch):
    """Without the many looks a weak page passes for a whole one, and this suite sees it."""
    shop, staged = shops("ultralight-aes")
    monkeypatch.setattr(making_pages, "LOOKS", 1)
    seen = 0
    for noise in range(30):
        try:
            tell(shop, staged, case("issue", "repeated", 52, "half:weak0", noise))
        except Broken:
            seen += 1
    assert seen


def _draw(rng, cuts):
    drawn = [list(rng.choice(cuts))]
    for _ in range(rng.choice((1, 1, 2, 3))):
        drawn.append([rng.randrange(cuts[-1][0] + MORE), rng.choice(WEAK) if rng.random() < 0.7 else rng.choice(cuts)[1]])
    return of_cuts(drawn, rng.randrange(1 << 31))
