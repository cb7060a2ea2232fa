"""SPI to an MFRC522 (data sheet rev. 3.9, section 8.1.2): mode 0, up to 10 MHz, most significant bit first.

Unlike the buses of the PN532 it has no frames: the chip is registers, and one access is over in some ten microseconds, less than
a change of tasks costs. So `transfer` is a plain call; what waits (`wake`, `ready`) is async.
"""

from terminal.compat import sleep_ms, ticks_ms, until

RESET_LOW_MS, WAKE_MS = 1, 5  # 100 ns low are enough; the crystal then needs up to 2 ms to swing on cheap modules


class SpiBus:
    """spi: a `machine.SPI`. select, reset, irq: pins; reset and irq may be None where they are not wired. irq is active low."""

    def __init__(self, spi, select, reset=None, irq=None, ticks_ms=ticks_ms, sleep_ms=sleep_ms):
        self._spi = spi
        self._select = select
        self._reset = reset
        self._irq = irq
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms
        self.has_irq = irq is not None
        select.value(1)

    def transfer(self, out, into):
        """One window of the chip select: `out` goes there, as many bytes come into `into`. OSError when the port fails."""
        self._select.value(0)
        try:
            self._spi.write_readinto(out, into)
        finally:
            self._select.value(1)

    async def wake(self):
        """Take the chip out of hard power-down, with a reset where that pin is wired."""
        if self._reset is not None:
            self._reset.value(0)
            await self._sleep_ms(RESET_LOW_MS)
            self._reset.value(1)
        await self._sleep_ms(WAKE_MS)

    async def ready(self, wait_ms):
        """Wait until the chip pulls IRQ; False when `wait_ms` are over. Only where the pin is wired (`has_irq`).

        The level is looked at, not the edge: an event that came before the wait is not missed, and no interrupt handler runs.
        """
        return await until(lambda: not self._irq.value(), wait_ms, self._ticks_ms, self._sleep_ms)
