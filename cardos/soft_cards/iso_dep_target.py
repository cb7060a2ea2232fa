"""The card side of ISO/IEC 14443-4 around an ISO-DEP soft card: RATS, PPS, and blocks as they go on air (without CRC).

`transceive(block)` takes one block and gives the answering block. A command that came in several blocks is one
`transceive` of the card inside, so tears, which sit around the card, count commands and never blocks; RATS and PPS are
activation. Rules by their names in section 7.5.4 (block numbers C, D, E; card 2, 3, 9 to 13):

    C, D, E  the card's number is 1 after RATS, toggles with each I-block and with an R(ACK) of another number
    2, 10    a chained I-block is acknowledged by R(ACK), the last one by the answer
    11       an R-block of the card's own number has the last block sent again; the command is not carried out again
    12, 13   R(NAK) of another number: R(ACK). R(ACK) of another number: the next block of a chained answer
    3, 9     S(DESELECT) is answered and halts the card; S(WTX) asks for time before an answer

The card never recovers from errors by itself: what does not fit is met with silence.
"""

# Frame sizes that FSCI and FSDI name, the two CRC bytes counted (ISO/IEC 14443-4, tables 1 and 3). Larger codes are taken for the last.
FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)

_SELECTED, _PROTOCOL = 1, 2

_RATS, _HLTA = 0xE0, b"\x50\x00"
_HAS_CID, _HAS_NAD, _CHAINS = 0x08, 0x04, 0x10
_R_ACK, _S_DESELECT, _S_WTX = 0xA2, 0xC2, 0xF2
_BLOCK_OVERHEAD = 3  # PCB and CRC
_TC_CID = 0x02


class AtsFields:
    """What an ATS says. frame_size: bytes with CRC that the card takes. ta: bit rates. has_cid. historical: bytes.

    Absent fields have the defaults of section 5.2: 32-byte frames, 106 kbit/s only, CID supported; so have those that a cut
    ATS announces and does not hold, since a DESFire takes any ATS by SetConfiguration.
    """

    def __init__(self, ats):
        ats = bytes(ats)
        shown = ats[1] if len(ats) > 1 else 0x02
        self.frame_size = FRAME_SIZES[min(shown & 0x0F, len(FRAME_SIZES) - 1)]
        at = 2
        self.ta, tc = 0x00, _TC_CID
        if shown & 0x10:
            self.ta, at = _byte(ats, at, self.ta), at + 1
        if shown & 0x20:
            at += 1
        if shown & 0x40:
            tc, at = _byte(ats, at, tc), at + 1
        self.has_cid = bool(tc & _TC_CID)
        self.historical = ats[at:]

    def takes_bit_rates(self, dri, dsi):
        """Whether the card takes these divisors (0 to 3 for 106, 212, 424, 848 kbit/s), from the reader and to it."""
        if self.ta & 0x80 and dri != dsi:
            return False
        return not (dri and not self.ta >> (dri - 1) & 1) and not (dsi and not self.ta >> (dsi + 3) & 1)


def _byte(ats, at, default):
    return ats[at] if at < len(ats) else default


