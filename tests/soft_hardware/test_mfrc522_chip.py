"""The emulated MFRC522 at its registers, by its data sheet (rev. 3.9), and as drivers that nobody here wrote use it."""

import pytest

from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware import mfrc522_registers as r
from host_tools.soft_hardware.mfrc522_card import cascade, crc_a
from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
from host_tools.soft_hardware.mfrc522_field import Field
from host_tools.soft_hardware.mfrc522_spi import wired
from tests.portable.iso_dep_bench import EchoChip

UID = bytes.fromhex("04a1b2c3d4e5f6")
REQA, WUPA = b"\x26", b"\x52"


class Lab:
    """A chip with cards in its field; `us` is the time."""

    def __init__(self, *cards, **options):
        self.us = 1000
        self.field = Field(cards, **options)
        self.chip = Mfrc522Chip(self.field, lambda: self.us)
        self.read, self.write = self.chip.read, self.chip.write

    def on(self):
        """As every driver begins: timer of 15 ms started by the end of sending, 100 % ASK, CRC from 6363, antenna on."""
        for register, value in [(r.T_MODE, 0x8D), (r.T_PRESCALER, 0x3E), (r.T_RELOAD_H, 0), (r.T_RELOAD_L, 30),
                                (r.TX_ASK, 0x40), (r.MODE, 0x3D), (r.TX_CONTROL, 0x83)]:
            self.write(register, value)
        self.us += 5000
        return self

    def fill(self, data):
        self.write(r.FIFO_LEVEL, 0x80)
        for value in data:
            self.write(r.FIFO_DATA, value)

    def empty(self):
        return bytes(self.read(r.FIFO_DATA) for _ in range(self.read(r.FIFO_LEVEL)))

    def say(self, data, last_bits=0, align=0, crc=False):
        """A polling driver's exchange: the answer, or None when the timer ran out."""
        self.write(r.COMMAND, r.IDLE)
        self.write(r.COM_IRQ, 0x7F)
        self.fill(bytes(data) + (crc_a(data) if crc else b""))
        self.write(r.COMMAND, r.TRANSCEIVE)
        self.write(r.BIT_FRAMING, 0x80 | align << 4 | last_bits)
        for _ in range(2000):
            self.us += 20
            irq = self.read(r.COM_IRQ)
            if irq & (r.RX_IRQ | r.IDLE_IRQ | r.TIMER_IRQ):
                self.write(r.BIT_FRAMING, align << 4 | last_bits)
                return self.empty() if irq & (r.RX_IRQ | r.IDLE_IRQ) else None
        raise AssertionError("neither an answer nor the timer")

    def select(self):
        """The first card, alone in the field."""
        assert self.say(WUPA, 7) is not None or self.say(WUPA, 7) is not None
        for code, part in zip((0x93, 0x95, 0x97), cascade(self.field._cards[0].card.anticollision_uid())):
            assert self.say([code, 0x20]) == part
            sak = self.say(bytes([code, 0x70]) + part, crc=True)
        return sak[0]


def test_values_after_a_reset():
    lab = Lab()
    expected = {
        r.COMMAND: 0x30, r.COM_I_EN: 0x80, r.DIV_I_EN: 0x00, r.COM_IRQ: 0x14, r.DIV_IRQ: 0x00, r.ERROR: 0x00, r.STATUS_1: 0x21, r.STATUS_2: 0x00,
        r.FIFO_LEVEL: 0x00, r.WATER_LEVEL: 0x08, r.CONTROL: 0x10, r.BIT_FRAMING: 0x00, r.COLL: 0xA0, r.MODE: 0x3F, r.TX_MODE: 0x00,
        r.RX_MODE: 0x00, r.TX_CONTROL: 0x80, r.TX_ASK: 0x00, 0x16: 0x10, 0x17: 0x84, 0x18: 0x84, 0x19: 0x4D, 0x1C: 0x62, 0x1F: 0xEB,
        r.CRC_RESULT_H: 0xFF, r.CRC_RESULT_L: 0xFF, 0x24: 0x26, 0x26: 0x48, 0x27: 0x88, 0x28: 0x20, 0x29: 0x20, r.T_MODE: 0x00,
        r.VERSION: 0x92, 0x36: 0x40, 0x33: 0x80,
    }  # fmt: skip
    assert {address: lab.read(address) for address in expected} == expected
    lab.us += 40
    assert lab.read(r.COMMAND) == 0x20, "awake"
    lab.on()
    lab.write(r.COMMAND, r.SOFT_RESET)
    assert {address: lab.read(address) for address in expected} == expected


