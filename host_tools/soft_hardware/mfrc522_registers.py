"""The registers of an MFRC522: addresses, values after a reset, and which of their bits a host may set.

MFRC522 data sheet rev. 3.9, section 9 (table 20 lists the registers, each has a table of its own with its reset value).
In the portable dialect: the chip made of code also runs inside tests on MicroPython.
"""

COMMAND, COM_I_EN, DIV_I_EN, COM_IRQ, DIV_IRQ, ERROR, STATUS_1, STATUS_2, FIFO_DATA, FIFO_LEVEL = range(0x01, 0x0B)
WATER_LEVEL, CONTROL, BIT_FRAMING, COLL = range(0x0B, 0x0F)
MODE, TX_MODE, RX_MODE, TX_CONTROL, TX_ASK = range(0x11, 0x16)
MF_RX = 0x1D
CRC_RESULT_H, CRC_RESULT_L = 0x21, 0x22
T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L, T_COUNTER_H, T_COUNTER_L = range(0x2A, 0x30)
DEMOD, VERSION = 0x19, 0x37

ADDRESSES = 0x40

# Commands (table 149).
IDLE, MEM, RANDOM_ID, CALC_CRC, TRANSMIT = range(5)
NO_CHANGE, RECEIVE, TRANSCEIVE, MF_AUTHENT, SOFT_RESET = 0x07, 0x08, 0x0C, 0x0E, 0x0F

# Bits of ComIrqReg, DivIrqReg and ErrorReg.
TX_IRQ, RX_IRQ, IDLE_IRQ, HI_ALERT_IRQ, LO_ALERT_IRQ, ERR_IRQ, TIMER_IRQ = 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01
SET_IRQ, CRC_IRQ = 0x80, 0x04
WR_ERR, BUFFER_OVFL, COLL_ERR, CRC_ERR, PARITY_ERR, PROTOCOL_ERR = 0x80, 0x10, 0x08, 0x04, 0x02, 0x01

CRC_ENABLED = 0x80  # TxCRCEn and RxCRCEn
VALUES_AFTER_COLL, COLL_POS_NOT_VALID = 0x80, 0x20
START_SEND, FLUSH = 0x80, 0x80
T_START_NOW, T_STOP_NOW = 0x40, 0x80
T_AUTO, T_AUTO_RESTART = 0x80, 0x10
RX_NO_ERR, RX_MULTIPLE = 0x08, 0x04
FORCE_100_ASK = 0x40
ANTENNA = 0x03

# What a plain register holds after a reset; registers that are not listed are made of state, or reserved (00).
AFTER_RESET = {
    COM_I_EN: 0x80, DIV_I_EN: 0x00, STATUS_2: 0x00, WATER_LEVEL: 0x08, BIT_FRAMING: 0x00,
    MODE: 0x3F, TX_MODE: 0x00, RX_MODE: 0x00, TX_CONTROL: 0x80, TX_ASK: 0x00, 0x16: 0x10, 0x17: 0x84, 0x18: 0x84,
    DEMOD: 0x4D, 0x1C: 0x62, MF_RX: 0x00, 0x1F: 0xEB, 0x24: 0x26, 0x26: 0x48, 0x27: 0x88, 0x28: 0x20, 0x29: 0x20,
    T_MODE: 0x00, T_PRESCALER: 0x00, T_RELOAD_H: 0x00, T_RELOAD_L: 0x00,
    0x31: 0x00, 0x32: 0x00, 0x33: 0x80, 0x34: 0x00, 0x36: 0x40, 0x38: 0x00, 0x39: 0x00,
}  # fmt: skip

# Bits that a host may set, where not all of them.
WRITABLE = {
    DIV_I_EN: 0x94, STATUS_2: 0xC8, WATER_LEVEL: 0x3F, BIT_FRAMING: 0xF7, TX_MODE: 0xF8, RX_MODE: 0xFC, TX_CONTROL: 0xFB,
    TX_ASK: 0x40, 0x16: 0x3F, 0x24: 0xFF, 0x26: 0x70,
}  # fmt: skip

_PRESETS = (0x0000, 0x6363, 0xA671, 0xFFFF)  # CRCPreset, ModeReg bits 1 and 0 (section 9.3.2.2)


def preset_of(mode):
    """What the CRC coprocessor starts from, by the value of ModeReg."""
    return _PRESETS[mode & 0x03]


def crc16(crc, data):
    """The coprocessor's register after `data`: the polynomial of ISO/IEC 14443-3, annex B, least significant bit first."""
    for byte in data:
        byte ^= crc & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return crc
