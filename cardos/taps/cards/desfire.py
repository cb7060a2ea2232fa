"""DESFire EV1 (AES), EV2 and EV3: our application, in which one CommitTransaction changes everything (docs/card-format.md, section 3).

File 1, backup: issuer block, newest record, start of its predecessor's MAC. File 2, cyclic: past records. File 3, EV2 and EV3:
TransactionMAC. Keys: 0 admin, 1 read, 2 read and write, 3 the group's own, which opens the UID. A key's version is its epoch.
"""

from cardos.errors import CardRefused, StampdError
from cardos.families import desfire
from cardos.families.commands import MAC
from cardos.families.status import BOUNDARY_ERROR
from cardos.records.backup_record import BackupRecord, record_size
from cardos.records.diversification import KEY_PICC_MASTER, KEY_READ, KEY_WRITE
from cardos.records.issuer_block import LAYOUT_DESFIRE
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import RecordMac
from cardos.taps.cards.behind import BehindFiles
from cardos.taps.cards.chip_keys import prove_ours, selected
from cardos.taps.cards.held import HeldCard, prove

GENERATIONS = {"desfire-ev1": 1, "desfire-ev2": 2, "desfire-ev3": 3}
APPLICATION = b"stp"  # the application identifier as it goes over the line
FILE_RECORD, FILE_PAST, FILE_TRANSACTION_MAC, FILE_SEAL = 1, 2, 3, 4
KEY_GROUP = 3
KEYS = 4
PICC_KEY_AES = 0x80  # the chip's master key, number 0, of type AES


class RecordFiles:
    """Our application's files as `BackupRecord` wants them. Nothing is on the card until `commit`."""

    def __init__(self, chip):
        self._chip = chip

    def read(self, offset, length):
        """Generator: bytes of file 1."""
        return (yield from self._chip.read(FILE_RECORD, offset, length, MAC))

    def write(self, offset, data):
        """Generator: bytes of file 1, for the commit."""
        yield from self._chip.write(FILE_RECORD, offset, data, MAC)

    def write_past(self, record):
        """Generator: one more record in the cyclic file, for the commit."""
        yield from self._chip.write_record(FILE_PAST, 0, record, MAC)

    def reader_id(self, reader_id):
        """Generator: CommitReaderID (16 bytes: who commits) where the card's TransactionMAC wants it."""
        if self._chip.generation > 1:
            yield from self._chip.commit_reader_id(reader_id)

    def commit(self):
        """Generator: CommitTransaction; (TMC, TMV) or None."""
        return (yield from self._chip.commit(self._chip.generation > 1))


class HeldDesfire(HeldCard):
    """A DESFire that has proven our application's key. raw: what was read of file 1."""

    layouts = (LAYOUT_DESFIRE,)
    rotates = True

    def __init__(self, terms, family, uid, chip, raw):
        HeldCard.__init__(self, terms, family, uid, None)
        self.chip = chip
        if raw is not None:
            self.take_raw(raw)

    def take_raw(self, raw):
        """Keep what was read of file 1 through the channel that is open now."""
        self.channel = self.chip.channel
        self.issuer_raw = raw[:ISSUER_SIZE]
        self._raw = raw

    def keys_are_of(self, epoch):
        for number in range(KEYS):
            if (yield from self.chip.key_version(number)) != epoch:
                return False
        return True

    def rotate(self, epoch):
        from cardos.taps.cards.rotation import rotate_keys

        chip = self.chip
        yield from chip.select(desfire.PICC_LEVEL)  # the master key first: once the application's keys are new, all are
        version = yield from chip.key_version(0)
        if version != epoch:
            yield from prove(lambda: chip.authenticate(0, self.keys.chip_key(KEY_PICC_MASTER, version)))
            yield from chip.change_key(PICC_KEY_AES, self.keys.chip_key(KEY_PICC_MASTER, epoch), epoch)
        yield from chip.select(APPLICATION)
        yield from rotate_keys(self, chip, (KEY_READ, KEY_WRITE, KEY_GROUP), KEY_GROUP, epoch, chip.authenticate)
        yield from prove(lambda: chip.authenticate(KEY_WRITE, self.keys.chip_key(KEY_WRITE, epoch)))

    def leave(self):
        """Generator: AbortTransaction ends a transaction that only read. A card that is gone by now was read all the same."""
        try:
            yield from self.chip.abort()
        except StampdError:
            return

    def read_issuer(self):
        self.issuer_raw = yield from self.chip.read(FILE_RECORD, 0, ISSUER_SIZE, MAC)

    def slots_of(self, issuer):
        mac = RecordMac(self.family, self.keys, self.issuer_raw)
        return BackupRecord(RecordFiles(self.chip), issuer.profile.counters, mac)

    def read_slots(self, slots):
        record = self._raw[ISSUER_SIZE:]
        yield from slots.read(record if len(record) == record_size(slots.counters) else None)

    def behind(self, issuer, slots):
        return BehindFiles(self.chip, issuer.profile, FILE_SEAL, FILE_PAST)


def meet(terms, presentation, family, change):
    """Generator: a `HeldDesfire`, or None when our application is not on it. family: one of GENERATIONS.

    Raises CardRefused (WRONG_KEY) when the card does not know this shop's key.
    """
    try:
        return (yield from _opened(terms, presentation, family, change, terms.counters))
    except CardRefused as error:
        if getattr(error, "status", None) != BOUNDARY_ERROR or terms.counters == 1:
            raise
    return (yield from _opened(terms, presentation, family, change, 1))  # a card with fewer counters than this scheme's usually have


def _opened(terms, presentation, family, change, counters):
    """As `meet`. counters: how many are read at once with the issuer block."""
    chip = desfire.Desfire(terms.nonces, GENERATIONS[family])
    if not (yield from selected(lambda: chip.select(APPLICATION))):
        return None
    uid = yield from prove_ours(terms, presentation, chip, KEY_WRITE if change else KEY_READ, KEY_GROUP, chip.authenticate)
    if uid is None:
        return None
    raw = yield from chip.read(FILE_RECORD, 0, ISSUER_SIZE + record_size(counters), MAC)
    return HeldDesfire(terms, family, uid, chip, raw)