def test_only_writable_bits_are_kept():
    lab = Lab()
    for address, written, kept in [(r.VERSION, 0x00, 0x92), (r.ERROR, 0xFF, 0x00), (r.STATUS_1, 0xFF, 0x21), (r.WATER_LEVEL, 0xFF, 0x3F),
                                   (r.TX_ASK, 0xFF, 0x40), (r.BIT_FRAMING, 0x7F, 0x77), (r.COLL, 0x7F, 0x20), (0x00, 0xFF, 0x00), (0x3F, 0xFF, 0x00)]:
        lab.write(address, written)
        assert lab.read(address) == kept, hex(address)


def test_the_fifo_and_its_alerts():
    lab = Lab()
    lab.write(r.COM_IRQ, 0x7F)
    lab.write(r.WATER_LEVEL, 8)
    lab.fill(range(55))
    assert not lab.read(r.COM_IRQ) & r.HI_ALERT_IRQ and not lab.read(r.STATUS_1) & 0x03
    lab.write(r.FIFO_DATA, 55)
    assert lab.read(r.COM_IRQ) == r.HI_ALERT_IRQ and lab.read(r.STATUS_1) & 0x02
    lab.fill(range(64))
    assert lab.read(r.FIFO_LEVEL) == 64 and lab.read(r.ERROR) == 0
    lab.write(r.FIFO_DATA, 64)
    assert lab.read(r.ERROR) == r.BUFFER_OVFL and lab.read(r.COM_IRQ) & r.ERR_IRQ and lab.read(r.FIFO_LEVEL) == 64
    lab.write(r.COM_IRQ, 0x7F)
    assert [lab.read(r.FIFO_DATA) for _ in range(56)] == list(range(56))
    assert lab.read(r.COM_IRQ) == r.LO_ALERT_IRQ and lab.read(r.STATUS_1) & 0x03 == 0x01
    lab.write(r.FIFO_LEVEL, 0x80)
    assert lab.read(r.ERROR) == 0 and lab.read(r.FIFO_LEVEL) == 0 and lab.read(r.FIFO_DATA) == 0x00


def test_interrupt_bits_are_set_and_cleared_as_bit_7_says():
    lab = Lab()
    lab.write(r.COM_IRQ, 0x80 | 0x61)
    assert lab.read(r.COM_IRQ) == 0x75
    lab.write(r.COM_IRQ, 0x74)
    assert lab.read(r.COM_IRQ) == 0x01
    lab.write(r.DIV_IRQ, 0xFF)
    assert lab.read(r.DIV_IRQ) == 0x14
    lab.write(r.DIV_IRQ, 0x10)
    assert lab.read(r.DIV_IRQ) == 0x04


@pytest.mark.parametrize("enabled, irq", [((r.COM_I_EN, 0x80 | r.TIMER_IRQ), (r.COM_IRQ, 0x80 | r.TIMER_IRQ)), ((r.DIV_I_EN, 0x04), (r.DIV_IRQ, 0x84))])
def test_the_irq_pin(enabled, irq):
    lab = Lab()
    lab.write(r.COM_IRQ, 0x7F)
    lab.write(*irq)
    assert lab.chip.irq_level() == 1 and not lab.read(r.STATUS_1) & 0x10
    lab.write(*enabled)
    assert lab.chip.irq_level() == 0 and lab.read(r.STATUS_1) & 0x10, "inverted after a reset"
    lab.write(r.COM_I_EN, lab.read(r.COM_I_EN) & 0x7F)
    assert lab.chip.irq_level() == 1
    lab.write(irq[0], 0x7F)
    assert lab.chip.irq_level() == 0


