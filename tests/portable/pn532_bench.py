"""A PN532 that answers as it was told, on every bus, and a clock that nobody waits for. For the tests of this folder."""

from terminal.nfc_chips.buses.pn532_i2c import I2cBus
from terminal.nfc_chips.buses.pn532_spi import SpiBus, mirrored
from terminal.nfc_chips.buses.pn532_uart import UartBus
from terminal.nfc_chips.pn532_frames import ACK, NACK, IS_ANSWER, FrameReader, crc_a, frame

ERROR = bytes.fromhex("0000ff01ff7f8100")
DEAF = "deaf"  # the command never reached the chip
SILENT = "silent"  # ACK, then nothing
CONFUSED = "confused"  # ACK, then the error frame


def run(steps):
    """The value of a coroutine whose clock and bus are those of this file: it never has to wait."""
    try:
        steps.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something else than the fake clock")


def raises(kind, steps):
    """Run a coroutine that has to raise `kind`; the exception."""
    try:
        run(steps)
    except kind as trouble:
        return trouble
    raise AssertionError("no %s" % kind)


class Clock:
    def __init__(self):
        self.now = 0x3FFFFFF0  # about to wrap, as a board's clock does after 12 days

    def ticks_ms(self):
        return self.now & 0x3FFFFFFF

    async def sleep_ms(self, ms):
        self.now += ms


