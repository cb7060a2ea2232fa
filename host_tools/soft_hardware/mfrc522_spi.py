"""The SPI face of an emulated MFRC522 (data sheet rev. 3.9, section 8.1.2), and the port and pins that MicroPython drivers expect.

One window of the chip select: an address byte (bit 7: read), then data. Writing, all further bytes go to that address; reading,
each further byte names the next address while the last one's value comes back. In the portable dialect.
"""

_NOWHERE = -1


class SpiFace:
    """The chip's side of the line."""

    def __init__(self, chip):
        self._chip = chip
        self.is_selected = False
        self._reads = self._writes_to = _NOWHERE

    def select(self, on):
        """The chip select line, True while it is low."""
        if on and not self.is_selected:
            self._reads = self._writes_to = _NOWHERE
        self.is_selected = on

    def shift(self, value):
        """One byte each way: takes what the host sends, returns what it receives (00 when the chip is not selected)."""
        if not self.is_selected:
            return 0x00
        if self._writes_to != _NOWHERE:
            self._chip.write(self._writes_to, value)
            return 0x00
        out = 0x00 if self._reads == _NOWHERE else self._chip.read(self._reads)
        if self._reads == _NOWHERE and not value & 0x80:
            self._writes_to = value >> 1 & 0x3F
        else:
            self._reads = value >> 1 & 0x3F
        return out


class SpiPort:
    """As `machine.SPI`. on_transfer: called with the number of bytes before each transfer; where a test's time passes."""

    def __init__(self, face, on_transfer=None):
        self._face = face
        self._on_transfer = on_transfer
        self.transfers = 0

    def init(self, *_settings, **_more_settings):
        """Speed and mode: any will do."""

    def deinit(self):
        """Nothing to give back."""

    def write(self, data):
        self.write_readinto(data, None)

    def read(self, count, write=0x00):
        into = bytearray(count)
        self.write_readinto(bytes([write]) * count, into)
        return bytes(into)

    def readinto(self, into, write=0x00):
        self.write_readinto(bytes([write]) * len(into), into)

    def write_readinto(self, data, into):
        self.transfers += 1
        if self._on_transfer is not None:
            self._on_transfer(len(data))
        for index, value in enumerate(data):
            out = self._face.shift(value)
            if into is not None:
                into[index] = out


class Line:
    """As a `machine.Pin`: an output that tells `on_change` its level, or an input that asks `level()`."""

    OUT, IN, PULL_UP = 1, 0, 2

    def __init__(self, on_change=None, level=None):
        self._on_change = on_change
        self._level = level
        self._value = 1

    def init(self, *_settings, value=None, **_more_settings):
        """Direction and pull: any will do. value: a level to begin with."""
        if value is not None:
            self.value(value)

    def value(self, *level):
        """The level, or with an argument: set it."""
        if not level:
            return self._value if self._level is None else self._level()
        self._value = 1 if level[0] else 0
        if self._on_change is not None:
            self._on_change(self._value)
        return None

    def __call__(self, *level):
        return self.value(*level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high, low = on, off


def wired(chip, on_transfer=None):
    """(port, chip select, reset pin, IRQ pin) of a chip, as a board's file would make them of its pins."""
    face = SpiFace(chip)
    select = Line(lambda level: face.select(not level))
    reset = Line(lambda level: chip.hold(not level))
    return SpiPort(face, on_transfer), select, reset, Line(level=chip.irq_level)
