"""The PN532 on a serial line (high speed UART, HSU): UM0701-02, sections 6.2.4 and 7.2.11.

The chip sleeps until it has seen edges on its RX pin, and then needs up to 2 ms: a long preamble wakes it, zeros keep the line busy
meanwhile. Both switches of the usual breakout boards are off for HSU. At 115200 baud a byte takes 87 us.
"""

from terminal import compat

BAUD = 115200
PREAMBLE = b"\x55\x55" + bytes(14)  # 1.4 ms at 115200 baud
WAKE_MS = 3  # the oscillator's start
RX_BYTES = 512  # the longest frame has 273; the ports' default of 256 loses its end
WRITE_MS_MAX = 200  # the longest frame takes 25 ms


class UartBus:
    """line: a `machine.UART`, or anything with its `any`, `read` and `write`."""

    def __init__(self, line, ticks_ms=compat.ticks_ms, sleep_ms=compat.sleep_ms):
        self._line = line
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms

    async def wake(self):
        """Wake the chip; what it said before is dropped by the dialogue."""
        await self.write(PREAMBLE)
        await self._sleep_ms(WAKE_MS)

    async def write(self, frame):
        """Write all of `frame`. A port whose buffer is full takes a part: the rest follows. Raises OSError when it takes nothing."""
        start = self._ticks_ms()
        while frame:
            taken = self._line.write(frame) or 0
            frame = frame[taken:]
            if frame and not taken:
                if compat.elapsed_ms(self._ticks_ms(), start) > WRITE_MS_MAX:
                    raise OSError("the serial line takes no bytes")
                await self._sleep_ms(1)

    async def ready(self, wait_ms):
        """Whether bytes have come, or come within `wait_ms`."""
        return await compat.until(self._has_bytes, wait_ms, self._ticks_ms, self._sleep_ms)

    async def read(self, count):
        """What has come, however many bytes were guessed."""
        return self._line.read(RX_BYTES) or b""

    def _has_bytes(self):
        return self._line.any() > 0


def open_uart(number, tx, rx, baud=BAUD):
    """A `UartBus` on UART `number` of this board. tx, rx: pin numbers."""
    from machine import UART, Pin  # boards only

    return UartBus(UART(number, baudrate=baud, tx=Pin(tx), rx=Pin(rx), rxbuf=RX_BYTES, timeout=0))
