"""Boards for tests: `machine`, `network` and `neopixel` that refuse what the ports refuse, note how each part was opened, and lead
to emulated chips. Runs on every interpreter: `with fake_board("rp2") as chips: open_board(...)`.

Rules of pins: ports/rp2/machine_{uart,i2c,spi}.c of MicroPython for the RP2; for the ESP32 the chips' data sheets (pins that are
inputs only, or hang on the flash).
"""

import sys

from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
from host_tools.soft_hardware.mfrc522_field import Field
from host_tools.soft_hardware.mfrc522_spi import wired
from tests.portable.pn532_bench import FakeChip, FakeI2c, FakeSpi, FakeUart

MODULES = ("machine", "network", "neopixel")
PN532_ADDRESS, DISPLAY_ADDRESS = 0x24, 0x3C
FLASH_PINS = {"rp2": (23, 24, 25, 29), "esp32": (6, 7, 8, 9, 10, 11, 20, 24, 28, 29, 30, 31), "esp32-s3": tuple(range(22, 33))}
HIGHEST = {"rp2": 29, "esp32": 39, "esp32-s3": 48}
INPUTS_ONLY = {"rp2": (), "esp32": (34, 35, 36, 37, 38, 39), "esp32-s3": ()}
BUSES = {"rp2": {"uart": (0, 1), "i2c": (0, 1), "spi": (0, 1)}, "esp32": {"uart": (0, 1, 2), "i2c": (0, 1), "spi": (1, 2)},
         "esp32-s3": {"uart": (0, 1, 2), "i2c": (0, 1), "spi": (1, 2)}}
WDT_MS_MAX = {"rp2": 8388, "esp32": 2**31, "esp32-s3": 2**31}


def fits_rp2(kind, number, wire, pin):
    """Whether this wire of this bus can be on that pin of an RP2040."""
    if kind == "uart":
        return pin & 3 == {"tx": 0, "rx": 1}[wire] and (pin + 4 & 8) >> 3 == number
    if kind == "i2c":
        return pin & 1 == {"sda": 0, "scl": 1}[wire] and (pin & 2) >> 1 == number
    return pin & 3 == {"miso": 0, "sck": 2, "mosi": 3}[wire] and (pin & 8) >> 3 == number


class Chips:
    """What is wired to a board. port: "rp2", "esp32" or "esp32-s3". opened: [(what, facts)] in order. levels: {pin: level} of outputs."""

    def __init__(self, port, reader="pn532", display=True):
        self.port = port
        self.reader = reader
        self.display = display
        self.opened = []
        self.modes = {}
        self.levels = {}
        self.pulled_low = set()  # inputs that somebody holds low
        self.bridges = set()  # keys that are held down: (pin of the row, pin of the column)
        self.pn532 = FakeChip()
        self.us = 0
        self.mfrc522 = Mfrc522Chip(Field([], 0), lambda: self.us)
        self.spi, self.select, self.reset, self.irq = wired(self.mfrc522, self._spi_time)
        self.fake_spi = FakeSpi(self.pn532)
        self.cs_pins = []
        self.reset_pins = []
        self.shown = []  # bytes to the display
        self.pixels = []
        self.fed = 0
        self.restarts = 0
        self.radio = Radio(self)
        self.datetime = (2021, 1, 1, 4, 0, 0, 0, 0)
        self.sleeps_ms = 0

    def _spi_time(self, count):
        self.us += 10 + count

    def note(self, what, **facts):
        self.opened.append((what, facts))

    def of(self, what):
        """The facts of the one part of that kind that was opened."""
        found = [facts for kind, facts in self.opened if kind == what]
        assert len(found) == 1, "%d of %s" % (len(found), what)
        return found[0]

    async def sleep_ms(self, ms):
        self.sleeps_ms += ms


class Radio:
    """network.WLAN. joins: how many looks a join takes; None for never."""

    def __init__(self, chips):
        self.chips = chips
        self.said = []
        self.joins = 3
        self.looks = None

    def active(self, on):
        self.said.append(("active", on))

    def config(self, **settings):
        self.said.append(("config", settings))

    def isconnected(self):
        if self.looks is None or self.joins is None:
            return False
        self.looks += 1
        return self.looks > self.joins

    def connect(self, name, password):
        self.said.append(("connect", name, password))
        self.looks = 0

    def disconnect(self):
        self.said.append(("disconnect",))
        self.looks = None


class Module:
    """A module made of what it is given by name."""

    def __init__(self, **names):
        for name in names:
            setattr(self, name, names[name])


