"""A driver, an emulated MFRC522 and soft cards in one process, with a clock that moves only when somebody uses time."""

from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
from host_tools.soft_hardware.mfrc522_field import Field
from host_tools.soft_hardware.mfrc522_spi import wired
from terminal.nfc_chips.buses.mfrc522_spi import SpiBus
from terminal.nfc_chips.mfrc522 import Mfrc522

WINDOW_US = 15  # one window of the chip select on a board, beside its bytes


def run(coroutine):
    """The value of a coroutine whose waits only move the clock."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waited for something else than the clock")


class Clock:
    """Virtual time. us: microseconds."""

    def __init__(self):
        self.us = 0

    def now_us(self):
        return self.us

    def ticks_ms(self):
        return self.us // 1000

    async def sleep_ms(self, ms):
        self.us += ms * 1000

    def transfer(self, count):
        self.us += WINDOW_US + count


class Bench:
    """One board: `nfc` is the driver, `field` the antenna. has_irq: the IRQ pin is wired. options: of the driver."""

    def __init__(self, cards=(), has_irq=False, version=0x92, answer_us=0, **options):
        self.clock = Clock()
        self.field = Field(cards, answer_us)
        self.chip = Mfrc522Chip(self.field, self.clock.now_us, version)
        self.port, select, reset, irq = wired(self.chip, self.clock.transfer)
        clock = self.clock
        self.bus = SpiBus(self.port, select, reset, irq if has_irq else None, clock.ticks_ms, clock.sleep_ms)
        self.nfc = Mfrc522(self.bus, clock.ticks_ms, clock.sleep_ms, **options)
        run(self.nfc.start())

    def find(self, wait_ms=100):
        return run(self.nfc.find(wait_ms))

    def exchange(self, frame, wait_ms=10):
        return run(self.nfc.exchange(frame, wait_ms))

    def is_present(self):
        return run(self.nfc.is_present())

    def release(self):
        run(self.nfc.release())


def fails(kind, function, *arguments):
    """Whether `function` raises exactly `kind`."""
    try:
        function(*arguments)
    except kind as error:
        return type(error) is kind
    return False
