"""What all Type 2 chips share: states, the command table, NAKs. The chips add their memory and their rows.

States of ISO 14443-3 as MF0ICU2 and NTAG21x draw them: IDLE answers REQA and WUPA, HALT answers WUPA only, READY waits for
the selection, ACTIVE takes commands. A NAK, or a frame the state does not know, drops the card to where it came from (IDLE
or HALT) and ends its authentication. Answers carry no CRC; a 4-bit answer is one byte (0A = ACK).
"""

from collections import namedtuple

from cardos.soft_cards.activation import Activation

OFF, IDLE, READY, ACTIVE, HALT = "off", "idle", "ready", "active", "halt"

ACK = b"\x0a"
NAK_ARGUMENT = 0x00  # bad argument, bad page, not allowed, unknown command
NAK_CRC = 0x01
NAK_LIMIT = 0x04  # Ultralight EV1 lineage: wrong password, authentication limit
NAK_WRITE = 0x05  # EEPROM write error

HALT_FRAME = b"\x50\x00"

# One row of the manual. lengths: allowed frame lengths in bytes without CRC. method: name of the card's method.
Row = namedtuple("Row", ["name", "lengths", "method"])


class Nak(Exception):
    """The chip refuses; args[0] is the 4-bit code, or None for silence. Never leaves `transceive`."""


class Type2Card:
    """Base of the soft Type 2 chips. A subclass sets ROWS (first byte: Row), `uid`, and may hook `_powered`, `_selected`, `_dropped`."""

    ROWS = {}
    atqa = b"\x44\x00"
    sak = 0x00
    answer_was_cut = False  # a tear wrapper says True when the air lost the end of the last answer

    def __init__(self):
        self.uid = b""
        self.on_change = None  # called after each change of the persistent memory, before the answer
        self.status = OFF
        self._rests_in = IDLE
        self._second_part = None

    # --- field and selection ---

    def field_on(self):
        """The reader's field comes up. Does nothing when it is up already."""
        if self.status == OFF:
            self.status = self._rests_in = IDLE
            self._second_part = None
            self._powered()

    def field_off(self):
        """The field goes, or the card leaves it."""
        self._drop()
        self.status = OFF

    def request(self, wake):
        """REQA (wake False) or WUPA (wake True): ATQA, 2 bytes, or None."""
        if self.status == IDLE or (self.status == HALT and wake):
            self._rests_in = self.status
            self.status = READY
            return self.atqa
        if self.status in (READY, ACTIVE):
            self._drop()
        return None

    def select(self):
        """Anticollision and SELECT of a card in READY: Activation, or None."""
        if self.status != READY:
            return None
        self.status = ACTIVE
        self._selected()
        return Activation(self.atqa, self.sak, self.anticollision_uid(), None)

    def anticollision_uid(self):
        """The UID that selection shows; a chip with random ID gives 4 other bytes each time it is powered."""
        return self.uid

    def activate(self, wake=True):
        """A reader's whole activation. It asks twice: the first request only drops a card that is ACTIVE. None = no answer."""
        if self.request(wake) or self.request(wake):
            return self.select()
        return None

    def halt(self):
        """HLTA: silent until WUPA."""
        if self.status == ACTIVE:
            self._drop()
            self.status = HALT

    @property
    def is_active(self):
        """True when the next command will be looked at."""
        return self.status == ACTIVE

    # --- commands ---

    def transceive(self, frame):
        """One frame without CRC. Returns the answer, one byte for 4-bit answers, or None for silence."""
        frame = bytes(frame)
        if self.status != ACTIVE or not frame:
            if self.status == READY:
                self._drop()
            return None
        if frame == HALT_FRAME:
            self.halt()
            return None
        try:
            if self._second_part is not None:
                finish, self._second_part = self._second_part, None
                return finish(frame)
            return self._command(frame)
        except Nak as nak:
            self._drop()
            return None if nak.args[0] is None else bytes([nak.args[0]])

    def _command(self, frame):
        """Carry out one frame by its row; a chip with a secure channel puts it around this."""
        row = self.ROWS.get(frame[0])
        if row is None or len(frame) not in row.lengths:
            raise Nak(NAK_ARGUMENT)
        return getattr(self, row.method)(frame)

    def receive_garbled(self):
        """A frame whose CRC does not fit: NAK 1 from an ACTIVE card, silence from another."""
        was_active = self.is_active
        if self.status in (READY, ACTIVE):
            self._drop()
        return bytes([NAK_CRC]) if was_active else None

    def transceive_torn(self, frame, outcome):
        """The same, but a write ends torn with `outcome`. Returns (answer, True when a write was torn)."""
        self.memory.arm(outcome)
        try:
            answer = self.transceive(frame)
        finally:
            torn = self.memory.disarm()
        return answer, torn

    def _changed(self):
        if self.on_change is not None:
            self.on_change()

    def _drop(self):
        self._second_part = None
        if self.status != OFF:
            self.status = self._rests_in
        self._dropped()

    def _powered(self):
        pass

    def _selected(self):
        pass

    def _dropped(self):
        pass
