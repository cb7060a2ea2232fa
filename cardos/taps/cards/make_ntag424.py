"""Making an NTAG 424 DNA a card (docs/card-format.md, sections 3 and 7).

Each step asks the chip how far an interrupted issue came (a key's version is its epoch, 0 as delivered) and does what is left:
chained writes forbidden, file 3 behind its keys, keys 1 to 4, the link with its SUN mirror, the opening record under the write key,
key 0 last of the keys, then the issuer block. Rights are read back through the channel and compared, keys are proven by using them.
"""

from cardos.errors import CardRefused
from cardos.families import ntag424, sun_link
from cardos.families.commands import MAC, PLAIN
from cardos.families.file_settings import Access, sdm_body
from cardos.records.diversification import KEY_ADMIN, KEY_READ, KEY_SUN, KEY_WRITE
from cardos.records.file_slots import image_size
from cardos.records.issuer_block import LAYOUT_NTAG424, LAYOUT_NTAG424_LRP, Profile
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.taps.cards.held import RANDOM_UID_SIZE, newest_in, prove
from cardos.taps.cards.ntag424 import KEY_GROUP, HeldNtag424, authenticate
from cardos.taps.cards.rotation import card_key

FACTORY_KEY = bytes(16)
# SetConfiguration 04h, bit 2 of a 16-bit field: chained writes in MAC and full mode are refused. All numbers of this interface go
# least significant byte first; one public library sends this one the other way, so the chip is asked which way it takes it.
NEVER_CHAINED = (b"\x04\x00", b"\x00\x04")
CHAINED_SIZE = 112  # with MAC and header more than a frame of 128 bytes carries
MIRROR = "?p={picc}&m={mac}"  # what the chip fills in behind the customer's link at every read
RECORD_ACCESS = Access(KEY_READ, KEY_WRITE, KEY_WRITE, KEY_ADMIN)


def begin(terms, found):
    """Generator: the making of an NTAG 424 DNA."""
    chip = ntag424.Ntag424(terms.nonces)
    yield from chip.select()
    making = MakeNtag424(terms, found.uid, chip)
    yield from making.look()
    return making


