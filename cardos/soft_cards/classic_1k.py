"""MIFARE Classic 1K made of code (MF1S50yyX/V1 data sheet; the four access conditions' tables, section 8.7).

64 blocks of 16 bytes in 16 sectors; block 0 is the manufacturer's, the last block of a sector its trailer (key A, access
bits, key B). Frames are those behind the reader's cipher: Crypto1 itself, with its nonces and parity, stays in the reader.
  `60 block key [uid4]` (key A) or `61 ..` (key B): ACK, or silence and the card drops; opens one sector
  `30 block`: 16 bytes.   `A0 block`, then 16 bytes; or both as one frame: ACK
Value blocks (increment, decrement, restore, transfer) are not played: nobody here keeps value on this chip.

Unsure on silicon, chosen here: a block torn in the middle is left like a torn page of other chips, a trailer too; a trailer
write changes the parts that the key may write and leaves the others.
"""

from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.classic_1k_access import conditions, data_rights, trailer_rights
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.pages import PageMemory
from cardos.soft_cards.type2_card import ACK, NAK_LIMIT, Nak, Row, Type2Card

FAMILY = "classic-1k"

BLOCK = 16
BLOCKS = 64
BLOCKS_IN_SECTOR = 4
KEY_SIZE = 6
UID_SIZES = (4, 7)

NAK_NOT_ALLOWED = NAK_LIMIT  # 4h: the only refusal this chip knows beside transmission errors

_DELIVERY_TRAILER = b"\xff" * KEY_SIZE + b"\xff\x07\x80\x69" + b"\xff" * KEY_SIZE
_KEY_A, _ACCESS, _KEY_B = (0, 6), (6, 10), (10, 16)  # parts of a trailer, from and to


class SoftClassic1k(Type2Card):
    """One chip. `fresh` makes a new one as delivered, `from_state` brings one back. Not a Type 2 tag, but it is selected like one."""

    ROWS = {
        0x60: Row("AUTH_A", (8, 12), "_authenticate"),
        0x61: Row("AUTH_B", (8, 12), "_authenticate"),
        0x30: Row("READ", (2,), "_read"),
        0xA0: Row("WRITE", (2, 2 + BLOCK), "_write"),
    }
    sak = 0x08

    def __init__(self, family=FAMILY, *, noise=None):
        super().__init__()
        self.family = family
        self.memory = PageMemory(BLOCKS, noise or Noise(), self._changed, size=BLOCK)
        self._open = None  # (sector, "A" or "B") that the last authentication opened

    @classmethod
    def fresh(cls, family, uid, *, noise=None):
        """A chip as delivered: transport keys, empty blocks. uid: 4 or 7 bytes. Raises BadInput."""
        if len(uid) not in UID_SIZES:
            raise BadInput("a %s has a UID of 4 or 7 bytes, not %d" % (family, len(uid)))
        card = cls(family, noise=noise)
        for sector in range(BLOCKS // BLOCKS_IN_SECTOR):
            card.memory.place(sector * BLOCKS_IN_SECTOR + 3, _DELIVERY_TRAILER)
        card._name(bytes(uid))
        card.memory.place(0, _manufacturer_block(card.uid, card.sak, card.atqa))
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The chip that gave this `state()`. Raises BadInput."""
        card = cls(fields.one_of(state.get("family"), (FAMILY,), "family"), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able; `pages` are the blocks."""
        state = self.memory.state()
        state["family"] = self.family
        state["uid"] = self.uid.hex()
        return state

    def restore(self, state):
        """Become the chip of this state in place, out of the field. Raises BadInput and leaves the chip as it was."""
        text = state.get("uid")
        uid = fields.hex_bytes(text, 4 if isinstance(text, str) and len(text) == 8 else 7, "uid")
        self.memory.restore(state)
        self._name(uid)
        self.field_off()

    def _name(self, uid):
        self.uid = uid
        self.atqa = b"\x04\x00" if len(uid) == 4 else b"\x44\x00"

    # --- commands ---

    def _authenticate(self, frame):
        self._open = None
        block, key, uid = frame[1], frame[2:8], frame[8:]
        if block >= BLOCKS or (uid and uid != self.uid[-4:]):
            raise Nak(None)
        letter = "A" if frame[0] == 0x60 else "B"
        sector = block // BLOCKS_IN_SECTOR
        start, end = _KEY_A if letter == "A" else _KEY_B
        trailer = self.memory.read(sector * BLOCKS_IN_SECTOR + 3)
        if not constant_time_equal(key, trailer[start:end]):
            raise Nak(None)
        self._open = (sector, letter)
        return ACK

    def _read(self, frame):
        block = frame[1]
        number, rights = self._rights(block)
        stored = self.memory.read(block)
        if number < 3:
            if "r" not in rights:
                raise Nak(NAK_NOT_ALLOWED)
            return stored
        if "access r" not in rights:
            raise Nak(NAK_NOT_ALLOWED)
        return bytes(KEY_SIZE) + stored[6:10] + (stored[10:] if "B r" in rights else bytes(KEY_SIZE))

    def _write(self, frame):
        block = frame[1]
        number, rights = self._rights(block)
        writes = ("w",) if number < 3 else ("A w", "access w", "B w")
        if block == 0 or not [right for right in writes if right in rights]:
            raise Nak(NAK_NOT_ALLOWED)
        if len(frame) == 2:
            self._second_part = lambda data: self._store(block, number, rights, data)
            return ACK
        return self._store(block, number, rights, frame[2:])

    def _store(self, block, number, rights, data):
        if len(data) != BLOCK:
            raise Nak(NAK_NOT_ALLOWED)
        if number == 3:
            merged = bytearray(self.memory.read(block))
            for right, (start, end) in (("A w", _KEY_A), ("access w", _ACCESS), ("B w", _KEY_B)):
                if right in rights:
                    merged[start:end] = data[start:end]
            data = bytes(merged)
        self.memory.write(block, data)
        return ACK

    def _rights(self, block):
        """(number of the block in its sector, what the open key may do with it). Nak when its sector is not open or blocked."""
        if self._open is None or self._open[0] != block // BLOCKS_IN_SECTOR or block >= BLOCKS:
            raise Nak(NAK_NOT_ALLOWED)
        sector, letter = self._open
        found = conditions(self.memory.read(sector * BLOCKS_IN_SECTOR + 3)[6:9])
        if found is None:  # the access bits contradict each other: the sector is blocked for ever
            raise Nak(NAK_NOT_ALLOWED)
        number = block % BLOCKS_IN_SECTOR
        trailer = trailer_rights(found[3], letter)
        if letter == "B" and "B r" in trailer_rights(found[3], "A"):  # a key that can be read opens nothing
            return number, ()
        return number, trailer if number == 3 else data_rights(found[number], letter)

    def _dropped(self):
        self._open = None


def _manufacturer_block(uid, sak, atqa):
    """Block 0: UID, with its check byte when it has 4 bytes, SAK, ATQA, and zeros for the manufacturer's own data."""
    check = bytes([uid[0] ^ uid[1] ^ uid[2] ^ uid[3]]) if len(uid) == 4 else b""
    head = uid + check + bytes([sak]) + atqa
    return head + bytes(BLOCK - len(head))
