"""The card in the PN532's field as the chip's firmware keeps it: how it was selected, and what one payload to it comes to.

Type 2 and Classic cards get the frame itself. With an ISO-DEP card the firmware sends RATS and speaks the block protocol
(UM0701-02, InDataExchange and SetParameters): the host hands over whole commands and gets whole answers, in parts of 262
bytes with the MI bit. InCommunicateThru carries what the host gives, so a host may do RATS, PPS and blocks by itself.
"""

from cardos.soft_cards.iso_dep_target import IsoDepTarget

# Status bytes of the chip (UM0701-02, section 7.1).
OK, TIME_OUT, CRC_ERROR, BUFFER_TOO_SMALL, INVALID_PARAMETER, NOT_ACKNOWLEDGED = 0x00, 0x01, 0x02, 0x07, 0x10, 0x13
CLASSIC_REFUSED, WRONG_CONTEXT = 0x14, 0x27
MORE = 0x40  # MI, in a status byte and in the target byte of InDataExchange

ANSWER_BYTES_MAX = 262  # what an InCommunicateThru or InDataExchange answer may carry

TYPE_2, TYPE_ISO_DEP = 0x10, 0x20  # target types of InAutoPoll: MIFARE card, ISO/IEC 14443-4A card

_RATS = b"\xe0\x50"  # FSDI 5: 64-byte frames, no CID
_CLASSIC_AUTHENTICATE = (0x60, 0x61)
_ACK = b"\x0a"


class Target:
    """Anything shaped like a soft card, with what the firmware remembers of it.

    is_listed: the host has target number 1. is_iso_dep: the card speaks ISO-DEP. wtx_requests: as in `IsoDepTarget`.
    """

    def __init__(self, card, wtx_requests=0):
        self._card = card
        self._blocks = IsoDepTarget(card, wtx_requests)
        self.forget()

    @property
    def is_active(self):
        return self._card.is_active

    @property
    def type(self):
        """As InAutoPoll names it."""
        return TYPE_ISO_DEP if self.is_iso_dep else TYPE_2

    @property
    def bit_rates(self):
        """Divisors from the reader and to it: 0 to 3 for 106, 212, 424, 848 kbit/s."""
        return self._blocks.bit_rates

    def set_field(self, on):
        if on:
            self._blocks.field_on()
        else:
            self._blocks.field_off()
            self.forget()

    def forget(self):
        """No target is listed."""
        self.is_listed = self.is_iso_dep = False
        self._is_classic = self._speaks_blocks = False
        self._uid = b""
        self._outgoing = self._answer = b""

    # --- selection ---

    def select(self, wanted=b"", *, rats):
        """Select the card, by its UID when `wanted`: its target data as in InListPassiveTarget, or None.

        wanted: also a card that was deselected (WUPA) (unsure on silicon, chosen here: libfreefare deselects a card and
        selects it again by its UID). rats: whether the firmware goes on with RATS when the card takes it.
        """
        self.forget()
        activation = self._blocks.activate(wake=bool(wanted))
        if activation is None:
            return None
        if wanted and wanted not in (activation.uid, _cascaded(activation.uid)):
            self._blocks.halt()
            return None
        self.is_listed = True
        self.is_iso_dep = activation.ats is not None
        self._is_classic = not self.is_iso_dep and bool(activation.sak & 0x08)
        self._uid = activation.uid
        ats = self._send_rats() if rats else b""
        return bytes([0x01, activation.atqa[1], activation.atqa[0], activation.sak, len(activation.uid)]) + activation.uid + ats

    def _send_rats(self):
        ats = self._blocks.transceive(_RATS) if self.is_iso_dep else None
        self._speaks_blocks = ats is not None
        return ats or b""

    def select_again(self):
        """InSelect of a deselected target: a status."""
        if not self.is_listed:
            return WRONG_CONTEXT
        if self._card.is_active:
            return OK
        return OK if self.select(self._uid, rats=self._speaks_blocks) is not None else TIME_OUT

    def deselect(self):
        """HLTA, or S(DESELECT); the target number stays."""
        if self.is_listed:
            self._blocks.halt()

    def set_bit_rates(self, dri, dsi):
        """InPSL: a status. PPS comes right after RATS or not at all."""
        if not self.is_listed or not self._speaks_blocks:
            return WRONG_CONTEXT
        if dri > 2 or dsi > 2:
            return INVALID_PARAMETER
        return TIME_OUT if self._blocks.transceive(bytes([0xD0, 0x11, dsi << 2 | dri])) is None else OK

    # --- payloads ---

    def data_exchange(self, has_more, frame):
        """InDataExchange to the listed target: status byte and data. has_more: the host goes on with the same command."""
        if self._speaks_blocks:
            return self._whole_command(has_more, frame)
        answer = self._send(frame)
        if answer is None:
            refused = self._is_classic and frame[:1] and frame[0] in _CLASSIC_AUTHENTICATE
            return bytes([CLASSIC_REFUSED if refused else TIME_OUT])
        if self._was_cut():
            return bytes([CRC_ERROR])
        if len(answer) == 1 and not self.is_iso_dep:
            return bytes([OK if answer == _ACK else NOT_ACKNOWLEDGED])
        return data_reply(answer)

    def _whole_command(self, has_more, part):
        self._outgoing += part
        if has_more:
            return bytes([OK])
        if not self._outgoing:
            return self._next_part() if self._answer else bytes([WRONG_CONTEXT])
        command, self._outgoing = self._outgoing, b""
        answer = self._card.transceive(command)
        self._answer = b""
        if answer is None:
            return bytes([TIME_OUT])
        if self._card.answer_was_cut:
            return bytes([CRC_ERROR])
        self._answer = answer
        return self._next_part()

    def _next_part(self):
        part, self._answer = self._answer[:ANSWER_BYTES_MAX], self._answer[ANSWER_BYTES_MAX:]
        return bytes([MORE if self._answer else OK]) + part

    def communicate(self, frame):
        """InCommunicateThru: (answer or None for silence, True when it is a 4-bit answer, True when its end was lost)."""
        answer = self._send(frame)
        is_short = answer is not None and len(answer) == 1 and not self.is_iso_dep
        return answer, is_short, self._was_cut()

    def receive_garbled(self):
        """A frame whose CRC does not fit; as `communicate`."""
        hears_noise = getattr(self._card, "receive_garbled", None)  # an ISO-DEP card stays silent
        answer = None if hears_noise is None or self._is_classic else hears_noise()
        return answer, answer is not None, False

    def _send(self, frame):
        return (self._blocks if self.is_iso_dep else self._card).transceive(frame)

    def _was_cut(self):
        return (self._blocks if self.is_iso_dep else self._card).answer_was_cut


def data_reply(answer):
    """OK and the answer, or the status of one that the chip has no room for."""
    return bytes([BUFFER_TOO_SMALL]) if len(answer) > ANSWER_BYTES_MAX else bytes([OK]) + answer


def _cascaded(uid):
    """A UID as libraries pass it in parts: 88h stands before each part but the last."""
    if len(uid) == 7:
        return b"\x88" + uid
    if len(uid) == 10:
        return b"\x88" + uid[0:3] + b"\x88" + uid[3:]
    return uid
