"""Each bit of each answer that a card gives during a sale, flipped on the way: one effect or none, and two clean taps make it right.

Beside the bits: an answer cut by one byte, made longer by one, emptied (to its status, to an ACK, to nothing), and replaced by every
other answer of the same tap and of an earlier one; and a command that the card never gets, answered by any of these. The card stays;
only the link lies, once.
"""

from collections import Counter

import pytest

from cardos.exchange import Done, InDoubt
from tests.bits import tally
from tests.bits.bench import FAMILIES, OPENING, OTHER, REF, prepared, stamps_of, word

SALES = 3
TRIED_MAX = {"ntag424-lrp": 150}  # cases of one family in a sampled run: LRP needs a hundred AES blocks for each block of its own
TRIED_MAX_OF_OTHERS = 1200
SHOWN = 5


def flip(bit):
    """Flips one bit of an answer, the highest bit of the first byte first."""
    def spoil(answer):
        changed = bytearray(answer)
        changed[bit // 8] ^= 0x80 >> bit % 8
        return bytes(changed)
    return spoil


def other_shapes(answers, earlier, number):
    """[(name, function)] of what else may become of an answer."""
    answer = answers[number]
    shapes = [("cut", lambda a: a[:-1]), ("cut in front", lambda a: a[1:]), ("longer", lambda a: a + a[-1:]), ("nothing", lambda a: b""),
              ("status only", lambda a: a[-2:]), ("91 00", lambda a: b"\x91\x00"), ("ACK", lambda a: b"\x0a"), ("NAK", lambda a: b"\x00"),
              ("zeros", lambda a: bytes(len(a)))]
    others = {bytes(other) for other in answers + earlier if bytes(other) != bytes(answer)}
    shapes += [("replayed " + other.hex(), lambda a, other=other: other) for other in sorted(others)]
    return [(name, change) for name, change in shapes if change(answer) != answer]


def forged(answers, earlier, number):
    """[(name, function)]: answers to a command that was never sent. The card's own answer to it is foretold here and nowhere else."""
    made = {bytes(answer) for answer in answers + earlier}
    made.discard(answers[number])
    made.update({b"\x91\x00", b"\x90\x00", b"\x0a", b"\x00"})
    return [("unsent " + answer.hex(), lambda _, answer=answer: answer) for answer in sorted(made)]


def cases_of(lab, earlier):
    """([(name, spoil)] of all bits, the same of all other shapes and forgeries) of a clean sale of this lab."""
    clean = lab.copy()
    assert isinstance(clean.wish(REF), Done)
    answers = [bytes(answer) for answer in clean.answers]
    bits = [("bit %d" % bit, (number, flip(bit))) for number, answer in enumerate(answers) for bit in range(8 * len(answer))]
    shapes = [(name, (number, change)) for number in range(len(answers)) for name, change in other_shapes(answers, earlier, number)]
    shapes += [(name, (number, change, False)) for number in range(len(answers)) for name, change in forged(answers, earlier, number)]
    return bits, shapes


def sampled(rng, cases, most):
    return cases if len(cases) <= most else [cases[place] for place in sorted(rng.sample(range(len(cases)), most))]


def tell(lab, state, spoil, then=(REF, OTHER)):
    """One sale with one spoiled answer, then two clean taps: sales with the REFs `then`. Returns (word for the report, what is wrong or None)."""
    shop = lab.copy(state)
    base = OPENING + SALES
    outcome = shop.wish(REF, spoil)
    told = word(outcome)
    if isinstance(outcome, Done):
        if shop.effects(REF) != 1 or stamps_of(outcome) != base + 1:
            return told, "done with %d effects, %r stamps" % (shop.effects(REF), stamps_of(outcome))
    elif shop.effects(REF):
        return told, "%s and yet an effect" % told
    elif isinstance(outcome, InDoubt) != bool(shop.open):
        return told, "%s with %d open intents" % (told, len(shop.open))
    for ref in then:
        again = shop.wish(ref)
        if not isinstance(again, Done):
            return told, "%s, then %r was answered %s" % (told, ref, word(again))
    seen = (shop.effects(REF), shop.effects(OTHER), len(shop.open), shop.stamps())
    return told, None if seen == (1, 1, 0, base + 2) else "%s, at the end (effects, effects, open, stamps) %r" % (told, seen)


@pytest.mark.parametrize("hint", (True, False), ids=("known", "unknown"))
@pytest.mark.parametrize("family", FAMILIES)
def test_every_bit_of_every_answer(family, hint, rng, tears_all):
    lab = prepared(family, SALES - 1)
    lab.has_hint = hint
    lab.wish("the one before")
    earlier = [bytes(answer) for answer in lab.answers]
    bits, shapes = cases_of(lab, earlier)
    most = TRIED_MAX.get(family, TRIED_MAX_OF_OTHERS)
    tried = bits + shapes if tears_all else sampled(rng, bits, most if hint else most // 4) + sampled(rng, shapes, most // (2 if hint else 4))
    state, came, failed = lab.card.state(), Counter(), []
    for place, (name, spoil) in enumerate(tried):
        told, wrong = tell(lab, state, spoil, (REF, OTHER) if place % 2 else (OTHER, REF))
        came[told] += 1
        if wrong:
            failed.append("exchange %d, %s: %s" % (spoil[0], name, wrong))
    tally.count("%s, %s, answers" % (family, "known" if hint else "unknown"), len(tried), len(bits) + len(shapes), came)
    assert not failed, "%d of %d\n%s" % (len(failed), len(tried), "\n".join(failed[:SHOWN]))
