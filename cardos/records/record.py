"""The record: what one slot carries, and its MAC (docs/card-format.md, section 2).

Body, 18 + 6 n bytes: format and suite, key epoch, operation and flags, pack number, sequence (3), minute (3), terminal (2),
transaction (2), previous link (4), n counters of 6. Then the MAC (8), then the progress trailer (4), which is outside the MAC.
n is odd, so that a slot fills whole 4-byte pages: n = 1 gives 36 bytes, n = 3 gives 48.
"""

from collections import namedtuple

from cardos.bytes import Cursor, i24, uint
from cardos.crypto.compare import constant_time_equal
from cardos.errors import RangeError
from cardos.records.fields import FLAG_BLOCKED, FLAGS_KNOWN, family_number, operation_name

LABEL = b"stampd/record/1"
FORMAT = 1
SUITE_AES_CMAC_64 = 1
MAC_SIZE = 8
TRAILER_SIZE = 4
LINK_SIZE = 4
NO_LINK = bytes(LINK_SIZE)
NO_COUNTER = bytes(3)  # the one-way counter's place in the MAC of families that have none
COUNTER_SIZE = 6

_FIXED_SIZE = 18
_IN_PROGRESS = b"\xa5\x00"
_DONE = b"\x5a\xff"

Counter = namedtuple("Counter", ["id", "value", "expiry_day"])  # id u8 (0 = unused), value i24, expiry_day u16 (0 = never)
UNUSED = Counter(0, 0, 0)


def body_size(counters):
    """Bytes of a record body with this many counters."""
    return _FIXED_SIZE + COUNTER_SIZE * counters


def slot_size(counters):
    """Bytes of a slot: body, MAC and trailer."""
    return body_size(counters) + MAC_SIZE + TRAILER_SIZE


def trailer_in_progress(sequence):
    """The 4 trailer bytes while a record is being written."""
    return _IN_PROGRESS + uint(sequence & 0xFFFF, 2)


def trailer_done(sequence):
    """The 4 trailer bytes of a record that was read back twice."""
    return _DONE + uint(sequence & 0xFFFF, 2)


def is_any_in_progress(trailer):
    """True when a trailer says *in progress* of whatever sequence."""
    return trailer[:2] == _IN_PROGRESS


class Record(
    namedtuple(
        "Record",
        ["epoch", "operation", "flags", "pack", "sequence", "minute", "terminal", "transaction", "previous", "counters"],
    )
):
    """One record. previous: the first 4 bytes of the MAC of the record it replaces; counters: a tuple of `Counter`."""

    def body(self):
        """The bytes under the MAC. RangeError (COUNTER_RANGE, OUT_OF_RANGE) when a field does not fit."""
        if operation_name(self.operation) is None or self.flags & ~FLAGS_KNOWN:
            raise RangeError("There is no operation %r with flags %r." % (self.operation, self.flags))
        if len(self.counters) not in (1, 3, 5, 7, 9) or len(self.previous) != LINK_SIZE:
            raise RangeError("A record has 1, 3, 5, 7 or 9 counters and a link of 4 bytes.")
        out = (
            uint(FORMAT << 4 | SUITE_AES_CMAC_64, 1) + uint(self.epoch, 1) + uint(self.operation | self.flags, 1)
            + uint(self.pack & 0xFF, 1) + uint(self.sequence, 3) + uint(self.minute, 3) + uint(self.terminal, 2)
            + uint(self.transaction & 0xFFFF, 2) + self.previous
        )  # fmt: skip
        for counter in self.counters:
            out += uint(counter.id, 1) + i24(counter.value) + uint(counter.expiry_day, 2)
        return out

    @property
    def blocked(self):
        """True when the card's own flag says blocked."""
        return bool(self.flags & FLAG_BLOCKED)

    def values(self):
        """{counter id: (value, expiry day)} of the counters in use."""
        return {c.id: (c.value, c.expiry_day) for c in self.counters if c.id}


def decode_body(body, counters):
    """The `Record` in `body_size(counters)` bytes. None when format, suite, operation or flags are not of this version."""
    cursor = Cursor(body)
    if cursor.uint(1) != FORMAT << 4 | SUITE_AES_CMAC_64:
        return None
    epoch, operation, pack = cursor.uint(1), cursor.uint(1), cursor.uint(1)
    sequence, minute, terminal, transaction = cursor.uint(3), cursor.uint(3), cursor.uint(2), cursor.uint(2)
    previous = cursor.take(LINK_SIZE)
    found = tuple([Counter(cursor.uint(1), cursor.i24(), cursor.uint(2)) for _ in range(counters)])
    cursor.end()
    if operation_name(operation & 0x0F) is None or operation & 0xF0 & ~FLAGS_KNOWN:
        return None
    return Record(epoch, operation & 0x0F, operation & 0xF0, pack, sequence, minute, terminal, transaction, previous, found)


class RecordMac:
    """Computes and checks the record MACs of one card.

    family: name; keys: `CardKeys`; issuer_block: its 16 bytes. The one-way counter is 3 bytes, zero where a chip has none.
    """

    def __init__(self, family, keys, issuer_block):
        self._keys = keys
        self._prefix = LABEL + uint(family_number(family), 1) + uint(len(keys.uid), 1) + keys.uid + bytes(issuer_block)

    def message(self, body, one_way_counter=NO_COUNTER):
        """The bytes under the MAC of a record body; a seal signs them too."""
        return self._prefix + one_way_counter + body

    def of(self, body, epoch, one_way_counter=NO_COUNTER):
        """The 8 MAC bytes of a record body."""
        return self._keys.record_mac(epoch, self.message(body, one_way_counter))[:MAC_SIZE]

    def fits(self, body, mac, one_way_counter=NO_COUNTER):
        """True when `mac` is the MAC of `body` under the epoch that the body names and the home holds keys of."""
        epoch = body[1]
        return self._keys.knows(epoch) and constant_time_equal(mac, self.of(body, epoch, one_way_counter))
