"""What may follow a tap while the card still lies there: its entry in the ring and a seal; and reading them back.

It comes after *done* is durable and after the person was told, so nothing here may change an answer: a card that leaves or
refuses now is simply without its newest entry or unsealed (docs/card-format.md, section 8). No record is touched. Signing and
verifying are callables, because boards have no Ed25519: None means no seal there, and none is judged.
"""

from collections import namedtuple

from cardos.errors import StampdError
from cardos.exchange import Case
from cardos.records.journal_entry import counters_from_json
from cardos.records.ring import entry_of
from cardos.records.seal import WRONG, Seal, seal_message, seal_state
from cardos.taps.open_card import case_detail

RING, SEAL = "ring", "seal"

# What was found behind the records. seal: "sealed", "unsealed", "wrong", or None: no room, or not read. past: `RingEntry`s, newest first.
Found = namedtuple("Found", ["seal", "past"])
NOTHING = Found(None, ())


def afterwards(card, entry, terminal, ring, sign):
    """Generator: write what is wanted behind the records of a card whose tap is done, in the same presentation.

    card: its `OpenCard`. entry: the tap's journal entry, or None. terminal: whose key signs. ring: whether an entry is wanted.
    sign: function (message) -> 64 bytes Ed25519, or None. Returns a list of what stands on the card now: RING, SEAL.
    Never raises for the card's or the reader's sake.
    """
    written = []
    newest = card.slots.newest
    if newest is None or not newest.done:
        return written
    behind = card.held.behind(card.issuer, card.slots)
    wants_ring = ring and behind.has_ring and entry is not None and entry["record"] == newest.body.hex()
    wants_seal = sign is not None and behind.has_seal
    if not wants_ring and not wants_seal:
        return written
    try:
        yield from card.unlock()
        if wants_ring:
            yield from behind.write_entry(entry_of(newest.record, counters_from_json(entry["counters_before"])))
            written.append(RING)
        if wants_seal:
            signature = sign(seal_message(card.slots.mac_input(), newest.mac))
            yield from behind.write_seal(Seal(newest.record.sequence, terminal, signature))
            written.append(SEAL)
    except StampdError:  # the answer is given and stands; the next tap writes its own
        return written
    return written


def look_behind(card, verify, past):
    """Generator: a `Found`. Writes nothing; opens a case for a seal of the right record whose signature is wrong in two reads.

    card: the `OpenCard` of a tap that read it. verify: function (terminal, message, signature) -> bool, or None: the seal is not
    read. past: whether the past taps are read. What the card does not tell any more is left out; never raises for its sake.
    """
    seal, taps = None, ()
    if card.slots.snapshot is None or card.slots.newest is None:
        return NOTHING
    behind = card.held.behind(card.issuer, card.slots)
    try:
        if verify is not None and behind.has_seal:
            seal = yield from _judged(card, behind, verify)
        if past:
            taps = tuple((yield from behind.past(card.slots)))
    except StampdError:  # what was read until now is told
        return Found(seal, taps)
    return Found(seal, taps)


def _judged(card, behind, verify):
    newest = card.slots.newest
    message = seal_message(card.slots.mac_input(), newest.mac)
    for _ in range(2):  # one corrupted answer is no case
        state = seal_state((yield from behind.read_seal()), newest.record.sequence, message, verify)
        if state != WRONG:
            return state
    yield Case("WRONG_SEAL", case_detail(card))
    return WRONG
