"""Making a DESFire a card (docs/card-format.md, sections 3 and 7).

Each step asks the chip how far an interrupted issue came and does what is left: the chip's own master key (DES as delivered)
becomes AES, so that no phone can format the card; our application; its files; its keys, whose versions are their epoch; the
opening record under the write key; key 0 last of the keys; then the issuer block. Rights are read back and compared.
"""

from cardos.errors import CardRefused
from cardos.families import desfire, desfire_factory
from cardos.families.commands import MAC
from cardos.families.file_settings import KEYS_AES, NEVER, Access, key_settings_byte
from cardos.records.backup_record import image_size, reader_id, record_size
from cardos.records.diversification import KEY_ADMIN, KEY_PICC_MASTER, KEY_READ, KEY_TRANSACTION_MAC, KEY_WRITE
from cardos.records.issuer_block import LAYOUT_DESFIRE, Profile
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.seal import SEAL_SIZE
from cardos.taps.cards.desfire import (
    APPLICATION,
    FILE_PAST,
    FILE_RECORD,
    FILE_SEAL,
    FILE_TRANSACTION_MAC,
    GENERATIONS,
    KEY_GROUP,
    KEYS,
    HeldDesfire,
)
from cardos.taps.cards.held import RANDOM_UID_SIZE, newest_in, prove
from cardos.taps.cards.rotation import card_key

FACTORY_KEY = bytes(16)
RECORD_ACCESS = Access(KEY_READ, KEY_WRITE, KEY_WRITE, KEY_ADMIN)
TMAC_ACCESS = Access(KEY_READ, NEVER, KEY_WRITE, KEY_ADMIN)  # ReadWrite: who may say CommitReaderID
PICC_SETTINGS = key_settings_byte(0, True, False, True, True)  # applications are listed freely, made and deleted under the master key
APPLICATION_SETTINGS = key_settings_byte(KEY_ADMIN, True, False, True, True)
PAST_MIN, PAST_MAX = 4, 64  # records in the cyclic file: as many as half of what is free, within these
_ROW = 32  # the chip gives memory in pieces of this size
_OVERHEAD = 256  # keys, file descriptions, TransactionMAC; generous, because no data sheet counts them


def begin(terms, found, family):
    """Generator: the making of a DESFire of this family."""
    making = MakeDesfire(terms, family, found.uid)
    yield from making.look()
    return making


