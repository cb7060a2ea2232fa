"""An MFRC522 at its registers: FIFO, commands, interrupt and error bits, CRC coprocessor; its timer and modem are rooms beside it.

MFRC522 data sheet rev. 3.9; the numbers of sections stand where a rule comes from them. Time passes only as the clock that is
handed in says: every access first carries out what became due since the last one. In the portable dialect, so that it runs
inside tests on MicroPython too.

Not played: Crypto1 (MFAuthent meets silence), CRCs with the highest bit first, the self test, test pins, temperature. Unsure on silicon, chosen here: registers
take writes while a reset is under way; the CRC coprocessor takes no time.
"""

from host_tools.soft_hardware import mfrc522_registers as r
from host_tools.soft_hardware.mfrc522_field import NEVER, cycles
from host_tools.soft_hardware.mfrc522_modem import Modem
from host_tools.soft_hardware.mfrc522_timer import Timer

VERSION_2 = 0x92
FIFO_BYTES = 64
INTERNAL_BYTES = 25
RESET_US = 38  # section 8.8.1, after which PowerDown reads 0

_RCV_OFF, _POWER_DOWN = 0x20, 0x10
_IRQ_AFTER_RESET = 0x14  # IdleIRq and LoAlertIRq (table 29)
_CRC_READY, _CRC_OK, _IRQ, _TIMER_RUNNING, _HI_ALERT, _LO_ALERT = 0x20, 0x40, 0x10, 0x08, 0x02, 0x01
_IRQ_INVERTED = 0x80