@pytest.mark.parametrize("mode, data, crc", [(0x3D, b"\x00\x00", 0x1EA0), (0x3D, b"\x12\x34", 0xCF26), (0x3C, b"\x00\x00", 0x0000), (0x3F, b"", 0xFFFF)])
def test_crc_coprocessor(mode, data, crc):
    lab = Lab()
    lab.write(r.MODE, mode)
    lab.write(r.DIV_IRQ, 0x04)
    lab.fill(data)
    lab.write(r.COMMAND, r.CALC_CRC)
    assert lab.read(r.DIV_IRQ) & 0x04 and lab.read(r.STATUS_1) & 0x20
    assert lab.read(r.CRC_RESULT_H) << 8 | lab.read(r.CRC_RESULT_L) == crc
    assert lab.read(r.FIFO_LEVEL) == 0 and lab.read(r.COMMAND) & 0x0F == r.CALC_CRC


def test_crc_goes_on_with_what_comes_into_the_fifo():
    lab = Lab()
    lab.write(r.MODE, 0x3D)
    lab.fill(b"\x12")
    lab.write(r.COMMAND, r.CALC_CRC)
    lab.write(r.FIFO_DATA, 0x34)
    assert (lab.read(r.CRC_RESULT_L), lab.read(r.CRC_RESULT_H)) == (0x26, 0xCF)
    lab.write(r.FIFO_DATA, 0x26)
    lab.write(r.FIFO_DATA, 0xCF)
    assert lab.read(r.STATUS_1) & 0x40, "CRCOk: data with its CRC gives zero"


def test_commands_that_end_by_themselves():
    lab = Lab()
    lab.write(r.COM_IRQ, 0x7F)
    lab.write(r.COMMAND, r.IDLE)
    assert not lab.read(r.COM_IRQ) & r.IDLE_IRQ, "the host's own Idle does not tell"
    lab.write(r.COMMAND, 0x0D)
    assert lab.read(r.COM_IRQ) & r.IDLE_IRQ and lab.read(r.COMMAND) & 0x0F == r.IDLE, "an unknown command"
    lab.fill(range(25))
    lab.write(r.COMMAND, r.MEM)
    assert lab.read(r.FIFO_LEVEL) == 0
    lab.write(r.COMMAND, r.MEM)
    assert lab.empty() == bytes(range(25))
    lab.write(r.COMMAND, r.RANDOM_ID)
    lab.write(r.COMMAND, r.MEM)
    buffer = lab.empty()
    assert buffer[:10] != bytes(range(10)) and buffer[10:] == bytes(range(10, 25))
    lab.write(r.COMMAND, r.TRANSCEIVE)
    lab.write(r.COMMAND, 0x20 | r.NO_CHANGE)
    lab.us += 40
    assert lab.read(r.COMMAND) == 0x20 | r.TRANSCEIVE


def test_the_timer():
    lab = Lab()
    lab.write(r.COM_IRQ, 0x7F)
    lab.write(r.T_MODE, 0x0D)
    lab.write(r.T_PRESCALER, 0x3E)  # 13.56 MHz / (2 * 3390 + 1): 500 us
    lab.write(r.T_RELOAD_L, 9)
    lab.write(r.CONTROL, 0x40)
    assert lab.read(r.STATUS_1) & 0x08 and lab.read(r.T_COUNTER_L) == 9
    lab.us += 2600
    assert lab.read(r.T_COUNTER_L) == 4
    lab.us += 2390
    assert not lab.read(r.COM_IRQ) & r.TIMER_IRQ
    lab.us += 20
    assert lab.read(r.COM_IRQ) & r.TIMER_IRQ and not lab.read(r.STATUS_1) & 0x08 and lab.read(r.T_COUNTER_L) == 0
    lab.write(r.CONTROL, 0x40)
    lab.us += 1100
    lab.write(r.CONTROL, 0x80)
    lab.us += 10000
    assert lab.read(r.T_COUNTER_L) == 7
    lab.write(r.T_MODE, 0x1D)
    lab.write(r.CONTROL, 0x40)
    lab.us += 5100
    assert lab.read(r.STATUS_1) & 0x08 and lab.read(r.T_COUNTER_L) == 9, "started again by itself"


