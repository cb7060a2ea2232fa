"""What lies behind the records: the seal and the past taps, where a card has room for them (docs/card-format.md, sections 3 and 8).

Nothing here is ever believed, and nothing here touches a record: a card that is pulled while a seal or an entry is written
holds what it held. On page cards the seal area begins behind slot B and the ring behind that, both inside the user pages.
"""

from cardos.errors import CardRefused
from cardos.families.type2 import PAGE
from cardos.records.record import MAC_SIZE, NO_LINK, body_size, decode_body
from cardos.records.ring import ENTRY_SIZE, RingEntry, entry_of, place_of, read_ring
from cardos.records.seal import SEAL_SIZE
from cardos.records.snapshot import VALID

READ_PAGES_MAX = 36  # at once: no more than a tap's first read asks of any reader
PAST_READ_MAX = 16  # records of a DESFire's cyclic file that a history shows


class Behind:
    """A card without room for either. Every method but the constructor is a generator of exchanges and raises as they do."""

    has_seal = False
    has_ring = False

    def write_seal(self, seal):
        """Write a `Seal`. Only where `has_seal`."""
        raise NotImplementedError("this card has no room for a seal")

    def read_seal(self):
        """The bytes of the seal area. Only where `has_seal`."""
        raise NotImplementedError("this card has no room for a seal")

    def write_entry(self, entry):
        """Write a `RingEntry`. Only where `has_ring`."""
        raise NotImplementedError("this card has no ring")

    def past(self, slots):
        """The card's past taps as `RingEntry`s, newest first. slots: its records, read."""
        return []
        yield


class BehindPages(Behind):
    """A page card. pages: its `Pages`, unlocked when something is written; first: the page behind slot B; last: the last user page."""

    def __init__(self, pages, profile, first, last):
        self._pages = pages
        self._seal_page = first
        ring = first + (SEAL_SIZE // PAGE if profile.seal else 0)
        self.has_seal = profile.seal and ring <= last + 1  # whatever a profile says: what follows the user pages is configuration
        self._ring_page = ring
        self._places = max(0, (last + 1 - ring) * PAGE // ENTRY_SIZE) if profile.ring else 0
        self.has_ring = self._places > 0

    def write_seal(self, seal):
        yield from self._write(self._seal_page, seal.pieces())

    def read_seal(self):
        return (yield from self._pages.read(self._seal_page, self._seal_page + SEAL_SIZE // PAGE - 1))

    def write_entry(self, entry):
        yield from self._write(self._ring_page + place_of(entry.sequence, self._places) * ENTRY_SIZE // PAGE, entry.pieces())

    def past(self, slots):
        raw, page = b"", self._ring_page
        last = page + self._places * ENTRY_SIZE // PAGE - 1
        while page <= last:
            end = min(last, page + READ_PAGES_MAX - 1)
            raw += yield from self._pages.read(page, end)
            page = end + 1
        return read_ring(raw, slots.newest.record.sequence)

    def _write(self, first, pieces):
        for offset, data in pieces:
            for start in range(0, len(data), PAGE):
                if not (yield from self._pages.write(first + (offset + start) // PAGE, data[start : start + PAGE])):
                    raise CardRefused("The card did not take a page.", "", "WRITE_REFUSED")


class BehindFiles(Behind):
    """A DESFire: the seal has a standard file, written at once and without a commit; the past records stand whole in a cyclic file."""

    def __init__(self, chip, profile, seal_file, past_file):
        self._chip = chip
        self.has_seal = profile.seal
        self._seal_file = seal_file
        self._past_file = past_file

    def write_seal(self, seal):
        from cardos.families.commands import MAC

        for offset, data in seal.pieces():  # a standard file is torn undefined: the sequence last, here too
            yield from self._chip.write(self._seal_file, offset, data, MAC)

    def read_seal(self):
        from cardos.families.commands import MAC

        return (yield from self._chip.read(self._seal_file, 0, SEAL_SIZE, MAC))

    def past(self, slots):
        from cardos.families.commands import MAC

        there = (yield from self._chip.file_settings(self._past_file)).records_now
        images = []
        if there:
            size = body_size(slots.counters) + MAC_SIZE
            images = yield from self._chip.read_records(self._past_file, 0, min(there, PAST_READ_MAX), size, MAC)
        return _entries(slots, images)


def _entries(slots, images):
    """The `RingEntry`s of the records in `images` (body and MAC each) whose MAC fits, and of the newest, newest first."""
    records = {slots.newest.record.sequence: slots.newest.record}
    for image in images:
        body, mac = image[:-MAC_SIZE], image[-MAC_SIZE:]
        record = decode_body(body, slots.counters)
        if record is not None and slots.judge(body, mac) == VALID:
            records[record.sequence] = record
    return [_entry(records[sequence], records.get(sequence - 1)) for sequence in sorted(records, reverse=True)]


def _entry(record, before):
    """What changed is known where the record before it is, or where there is none."""
    if before is not None:
        return entry_of(record, before.values())
    if record.previous == NO_LINK:
        return entry_of(record, {})
    return RingEntry(record.sequence, record.minute, record.terminal, record.operation, 0, 0)
