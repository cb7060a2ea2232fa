"""The bits of each answer in every other tap: issue, show, redeem, undo, block and rotate. A spoiled answer may end the tap; the same wish on
a card that then tells the truth comes to exactly one effect, and the next sale is right."""

from collections import Counter

import pytest

from cardos.exchange import Blocked, Done
from cardos.taps.block import block
from cardos.taps.issue import issue
from cardos.taps.rotate import rotate
from cardos.taps.sell import sell
from cardos.taps.undo import undo
from tests.bits import tally
from tests.bits.bench import FAMILIES, OPENING, OTHER, REF, STAMPS, Lab, prepared, stamps_of, word
from tests.bits.test_answers import flip, other_shapes, sampled
from tests.portable.shop import EPOCH, LINK, Keys, sale

ENOUGH = 12  # stamps on a card that redeems ten
TRIED_MAX = {"ntag424-lrp": 8}  # cases of one family and tap in a sampled run
TRIED_MAX_OF_OTHERS = 80
AGAIN_MAX = 2  # clean taps until the wish is done
SHOWN = 5


class TwoEpochs(Keys):
    epochs = (EPOCH, EPOCH + 1)


class Tapped(Lab):
    """A lab with a second key epoch; `epoch` is the one that new records are written in."""

    epoch = EPOCH

    def terms(self):
        return super().terms()._replace(keys=TwoEpochs(), epoch=self.epoch)


def last_sale(lab):
    def find(family, uid):
        entry = [entry for entry in lab.landed if entry["operation"] in ("earn", "redeem")][-1]
        return entry, any(other["undoes"] == entry["transaction"] for other in lab.landed)
    return find


class Flow:
    """One kind of tap. again: what the wish is answered when it had its effect; stamps: what the card shows afterwards."""

    again, stamps = None, OPENING + 2

    def lab(self, family):
        lab = prepared(family, 2)
        lab.__class__ = Tapped
        return lab

    def act(self, lab, spoil=None):
        raise NotImplementedError("a flow knows its tap")

    def is_right(self, lab):
        """After the wish is done: the next sale."""
        outcome = lab.wish(OTHER)
        return isinstance(outcome, Done) and stamps_of(outcome) == self.stamps + 1 and lab.stamps() == self.stamps + 1


class Issue(Flow):
    again, stamps = "ALREADY_ISSUED", OPENING

    def lab(self, family):
        return Tapped(family)

    def act(self, lab, spoil=None):
        return lab.tap(issue(lab.terms(), 1, LINK, {STAMPS: (OPENING, 0)}, "paper card"), spoil)


class Show(Flow):
    def act(self, lab, spoil=None):
        outcome = lab.show(spoil)
        assert not lab.wrote, "showing it wrote"
        assert not isinstance(outcome, Done) or stamps_of(outcome) == self.stamps, "shows %r" % stamps_of(outcome)
        return outcome


class Redeem(Flow):
    stamps = ENOUGH - 10

    def lab(self, family):
        lab = Tapped(family)
        assert isinstance(lab.issue({STAMPS: (ENOUGH, 0)}), Done)
        return lab

    def act(self, lab, spoil=None):
        if lab.effects(REF):
            return Done(None, None, [], None)
        doubts = [entry for entry in lab.open.values() if entry["sale"] == REF]
        return lab.tap(sell(lab.terms(), sale(0, "free-coffee"), REF, doubts[0] if doubts else None), spoil)


class Undo(Flow):
    again, stamps = "ALREADY_UNDONE", OPENING + 1

    def act(self, lab, spoil=None):
        return lab.tap(undo(lab.terms(), last_sale(lab)), spoil)


class Block(Flow):
    again = "ALREADY_BLOCKED"

    def act(self, lab, spoil=None):
        return lab.tap(block(lab.terms(), "lost"), spoil)

    def is_right(self, lab):
        return isinstance(lab.wish(OTHER), Blocked) and lab.stamps() == self.stamps


class Rotate(Flow):
    again = "EPOCH_CURRENT"

    def lab(self, family):
        lab = super().lab(family)
        lab.epoch, lab.has_hint = EPOCH + 1, False
        return lab

    def act(self, lab, spoil=None):
        return lab.tap(rotate(lab.terms()), spoil)


FLOWS = (Issue(), Show(), Redeem(), Undo(), Block(), Rotate())


def tell(flow, lab, state, spoil):
    """Returns (word for the report, what is wrong or None)."""
    shop = lab.copy(state)
    shop.__class__, shop.epoch = Tapped, lab.epoch
    said = []
    for number in range(1 + AGAIN_MAX):
        had_effect = bool(said) and said[-1] == "done"
        outcome = flow.act(shop, None if number else spoil)
        said.append(word(outcome))
        if had_effect and said[-1] not in (flow.again, "done"):
            return said[0], "%s" % said
    if not (said[-1] in ("done", flow.again) and "done" in said):
        return said[0], "never done: %s" % said
    if not flow.is_right(shop) or shop.open:
        return said[0], "not right after %s: %r stamps, %d open" % (said, shop.stamps(), len(shop.open))
    return said[0], None


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: type(flow).__name__.lower())
@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "classic-1k"])  # nothing it answers is believed
def test_every_bit_of_every_answer(family, flow, rng, tears_all):
    lab = flow.lab(family)
    state, clean = lab.card.state(), lab.copy()
    clean.__class__, clean.epoch = Tapped, lab.epoch
    assert isinstance(flow.act(clean), Done)
    answers = [bytes(answer) for answer in clean.answers]
    cases = [("bit %d" % bit, (number, flip(bit))) for number, answer in enumerate(answers) for bit in range(8 * len(answer))]
    cases += [(name, (number, change)) for number in range(len(answers)) for name, change in other_shapes(answers, [], number)]
    tried = cases if tears_all else sampled(rng, cases, TRIED_MAX.get(family, TRIED_MAX_OF_OTHERS))
    came, failed = Counter(), []
    for name, spoil in tried:
        told, wrong = tell(flow, lab, state, spoil)
        came[told] += 1
        if wrong:
            failed.append("exchange %d, %s: %s" % (spoil[0], name, wrong))
    tally.count("%s, %s" % (family, type(flow).__name__.lower()), len(tried), len(cases), came)
    assert not failed, "%d of %d\n%s" % (len(failed), len(tried), "\n".join(failed[:SHOWN]))