# --- on air ---


def test_a_request_and_its_time():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.write(r.COM_IRQ, 0x7F)
    lab.fill(REQA)
    lab.write(r.COMMAND, r.TRANSCEIVE)
    assert lab.read(r.STATUS_2) & 0x07 == 1
    lab.write(r.BIT_FRAMING, 0x87)
    assert lab.read(r.STATUS_2) & 0x07 == 3 and not lab.read(r.COM_IRQ) & r.TX_IRQ
    lab.us += 70  # seven bits
    assert lab.read(r.COM_IRQ) & r.TX_IRQ and lab.read(r.STATUS_2) & 0x07 == 4 and lab.read(r.STATUS_1) & 0x08
    lab.us += 140
    assert lab.read(r.STATUS_2) & 0x07 == 6 and not lab.read(r.STATUS_1) & 0x08, "the timer stopped with the fifth bit"
    lab.us += 170
    assert lab.read(r.COM_IRQ) & (r.RX_IRQ | r.TIMER_IRQ | r.ERR_IRQ | r.IDLE_IRQ) == r.RX_IRQ
    assert lab.empty() == b"\x44\x00" and lab.read(r.CONTROL) & 0x07 == 0 and lab.read(r.ERROR) == 0


@pytest.mark.parametrize("register, value", [(r.TX_CONTROL, 0x80), (r.TX_ASK, 0x00), (r.RX_MODE, 0x10), (r.TX_MODE, 0x10)])
def test_silence_when_a_setting_is_wrong(register, value):
    lab = Lab(new_card("ntag215", UID)).on()
    lab.write(register, value)
    assert lab.say(REQA, 7) is None and lab.read(r.FIFO_LEVEL) == 0


def test_silence_of_a_receiver_that_is_off_and_of_an_empty_field():
    assert Lab().on().say(REQA, 7) is None
    lab = Lab(new_card("ntag215", UID)).on()
    lab.write(r.COM_IRQ, 0x7F)
    lab.fill(REQA)
    lab.write(r.COMMAND, 0x20 | r.TRANSCEIVE)
    lab.write(r.BIT_FRAMING, 0x87)
    lab.us += 20000
    assert lab.read(r.COM_IRQ) & r.TIMER_IRQ and not lab.read(r.COM_IRQ) & r.RX_IRQ


def test_the_antenna_is_the_cards_power():
    lab = Lab(new_card("ntag215", UID)).on()
    assert lab.select() == 0x00 and lab.say(b"\x30\x00", crc=True)[:3] == UID[:3]
    lab.write(r.TX_CONTROL, 0x80)
    lab.write(r.TX_CONTROL, 0x83)
    assert lab.say(REQA, 7) is None, "it needs a millisecond"
    lab.us += 1000
    assert lab.say(b"\x30\x00", crc=True) is None and lab.say(REQA, 7) == b"\x44\x00"


def test_states_of_a_card():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.select()
    assert lab.say(REQA, 7) is None and lab.say(REQA, 7) == b"\x44\x00", "ACTIVE drops to IDLE at a request"
    assert lab.say(b"\x30\x00", crc=True) is None and lab.say(REQA, 7) == b"\x44\x00", "so does READY at anything else"
    lab.select()
    assert lab.say(b"\x50\x00", crc=True) is None and lab.say(REQA, 7) is None and lab.say(WUPA, 7) == b"\x44\x00", "HALT"
    assert lab.say(WUPA, 7) is None and lab.say(REQA, 7) is None and lab.say(WUPA, 7) == b"\x44\x00", "from HALT back to HALT"
    lab.say(b"\x93\x70\x00\x00\x00\x00\x00", crc=True)
    assert lab.say(b"\x93\x20") is None, "the UID of another"


def test_answers_of_4_bits():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.select()
    assert lab.say(b"\xa2\x06abcd", crc=True) == b"\x0a" and lab.read(r.CONTROL) & 0x07 == 4 and lab.read(r.ERROR) == 0
    lab.write(r.RX_MODE, 0x80)
    assert lab.say(b"\xa2\x06abcd", crc=True) == b"\x0a" and lab.read(r.ERROR) == r.CRC_ERR, "RxCRCEn sees no CRC"
    lab.write(r.RX_MODE, 0x00)
    assert lab.say(b"\xa2\x06abcd\x00\x00") == b"\x01", "a frame with a wrong CRC"


