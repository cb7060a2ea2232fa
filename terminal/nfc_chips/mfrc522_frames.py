"""One frame through an MFRC522 and what comes back: FIFO, timer, CRC coprocessor, bit framing (data sheet rev. 3.9).

The FIFO has 64 bytes. What is longer is fed and drained while it is on air, and then this task does not let go of the processor:
at 106 kbit/s the FIFO lasts 5.4 ms. The transmitter takes an empty FIFO for the end of the frame and would close it with a CRC
that fits, so a late host would send a shortened command that the card carries out. Hence a frame that does not fit into the
FIFO brings its CRC as data, computed before: cut short, it has none.
"""

from cardos.errors import ReaderCannot
from terminal.compat import elapsed_ms
from terminal.nfc_chips import mfrc522_registers as r
from terminal.nfc_chips.iso14443a import Heard

FRAME_MAX = 256  # bytes with CRC: the longest frame of ISO/IEC 14443-4 (FSDI 8)
ANSWER_MAX = 1024 + 2  # FAST_READ of a whole Type 2 chip
BUSY_LOOKS = 20  # looks at the chip before other tasks run: an answer at its fixed time comes within them
MARGIN_MS = 150  # for the longest frames on air, 22 ms out and 87 in; after that something is wrong with the chip
CRC_LOOKS_MAX = 200
_WAKE_LOOKS_MAX = 50
_FRAME_ERRORS = r.WR_ERR | r.BUFFER_OVFL | r.COLL_ERR | r.CRC_ERR | r.PARITY_ERR | r.PROTOCOL_ERR


