"""The ring: the card's last taps in 12 bytes each, to show a customer or a shop without a ledger (docs/card-format.md, section 8).

| bytes | field |
|---|---|
| 3 | sequence |
| 3 | minute |
| 2 | terminal |
| 1 | operation |
| 1 | counter id (0: no counter changed) |
| 2 | change, two's complement |

The entry of sequence s stands at place s mod (number of places). Entries carry no MAC and may be torn: whatever does not fit
its place is left out, and what is shown proves nothing. The ledger is the proof.
"""

from collections import namedtuple

from cardos.bytes import Cursor, uint
from cardos.errors import RangeError
from cardos.records.fields import operation_name

ENTRY_SIZE = 12
CHANGE_MIN, CHANGE_MAX = -32768, 32767


class RingEntry(namedtuple("RingEntry", ["sequence", "minute", "terminal", "operation", "counter_id", "change"])):
    """One past tap. operation: its number (`fields`); change: of the counter, i16."""

    def encode(self):
        """The 12 bytes. RangeError when a field does not fit; a change never wraps."""
        if operation_name(self.operation) is None:
            raise RangeError("There is no operation %r." % (self.operation,))
        return (
            uint(self.sequence, 3) + uint(self.minute, 3) + uint(self.terminal, 2) + uint(self.operation, 1)
            + uint(self.counter_id, 1) + _i16(self.change)
        )  # fmt: skip

    def pieces(self):
        """[(offset, bytes)] in the order to write them: the sequence last."""
        raw = self.encode()
        return [(4, raw[4:]), (0, raw[:4])]


def entry_of(record, values_before):
    """The `RingEntry` of a record that was just written. values_before: {counter id: (value, expiry day)} before it.

    One counter is told, the one that changed most. A change that 16 bits cannot hold is told as no counter at all.
    """
    changed, change = 0, 0
    for counter in record.counters:
        difference = counter.value - values_before.get(counter.id, (0, 0))[0]
        if counter.id and abs(difference) > abs(change):
            changed, change = counter.id, difference
    if not CHANGE_MIN <= change <= CHANGE_MAX:
        changed, change = 0, 0
    return RingEntry(record.sequence, record.minute, record.terminal, record.operation, changed, change)


def decode_entry(raw):
    """The `RingEntry` in 12 bytes, or None when they are blank or not of this form."""
    cursor = Cursor(raw)
    sequence, minute, terminal = cursor.uint(3), cursor.uint(3), cursor.uint(2)
    operation, counter_id, change = cursor.uint(1), cursor.uint(1), cursor.uint(2)
    cursor.end()
    if sequence == 0 or operation_name(operation) is None:
        return None
    return RingEntry(sequence, minute, terminal, operation, counter_id, change - 0x10000 if change & 0x8000 else change)


def place_of(sequence, places):
    """The place, 0 to places - 1, of a sequence's entry."""
    return sequence % places


def read_ring(raw, newest_sequence):
    """The `RingEntry`s in the ring's bytes, newest first. Entries that stand at a place or have a number they cannot have are left out.

    newest_sequence: of the newest record on the card; what is above it was never done.
    """
    places = len(raw) // ENTRY_SIZE
    found = {}
    for place in range(places):
        entry = decode_entry(raw[place * ENTRY_SIZE : place * ENTRY_SIZE + ENTRY_SIZE])
        if entry is not None and place_of(entry.sequence, places) == place and entry.sequence <= newest_sequence:
            found[entry.sequence] = entry
    return [found[sequence] for sequence in sorted(found, reverse=True)]


def _i16(value):
    if not isinstance(value, int) or value < CHANGE_MIN or value > CHANGE_MAX:
        raise RangeError("A ring entry cannot hold a change of %r." % (value,))
    return (value & 0xFFFF).to_bytes(2, "big")