class MakeDesfire(HeldDesfire):
    """One chip being made into a card. `picc_version`: of its master key; `versions`: of our application's keys, or None without it."""

    def __init__(self, terms, family, uid):
        chip = desfire.Desfire(terms.nonces, GENERATIONS[family])
        HeldDesfire.__init__(self, terms, family, uid, chip, None)
        self.picc = desfire.Desfire(terms.nonces, GENERATIONS[family], None)  # as delivered it has a DES key, and no channel to pin
        self.picc_version = None
        self.versions = None
        self.free_bytes = 0

    def look(self):
        """Generator: the master key's version, our application if it is there, and its issuer block where the keys are ours."""
        chip, picc = self.chip, self.picc
        yield from picc.select(desfire.PICC_LEVEL)
        self.picc_version = yield from picc.key_version(0)
        self.free_bytes = yield from picc.free_memory()
        applications = yield from picc.applications()
        if len(self.uid) == RANDOM_UID_SIZE and self.picc_version == 0:
            yield from desfire_factory.prove_factory_key(picc)
            self.take_uid((yield from picc.card_uid()))
        if APPLICATION not in applications:
            return
        yield from chip.select(APPLICATION)
        self.versions = []
        for number in range(KEYS):
            self.versions.append((yield from chip.key_version(number)))
        if self.versions[KEY_ADMIN] != 0 and self.keys.knows(self.versions[KEY_READ]):
            if len(self.uid) == RANDOM_UID_SIZE:
                yield from self._open(KEY_GROUP)
                self.take_uid((yield from chip.card_uid()))
            try:
                yield from self._open(KEY_READ)
            except CardRefused:
                return  # keys of an epoch of that number, but not ours: `ready` says so
            self.take_raw((yield from chip.read(FILE_RECORD, 0, ISSUER_SIZE + record_size(1), MAC)))

    def not_blank(self):
        """Generator: None for a chip as delivered, else NOT_BLANK: our application of another home, or a master key that is not the maker's."""
        return None if self.versions is None and self.picc_version == 0 else "NOT_BLANK"
        yield

    def profile(self, open_writes):
        """The `Profile` of a new card: up to nine counters, room for a seal; None when the chip has no memory left for it."""
        if self.free_bytes < _bytes_needed(self.terms.counters):
            return None
        return Profile(LAYOUT_DESFIRE, self.terms.counters, False, True)

    def signature(self):
        """Generator: the 56 bytes of Read_Sig; DESFire EV1 has none (early ones)."""
        yield from self.picc.select(desfire.PICC_LEVEL)  # whatever session told a hidden UID is over
        return (yield from self.picc.signature())

    def check_link(self, link):
        """A DESFire carries no link for phones."""

    def ready(self, plan, begun):
        """Generator: None once the chip's master key is proven, else CARD_LOCKED."""
        yield from self.chip.select(desfire.PICC_LEVEL)
        try:
            if self.picc_version == 0:
                yield from prove(lambda: desfire_factory.prove_factory_key(self.picc))
            else:
                yield from prove(lambda: self.chip.authenticate(0, self.keys.chip_key(KEY_PICC_MASTER, self.picc_version)))
        except CardRefused as error:
            if error.code not in ("WRONG_KEY", "TOO_MANY_FAILURES"):
                raise
            return "CARD_LOCKED"
        return None

    def record_it_holds(self, plan):
        """Generator: the newest record of a genuine card that this home does not know, or None."""
        yield from self.chip.select(APPLICATION)
        yield from self._open(KEY_READ)
        return (yield from newest_in(self.slots_of(plan)))

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes, from a session under the chip's master key. Returns the card's record."""
        chip, epoch = self.chip, plan.epoch
        self.issuer_raw = plan.encode(self.family, self.keys)
        slots = self.slots_of(plan)
        if not keep:
            yield from self._take_chip(epoch)
            yield from self._make_application(epoch, plan.profile.counters)
        else:
            yield from chip.select(APPLICATION)
        yield from self._open(KEY_WRITE)
        yield from slots.read()
        if slots.newest is None:
            yield from slots.append(record)
        if not keep and self.versions[KEY_ADMIN] != epoch:
            yield from self._open(KEY_ADMIN)
            yield from chip.change_key(KEY_ADMIN, self._key(KEY_ADMIN, epoch), epoch)
            self.versions[KEY_ADMIN] = epoch
        yield from self._prove_rights()
        yield from self._open(KEY_WRITE)
        if (yield from chip.read(FILE_RECORD, 0, ISSUER_SIZE, MAC)) != self.issuer_raw:
            yield from chip.write(FILE_RECORD, 0, self.issuer_raw, MAC)
            if chip.generation > 1:
                yield from chip.commit_reader_id(reader_id(record))
            yield from chip.commit()
        return slots

    def _take_chip(self, epoch):
        """The master key and its settings; then our application, empty."""
        chip = self.chip
        if self.picc_version == 0:
            yield from desfire_factory.take_over(self.picc, self.keys.chip_key(KEY_PICC_MASTER, epoch), epoch)
            self.picc_version = epoch
            yield from prove(lambda: chip.authenticate(0, self.keys.chip_key(KEY_PICC_MASTER, epoch)))
        yield from chip.change_key_settings(PICC_SETTINGS)
        if self.versions is None:
            yield from chip.create_application(APPLICATION, APPLICATION_SETTINGS, KEYS | KEYS_AES)
            self.versions = [0] * KEYS

    def _make_application(self, epoch, counters):
        """Files and keys 1 to 3, from a session under key 0."""
        chip = self.chip
        yield from chip.select(APPLICATION)
        yield from self._open(KEY_ADMIN)
        files = yield from chip.file_ids()
        if FILE_RECORD not in files:
            yield from chip.create_backup_file(FILE_RECORD, MAC, RECORD_ACCESS, image_size(counters))
        if FILE_SEAL not in files:
            yield from chip.create_std_file(FILE_SEAL, MAC, RECORD_ACCESS, SEAL_SIZE)
        if FILE_PAST not in files:
            past = _past_records((yield from chip.free_memory()), counters)
            yield from chip.create_cyclic_file(FILE_PAST, MAC, RECORD_ACCESS, record_size(counters), past)
        if chip.generation > 1 and FILE_TRANSACTION_MAC not in files:
            key = self.keys.chip_key(KEY_TRANSACTION_MAC, epoch)
            yield from chip.create_tmac_file(FILE_TRANSACTION_MAC, TMAC_ACCESS, key, epoch)
        for number in (KEY_READ, KEY_WRITE, KEY_GROUP):
            if self.versions[number] != epoch:
                yield from chip.change_key(number, self._key(number, epoch), epoch, FACTORY_KEY)
                self.versions[number] = epoch

    def _prove_rights(self):
        """The rights as the chip now has them, asked under the new key 0; the read key by using it."""
        yield from self._open(KEY_ADMIN)
        for file in (FILE_RECORD, FILE_PAST, FILE_SEAL):
            now = yield from self.chip.file_settings(file)
            if now.mode != MAC or now.access != RECORD_ACCESS:
                raise CardRefused("The card does not keep its access rights.", "Take another card.", "WRITE_REFUSED")
        yield from self._open(KEY_READ)

    def _open(self, number):
        """A fresh authentication with the key that stands there."""
        version = self.versions[number]
        key = FACTORY_KEY if version == 0 else self._key(number, version)
        yield from prove(lambda: self.chip.authenticate(number, key))
        self.channel = self.chip.channel

    def _key(self, number, epoch):
        return card_key(self, number, KEY_GROUP, epoch)


def _bytes_needed(counters):
    """What our application takes at least: files in whole rows, backup twice, and what the chip keeps about them."""
    record, image = record_size(counters), image_size(counters)
    rows = 2 * (image + -image % _ROW) + PAST_MIN * (record + -record % _ROW) + SEAL_SIZE + -SEAL_SIZE % _ROW
    return rows + _OVERHEAD


def _past_records(free_bytes, counters):
    """How many records the cyclic file gets."""
    size = record_size(counters)
    return max(PAST_MIN, min(PAST_MAX, free_bytes // 2 // (size + -size % _ROW)))