class MakeNtag424(HeldNtag424):
    """One chip being made into a card. `versions`: of its keys 0 to 4, as found."""

    def __init__(self, terms, uid, chip):
        HeldNtag424.__init__(self, terms, uid, chip, None)
        self.versions = []
        self._is_lrp = False
        self._spoken = False  # a session was open: the chip's channel is known

    def look(self):
        """Generator: key versions, the UID where it is hidden, and the issuer block where the keys are ours."""
        chip = self.chip
        for number in range(5):
            self.versions.append((yield from chip.key_version(number)))
        if len(self.uid) == RANDOM_UID_SIZE:
            yield from self._open(KEY_GROUP)
            self.take_uid((yield from chip.card_uid()))
        if self.versions[KEY_ADMIN] != 0 and self.keys.knows(self.versions[KEY_READ]):
            try:
                yield from self._open(KEY_READ)
            except CardRefused:
                return  # keys of an epoch of that number, but not ours: `ready` says so
            raw = yield from chip.read(ntag424.FILE_DATA, 0, image_size(1), MAC)
            self.take_raw(raw)

    def not_blank(self):
        """Generator: None for a chip as delivered, else NOT_BLANK or CARD_LOCKED. Its channel is known afterwards."""
        if any(self.versions):
            return "NOT_BLANK"
        return (yield from self._refuses())

    def profile(self, open_writes):
        """The `Profile` of a new card, or None when file 3 cannot hold so many counters."""
        counters = self.terms.counters
        layout = LAYOUT_NTAG424_LRP if self._is_lrp else LAYOUT_NTAG424
        return Profile(layout, counters, False, False) if image_size(counters) <= ntag424.FILE_SIZES[ntag424.FILE_DATA] else None

    def signature(self):
        """Generator: the 56 bytes of Read_Sig."""
        return (yield from self.chip.signature())

    def check_link(self, link):
        """Raises BadInput when the link does not fit the NDEF file with its mirror."""
        sun_link.signed_link(link + MIRROR, self._is_lrp)

    def ready(self, plan, begun):
        """Generator: None once key 0 is proven, else CARD_LOCKED."""
        if self.chip.authenticated == KEY_ADMIN:
            return None
        return (yield from self._refuses())

    def record_it_holds(self, plan):
        """Generator: the newest record of a genuine card that this home does not know, or None."""
        yield from self._open(KEY_READ)
        return (yield from newest_in(self.slots_of(plan)))

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes, from a session under key 0. Returns the card's slots."""
        chip, epoch = self.chip, plan.epoch
        self.issuer_raw = plan.encode(self.family, self.keys)
        slots = self.slots_of(plan)
        if not keep:
            yield from self._settle(ntag424.FILE_DATA, sdm_body(MAC, RECORD_ACCESS, None))
            for number in (KEY_READ, KEY_WRITE, KEY_SUN, KEY_GROUP):
                if self.versions[number] != epoch:
                    yield from chip.change_key(number, self._key(number, epoch), epoch, FACTORY_KEY)
                    self.versions[number] = epoch
            yield from self._write_link(link)
        yield from self._open(KEY_WRITE)
        yield from slots.read()
        if slots.newest is None:
            yield from self._forbid_chained_writes()
            yield from slots.append(record)
        if not keep and self.versions[KEY_ADMIN] != epoch:
            yield from self._open(KEY_ADMIN)
            yield from chip.change_key(KEY_ADMIN, self._key(KEY_ADMIN, epoch), epoch)
            self.versions[KEY_ADMIN] = epoch
        yield from self._prove_rights()
        yield from self._open(KEY_WRITE)
        if (yield from chip.read(ntag424.FILE_DATA, 0, ISSUER_SIZE, MAC)) != self.issuer_raw:
            yield from chip.write(ntag424.FILE_DATA, 0, self.issuer_raw, MAC)
        return slots

    def _forbid_chained_writes(self):
        """Set and proven on the file that is still blank: a chained write may leave garbage when it is torn, one frame may not."""
        for setting in NEVER_CHAINED:
            yield from self._open(KEY_ADMIN)
            try:
                yield from self.chip.set_configuration(ntag424.CONFIG_MESSAGING, setting)
            except CardRefused:
                continue  # this chip takes the bit in the other byte
            yield from self._open(KEY_WRITE)
            try:
                yield from self.chip.write(ntag424.FILE_DATA, 0, bytes(CHAINED_SIZE), MAC)
            except CardRefused:
                yield from self._open(KEY_WRITE)
                return
        raise CardRefused("The card takes chained writes, which may be torn.", "Take another card.", "WRITE_REFUSED")

    def _write_link(self, link):
        """The NDEF file: the link with placeholders, then the mirror that fills them. Read by everybody, written under key 0."""
        signed = sun_link.signed_link(link + MIRROR, self._is_lrp)
        yield from self.chip.write_long(ntag424.FILE_NDEF, 0, signed.file, PLAIN)
        yield from self._settle(ntag424.FILE_NDEF, signed.settings)

    def _settle(self, file, body):
        """Set a file's rights, unless an interrupted issue has set them already."""
        now = yield from self.chip.file_settings(file)
        if sdm_body(now.mode, now.access, now.sdm) != body:
            yield from self.chip.change_file_settings(file, body)

    def _prove_rights(self):
        """The rights as the chip now has them, asked under the new key 0; the read key by using it."""
        yield from self._open(KEY_ADMIN)
        now = yield from self.chip.file_settings(ntag424.FILE_DATA)
        if now.mode != MAC or now.access != RECORD_ACCESS:
            raise CardRefused("The card does not keep its access rights.", "Take another card.", "WRITE_REFUSED")
        yield from self._open(KEY_READ)

    def _refuses(self):
        """None when key 0 is the one that its version says, else CARD_LOCKED."""
        try:
            yield from self._open(KEY_ADMIN)
        except CardRefused as error:
            if error.code not in ("WRONG_KEY", "TOO_MANY_FAILURES"):
                raise
            return "CARD_LOCKED"
        return None

    def _open(self, number):
        """A fresh authentication with the key that stands there, over the channel that the chip speaks."""
        version = self.versions[number]
        key = FACTORY_KEY if version == 0 else self._key(number, version)
        yield from prove(lambda: authenticate(self.chip, number, key, self._is_lrp, not self._spoken))
        self._spoken = True
        self.channel = self.chip.channel
        self._is_lrp = self.channel == "lrp"

    def _key(self, number, epoch):
        return card_key(self, number, KEY_GROUP, epoch)
