"""Two slots in one file of a card that takes a frame whole or not at all (NTAG 424 DNA, file 3; docs/card-format.md, section 5).

File: issuer block 16 || slot A || slot B. A record is written by one frame that carries its whole slot, *done* trailer
included, so nothing is ever half written. The answer's MAC, checked by the driver, says that it landed.
"""

from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import slot_size, trailer_done
from cardos.records.slots import Slots
from cardos.records.snapshot import VALID, Slot, take_snapshot


def image_size(counters):
    """Bytes of the file: issuer block and both slots; one read brings them all."""
    return ISSUER_SIZE + 2 * slot_size(counters)


class FileSlots(Slots):
    """The two slots of one presented card, read and written under a fresh authentication.

    file: an object with the generators `read(offset, length)` -> bytes and `write(offset, data)`; offsets from the file's start.
    """

    def __init__(self, file, counters, record_mac):
        Slots.__init__(self, counters, record_mac)
        self._file = file

    def read(self, first_raw=None):
        """Take the snapshot. first_raw: both slots, without the issuer block, if the tap has read them already."""
        if first_raw is None:
            first_raw = yield from self.read_both()
        self.snapshot = yield from take_snapshot(first_raw, self.read_both, self.counters, self.judge)
        return self.snapshot

    def read_both(self):
        """Generator: the bytes of both slots as they read now."""
        return (yield from self._file.read(ISSUER_SIZE, 2 * slot_size(self.counters)))

    def append(self, record):
        body = record.body()
        mac = self.mac_at(record)
        index = 0 if self.newest is None else 1 - self.snapshot.newest_index
        raw = body + mac + trailer_done(record.sequence)
        yield from self._file.write(ISSUER_SIZE + index * len(raw), raw)
        self.snapshot = self.snapshot.with_slot(index, Slot(raw, VALID, record, True, True))
        return mac