class Frames:
    """Frames over `bus` (see `buses.mfrc522_spi`). All methods raise ReaderLost when the chip does not answer or lost its settings."""

    def __init__(self, bus, ticks_ms, sleep_ms):
        self._bus = bus
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        self._registers = r.Registers(bus)
        self._known = {}  # registers that change from frame to frame -> their value
        self._rate = 0

    async def start(self):
        """Wake and reset the chip, check what it is, set it up; the antenna stays off. Returns VersionReg."""
        regs = self._registers
        await self._bus.wake()
        regs.write(r.CommandReg, r.SOFT_RESET)
        for _ in range(_WAKE_LOOKS_MAX):
            await self._sleep_ms(1)
            if not regs.read(r.CommandReg) & r.POWER_DOWN:
                break
        version = self._checked_version()
        self._known, self._rate = {}, 0
        for register, value in r.SET_UP:
            regs.write(register, value)
        return version

    def antenna(self, is_on):
        """The field on or off (section 9.3.2.5)."""
        value = self._registers.read(r.TxControlReg)
        self._registers.write(r.TxControlReg, value | r.ANTENNA if is_on else value & (0xFF ^ r.ANTENNA))

    def power_down(self):
        """The field off, and the chip asleep until `start` (section 8.6.2)."""
        self.antenna(False)
        self._registers.write(r.CommandReg, r.POWER_DOWN)

    def set_bit_rate(self, divisor):
        """Frames both ways at 106 kbit/s * 2^divisor from now on (sections 9.3.2.3, 9.3.2.4)."""
        self._rate = divisor << 4
        self._set(r.ModWidthReg, r.MOD_WIDTHS[divisor])

    async def transceive(self, frame):
        """Send one `iso14443a.Frame`; what was `Heard`, or None for silence. Raises ReaderCannot when the frame is too long."""
        data, adds_crc = frame.data, frame.crc_out
        if len(data) + 2 > FRAME_MAX:
            raise ReaderCannot("The frame is longer than this reader sends.", "Use another reader for this card.")
        regs = self._registers
        if adds_crc and len(data) > r.FIFO_BYTES:
            data, adds_crc = bytes(data) + self.crc_a(data), False
        regs.write(r.CommandReg, r.IDLE)
        self._set(r.TxModeReg, self._rate | (r.CRC_EN if adds_crc else 0))
        self._set(r.RxModeReg, self._rate | (r.CRC_EN if frame.crc_in else 0))
        self._set_timer(frame.wait_ms)
        regs.write(r.FIFOLevelReg, r.FLUSH_BUFFER)
        regs.write(r.ComIrqReg, r.ALL_IRQ)
        regs.write_fifo(data[: r.FIFO_BYTES])
        regs.write(r.CommandReg, r.TRANSCEIVE)
        framing = frame.align << 4 | frame.last_bits
        regs.write(r.BitFramingReg, r.START_SEND | framing)
        if len(data) > r.FIFO_BYTES:
            self._feed(data[r.FIFO_BYTES :])
        answer = await self._answer(frame.wait_ms)
        heard = None if answer is None else self._heard(answer)
        regs.write(r.BitFramingReg, framing)
        regs.write(r.CommandReg, r.IDLE)
        return heard

    def crc_a(self, data):
        """The two CRC bytes of `data`, by the coprocessor (section 10.3.1.4)."""
        regs = self._registers
        regs.write(r.CommandReg, r.IDLE)
        regs.write(r.FIFOLevelReg, r.FLUSH_BUFFER)
        for start in range(0, len(data), r.FIFO_BYTES):
            regs.write(r.DivIrqReg, r.CRC_IRQ)
            regs.write_fifo(data[start : start + r.FIFO_BYTES])
            if not start:
                regs.write(r.CommandReg, r.CALC_CRC)
            for _ in range(CRC_LOOKS_MAX):
                if regs.read(r.DivIrqReg) & r.CRC_IRQ:
                    break
            else:
                raise r.reader_lost("The reader does not finish its work.")
        regs.write(r.CommandReg, r.IDLE)
        return bytes([regs.read(r.CRCResultRegL), regs.read(r.CRCResultRegH)])

    # --- the frame on air ---

    def _feed(self, rest):
        """The rest of a long frame, as the FIFO drains. A host that is late ends the frame; without its CRC no card takes it."""
        regs = self._registers
        while rest:
            if regs.read(r.ComIrqReg) & (r.TX_IRQ | r.ALWAYS_ZERO_IRQ):
                return
            room = r.FIFO_BYTES - regs.read(r.FIFOLevelReg)
            if room >= r.WATER_BYTES or room >= len(rest):
                regs.write_fifo(rest[:room])
                rest = rest[room:]

    async def _answer(self, wait_ms):
        """The bytes of the answer, or None when the timer ran out first."""
        regs, start, looks, got, is_sent = self._registers, self._ticks_ms(), 0, b"", False
        while True:
            irq = regs.read(r.ComIrqReg)
            if irq & r.ALWAYS_ZERO_IRQ:
                raise r.reader_lost("The reader does not answer.")
            if irq & r.RX_IRQ:
                return got + self._drain()
            if irq & r.TIMER_IRQ:
                return None
            if irq & r.TX_IRQ and not is_sent:  # from now on the FIFO holds the answer; before, HiAlert was our own frame
                is_sent, irq = True, r.HI_ALERT_IRQ
            if irq & r.HI_ALERT_IRQ and is_sent:
                regs.write(r.ComIrqReg, r.HI_ALERT_IRQ)
                got += self._drain(r.FIFO_BYTES - r.WATER_BYTES)
                if len(got) > ANSWER_MAX:
                    raise r.reader_lost("The reader gives bytes without end.")
            if elapsed_ms(self._ticks_ms(), start) > wait_ms + MARGIN_MS:
                self._check_settings()
                return None  # a noise has kept the receiver busy
            looks += 1
            if got or looks < BUSY_LOOKS:  # a long answer is on its way: this task stays with it until it has ended
                continue
            if is_sent and self._bus.has_irq:
                await self._bus.ready(wait_ms + MARGIN_MS)
            else:
                await self._sleep_ms(1)

    def _drain(self, least=1):
        """What lies in the FIFO, when it is `least` bytes or more."""
        count = self._registers.read(r.FIFOLevelReg)
        if count > r.FIFO_BYTES:
            raise r.reader_lost("The reader gives bytes that it cannot have.")
        return self._registers.read_fifo(count) if count >= least else b""

    def _heard(self, data):
        regs = self._registers
        error = regs.read(r.ErrorReg)
        collision = None
        if error & r.COLL_ERR:
            place = regs.read(r.CollReg)
            if not place & r.COLL_POS_NOT_VALID:
                collision = ((place & 0x1F) or 32) - 1
        return Heard(data, regs.read(r.ControlReg) & 0x07, collision, not error & _FRAME_ERRORS)

    # --- settings ---

    def _set_timer(self, wait_ms):
        ticks = min(wait_ms * r.TICKS_PER_MS + 1, r.TICKS_MAX)
        self._set(r.TReloadRegH, ticks >> 8)
        self._set(r.TReloadRegL, ticks & 0xFF)

    def _set(self, register, value):
        if self._known.get(register) != value:
            self._registers.write(register, value)
            self._known[register] = value

    def _check_settings(self):
        """A chip whose supply failed for a moment answers, and is as after a reset."""
        self._checked_version()
        if self._registers.read(r.TModeReg) != r.T_MODE:
            raise r.reader_lost("The reader has lost its settings.")

    def _checked_version(self):
        version = self._registers.read(r.VersionReg)
        if version not in r.VERSIONS:
            raise r.reader_lost("There is no MFRC522 on these wires.")
        return version
