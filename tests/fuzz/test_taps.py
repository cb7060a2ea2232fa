"""Whole taps on a card that talks nonsense: each ends by itself, with a refusal or an error of ours, and nothing is intended or settled.

Then true cards that lie often: whatever is told as done is done once, and no lie becomes a stamp.
"""

import pytest

from cardos import tap_runner
from cardos.errors import CardLost, StampdError
from cardos.exchange import Case, Done, InDoubt, NotOurs, Presentation, Refused
from cardos.taps.block import block
from cardos.taps.issue import issue
from cardos.taps.read import read
from cardos.taps.repair import repair
from cardos.taps.rotate import rotate
from cardos.taps.sell import sell
from cardos.taps.settle_only import settle_only
from cardos.taps.undo import undo
from tests.bits.bench import FAMILIES, OPENING, OTHER, REF, Lab, prepared, stamps_of, word
from tests.fuzz.cases import how_many, mutated, noise
from tests.portable.shop import EPOCH, LINK, UID, sale

pytestmark = pytest.mark.property

HINTS = FAMILIES + ("ntag213", "ntag216", None)
KINDS = {"classic-1k": "classic", "ultralight-c": "type2", "ultralight-aes": "type2", "ntag213": "type2", "ntag215": "type2", "ntag216": "type2"}
WISHES = {
    "show": lambda lab: read(lab.terms()),
    "sell": lambda lab: sell(lab.terms(), sale(), REF),
    "undo": lambda lab: undo(lab.terms(), lambda family, uid: None),
    "block": lambda lab: block(lab.terms(), "lost"),
    "settle": lambda lab: settle_only(lab.terms()),
    "repair": lambda lab: repair(lab.terms(), lambda family, uid: {1: (1, 0)}),
    "rotate": lambda lab: rotate(lab.terms()),
    "issue": lambda lab: issue(lab.terms(), 1, LINK, {}, ""),
}  # fmt: skip
LYING_SHARE = {"ntag424-lrp": 0.003}  # of a test's cases; all others
LYING_SHARE_OF_OTHERS = 0.1


class Babble:
    """A link to a card of noise: of the length that the question asks for, of another, or nothing."""

    def __init__(self, rng, kind, uid, family):
        self._rng, self._found, self.asked = rng, Presentation(kind, uid, b"", family, rng.choice((None, EPOCH, 200))), 0
        self._words = rng.choice((b"\x91\x00", b"\x91\xaf", b"\x90\x00", None, None))

    def presented(self, uid_wanted):
        return self._found

    def exchange(self, frame, wait_ms):
        self.asked += 1
        rng = self._rng
        if rng.randrange(60) == 0:
            raise CardLost("silence")
        if rng.randrange(12) == 0:
            return noise(rng, 70)
        if self._found.kind == "iso-dep":
            body = rng.randbytes(rng.choice((0, 7, 8, 16, 17, 32, 36, 56, 96, 1)))
            return body + (self._words or rng.choice((b"\x91\x00", b"\x91\xaf", b"\x90\x00", rng.randbytes(2))))
        return self._pages(frame)

    def _pages(self, frame):
        rng, code = self._rng, frame[:1]
        if code == b"\x30":
            return rng.randbytes(16) if rng.randrange(2) else bytes(16)
        if code == b"\x3a":
            return rng.randbytes(4 * max(1, frame[2] - frame[1] + 1))
        if code == b"\x1a" or code == b"\xaf":
            return (b"\xaf" if code == b"\x1a" else b"\x00") + rng.randbytes(rng.choice((8, 16)))
        return rng.choice((b"\x0a", b"\x0a", b"\x00", rng.randbytes(2), rng.randbytes(3), rng.randbytes(8)))


class Desk:
    """Answers as a home that knows nothing of this card; what must not be asked for is an AssertionError."""

    def __init__(self, lab):
        self._lab = lab

    def familiar(self, found):
        return found

    def recall(self, family, uid):
        return self._lab.recall(family, uid)

    def ledger_state(self, family, uid):
        return None

    def case(self, case):
        assert isinstance(case, Case)

    def intend(self, entry):
        raise AssertionError("intended on noise: %r" % (entry,))

    settle = land = intend


@pytest.mark.parametrize("hint", HINTS)
def test_a_card_of_noise(hint, rng):
    lab = Lab("ntag215")
    for _ in range(how_many()):
        kind = KINDS.get(hint, "iso-dep") if hint else rng.choice(("type2", "iso-dep"))
        uid = rng.choice((UID, UID, b"\x08abc", None if kind != "classic" else UID[:4]))
        wish = rng.choice([name for name in WISHES if (name, kind) != ("issue", "classic")])  # any Classic may be taken: its UID is all it is
        link = Babble(rng, kind, uid, hint)
        try:
            outcome = tap_runner.run(WISHES[wish](lab), link, Desk(lab))
        except StampdError as error:
            outcome = error
        assert isinstance(outcome, (StampdError, NotOurs, Refused)), "%s: %r" % (wish, outcome)
        assert link.asked <= tap_runner.EXCHANGES_MAX


class Liar(Lab):
    """A `Lab` whose link lies often: one answer in `often`, or all of a tap's answers from number `true` on."""

    rng, often, true = None, 0, None

    def exchange(self, frame, wait_ms):
        number = self.exchanges
        answer = super().exchange(frame, wait_ms)
        if not self.often or (number < self.true if self.true is not None else self.rng.randrange(self.often)):
            return answer
        kind = self.rng.randrange(4)
        if kind == 0:
            raise CardLost("silence")
        return mutated(self.rng, answer) if kind < 3 else noise(self.rng, 40)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_card_that_lies_often(family, rng):
    """Two taps of one sale under many lies, then the truth: never more stamps than sales, and a sale told as done is on the card."""
    sales = 2
    lab = prepared(family, sales)
    state, base, done = lab.card.state(), OPENING + sales, 0
    for _ in range(how_many(LYING_SHARE.get(family, LYING_SHARE_OF_OTHERS))):
        shop = lab.copy(state, rng.randrange(1 << 30))
        shop.__class__ = Liar
        shop.rng, shop.often, shop.true = rng, rng.choice((2, 4, 8, 16)), rng.choice((None, rng.randrange(1, 20)))
        told = [shop.wish(REF), shop.wish(REF)]
        shop.often = 0
        last = shop.wish(OTHER)
        said = [word(outcome) for outcome in told + [last]]
        done += isinstance(last, Done)
        assert shop.effects(REF) <= 1 and shop.effects(OTHER) <= 1
        seen = stamps_of(last) if isinstance(last, Done) else shop.stamps()
        most = base + min(1, shop.effects(REF) + len(shop.open)) + shop.effects(OTHER)
        assert not isinstance(seen, int) or base <= seen <= most, said
        if any(isinstance(outcome, Done) for outcome in told):
            assert shop.effects(REF) == 1 and (not isinstance(last, Done) or seen == base + 2), said
        assert isinstance(last, (Done, InDoubt, NotOurs, Refused, StampdError))
    assert done, "nothing was ever sold after the lies"

