"""How the buses of the PN532 are opened on a board: what they ask of `machine`, which only boards have."""

import sys
import types

import pytest

from terminal.nfc_chips.buses.pn532_i2c import open_i2c
from terminal.nfc_chips.buses.pn532_spi import open_spi
from terminal.nfc_chips.buses.pn532_uart import open_uart


@pytest.fixture
def asked(monkeypatch):
    """What was made, in order: (class, positional arguments, named ones). Pins are their numbers."""
    made = []

    class Part:
        IN, OUT, PULL_UP = "in", "out", "up"

        def __init__(self, *words, **named):
            made.append((type(self).__name__, words, {name: getattr(value, "number", value) for name, value in named.items()}))
            self.number = words[0]

        def value(self, level):
            made.append(("level", self.number, level))

    machine = types.ModuleType("machine")
    for name in ("UART", "I2C", "SPI", "Pin"):
        setattr(machine, name, type(name, (Part,), {}))
    monkeypatch.setitem(sys.modules, "machine", machine)
    return made


def test_uart_has_room_for_the_longest_frame(asked):
    open_uart(1, 4, 5)
    assert asked[-1] == ("UART", (1,), {"baudrate": 115200, "tx": 4, "rx": 5, "rxbuf": 512, "timeout": 0})


def test_i2c_waits_for_a_stretched_clock(asked):
    open_i2c(0, 8, 9, irq=10)
    assert asked[2] == ("I2C", (0,), {"sda": 8, "scl": 9, "freq": 400_000, "timeout": 50_000})
    assert asked[3] == ("Pin", (10, "in", "up"), {})
    open_i2c(0, 8, 9, frequency_hz=100_000, time_out_us=10_000)
    assert asked[-1][2] == {"sda": 8, "scl": 9, "freq": 100_000, "timeout": 10_000}


def test_spi_is_mode_0_and_not_selected(asked):
    open_spi(0, 18, 19, 16, 17, irq=20)
    assert ("SPI", (0,), {"baudrate": 1_000_000, "polarity": 0, "phase": 0, "sck": 18, "mosi": 19, "miso": 16}) in asked
    assert ("Pin", (17, "out"), {"value": 1}) in asked and ("Pin", (20, "in", "up"), {}) in asked and asked[-1] == ("level", 17, 1)
