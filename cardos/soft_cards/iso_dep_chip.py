"""What all soft cards with ISO-DEP share: field, selection, and commands as whole frames. The block protocol is a layer outside
(`iso_dep_target`), so that one command of a reader is one `transceive`, however many blocks carried it.

An ISO-DEP card does not fall out of its state by refusing. It forgets its session with the field, with DESELECT, and with
whatever its own rules say. A subclass gives `_command(frame)` and the hooks below; its persistent memory goes through `atom`.
"""

from cardos.soft_cards.activation import Activation

OFF, IDLE, ACTIVE, HALT = "off", "idle", "active", "halt"

# Outcomes of a torn write (see `pages`) that leave an all-or-nothing change done; the others leave the old state.
_LEAVES_NEW = ("garbage", "new", "weak")


class IsoDepChip:
    """Base of the soft ISO-DEP cards. A subclass sets `uid`, `ats`, and may hook `_powered` and `_reset` (session lost)."""

    atqa = b"\x44\x03"
    sak = 0x20
    ats = b"\x06\x75\x77\x81\x02\x80"
    answer_was_cut = False  # a tear wrapper says True when the air lost the end of the last answer

    def __init__(self):
        self.uid = b""
        self.on_change = None  # called after each change of the persistent memory, before the answer
        self.status = OFF
        self._tear = None
        self._was_torn = False

    # --- field and selection ---

    def field_on(self):
        """The reader's field comes up. Does nothing when it is up already."""
        if self.status == OFF:
            self.status = IDLE
            self._powered()

    def field_off(self):
        """The field goes, or the card leaves it: session, transaction and selection are gone."""
        self._reset()
        self.status = OFF

    def activate(self, wake=True):
        """Selection and RATS: Activation, or None. A card that is ACTIVE drops to IDLE first and is selected anew."""
        if self.status == OFF or (self.status == HALT and not wake):
            return None
        self._reset()
        self.status = ACTIVE
        return Activation(self.atqa, self.sak, self.anticollision_uid(), self.ats)

    def anticollision_uid(self):
        """The UID that selection shows; a subclass with random ID gives 4 others each time it is powered."""
        return self.uid

    def halt(self):
        """DESELECT or HLTA: silent until WUPA."""
        if self.status == ACTIVE:
            self._reset()
            self.status = HALT

    @property
    def is_active(self):
        """True when the next command will be looked at."""
        return self.status == ACTIVE

    # --- commands ---

    def transceive(self, frame):
        """One whole command (APDU or native frame, no CRC). Returns the whole answer, or None for silence."""
        if self.status != ACTIVE or not frame:
            return None
        return self._command(bytes(frame))

    def transceive_torn(self, frame, outcome):
        """The same, but the change of memory inside it ends torn. Returns (answer, True when a change was torn)."""
        self._tear, self._was_torn = outcome, False
        try:
            answer = self.transceive(frame)
        finally:
            self._tear = None
        return answer, self._was_torn

    # --- for subclasses ---

    def atom(self, change):
        """Carry out `change()`, an all-or-nothing change of the persistent memory; under a tear it is done or not done at all.

        Then `on_change`. A change without any guarantee asks `tear_outcome()` itself and says what it left with `changed()`.
        """
        outcome = self.tear_outcome()
        if outcome is None or outcome in _LEAVES_NEW:
            change()
        self.changed()

    def tear_outcome(self):
        """None, or how the change that is being made now ends (one of `pages.OUTCOMES`); asking counts as being torn."""
        if self._tear is not None:
            self._was_torn = True
        return self._tear

    def changed(self):
        """Tell whoever keeps the memory."""
        if self.on_change is not None:
            self.on_change()

    def _command(self, frame):
        raise NotImplementedError("a chip knows its commands")

    def _powered(self):
        """The field came up."""

    def _reset(self):
        """Everything that lives without EEPROM is forgotten."""
