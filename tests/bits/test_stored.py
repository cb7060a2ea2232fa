"""Each bit that a card keeps, flipped: what is looked at and sold afterwards is right, or nothing is sold and nothing written.

Each flipped card is met four times, always as that fresh copy: shown and sold to in the shop whose journal knows it, and in a shop of
the same keys that never saw it. That one may be shown an older record, if it was a true one: what two homes can hide from each
other, only the hub can see.
"""

from collections import Counter

import pytest

from cardos.errors import BadInput
from cardos.exchange import Done, InDoubt
from tests.bits import tally
from tests.bits.artefacts import RECORDS, bits_of, flipped
from tests.bits.bench import FAMILIES, OPENING, OTHER, REF, prepared, stamps_of, word

SALES = (3, 4)  # the newest record stands in either slot; a one-way counter is odd and even
TRIED_MAX = {"ntag424-lrp": 30}
TRIED_MAX_OF_OTHERS = 400
FOLLOWED_MAX = 3  # taps that a card with a doubt gets to end it
SHOWN = 5
_VOLATILE = ("failures", "in_a_row", "delay", "delays", "locked_for_good", "weak")


def lasting(card):
    """A card's state without what wrong keys count, and without the counts of reads that an NTAG21x and a 424's files keep."""
    state = _lasting(card.state())
    state.pop("counter", None)
    if card.family.startswith("ntag424"):
        for file in state["files"]:
            file.pop("counter", None)
    return state


def _lasting(value):
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in _VOLATILE}
    return [_lasting(item) for item in value] if isinstance(value, list) else value


class Case:
    """One flipped card. Each look raises AssertionError with what is wrong."""

    def __init__(self, lab, sales, bit, state):
        self.lab, self.base, self.bit, self.state = lab, OPENING + sales, bit, state
        self.kept = lasting(lab.copy(state).card)
        self.may_break = bit.group not in RECORDS  # a lock or a right that is off may refuse a write that was begun

    def fresh(self):
        return self.lab.copy(self.state)

    def show(self, shop, allowed):
        outcome = shop.show()
        assert not shop.wrote and lasting(shop.card) == self.kept, "showing it wrote"
        assert not isinstance(outcome, Done) or stamps_of(outcome) in allowed, "shows %r" % stamps_of(outcome)
        return word(outcome)

    def sell(self, shop, allowed):
        outcome = shop.wish(REF)
        if isinstance(outcome, Done):
            assert stamps_of(outcome) in [before + 1 for before in allowed], "sold: %r" % stamps_of(outcome)
            again = shop.wish(OTHER)
            if self.may_break and not isinstance(again, Done):
                self._end(shop, allowed)
                return word(outcome)
            assert stamps_of(again) == stamps_of(outcome) + 1, "after a sale %s" % stamps_of(again)
            seen = shop.stamps()
            assert seen == stamps_of(again) or (self.may_break and not isinstance(seen, int)), "not on the card: %r" % seen
        elif isinstance(outcome, InDoubt):
            assert self.may_break, "in doubt"
            self._end(shop, allowed)
        else:
            assert not shop.open and not shop.effects(REF), "%s with an intent" % word(outcome)
            assert self.may_break or not shop.wrote, "%s after a write" % word(outcome)
            assert self.may_break or lasting(shop.card) == self.kept, "%s and another card" % word(outcome)
        return word(outcome)

    def _end(self, shop, allowed):
        """A sale that a broken right left in doubt: nothing is minted, however often it is repeated."""
        for _ in range(FOLLOWED_MAX):
            shop.wish(REF)
        seen = shop.stamps()
        most = max(allowed) + shop.effects(REF) + len(shop.open)
        assert not isinstance(seen, int) or seen <= most, "%r stamps after a doubt, %d at most" % (seen, most)


def look_at(case):
    """What the known shop says of one flipped card, in one word; AssertionError when anything is wrong."""
    case.show(case.fresh(), (case.base,))
    told = case.sell(case.fresh(), (case.base,))
    older = (case.base, case.base - 1)
    case.show(case.fresh().forget(), older)
    case.sell(case.fresh().forget(), older)
    return told


@pytest.mark.parametrize("sales", SALES, ids=("odd", "even"))
@pytest.mark.parametrize("family", FAMILIES)
def test_every_stored_bit(family, sales, rng, tears_all):
    lab = prepared(family, sales)
    state, possible = lab.card.state(), bits_of(lab)
    most = len(possible) if tears_all else TRIED_MAX.get(family, TRIED_MAX_OF_OTHERS)
    tried = possible if len(possible) <= most else [possible[place] for place in sorted(rng.sample(range(len(possible)), most))]
    came, failed = Counter(), []
    for bit in tried:
        changed = flipped(state, bit)
        try:
            case = Case(lab, sales, bit, changed)
        except BadInput:
            came["no state of this chip"] += 1
            continue
        try:
            told = look_at(case)
            came["%s: %s" % (bit.group, told)] += 1
        except AssertionError as wrong:
            failed.append("%s %r bit %d: %s" % (bit.group, bit.path, bit.bit, wrong))
    tally.count("%s, %s, stored" % (family, "odd" if sales % 2 else "even"), len(tried), len(possible), came)
    assert not failed, "%d of %d\n%s" % (len(failed), len(tried), "\n".join(failed[:SHOWN]))
