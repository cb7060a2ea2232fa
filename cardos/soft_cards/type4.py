"""A plain NFC Forum Type 4 Tag made of code: capability container and one NDEF file, no keys (Type 4 Tag specification 2.0).

It stands for any tag a person buys as "Type 4": readable and writable by everybody, no guarantee for a torn write. What the
specification leaves to the chip follows NTAG 424 DNA (see `type4_chip`).
"""

from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards import type4_apdu as apdu
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.type4_apdu import Refused
from cardos.soft_cards.type4_chip import Type4Chip, torn

FAMILY = "type4"
CC_FID, NDEF_FID = 0xE103, 0xE104
CC_BYTES = 15
SIZE, SIZE_MIN, SIZE_MAX = 1024, 5, 0x7FFF  # of the NDEF file, its two length bytes included
_WRITE_FREE, _WRITE_NEVER = 0x00, 0xFF


class SoftType4(Type4Chip):
    """One tag. `fresh` makes a new one, `from_state` brings one back."""

    ats = b"\x05\x78\x77\x80\x02"  # frames of 256 bytes, no historical bytes

    def __init__(self, family=FAMILY, *, noise=None):
        super().__init__()
        self.family = fields.one_of(family, (FAMILY,), "family")
        self.noise = noise or Noise()
        self.writable = True
        self.content = bytearray(SIZE)

    @classmethod
    def fresh(cls, family, uid, *, ndef=b"", size=SIZE, writable=True, noise=None):
        """A new tag. uid: 4, 7 or 10 bytes. ndef: the NDEF message on it. size: of its NDEF file, in bytes."""
        card = cls(family, noise=noise)
        card.uid = _checked_uid(bytes(uid))
        fields.number(size, SIZE_MIN, SIZE_MAX, "size")
        if 2 + len(ndef) > size:
            raise BadInput("the NDEF message has %d bytes, the file takes %d" % (len(ndef), size - 2), "give a larger size")
        card.content = bytearray(len(ndef).to_bytes(2, "big") + bytes(ndef) + bytes(size - 2 - len(ndef)))
        card.writable = fields.one_of(writable, (False, True), "writable")
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The tag that gave this `state()`. Raises BadInput."""
        card = cls(state.get("family"), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able and the same for the same memory."""
        return {"family": self.family, "uid": self.uid.hex(), "writable": self.writable, "ndef_file": self.content.hex()}

    def restore(self, state):
        """Become the tag of this state in place, out of the field. Raises BadInput and leaves the tag as it was."""
        fields.one_of(state.get("family"), (FAMILY,), "family")
        try:
            uid, content = bytes.fromhex(state.get("uid")), bytes.fromhex(state.get("ndef_file"))
        except (ValueError, TypeError):
            raise fields.wrong("uid and ndef_file must be bytes in hex")
        uid = _checked_uid(uid)
        fields.number(len(content), SIZE_MIN, SIZE_MAX, "size of ndef_file")
        writable = fields.one_of(state.get("writable"), (False, True), "writable")
        self.uid, self.content, self.writable = uid, bytearray(content), writable
        self.field_off()

    def ndef(self):
        """The NDEF message on the tag; b"" when there is none, or its length does not fit the file."""
        end = 2 + (self.content[0] << 8 | self.content[1])
        return bytes(self.content[2:end]) if end <= len(self.content) else b""

    def capability_container(self):
        """15 bytes: mapping version 2.0, 255 bytes a command and answer, one NDEF file."""
        access = _WRITE_FREE if self.writable else _WRITE_NEVER
        return b"\x00\x0f\x20\x00\xff\x00\xff\x04\x06\xe1\x04" + len(self.content).to_bytes(2, "big") + bytes([0x00, access])

    # --- commands ---

    def _find_file(self, fid):
        return fid if fid in (CC_FID, NDEF_FID) else None

    def _iso_read(self, file, offset, le):
        content = self.capability_container() if file == CC_FID else bytes(self.content)
        if offset >= len(content):
            raise Refused(apdu.WRONG_P1_P2)
        return content[offset : offset + le]

    def _iso_update(self, file, offset, data):
        if file == CC_FID or not self.writable:
            raise Refused(apdu.SECURITY_STATUS)
        end = offset + len(data)
        if end > len(self.content):
            raise Refused(apdu.CONDITIONS_OF_USE)
        outcome = self.tear_outcome()
        if outcome is not None:
            data = torn(bytes(self.content[offset:end]), data, outcome, self.noise)
        self.content[offset:end] = data
        self.changed()


def _checked_uid(uid):
    if len(uid) not in (4, 7, 10):
        raise BadInput("a Type 4 Tag has a UID of 4, 7 or 10 bytes, not %d" % len(uid))
    return uid
