"""What every family's records offer to the taps, and what most of them do without touching the card.

| | who |
|---|---|
| `page_slots` | NTAG21x, Ultralight C: two slots in pages that tear |
| `counted_slots` | Ultralight AES: the same, and a one-way counter that puts a record in force |
| `file_slots` | NTAG 424 DNA: two slots in a file, one frame a slot |
| `backup_record` | DESFire: one record in a backup file, one commit |

A tap reads once (`read`), decides from `newest`, makes its intent durable between `finish_newest` and `append`, and is done
when `append` returns. Settlement (docs/card-format.md, section 6) uses the rest.
"""

from cardos.records.snapshot import VALID


class Slots:
    """The records of one presented card. counters: how many a record has; record_mac: the card's `RecordMac`; snapshot: `Snapshot`.

    transaction_mac: (TMC, TMV) of the last commit where the card says one, else None.
    Every method that may talk to the card is a generator of exchanges.
    """

    transaction_mac = None

    def __init__(self, counters, record_mac):
        self.counters = counters
        self.record_mac = record_mac
        self.snapshot = None

    @property
    def newest(self):
        """The newest good `Slot` of the picture as it stands now, or None."""
        return self.snapshot.newest

    @property
    def counter_ahead(self):
        """True when the records are good, but older than the chip's one-way counter allows."""
        return False

    def judge(self, body, mac):
        """What the MAC of a slot says of it: VALID, or None where it does not fit (`snapshot.look_at`)."""
        return VALID if self.record_mac.fits(body, mac) else None

    def mac_at(self, record, depth=0):
        """The 8 MAC bytes that `record` carries where it stands `depth` records behind the newest (0: it is the newest)."""
        return self.record_mac.of(record.body(), record.epoch)

    def mac_input(self):
        """The bytes under the newest record's MAC, which a seal signs too."""
        return self.record_mac.message(self.newest.body)

    def links(self):
        """{link: previous link} of the good records on the card, for following the chain."""
        return {slot.link: slot.record.previous for slot in self.snapshot.slots if slot.record is not None}

    def read(self, first_raw=None):
        """Take the snapshot. first_raw: the records' bytes if the tap has read them already. Raises ReadAgain."""
        raise NotImplementedError("a family knows where its records are")

    def append(self, record):
        """Make `record` the newest. Returns its 8 MAC bytes.

        Raises CardLost, ReaderLost or CardAnswered anywhere; the caller's intent is then in doubt.
        """
        raise NotImplementedError("a family knows how its records are written")

    def finish_newest(self):
        """Complete a newest record whose writing was cut, before anything else is written."""
        return
        yield

    def confirm_newest(self):
        """Make an in-doubt intent that was found done firm."""
        return
        yield

    def adopt_pending(self, record):
        """Put our open intent's record in force if it stands on the card and waits for that. Returns its MAC, or None."""
        return None
        yield

    def scrub_other(self):
        """Make sure that a torn record which is about to be settled *not landed* never reads as good."""
        return
        yield