def test_crc_by_the_chip_both_ways():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.select()
    plain = lab.say(b"\x30\x00", crc=True)
    assert len(plain) == 18 and crc_a(plain[:16]) == plain[16:]
    lab.write(r.TX_MODE, 0x80)
    lab.write(r.RX_MODE, 0x80)
    assert lab.say(b"\x30\x00") == plain[:16] and lab.read(r.ERROR) == 0
    lab.write(r.MODE, 0x3F)
    assert lab.say(b"\x30\x00") == b"\x01", "CRCs from FFFF are wrong to a card"


def test_iso_dep_blocks():
    lab = Lab(EchoChip()).on()
    assert lab.select() == 0x20
    assert lab.say(b"\xe0\x50", crc=True)[:-2] == EchoChip.ats
    assert lab.say(b"\x02abc", crc=True)[:-2] == b"\x02abc\x90\x00"
    assert lab.say(b"\x03abc\x00\x00") is None, "a wrong CRC is met with silence"
    assert lab.say(REQA, 7) is None and lab.say(b"\x03abc", crc=True)[:-2] == b"\x03abc\x90\x00", "and requests are nothing to it now"


@pytest.mark.parametrize("clears", [True, False])
def test_a_collision_and_its_place(clears):
    first, second = EchoChip(), EchoChip()
    first.uid, second.uid = b"\x01\x02\x03\x04", b"\x01\x12\x03\x04"
    lab = Lab(first, second).on()
    lab.write(r.COLL, 0x00 if clears else 0x80)
    assert lab.say(REQA, 7) == b"\x44\x03" and lab.read(r.COLL) & 0x20
    got = lab.say(b"\x93\x20")
    assert lab.read(r.ERROR) == r.COLL_ERR and lab.read(r.COLL) & 0x3F == 13 and len(got) == 5
    assert got == (b"\x01\x02\x00\x00\x00" if clears else b"\x01\x12\x03\x04" + bytes([0x04 | 0x14]))
    got = lab.say(b"\x93\x35\x01\x12", 5, 5)  # 13 bits are known: the second card's
    assert lab.read(r.ERROR) == 0 and got[0] & 0xE0 == 0x12 & 0xE0 and got[1:] == b"\x03\x04\x14"
    assert lab.say(b"\x93\x70\x01\x12\x03\x04\x14", crc=True)[0] == 0x20


def test_a_collision_beyond_bit_32_has_no_place_and_bit_32_reads_0():
    first, second = EchoChip(), EchoChip()
    first.uid, second.uid = b"\x01\x02\x03\x04", b"\x01\x02\x03\x84"
    lab = Lab(first, second).on()
    lab.say(REQA, 7)
    lab.say(b"\x93\x20")
    assert lab.read(r.ERROR) == r.COLL_ERR and lab.read(r.COLL) & 0x3F == 0
    lab.chip.set_collision(32)
    assert lab.read(r.COLL) & 0x20


def test_the_fifo_may_not_be_written_while_a_card_answers():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.fill(REQA)
    lab.write(r.COMMAND, r.TRANSCEIVE)
    lab.write(r.BIT_FRAMING, 0x87)
    lab.us += 100
    lab.write(r.FIFO_DATA, 0x00)
    assert lab.read(r.ERROR) == r.WR_ERR
    lab.write(r.COMMAND, r.IDLE)
    assert lab.read(r.ERROR) == 0


def test_long_frames_flow_through_the_fifo_and_overflow_it():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.select()
    got = lab.say(b"\x3a\x00\x1f", crc=True)
    assert len(got) == 64 and lab.read(r.ERROR) & r.BUFFER_OVFL, "130 bytes that nobody read in time"
    lab = Lab(EchoChip()).on()
    lab.select()
    lab.say(b"\xe0\x50", crc=True)
    block = b"\x02" + bytes(range(61))
    lab.fill(block[:40])
    lab.write(r.COMMAND, r.TRANSCEIVE)
    lab.write(r.BIT_FRAMING, 0x80)
    lab.us += 1000
    for value in block[40:] + crc_a(block):
        lab.write(r.FIFO_DATA, value)
    lab.us += 20000
    assert lab.empty()[1:60] == block[1:60], "the second half came while the first was on air"