class Mfrc522Chip:
    """One chip over a `Field`. now_us: a function giving microseconds that never go back. version: VersionReg."""

    def __init__(self, field, now_us, version=VERSION_2):
        self._field = field
        self._now_us = now_us
        self._version = version
        self._now = cycles(now_us())
        self.timer = Timer(self)
        self.modem = Modem(self, field)
        self._internal = bytes(INTERNAL_BYTES)
        self._is_held = self._is_down = False
        self._com_irq = self._div_irq = self._error = 0x00
        self._reset()

    # --- pins ---

    def hold(self, is_low):
        """Pin NRSTPD: low is hard power-down, its rising edge a reset (section 8.8.1)."""
        self._catch_up()
        if self._is_held and not is_low:
            self._reset()
        elif is_low and not self._is_held:
            self.modem.stop()
            self._field.switch(False, self._now)
        self._is_held = is_low

    def irq_level(self):
        """Pin IRQ as a host with a pull-up sees it: 0 or 1 (sections 9.3.1.3, 9.3.1.4)."""
        self._catch_up()
        is_inverted = bool(self._values[r.COM_I_EN] & _IRQ_INVERTED)
        return 1 if self._is_held or self._irq_is_asked_for() != is_inverted else 0

    # --- registers ---

    def read(self, address):
        """One register as the host reads it; FIFODataReg gives its byte away."""
        self._catch_up()
        if self._is_held:
            return 0x00
        if address == r.COMMAND:
            waking = self._is_down or self._now < self._awake_at
            return (_RCV_OFF if self.receiver_is_off else 0) | (_POWER_DOWN if waking else 0) | self.command
        if address == r.COM_IRQ:
            return self._com_irq
        if address == r.DIV_IRQ:
            return self._div_irq
        if address == r.ERROR:
            return self._error
        if address == r.STATUS_1:
            return self._status_1()
        if address == r.STATUS_2:
            return self._values[r.STATUS_2] | self.modem.state
        if address == r.FIFO_DATA:
            return self.take_from_fifo() if self.fifo else 0x00
        if address == r.FIFO_LEVEL:
            return len(self.fifo)
        if address == r.CONTROL:
            return 0x10 | self.rx_last_bits
        if address == r.COLL:
            return self._values[r.COLL] | self._collision
        if address in (r.CRC_RESULT_H, r.CRC_RESULT_L):
            return self._crc >> 8 if address == r.CRC_RESULT_H else self._crc & 0xFF
        if address in (r.T_COUNTER_H, r.T_COUNTER_L):
            count = self.timer.count(self._now)
            return count >> 8 & 0xFF if address == r.T_COUNTER_H else count & 0xFF
        return self._version if address == r.VERSION else self._values.get(address, 0x00)

    def write(self, address, value):
        """One register as the host writes it."""
        self._catch_up()
        if self._is_held:
            return
        if address == r.COMMAND:
            self._command(value)
        elif address == r.COM_IRQ:
            self._com_irq = _set_or_clear(self._com_irq, value, 0x7F)
        elif address == r.DIV_IRQ:
            self._div_irq = _set_or_clear(self._div_irq, value, 0x14)
        elif address == r.FIFO_DATA:
            self._host_writes_fifo(value)
        elif address == r.FIFO_LEVEL:
            if value & r.FLUSH:
                self.fifo = []
                self.clear_errors(r.BUFFER_OVFL)
                self._levels_changed()
        elif address == r.CONTROL:
            if value & r.T_STOP_NOW:
                self.timer.stop(self._now)
            elif value & r.T_START_NOW:
                self.timer.start(self._now)
        elif address == r.COLL:
            self._values[r.COLL] = value & r.VALUES_AFTER_COLL
        elif address in r.AFTER_RESET:
            self._values[address] = value & r.WRITABLE.get(address, 0xFF)
            self._plain_register_changed(address, value)

    def value(self, address):
        """A plain register, as the chip's own rooms see it."""
        return self._values[address]

    def _plain_register_changed(self, address, value):
        if address == r.TX_CONTROL:
            self._field.switch(value & r.ANTENNA == r.ANTENNA, self._now)
        elif address == r.WATER_LEVEL:
            self._levels_changed()
        elif address == r.BIT_FRAMING and value & r.START_SEND and self.command == r.TRANSCEIVE:
            self.modem.send(self._now)
            self._catch_up()

    def _status_1(self):
        return (
            (_CRC_OK if self._crc == 0 else 0) | (_CRC_READY if self._crc_is_ready else 0) | (_IRQ if self._irq_is_asked_for() else 0)
            | (_TIMER_RUNNING if self.timer.next_at != NEVER else 0) | (_HI_ALERT if self._is_high else 0) | (_LO_ALERT if self._is_low else 0)
        )  # fmt: skip

    def _irq_is_asked_for(self):
        com, div = self._com_irq & self._values[r.COM_I_EN] & 0x7F, self._div_irq & self._values[r.DIV_I_EN] & 0x14
        return bool(com or div)

    # --- commands (section 10.3) ---

    def _command(self, value):
        self.receiver_is_off = bool(value & _RCV_OFF)
        self._power_down(bool(value & _POWER_DOWN))
        command = value & 0x0F
        if command == r.NO_CHANGE:
            return
        self.modem.stop()
        self._error = 0
        self.command = command
        if command == r.MEM:
            self._mem()
        elif command == r.RANDOM_ID:
            self._internal = bytes((self._now >> shift & 0xFF) ^ shift for shift in range(10)) + self._internal[10:]
            self.terminate()
        elif command == r.CALC_CRC:
            self._crc, self._crc_is_ready = r.preset_of(self._values[r.MODE]), False
            self._feed_crc()
        elif command == r.TRANSMIT:
            self.modem.send(self._now)
        elif command == r.RECEIVE:
            self.modem.listen()
        elif command == r.TRANSCEIVE:
            self.modem.wait()
            if self._values[r.BIT_FRAMING] & r.START_SEND:
                self.modem.send(self._now)
        elif command == r.MF_AUTHENT:
            self.fifo = []
            self._levels_changed()
            self.timer.transmission_ended(self._now)
        elif command == r.SOFT_RESET:
            self._reset()
        elif command != r.IDLE:
            self.terminate()  # unknown: becomes Idle

    def terminate(self):
        """A command ends by itself: Idle, and IdleIRq says so."""
        self.command = r.IDLE
        self.raise_irq(r.IDLE_IRQ)

    def _mem(self):
        if self.fifo:
            taken, self.fifo = self.fifo[:INTERNAL_BYTES], self.fifo[INTERNAL_BYTES:]
            self._internal = (bytes(taken) + self._internal[len(taken) :])[:INTERNAL_BYTES]
        else:
            self.fifo = list(self._internal)
        self._levels_changed()
        self.terminate()

    def _power_down(self, is_down):
        if self._is_down and not is_down:
            self._awake_at = self._now + cycles(RESET_US)
        if is_down and not self._is_down:
            self.modem.stop()
            self._field.switch(False, self._now)
        elif self._is_down and not is_down:
            self._field.switch(self._values[r.TX_CONTROL] & r.ANTENNA == r.ANTENNA, self._now)
        self._is_down = is_down

    def _reset(self):
        self._values = dict(r.AFTER_RESET)
        self._values[r.COLL] = r.VALUES_AFTER_COLL
        self.fifo = []
        self.command, self.receiver_is_off = r.IDLE, True
        self._com_irq, self._div_irq, self._error = _IRQ_AFTER_RESET, 0x00, 0x00
        self._collision = r.COLL_POS_NOT_VALID
        self._crc, self._crc_is_ready = 0xFFFF, True
        self.rx_last_bits = 0
        self._is_high, self._is_low = False, True
        self._is_down = False
        self._awake_at = self._now + cycles(RESET_US)
        self.timer.reset()
        self.modem.stop()
        self._field.switch(False, self._now)

    # --- FIFO and coprocessor (section 8.3) ---

    def _host_writes_fifo(self, value):
        if self.modem.is_waiting_for_a_card or self.command == r.MF_AUTHENT:
            self.set_error(r.WR_ERR)
            return
        self.put_into_fifo(value)
        if self.command == r.CALC_CRC:
            self._feed_crc()

    def put_into_fifo(self, value):
        """One byte in; the 65th is lost and tells so (BufferOvfl)."""
        if len(self.fifo) >= FIFO_BYTES:
            self.set_error(r.BUFFER_OVFL)
            return
        self.fifo.append(value)
        self._levels_changed()

    def take_from_fifo(self):
        """The oldest byte."""
        value = self.fifo.pop(0)
        self._levels_changed()
        return value

    def _levels_changed(self):
        water = self._values[r.WATER_LEVEL]
        is_high, is_low = FIFO_BYTES - len(self.fifo) <= water, len(self.fifo) <= water
        if is_high and not self._is_high:
            self.raise_irq(r.HI_ALERT_IRQ)
        if is_low and not self._is_low:
            self.raise_irq(r.LO_ALERT_IRQ)
        self._is_high, self._is_low = is_high, is_low

    def _feed_crc(self):
        self._crc = r.crc16(self._crc, self.fifo)
        self.fifo = []
        self._levels_changed()
        self._crc_is_ready = True
        self._div_irq |= r.CRC_IRQ

    # --- what the rooms beside it say ---

    def raise_irq(self, bits):
        """An event, in ComIrqReg until the host clears it."""
        self._com_irq |= bits

    def set_error(self, bits):
        """An error, in ErrorReg until the next command or receiver start."""
        self._error |= bits
        self.raise_irq(r.ERR_IRQ)

    def clear_errors(self, bits):
        """The receiver starts, or the FIFO is flushed."""
        self._error &= 0xFF ^ bits

    def set_collision(self, bit):
        """CollPos: `bit` counts from 0 with the first bit of the first byte in the FIFO (RxAlign included); None: none yet."""
        self._collision = r.COLL_POS_NOT_VALID if bit is None or bit >= 32 else bit + 1 & 0x1F

    def _catch_up(self):
        until, modem, timer = cycles(self._now_us()), self.modem, self.timer
        while modem.next_at <= until or timer.next_at <= until:
            first = modem if modem.next_at <= timer.next_at else timer
            self._now = first.next_at
            first.step()
        self._now = until


def _set_or_clear(bits, value, mask):
    """Set1 and Set2: with bit 7 the marked bits are set, without it cleared (sections 9.3.1.5, 9.3.1.6)."""
    return bits | value & mask if value & r.SET_IRQ else bits & (0xFF ^ (value & mask))
