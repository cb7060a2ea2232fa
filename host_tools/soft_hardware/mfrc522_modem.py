"""Transmitter and receiver of an emulated MFRC522: frames leave the FIFO and come into it byte by byte, at their time.

A frame ends when the FIFO is empty at the end of a byte, so a host may go on filling it; an answer fills the FIFO while the host
reads. MFRC522 data sheet rev. 3.9, sections 8.6.1, 9.3.1.13, 9.3.1.15, 10.3.1.8 to 10.3.1.10. In the portable dialect.

Unsure on silicon, chosen here: after its answer Transceive waits for the next StartSend; a StartSend that was left standing starts
the next Transceive at once; a frame from an empty FIFO is silence.
"""

from host_tools.soft_hardware import mfrc522_registers as r
from host_tools.soft_hardware.mfrc522_field import NEVER

BIT = 128  # carrier periods of one bit at 106 kbit/s
_BYTE = 9  # bits on air, with parity
_NOTHING = (0, 0, None, 0, 0)

IDLE, WAIT_START, TRANSMITTING, RX_WAIT, RECEIVING = 0, 1, 3, 4, 6  # ModemState of Status2Reg


class Modem:
    """state: as Status2Reg shows it. next_at: when `step` has something to do, in carrier periods, or NEVER."""

    def __init__(self, chip, field):
        self._chip = chip
        self._field = field
        self.state, self.next_at = IDLE, NEVER
        self._sent, self._answer = bytearray(), _NOTHING

    @property
    def is_waiting_for_a_card(self):
        """Between the last bit sent and the last bit received: the host may not write into the FIFO (WrErr)."""
        return self.state in (RX_WAIT, RECEIVING)

    def stop(self):
        """Any other command: whatever was under way is gone."""
        self.state, self.next_at = IDLE, NEVER
        self._sent = bytearray()
        self._answer = _NOTHING

    def wait(self):
        """Transceive: ready for StartSend."""
        self.stop()
        self.state = WAIT_START

    def listen(self):
        """Receive: the receiver without a frame of ours before it. Cards speak when they are spoken to, so nothing comes."""
        self.stop()
        self.state = RX_WAIT
        self._receiver_starts()

    def send(self, now):
        """Transmit, or StartSend in Transceive. Nothing happens while a frame is under way."""
        if self.state in (IDLE, WAIT_START):
            self._sent, self._crc_sent = bytearray(), False
            self.state, self.next_at = TRANSMITTING, now

    def step(self):
        """Carry out what is due at `next_at`."""
        if self.state == TRANSMITTING:
            self._transmit()
        elif self.state == RX_WAIT:
            self._first_bits()
        else:
            self._receive()

    # --- sending ---

    def _transmit(self):
        chip = self._chip
        bit = BIT >> self._tx_divisor()
        last_bits = chip.value(r.BIT_FRAMING) & 0x07
        if chip.fifo:
            self._sent.append(chip.take_from_fifo())
            self._last_bits = last_bits if not chip.fifo else 0
            self.next_at += bit * (self._last_bits or _BYTE)
        elif chip.value(r.TX_MODE) & r.CRC_ENABLED and self._sent and not self._crc_sent and not self._last_bits:
            crc = r.crc16(r.preset_of(chip.value(r.MODE)), self._sent)
            self._sent += bytes([crc & 0xFF, crc >> 8])
            self._crc_sent = True
            self.next_at += bit * 2 * _BYTE
        else:
            self._all_sent()

    def _tx_divisor(self):
        return self._chip.value(r.TX_MODE) >> 4 & 0x03

    def _all_sent(self):
        chip, now = self._chip, self.next_at
        chip.raise_irq(r.TX_IRQ)
        chip.timer.transmission_ended(now)
        answer = None
        if chip.value(r.TX_ASK) & r.FORCE_100_ASK and self._sent:  # type A wants 100 % modulation
            answer = self._field.hear(bytes(self._sent), self._last_bits, self._tx_divisor(), now)
        if chip.command == r.TRANSMIT:
            self.stop()
            chip.terminate()
            return
        self.state, self.next_at = RX_WAIT, NEVER
        self._receiver_starts()
        if answer is not None and answer[3] == chip.value(r.RX_MODE) >> 4 & 0x03 and not chip.receiver_is_off:
            self._answer = answer
            self._changes = self._field.changes
            self._bit = BIT >> answer[3]
            self.next_at = now + answer[4] + 5 * self._bit

    # --- receiving ---

    def _receiver_starts(self):
        self._chip.clear_errors(r.COLL_ERR | r.CRC_ERR | r.PARITY_ERR | r.PROTOCOL_ERR)
        self._chip.set_collision(None)

    def _first_bits(self):
        """The fifth bit is in: a timer that runs by itself stops (section 9.3.4.10)."""
        chip = self._chip
        if self._field.changes != self._changes:
            self.next_at = NEVER  # the card left before its first bit
            return
        if not chip.value(r.RX_MODE) & r.RX_MULTIPLE:
            chip.timer.reception_started(self.next_at)
        number, bits, collision, _, _ = self._answer
        align = chip.value(r.BIT_FRAMING) >> 4 & 0x07
        self._collides_in = None if collision is None else collision + align
        if collision is not None and not chip.value(r.COLL) & r.VALUES_AFTER_COLL:
            number &= (1 << collision) - 1
        self._bits = bits + align
        self._data = (number << align).to_bytes((self._bits + 7) // 8, "little")
        self._checks_crc = bool(chip.value(r.RX_MODE) & r.CRC_ENABLED)
        self._read = 0
        self.state = RECEIVING
        self.next_at += self._bit * (min(bits, 8) - 3)  # start bit, 8 bits, parity; five of them are in

    def _receive(self):
        """One byte is complete, or the frame's last bits are in."""
        chip, index = self._chip, self._read
        was_cut = self._field.changes != self._changes
        if not was_cut:
            self._read += 1
            if self._collides_in is not None and self._collides_in >> 3 <= index:
                self._show_collision()
            if not self._checks_crc or self._bits % 8 or len(self._data) < 3 or index < len(self._data) - 2:
                chip.put_into_fifo(self._data[index])
            if self._read < len(self._data):
                self.next_at += self._bit * _BYTE
                return
        if was_cut:
            chip.set_error(r.PROTOCOL_ERR)
        elif self._checks_crc and (self._bits % 8 or r.crc16(r.preset_of(chip.value(r.MODE)), self._data)):
            chip.set_error(r.CRC_ERR)
        chip.rx_last_bits = 0 if was_cut else self._bits % 8
        self._answer = _NOTHING
        self.state, self.next_at = WAIT_START, NEVER
        chip.raise_irq(r.RX_IRQ)

    def _show_collision(self):
        if self._bit == BIT:
            self._chip.set_collision(self._collides_in)
            self._chip.set_error(r.COLL_ERR)
        else:
            self._chip.set_error(r.PARITY_ERR)  # collisions are told at 106 kbit/s only
        self._collides_in = None