def modules(chips):
    """{name: module} for `chips`."""
    port = chips.port

    class Pin:
        IN, OUT, OPEN_DRAIN, PULL_UP, PULL_DOWN = 0, 1, 2, 1, 2

        def __init__(self, number, mode=-1, pull=-1, value=None):
            if not 0 <= number <= HIGHEST[port] or number in FLASH_PINS[port]:
                raise ValueError("invalid pin")
            if mode in (self.OUT, self.OPEN_DRAIN) and number in INPUTS_ONLY[port]:
                raise ValueError("pin can only be input")
            self.number = number
            if mode != -1:
                chips.modes[number] = (mode, pull)
            if value is not None:
                self.value(value)

        def value(self, *level):
            if not level:
                if [row for row, column in chips.bridges if column == self.number and chips.levels.get(row) == 0]:
                    return 0
                return chips.levels.get(self.number, 0 if self.number in chips.pulled_low else 1)
            chips.levels[self.number] = level[0]
            if self.number in chips.cs_pins:
                (chips.select if chips.reader == "mfrc522" else chips.fake_spi).value(level[0])
            if self.number in chips.reset_pins:
                chips.reset.value(level[0])
            return None

        def __call__(self, *level):
            return self.value(*level)

        def init(self, *settings, **more):
            chips.modes[self.number] = (settings + (-1, -1))[:2]

        def on(self):
            self.value(1)

        def off(self):
            self.value(0)

    def check(kind, number, **wires):
        if number not in BUSES[port][kind]:
            raise ValueError("%s(%d) doesn't exist" % (kind.upper(), number))
        for wire in wires:
            pin = wires[wire].number
            if port == "rp2" and not fits_rp2(kind, number, wire, pin) or pin in INPUTS_ONLY[port]:
                raise ValueError("bad %s pin" % wire.upper())
        return {wire: wires[wire].number for wire in wires}

    class Uart(FakeUart):
        def __init__(self, number, baudrate, tx, rx, rxbuf=256, timeout=0):
            chips.note("uart", number=number, baudrate=baudrate, rxbuf=rxbuf, timeout=timeout, **check("uart", number, tx=tx, rx=rx))
            FakeUart.__init__(self, chips.pn532)

        def put(self, sent):
            if chips.reader == "pn532":
                FakeUart.put(self, sent)

    class I2c(FakeI2c):
        def __init__(self, number, scl, sda, freq=400000, timeout=50000):
            chips.note("i2c%d" % number, freq=freq, timeout=timeout, **check("i2c", number, scl=scl, sda=sda))
            FakeI2c.__init__(self, chips.pn532)

        def _address(self, address):
            if address != PN532_ADDRESS or chips.reader != "pn532":
                raise OSError(19)

        def writeto(self, address, data, stop=True):
            if address == DISPLAY_ADDRESS and chips.display:
                chips.shown.append(bytes(data))
                return len(data)
            return FakeI2c.writeto(self, address, data)

        def writevto(self, address, parts, stop=True):
            return self.writeto(address, b"".join([bytes(part) for part in parts]))

        def scan(self):
            return [DISPLAY_ADDRESS] if chips.display else []

    def spi(number, baudrate, polarity, phase, sck, mosi, miso):
        chips.note("spi", number=number, baudrate=baudrate, mode=(polarity, phase), **check("spi", number, sck=sck, mosi=mosi, miso=miso))
        return chips.spi if chips.reader == "mfrc522" else chips.fake_spi

    class Pwm:
        def __init__(self, pin, freq=0, duty_u16=0):
            chips.note("pwm%d" % pin.number, freq=freq, duty=duty_u16)
            self.number = pin.number
            self._freq, self._duty = freq, duty_u16

        def freq(self, *hz):
            if hz:
                self._freq = hz[0]
            return self._freq

        def duty_u16(self, *duty):
            if duty:
                self._duty = duty[0]
                chips.levels[self.number] = duty[0]
            return self._duty

    class Wdt:
        def __init__(self, id=0, timeout=5000):
            if not 0 < timeout <= WDT_MS_MAX[port]:
                raise ValueError("timeout exceeds %d" % WDT_MS_MAX[port])
            chips.note("wdt", timeout=timeout)

        def feed(self):
            chips.fed += 1

    class Rtc:
        def datetime(self, *when):
            if when:
                chips.datetime = when[0]
            return chips.datetime

    class NeoPixel:
        def __init__(self, pin, count):
            chips.note("neopixel", pin=pin.number, count=count, mode=chips.modes[pin.number][0])
            self._values = [(0, 0, 0)] * count

        def __len__(self):
            return len(self._values)

        def __setitem__(self, index, colour):
            self._values[index] = colour

        def __getitem__(self, index):
            return self._values[index]

        def write(self):
            chips.pixels.append(tuple(self._values))

    def wlan(interface):
        assert interface == 0
        return chips.radio

    wlan_face = Wlan(wlan)

    def country(code):
        assert ("active", True) not in chips.radio.said, "the country comes before the radio"
        chips.radio.said.append(("country", code))

    def reset():
        chips.restarts += 1

    return {
        "machine": Module(Pin=Pin, UART=Uart, I2C=I2c, SPI=spi, PWM=Pwm, WDT=Wdt, RTC=Rtc, reset=reset, unique_id=lambda: b"\xe6\x61\x40\x00\x00\x00\x00\x01"),
        "network": Module(WLAN=wlan_face, STA_IF=0, country=country),
        "neopixel": Module(NeoPixel=NeoPixel),
    }


class Wlan:
    """network.WLAN: called, and with its constants."""

    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 16, 10555714, 17

    def __init__(self, opener):
        self._opener = opener

    def __call__(self, interface):
        return self._opener(interface)


class fake_board:
    """The modules of a board are there inside `with`; gives the `Chips`. Arguments as theirs."""

    def __init__(self, port, **wired_chips):
        self.chips = Chips(port, **wired_chips)

    def __enter__(self):
        self._before = {name: sys.modules.get(name) for name in MODULES}
        made = modules(self.chips)
        for name in MODULES:
            sys.modules[name] = made[name]
        return self.chips

    def __exit__(self, *trouble):
        for name in MODULES:
            if self._before[name] is None:
                del sys.modules[name]
            else:
                sys.modules[name] = self._before[name]
        return False