@pytest.mark.parametrize("mode, heard", [("not-sent", None), ("not-executed", None), ("answer-lost", None), ("half", b"\x04\xa1\xb2\x9f\xc3\xd4\xe5\xf6")])
def test_tears(mode, heard):
    lab = Lab(TornCard(new_card("ntag215", UID), {1: mode})).on()
    lab.select()
    assert len(lab.say(b"\x30\x00", crc=True)) == 18
    assert lab.say(b"\x30\x00", crc=True) == heard and lab.say(WUPA, 7) is None
    lab.write(r.TX_CONTROL, 0x80)
    lab.on()
    assert lab.select() == 0x00, "presented again"


def test_a_card_that_leaves_in_the_middle_of_a_frame():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.select()
    for at, bytes_heard in ((300, 0), (1500, 12)):
        lab.write(r.COM_IRQ, 0x7F)
        lab.fill(b"\x30\x00" + crc_a(b"\x30\x00"))
        lab.write(r.COMMAND, r.TRANSCEIVE)
        lab.write(r.BIT_FRAMING, 0x80)
        lab.us += at
        lab.read(r.COM_IRQ)
        lab.field.lift()
        lab.us += 20000
        if bytes_heard:
            assert lab.read(r.ERROR) == r.PROTOCOL_ERR and len(lab.empty()) == bytes_heard and lab.read(r.COM_IRQ) & r.RX_IRQ
        else:
            assert lab.read(r.COM_IRQ) & (r.RX_IRQ | r.TIMER_IRQ) == r.TIMER_IRQ
        lab.field.lay(new_card("ntag215", UID))
        lab.us += 2000
        lab.select()


# --- the line ---


def test_spi_reads_and_writes():
    lab = Lab()
    port, select, reset, irq = wired(lab.chip)

    def window(data):
        into = bytearray(len(data))
        select.value(0)
        port.write_readinto(data, into)
        select.value(1)
        return into[1:].hex()

    assert window(bytes([0x80 | r.VERSION << 1, 0])) == "92"
    assert window(bytes([0x80 | r.VERSION << 1, 0x80 | r.MODE << 1, 0])) == "923f", "each byte names the next register"
    window(bytes([r.FIFO_DATA << 1]) + b"hello")
    assert window(bytes([0x80 | r.FIFO_LEVEL << 1, 0])) == "05"
    assert window(bytes([0x80 | r.FIFO_DATA << 1] * 5 + [0])) == b"hello".hex()
    port.write(b"\x92\x00")
    assert lab.read(r.FIFO_LEVEL) == 0 and port.read(2) == b"\x00\x00", "not selected"
    select.off()
    port.write(bytes([0x80 | r.VERSION << 1]))
    assert port.read(1) == b"\x92"
    select.on()
    reset.off()
    assert window(bytes([0x80 | r.VERSION << 1, 0])) == "00" and irq.value() == 1
    reset.init(reset.OUT, value=1)
    assert window(bytes([0x80 | r.VERSION << 1, 0])) == "92"


def test_power_down():
    lab = Lab(new_card("ntag215", UID)).on()
    lab.write(r.COMMAND, 0x10)
    lab.us += 1000
    assert lab.read(r.COMMAND) & 0x10 and not lab.field._is_on and lab.read(r.MODE) == 0x3D, "registers keep their values"
    lab.write(r.COMMAND, r.IDLE)
    assert lab.read(r.COMMAND) & 0x10
    lab.us += 1040
    assert not lab.read(r.COMMAND) & 0x10 and lab.say(REQA, 7) == b"\x44\x00"
    lab.chip.hold(True)
    lab.chip.hold(False)
    assert lab.read(r.MODE) == 0x3F and not lab.field._is_on
