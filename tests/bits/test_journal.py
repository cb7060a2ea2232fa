"""Each bit of the record that an open intent announces, flipped in the journal: settlement gives that record a new MAC, so nothing of
it that a customer can spend may come from a journal that contradicts itself."""

from collections import Counter

import pytest

from cardos.errors import CardLost
from cardos.exchange import Done, InDoubt
from tests.bits import tally
from tests.bits.bench import FAMILIES, OPENING, OTHER, REF, prepared, stamps_of, word

SALES = 2
TRIED_MAX = 40  # with LRP, in a sampled run


def unheard(answer):
    raise CardLost("The card left.")


def with_doubt(family, landed):
    """A lab whose sale REF is in doubt: all of it is on the card, or nothing."""
    lab = prepared(family, SALES)
    before, probe = lab.card.state(), lab.copy()
    probe.wish(REF)
    last_write = [number for number, request in enumerate(probe.sent) if request.writes][-1]
    assert isinstance(lab.wish(REF, (last_write, unheard)), InDoubt)
    return lab if landed else lab.copy(before)


@pytest.mark.parametrize("landed", (True, False), ids=("landed", "not landed"))
@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "classic-1k"])  # whose ledger is its card
def test_every_bit_of_an_open_intent(family, landed, rng, tears_all):
    lab = with_doubt(family, landed)
    state, (number, entry) = lab.card.state(), list(lab.open.items())[0]
    record = bytes.fromhex(entry["record"])
    possible = list(range(8 * len(record)))
    tried = rng.sample(possible, TRIED_MAX) if family == "ntag424-lrp" and not tears_all else possible
    came, failed = Counter(), []
    for bit in tried:
        changed = bytearray(record)
        changed[bit // 8] ^= 0x80 >> bit % 8
        shop = lab.copy(state)
        shop.open[number] = {**entry, "record": changed.hex()}
        outcome = shop.wish(OTHER)
        came[word(outcome)] += 1
        seen = stamps_of(outcome) if isinstance(outcome, Done) else shop.stamps()
        allowed = [OPENING + SALES + more for more in ((1, 2) if isinstance(outcome, Done) else (0, 1))]
        if seen not in allowed or (isinstance(outcome, Done) and shop.effects(OTHER) != 1):
            failed.append("bit %d: %s, %r stamps" % (bit, word(outcome), seen))
    tally.count("%s, open intent, %s" % (family, "landed" if landed else "not landed"), len(tried), len(possible), came)
    assert not failed, "%d of %d\n%s" % (len(failed), len(tried), "\n".join(failed[:10]))
