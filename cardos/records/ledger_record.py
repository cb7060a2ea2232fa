"""The record of a card that only identifies: what the ledger says is the record, and writing it is the ledger's own line."""

from cardos.records.record import trailer_done
from cardos.records.slots import Slots
from cardos.records.snapshot import BLANK, VALID, Slot, Snapshot


class LedgerRecord(Slots):
    """record: the newest landed `Record`; record_mac: the card's `RecordMac`. No word is said to any card."""

    def __init__(self, record, record_mac):
        Slots.__init__(self, len(record.counters), record_mac)
        self._show(record)

    def read(self, first_raw=None):
        """Generator: nothing to read."""
        return self.snapshot
        yield

    def append(self, record):
        """Generator: `record` is the newest from here on; returns its 8 MAC bytes."""
        self._show(record)
        return self.newest.mac
        yield

    def _show(self, record):
        raw = record.body() + self.mac_at(record) + trailer_done(record.sequence)
        self.snapshot = Snapshot((Slot(raw, VALID, record, True, True), Slot(b"", BLANK, None, False, True)))
