"""The PN532 on SPI: UM0701-02, section 6.2.6. Mode 0, 5 MHz at most, least significant bit first.

Few boards' hardware sends the least significant bit first, so bytes are mirrored here. Each transfer is one selection (NSS low) that
begins with what it is: 01 a frame to the chip, 02 the status byte, 03 the frame that waits. The length stands in the frame, so its
head is read first and the rest in the same selection: a new selection begins a new read.
"""

from terminal import compat
from terminal.nfc_chips.pn532_frames import size_of_frame

FREQUENCY_HZ = 1_000_000  # jumper wires take that; 274 bytes are 2.2 ms
WRITE, STATUS, READ = 0x01, 0x02, 0x03
READY = 0x01
WAKE_MS = 2  # from NSS low until the oscillator runs


def _mirror(value):
    return sum(1 << (7 - bit) for bit in range(8) if value >> bit & 1)


MIRRORED = bytes(_mirror(value) for value in range(256))


def mirrored(data):
    """Each byte with its bits in the other order."""
    return bytes(MIRRORED[value] for value in data)


class SpiBus:
    """spi: a `machine.SPI`, or anything with its `read(n)` and `write(data)`. cs: the pin of NSS, with `value(level)`. irq: the pin of
    P70_IRQ, low when an answer waits, or None."""

    def __init__(self, spi, cs, irq=None, ticks_ms=compat.ticks_ms, sleep_ms=compat.sleep_ms):
        self._spi = spi
        self._cs = cs
        self._irq = irq
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        cs.value(1)

    async def wake(self):
        """Select the chip for as long as it needs to wake."""
        self._cs.value(0)
        await self._sleep_ms(WAKE_MS)
        self._cs.value(1)
        await self._sleep_ms(WAKE_MS)

    async def write(self, frame):
        """Write a frame."""
        self._cs.value(0)
        try:
            self._spi.write(mirrored(bytes([WRITE]) + frame))
        finally:
            self._cs.value(1)

    async def ready(self, wait_ms):
        """Whether an answer waits, or comes within `wait_ms`."""
        return await compat.until(self._is_ready, wait_ms, self._ticks_ms, self._sleep_ms)

    async def read(self, count):
        """The whole frame that waits. count: how many bytes are read before the length is looked at."""
        self._cs.value(0)
        try:
            self._spi.write(mirrored(bytes([READ])))
            data = mirrored(self._spi.read(count))
            while (size := size_of_frame(data)) > len(data):
                data += mirrored(self._spi.read(size - len(data)))
        finally:
            self._cs.value(1)
        return data[:size]

    def _is_ready(self):
        if self._irq is not None:
            return not self._irq.value()
        self._cs.value(0)
        try:
            self._spi.write(mirrored(bytes([STATUS])))
            return bool(mirrored(self._spi.read(1))[0] & READY)
        finally:
            self._cs.value(1)


def open_spi(number, sck, mosi, miso, cs, irq=None, frequency_hz=FREQUENCY_HZ):
    """An `SpiBus` on SPI `number` of this board. All pins by number; irq may be None."""
    from machine import SPI, Pin  # boards only

    wires = SPI(number, baudrate=frequency_hz, polarity=0, phase=0, sck=Pin(sck), mosi=Pin(mosi), miso=Pin(miso))
    return SpiBus(wires, Pin(cs, Pin.OUT, value=1), None if irq is None else Pin(irq, Pin.IN, Pin.PULL_UP))
