"""The MFRC522's registers by their names in the data sheet (rev. 3.9, section 9), access to them, and what a start writes into them."""

from cardos.errors import ReaderLost

# Table 20. Names of bits are those of the tables in section 9.3.
CommandReg, ComIEnReg, DivIEnReg, ComIrqReg, DivIrqReg, ErrorReg = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
FIFODataReg, FIFOLevelReg, WaterLevelReg, ControlReg, BitFramingReg, CollReg = 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E
ModeReg, TxModeReg, RxModeReg, TxControlReg, TxASKReg = 0x11, 0x12, 0x13, 0x14, 0x15
CRCResultRegH, CRCResultRegL, ModWidthReg, RFCfgReg = 0x21, 0x22, 0x24, 0x26
TModeReg, TPrescalerReg, TReloadRegH, TReloadRegL, VersionReg = 0x2A, 0x2B, 0x2C, 0x2D, 0x37

# Commands (section 10.3).
IDLE, CALC_CRC, TRANSCEIVE, SOFT_RESET = 0x00, 0x03, 0x0C, 0x0F
POWER_DOWN = 0x10  # bit of CommandReg; reads 1 while the chip wakes

# ComIrqReg, DivIrqReg, ErrorReg.
RX_IRQ, HI_ALERT_IRQ, TIMER_IRQ, ALL_IRQ, CRC_IRQ = 0x20, 0x08, 0x01, 0x7F, 0x04
ALWAYS_ZERO_IRQ = 0x80  # Set1 reads 0; a wire that hangs high reads 1
TX_IRQ = 0x40
WR_ERR, TEMP_ERR, BUFFER_OVFL, COLL_ERR, CRC_ERR, PARITY_ERR, PROTOCOL_ERR = 0x80, 0x40, 0x10, 0x08, 0x04, 0x02, 0x01

CRC_EN = 0x80  # TxCRCEn, RxCRCEn
START_SEND, FLUSH_BUFFER = 0x80, 0x80
COLL_POS_NOT_VALID = 0x20
ANTENNA = 0x03  # Tx1RFEn, Tx2RFEn
IRQ_INV, IRQ_PUSH_PULL = 0x80, 0x80

FIFO_BYTES = 64
WATER_BYTES = 32  # room that is left in the FIFO when HiAlert is raised: 2.7 ms at 106 kbit/s to come and read

# One tick is 0.5 ms: 13.56 MHz / (2 * TPrescaler + 1) (section 8.5); the 16-bit counter then reaches 32.7 s.
PRESCALER = 3389
T_MODE = 0x80 | PRESCALER >> 8  # TAuto: it runs from the end of sending to the answer's fifth bit
TICKS_PER_MS = 2
TICKS_MAX = 0xFFFF

# ModWidthReg for 106, 212, 424, 848 kbit/s: pauses of 2.8 us and of half, a quarter, an eighth of that.
MOD_WIDTHS = (0x26, 0x15, 0x0A, 0x05)

# What a chip tells in VersionReg. NXP's own are 91h and 92h; the others are chips of the same registers that stores sell for them.
VERSIONS = (0x91, 0x92, 0x90, 0x88, 0xB2, 0x12, 0x82)

GAIN_38_DB = 0x60  # RxGain; the reset value of 33 dB loses small tags on small antennas

SET_UP = (
    (TModeReg, T_MODE),
    (TPrescalerReg, PRESCALER & 0xFF),
    (TxASKReg, 0x40),  # Force100ASK: type A
    (ModeReg, 0x3D),  # TxWaitRF, CRCPreset 6363h
    (RFCfgReg, GAIN_38_DB),
    (TxModeReg, 0x00),
    (RxModeReg, 0x00),
    (ModWidthReg, MOD_WIDTHS[0]),
    (WaterLevelReg, WATER_BYTES),
    (CollReg, 0x00),  # bits after a collision are cleared
    (ComIEnReg, IRQ_INV | RX_IRQ | HI_ALERT_IRQ | TIMER_IRQ),
    (DivIEnReg, IRQ_PUSH_PULL),
)

CHECK_WIRES = "Check the reader's wires and its supply; the terminal comes back by itself."


def reader_lost(what):
    """ReaderLost with the usual advice."""
    return ReaderLost(what, CHECK_WIRES, "READER_GONE")


class Registers:
    """Registers over a bus whose `transfer(out, into)` is one window of the chip select. Raises ReaderLost when the bus fails."""

    def __init__(self, bus):
        self._bus = bus
        self._out, self._into = bytearray(2), bytearray(2)

    def read(self, register):
        """One register's value."""
        self._out[0], self._out[1] = 0x80 | register << 1, 0x00
        self._transfer(self._out, self._into)
        return self._into[1]

    def write(self, register, value):
        """Set one register."""
        self._out[0], self._out[1] = register << 1, value
        self._transfer(self._out, self._into)

    def read_fifo(self, count):
        """The next `count` bytes of the FIFO, in one window."""
        out, into = bytearray([0x80 | FIFODataReg << 1] * count + [0x00]), bytearray(count + 1)
        self._transfer(out, into)
        return bytes(into[1:])

    def write_fifo(self, data):
        """Bytes into the FIFO, in one window."""
        out = bytes([FIFODataReg << 1]) + data
        self._transfer(out, bytearray(len(out)))

    def _transfer(self, out, into):
        try:
            self._bus.transfer(out, into)
        except OSError:  # the port gives errors
            raise reader_lost("The reader's wire gives errors.")