class IsoDepTarget:
    """Same shape as a soft card, but `transceive` takes blocks. Everything else passes through to the card.

    wtx_requests: how many S(WTX) the card sends before it carries out a command. bit_rates: divisors (DRI, DSI) of the last PPS.
    """

    def __init__(self, card, wtx_requests=0, wtx_multiplier=1):
        self._card = card
        self._wtx_requests = wtx_requests
        self._wtx_multiplier = wtx_multiplier
        self.answer_was_cut = False
        self._forget()

    def __getattr__(self, name):
        return getattr(self._card, name)

    # --- selection ---

    def field_off(self):
        self._card.field_off()
        self._forget()

    def activate(self, wake=True):
        """Selection only: the card then waits for RATS. Returns what the card's `activate` does."""
        self._forget()
        activation = self._card.activate(wake)
        if activation is not None and activation.ats is not None:
            self._stage = _SELECTED
            self._ats = activation.ats
        return activation

    def halt(self):
        self._card.halt()
        self._forget()

    @property
    def is_in_protocol(self):
        """True after RATS."""
        return self._stage == _PROTOCOL

    # --- blocks ---

    def transceive(self, block):
        """One block (or RATS, PPS, HLTA), without CRC. Returns the answer, or None for silence."""
        self.answer_was_cut = False
        block = bytes(block)
        if not block or self._stage is None or not self._card.is_active:
            return None
        if self._stage == _SELECTED:
            return self._select_protocol(block)
        if block[0] & 0xF0 == 0xD0:
            return self._pps(block)
        if len(block) + 2 > self._fields.frame_size:
            return None
        pcb, cid, rest = block[0], b"", block[1:]
        if pcb & _HAS_CID:
            if not rest or not self._fields.has_cid or rest[0] & 0x0F != self._cid:
                return None
            cid, rest = bytes([self._cid]), rest[1:]
        elif self._cid:
            return None  # a card that was given a CID other than 0 answers to it only
        self._may_pps = False
        self._cid_bytes = cid
        kind = pcb & ~(_HAS_CID | 0x01)
        if kind & 0xEF == 0x02:
            return self._information(rest, kind & _CHAINS)
        if kind & 0xEF == _R_ACK and not rest:
            return self._receive_ready(pcb & 0x01, kind & _CHAINS)
        if kind == _S_DESELECT and not pcb & 0x01 and not rest:
            self.halt()
            return self._block(_S_DESELECT, b"", cid)
        if kind == _S_WTX and not pcb & 0x01 and self._waiting is not None and rest == bytes([self._wtx_multiplier]):
            return self._after_waiting()
        return None

    def _select_protocol(self, block):
        if block == _HLTA:
            self.halt()
        if len(block) != 2 or block[0] != _RATS or block[1] & 0x0F == 0x0F:
            return None
        self._stage = _PROTOCOL
        self._fields = AtsFields(self._ats)
        self._reader_frame_size = FRAME_SIZES[min(block[1] >> 4, len(FRAME_SIZES) - 1)]
        self._cid = block[1] & 0x0F
        self._may_pps = True
        return self._ats

    def _pps(self, block):
        """PPSS, PPS0, and PPS1 when PPS0 says so (section 5.3); only right after RATS."""
        if not self._may_pps or block[0] & 0x0F != self._cid or len(block) < 2:
            return None
        if block[1:] == b"\x01":
            dri = dsi = 0
        elif len(block) == 3 and block[1] == 0x11 and not block[2] & 0xF0:
            dri, dsi = block[2] & 0x03, block[2] >> 2
        else:
            return None
        if not self._fields.takes_bit_rates(dri, dsi):
            return None
        self._may_pps = False
        self.bit_rates = (dri, dsi)
        return block[:1]

    def _information(self, data, chains):
        self._number ^= 1
        self._came_in_blocks = bool(self._received or chains)
        self._received += data
        self._to_send = b""
        self._waiting = None
        if chains:
            return self._remember(self._block(_R_ACK | self._number, b"", self._cid_bytes))
        command, self._received = self._received, b""
        if not command:  # an empty block only asks whether the card is there
            return self._remember(self._block(0x02 | self._number, b"", self._cid_bytes))
        if self._wtx_requests:
            self._waiting, self._requests_left = command, self._wtx_requests
            return self._after_waiting()
        return self._carry_out(command)

    def _after_waiting(self):
        """The next S(WTX), or the command when the card has asked often enough."""
        if self._requests_left:
            self._requests_left -= 1
            return self._remember(self._block(_S_WTX, bytes([self._wtx_multiplier]), self._cid_bytes))
        command, self._waiting = self._waiting, None
        return self._carry_out(command)

    def _carry_out(self, command):
        self._last = None
        self._card.frame_was_chained = self._came_in_blocks
        answer = self._card.transceive(command)
        if answer is None:
            return None
        self.answer_was_cut = self._card.answer_was_cut
        self._to_send = bytes(answer)
        return self._send_more()

    def _send_more(self):
        room = self._reader_frame_size - _BLOCK_OVERHEAD - len(self._cid_bytes)
        part, self._to_send = self._to_send[:room], self._to_send[room:]
        chains = _CHAINS if self._to_send else 0
        return self._remember(self._block(0x02 | chains | self._number, part, self._cid_bytes))

    def _receive_ready(self, number, is_nak):
        if number == self._number:
            return self._last
        if is_nak:
            return self._block(_R_ACK | self._number, b"", self._cid_bytes)
        if not self._to_send:
            return None
        self._number ^= 1
        return self._send_more()

    def _remember(self, block):
        self._last = block
        return block

    def _block(self, pcb, data, cid):
        return bytes([pcb | (_HAS_CID if cid else 0)]) + cid + data

    def _forget(self):
        self._stage = None
        self._ats = b""
        self._fields = None
        self._reader_frame_size = FRAME_SIZES[0]
        self._cid = 0
        self._cid_bytes = b""
        self._may_pps = False
        self._number = 1
        self._received = b""
        self._came_in_blocks = False
        self._to_send = b""
        self._last = None
        self._waiting = None
        self._requests_left = 0
        self.bit_rates = (0, 0)
