"""One record in a backup file, changed by one CommitTransaction (DESFire; docs/card-format.md, section 5).

File 1 (backup data): issuer block 16 || record (body and MAC) || the 8 MAC bytes of the record before it (zeros for the first).
File 2 (cyclic records): the past records, body and MAC each. There is no trailer: a commit happens whole or not at all.

An attacker can hold a commit back and deliver it later, but only inside its own session; settlement therefore reads and
decides after a fresh authentication, which ends that session.
"""

from cardos.bytes import uint
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import MAC_SIZE, TRAILER_SIZE, body_size, trailer_done
from cardos.records.slots import Slots
from cardos.records.snapshot import VALID, ReadAgain, Slot, alone, look_at

READER_ID_LABEL = b"stampd"
READER_ID_SIZE = 16


def record_size(counters):
    """Bytes of a record in either file: body and MAC."""
    return body_size(counters) + MAC_SIZE


def image_size(counters):
    """Bytes of file 1: issuer block, record, predecessor's MAC."""
    return ISSUER_SIZE + record_size(counters) + MAC_SIZE


def reader_id(record):
    """The 16 bytes that CommitReaderID carries for a record: label, sequence 3, terminal 2, transaction 2, zeros."""
    said = READER_ID_LABEL + uint(record.sequence, 3) + uint(record.terminal, 2) + uint(record.transaction & 0xFFFF, 2)
    return said + bytes(READER_ID_SIZE - len(said))


class BackupRecord(Slots):
    """The record of one presented card, read and written under a fresh authentication.

    card: an object with the generators `read(offset, length)` and `write(offset, data)` on file 1, `write_past(record)` on
    file 2, `reader_id(data)` (nothing where the card wants none) and `commit()` -> None or (TMC, TMV) as the card said them.
    predecessor: the 8 MAC bytes read behind the record, or b"".
    """

    def __init__(self, card, counters, record_mac):
        Slots.__init__(self, counters, record_mac)
        self._card = card
        self.predecessor = b""

    def read(self, first_raw=None):
        """Take the snapshot. first_raw: record, and the predecessor's MAC if it was read too, without the issuer block."""
        if first_raw is None:
            first_raw = yield from self._read_file()
        slot = self._look(first_raw)
        if slot.state != VALID:
            again = yield from self._read_file()
            if self._look(again).state == VALID:  # one of two reads was false, and nothing says which
                raise ReadAgain()
        self.predecessor = bytes(first_raw[record_size(self.counters) :])
        self.snapshot = alone(slot)
        return self.snapshot

    def append(self, record):
        image = record.body() + self.mac_at(record)
        before = self.newest
        yield from self._card.write(ISSUER_SIZE, image + (bytes(MAC_SIZE) if before is None else before.mac))
        if before is not None:
            yield from self._card.write_past(before.image)
        yield from self._card.reader_id(reader_id(record))
        self.transaction_mac = yield from self._card.commit()
        self.predecessor = bytes(MAC_SIZE) if before is None else before.mac
        self.snapshot = alone(Slot(image + trailer_done(record.sequence), VALID, record, True, True))
        return self.newest.mac

    def _read_file(self):
        return (yield from self._card.read(ISSUER_SIZE, record_size(self.counters) + MAC_SIZE))

    def _look(self, raw):
        """The `Slot` of the record, with the *done* trailer that the family does not store."""
        image = bytes(raw[: record_size(self.counters)])
        trailer = trailer_done(int.from_bytes(image[4:7], "big")) if any(image) else bytes(TRAILER_SIZE)
        return look_at(image + trailer, self.counters, self.judge)