def listing(sak, uid, atqa="0044", ats=""):
    """An answer to InListPassiveTarget with one card; atqa as the chip shows it, most significant byte first."""
    return "0101" + atqa + "%02x%02x" % (sak, len(uid) // 2) + uid + ats


def with_crc(answer):
    """A card's answer as InCommunicateThru gives it while the CRC is not checked."""
    return "00" + answer + crc_a(bytes.fromhex(answer)).hex()


class FakeChip:
    """answers: {code: [hex or one of the words above, ...]}, used up in turn, the last one stays. said: hex of each command it heard."""

    DEFAULTS = {0x02: "32010607", 0x06: "80", 0x08: "", 0x12: "", 0x14: "", 0x16: "00", 0x32: "", 0x52: "00"}

    def __init__(self, answers=None):
        self.answers = {code: [self.DEFAULTS[code]] for code in self.DEFAULTS}
        self.answers.update(answers or {})
        self.said = []
        self._last = ACK

    def take(self, sent):
        """One frame from the host; the frames that the chip sends for it."""
        if sent == ACK:
            self.said.append("abort")
            return []
        if sent == NACK:
            self.said.append("again")
            return [self._last]
        if sent[:1] == b"\x55" or sent == b"\x00":
            return []
        length = sent[3]
        command = sent[5 : 5 + length] if length != 0xFF else sent[8 : 8 + (sent[5] << 8 | sent[6])]
        assert sent == frame(command) and command[0] == 0xD4
        told = self.answers[command[1]]
        answer = told[0] if len(told) == 1 else told.pop(0)
        self.said.append(command[1:].hex())
        if answer == DEAF:
            return []
        if answer == SILENT:
            return [ACK]
        self._last = ERROR if answer == CONFUSED else frame(bytes([0xD5, command[1] + 1]) + bytes.fromhex(answer))
        return [ACK, self._last]

    def heard(self, code):
        """What came with each command of that code, in hex."""
        return [said[2:] for said in self.said if said[:2] == "%02x" % code]


class FakeWire:
    """What an SPI, I2C or UART object of a board shows of a FakeChip. Frames wait until they are fetched."""

    def __init__(self, chip):
        self.chip = chip
        self.waiting = []
        self.last = b""
        self.busy_calls = 0  # how often the address is not acknowledged
        self.fetched = []  # sizes of reads

    def put(self, sent):
        found = self.chip.take(bytes(sent))
        if bytes(sent) == ACK:
            self.waiting = []
        if bytes(sent) == NACK:
            found = [self.last]
        self.waiting += found

    def get(self, count):
        """A frame cut to `count`, or with rubbish behind it."""
        self.last = self.waiting.pop(0)
        self.fetched.append(count)
        return self.last[:count] + b"\x2a\x00\xff\x55" * count


class FakeUart(FakeWire):
    """line.write takes 16 bytes at a time; line.read gives 7 at most."""

    def any(self):
        return sum([len(part) for part in self.waiting])

    def read(self, count):
        if not self.waiting:
            return None
        part = self.waiting.pop(0)
        if part[7:]:
            self.waiting.insert(0, part[7:])
        return part[:7]

    partial = b""

    def write(self, data):
        self.partial += data[:16]
        if len(data) <= 16:
            sent, self.partial = self.partial, b""
            self.put(sent)
        return min(len(data), 16)


class FakeI2c(FakeWire):
    def writeto(self, address, data):
        self._address(address)
        self.put(data)

    def readfrom(self, address, count):
        self._address(address)
        if not self.waiting:
            return bytes(count)
        return b"\x01" + (self.get(count - 1)[: count - 1] if count > 1 else b"")

    def _address(self, address):
        assert address == 0x24
        if self.busy_calls:
            self.busy_calls -= 1
            raise OSError(19)


class FakeSpi(FakeWire):
    """Its NSS pin is itself."""

    is_selected = False

    def value(self, level):
        self.is_selected = not level
        self.sending = None

    def write(self, data):
        assert self.is_selected
        data = mirrored(data)
        self.sending = data[0]
        if data[0] == 0x01:
            self.put(data[1:])
        if data[0] == 0x03:
            self.out = self.get(8)

    def read(self, count):
        assert self.is_selected and self.sending in (0x02, 0x03)
        if self.sending == 0x02:
            return mirrored(bytes([0xFE | bool(self.waiting)] * count))
        if len(self.out) < count or self.out[:3] == b"\x00\x00\xff":
            self.out = self.last + bytes(300)
        part, self.out = self.out[:count], self.out[count:]
        return mirrored(part)


class FakePin:
    """P70_IRQ: low while something waits."""

    def __init__(self, wire):
        self._wire = wire

    def value(self):
        return 0 if self._wire.waiting else 1


def on_uart(chip, clock):
    return UartBus(FakeUart(chip), clock.ticks_ms, clock.sleep_ms)


def on_i2c(chip, clock):
    return I2cBus(FakeI2c(chip), None, 0x24, clock.ticks_ms, clock.sleep_ms)


def on_i2c_with_irq(chip, clock):
    wire = FakeI2c(chip)
    return I2cBus(wire, FakePin(wire), 0x24, clock.ticks_ms, clock.sleep_ms)


def on_spi(chip, clock):
    wire = FakeSpi(chip)
    return SpiBus(wire, wire, None, clock.ticks_ms, clock.sleep_ms)


def on_spi_with_irq(chip, clock):
    wire = FakeSpi(chip)
    return SpiBus(wire, wire, FakePin(wire), clock.ticks_ms, clock.sleep_ms)


BUSES = (on_uart, on_i2c, on_i2c_with_irq, on_spi, on_spi_with_irq)


class Recorded:
    """A bus that plays a dialogue: lines `> hex` the host has to send, `< hex` what then comes, `<N hex` N ms later, `! ` the wire breaks."""

    def __init__(self, text, clock):
        self._lines = [line.split() for line in text.strip().split("\n")]
        self._clock = clock

    @property
    def is_over(self):
        return not self._lines

    async def wake(self):
        pass

    async def write(self, sent):
        assert self._lines and self._lines[0][0] == ">", "nobody expects %s" % sent.hex()
        expected = bytes.fromhex("".join(self._lines.pop(0)[1:]))
        assert sent == expected, "%s and not %s" % (sent.hex(), expected.hex())

    async def ready(self, wait_ms):
        if self._lines and self._lines[0][0] == "!":
            self._lines.pop(0)
            raise OSError("unplugged")
        late = int(self._lines[0][0][1:] or 0) if self._lines and self._lines[0][0][0] == "<" else wait_ms + 1
        self._clock.now += min(late, wait_ms)
        if late > wait_ms:
            if self._lines and self._lines[0][0][0] == "<":
                self._lines[0][0] = "<%d" % (late - wait_ms)
            return False
        self._lines[0][0] = "<"
        return True

    async def read(self, count):
        return bytes.fromhex("".join(self._lines.pop(0)[1:]))


def answers_of(data, step=None):
    """What a FrameReader finds in `data`, fed in pieces of `step`; payloads in hex, other things by their word."""
    reader, found = FrameReader(), []
    for at in range(0, len(data), step or len(data)):
        found += reader.feed(data[at : at + (step or len(data))])
    return [payload.hex() if what == IS_ANSWER else what for what, payload in found]
