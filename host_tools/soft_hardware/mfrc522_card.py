"""One soft card on the air of an emulated front end: ISO/IEC 14443-3 type A, frame by frame and bit by bit.

Soft cards know selection as one step. Here it is taken apart: REQA and WUPA, anticollision and SELECT in up to three cascade
levels, HLTA; the card itself is activated by the last SELECT, and gets whole frames without their CRC from then on. An ISO-DEP
card gets them through `IsoDepTarget`. In the portable dialect.

States by section 6.3: IDLE, READY (a cascade level), ACTIVE, HALT; what a state does not know drops the card to where it came from.
"""

from cardos.soft_cards.iso_dep_target import IsoDepTarget
from host_tools.soft_hardware.mfrc522_registers import crc16

REQA, WUPA, HLTA = 0x26, 0x52, b"\x50\x00"
SELECT_CODES = (0x93, 0x95, 0x97)
CASCADE_TAG = 0x88
_UID_CONTINUES = 0x04  # in a SAK (table 9)
_CRC_A_PRESET = 0x6363
_WHOLE_UID = 0x70  # NVB of a SELECT
_IDLE, _ACTIVE, _HALT = "idle", "active", "halt"


def crc_a(data):
    """The two CRC bytes as they go on air, low byte first (annex B)."""
    crc = crc16(_CRC_A_PRESET, data)
    return bytes([crc & 0xFF, crc >> 8])


def cascade(uid):
    """The five bytes of each cascade level for a UID of 4, 7 or 10 bytes (section 6.5.4)."""
    parts, left = [], bytes(uid)
    while len(left) > 4:
        parts.append(bytes([CASCADE_TAG]) + left[:3])
        left = left[3:]
    parts.append(left)
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts]


class AirCard:
    """A soft card, or its tears, laid into the field. wtx_requests, wtx_multiplier: as in `IsoDepTarget`.

    frames: how many frames reached the card since it was laid down, whatever became of them.
    """

    def __init__(self, card, wtx_requests=0, wtx_multiplier=1):
        self.card = card
        self.is_iso_dep = bool(card.sak & 0x20)
        self._port = IsoDepTarget(card, wtx_requests, wtx_multiplier) if self.is_iso_dep else card
        self.frames = 0
        self._parts, self._level = [], 0  # what the cascade levels show, and the level that is asked; no parts unless READY
        self._is_selected = False
        self._came_from, self._dropped_to = _IDLE, ""

    def set_field(self, on):
        """The reader's field comes up or goes."""
        if on:
            self._port.field_on()
        else:
            self._port.field_off()
        self._forget()

    @property
    def is_selected(self):
        """True when the next frame is a command, not a part of selection."""
        return self._is_selected and self._port.is_active

    @property
    def bit_rates(self):
        """Divisors that the card listens and answers at: 0 to 3 for 106 to 848 kbit/s."""
        return self._port.bit_rates if self.is_iso_dep else (0, 0)

    def receive(self, data, last_bits):
        """One frame as it came through the air: the answer as (number, bits), first bit lowest, or None for silence.

        data: bytes, with CRC where the frame has one. last_bits: how many bits of the last byte came, 0 for all.
        """
        self.frames += 1
        if len(data) == 1 and last_bits == 7:
            return self._request(data[0])
        if self._parts:
            return self._anticollide(data, last_bits)
        if not self.is_selected:
            return None
        if last_bits or len(data) < 3 or crc_a(data[:-2]) != data[-2:]:
            return self._hear_noise()
        return self._command(data[:-2])

    # --- selection ---

    def _request(self, code):
        if self.is_selected and self.is_iso_dep and self._port.is_in_protocol:
            return None  # in the protocol state a card ignores it
        if self._parts or self.is_selected:
            self._drop()
            return None
        status = self._dropped_to or self.card.status
        if status not in (_IDLE, _HALT) or code not in (REQA, WUPA) or (status == _HALT and code == REQA):
            return None
        self._came_from, self._dropped_to = status, ""
        self._is_selected, self._level = False, 0
        self._parts = cascade(self.card.anticollision_uid())
        return _bytes(self.card.atqa)

    def _anticollide(self, data, last_bits):
        """A card in READY: the rest of its UID when the bits it was asked with are its own, or its SAK when all of them are."""
        part = self._parts[self._level]
        if len(data) < 2 or data[0] != SELECT_CODES[self._level]:
            return self._drop()
        valid, known = data[1], (len(data) * 8 if not last_bits else len(data) * 8 - 8 + last_bits) - 16
        if valid == _WHOLE_UID:
            return self._select(part, data)
        if valid >> 4 < 2 or valid & 0x0F > 7 or (valid >> 4) * 8 + (valid & 0x0F) - 16 != known or known >= 32:
            return self._drop()
        own, asked = int.from_bytes(part, "little"), int.from_bytes(data[2:], "little")
        mask = (1 << known) - 1
        return (own >> known, 40 - known) if own & mask == asked & mask else self._drop()

    def _select(self, part, data):
        if len(data) != 9 or data[2:7] != part or crc_a(data[:7]) != data[7:]:
            return self._drop()
        self._level += 1
        if self._level < len(self._parts):
            return _with_crc(bytes([self.card.sak | _UID_CONTINUES]))
        self._parts = []
        activation = self._port.activate()
        self._is_selected = activation is not None
        return _with_crc(bytes([activation.sak])) if self._is_selected else None

    # --- after it ---

    def _command(self, frame):
        if frame == HLTA and not (self.is_iso_dep and self._port.is_in_protocol):
            self._port.halt()
            return None
        answer = self._port.transceive(frame)
        if answer is None:
            return None
        if self.card.answer_was_cut:
            return _bytes(answer)  # its end, with the CRC, was lost
        if len(answer) == 1 and not self.is_iso_dep:
            return answer[0], 4
        return _with_crc(answer)

    def _hear_noise(self):
        if self.is_iso_dep:
            return None
        answer = self.card.receive_garbled()
        return None if answer is None else (answer[0], 4)

    def _drop(self):
        """Back to where it came from; no answer."""
        if self.card.status == _ACTIVE:
            if self.is_iso_dep:
                self._dropped_to = self._came_from  # the soft card itself notices with its next activation
            else:
                self.card.request(False)
        self._parts, self._is_selected = [], False

    def _forget(self):
        self._parts, self._level = [], 0
        self._is_selected = False
        self._came_from, self._dropped_to = _IDLE, ""


def _bytes(data):
    return int.from_bytes(data, "little"), 8 * len(data)


def _with_crc(data):
    return _bytes(bytes(data) + crc_a(data))
