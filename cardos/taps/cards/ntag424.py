"""NTAG 424 DNA: issuer block and two slots in the standard data file 3, every word of it MACed (docs/card-format.md, section 3).

Keys: 0 admin, 1 read, 2 read and write, 3 behind the link's MAC, 4 the group's own, which opens the UID and nothing else. A key's
version on the chip is its epoch, so a card that this home does not know says itself which key to prove it with.
"""

from cardos.errors import CardRefused
from cardos.families import ntag424
from cardos.records.diversification import KEY_READ, KEY_SUN, KEY_WRITE
from cardos.records.file_slots import FileSlots
from cardos.records.issuer_block import LAYOUT_NTAG424, LAYOUT_NTAG424_LRP
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.record import RecordMac, slot_size
from cardos.taps.cards.chip_keys import prove_ours, selected
from cardos.taps.cards.held import HeldCard, prove

FAMILY = "ntag424"
HINT_LRP = "ntag424-lrp"  # what a register's hint says of a card in LRP mode
FILE = 3
KEY_GROUP = 4
_LAYOUTS = {"ev2": (LAYOUT_NTAG424,), "lrp": (LAYOUT_NTAG424_LRP,)}


class RecordFile:
    """File 3 as `FileSlots` wants it: reads and writes whose MACs are checked."""

    def __init__(self, chip):
        self._chip = chip

    def read(self, offset, length):
        """Generator: `length` bytes from `offset`."""
        return (yield from self._chip.read(FILE, offset, length, ntag424.MAC))

    def write(self, offset, data):
        """Generator: one frame, all or nothing."""
        yield from self._chip.write(FILE, offset, data, ntag424.MAC)


class HeldNtag424(HeldCard):
    """An NTAG 424 DNA that has proven its key. raw: what was read of file 3."""

    rotates = True

    def __init__(self, terms, uid, chip, raw):
        HeldCard.__init__(self, terms, FAMILY, uid, None)
        self.chip = chip
        if raw is not None:
            self.take_raw(raw)

    def take_raw(self, raw):
        """Keep what was read of file 3 through the channel that is open now."""
        self.channel = self.chip.channel
        self.layouts = _LAYOUTS[self.channel]
        self.issuer_raw = raw[:ISSUER_SIZE]
        self._raw = raw

    def read_issuer(self):
        self.issuer_raw = yield from self.chip.read(FILE, 0, ISSUER_SIZE, ntag424.MAC)

    def slots_of(self, issuer):
        mac = RecordMac(self.family, self.keys, self.issuer_raw)
        return FileSlots(RecordFile(self.chip), issuer.profile.counters, mac)

    def keys_are_of(self, epoch):
        for number in range(5):
            if (yield from self.chip.key_version(number)) != epoch:
                return False
        return True

    def rotate(self, epoch):
        from cardos.taps.cards.rotation import rotate_keys

        lrp = self.channel == "lrp"
        yield from rotate_keys(
            self, self.chip, (KEY_READ, KEY_WRITE, KEY_SUN, KEY_GROUP), KEY_GROUP, epoch, lambda number, key: self.chip.authenticate(number, key, lrp)
        )
        yield from prove(lambda: self.chip.authenticate(KEY_WRITE, self.keys.chip_key(KEY_WRITE, epoch), lrp))

    def read_slots(self, slots):
        both = self._raw[ISSUER_SIZE : ISSUER_SIZE + 2 * slot_size(slots.counters)]
        yield from slots.read(both if len(both) == 2 * slot_size(slots.counters) else None)


def meet(terms, presentation, change):
    """Generator: a `HeldNtag424`, or None when nothing on it is ours. change: prove the write key, not the read key.

    Raises CardRefused (WRONG_KEY) when the card does not know this shop's key.
    """
    chip = ntag424.Ntag424(terms.nonces)
    if not (yield from selected(lambda: chip.select())):
        return None
    hint = presentation.family
    uid = yield from prove_ours(
        terms, presentation, chip, KEY_WRITE if change else KEY_READ, KEY_GROUP,
        lambda number, key: authenticate(chip, number, key, hint == HINT_LRP, hint != HINT_LRP),
    )  # fmt: skip
    if uid is None:
        return None
    raw = yield from chip.read(FILE, 0, ISSUER_SIZE + 2 * slot_size(_usual(terms)), ntag424.MAC)
    return HeldNtag424(terms, uid, chip, raw)


def _usual(terms):
    return min(terms.counters, 3)  # the file holds two slots of at most 3 counters


def authenticate(chip, number, key, lrp, unknown):
    """Generator: First authentication over the channel this card is known for; an unknown one is asked for LRP when it declines AES.

    Declining tries no key. Which channel the card must have is in its issuer block and is compared afterwards.
    """
    try:
        yield from chip.authenticate(number, key, lrp)
    except CardRefused as error:
        if not unknown or error.code in ("WRONG_KEY", "TOO_MANY_FAILURES"):
            raise
        yield from chip.authenticate(number, key, True)
