"""The PN532 on I2C: UM0701-02, section 6.2.5; data sheet, table 12.25. What made other drivers fail is kept in mind here:

* The chip stretches the clock up to 0.44 ms, longer than some ports wait by default: the bus gets its time-out named. On the rp2
  port that time is for the whole transfer, and 274 bytes at 100 kHz take 25 ms.
* Each read begins with a status byte whose bit 0 says that the answer is there. Drivers without that wait work with debug prints only.
* A busy or sleeping chip does not acknowledge its address: that is "not ready", no broken wire.
* A read ends when the host says so, and what was not fetched is gone: a frame longer than the guess is asked for again by NACK.
  The chip then repeats the very frame it was offering. Bytes fetched beyond its end are rubbish and are cut off.
"""

from terminal import compat
from terminal.nfc_chips.pn532_frames import HEAD_BYTES, NACK, size_of_frame

ADDRESS = 0x24  # 48h and 49h on the wire
FREQUENCY_HZ = 400_000  # the chip's highest; long wires want 100_000
TIME_OUT_US = 50_000
READY = 0x01

WAKES_MAX = 5
WAKE_MS = 2  # the oscillator's start
RESEND_MS = 50  # the chip repeats its answer from memory, at once


class I2cBus:
    """i2c: a `machine.I2C`, or anything with its `readfrom` and `writeto`. irq: the pin of P70_IRQ, low when an answer waits, or None."""

    def __init__(self, i2c, irq=None, address=ADDRESS, ticks_ms=compat.ticks_ms, sleep_ms=compat.sleep_ms):
        self._i2c = i2c
        self._irq = irq
        self._address = address
        self._ticks_ms = ticks_ms
        self._sleep_ms = sleep_ms

    async def wake(self):
        """Call the chip's address until it acknowledges. Raises OSError when it never does."""
        for left in range(WAKES_MAX - 1, -1, -1):
            try:
                self._i2c.writeto(self._address, b"\x00")  # a byte of any preamble: no frame begins with it alone
                break
            except OSError:  # asleep: the address wakes it
                if not left:
                    raise
            await self._sleep_ms(WAKE_MS)

    async def write(self, frame):
        """Write a frame. Raises OSError when the chip does not acknowledge it; it is not repeated here, for it may have been heard."""
        self._i2c.writeto(self._address, frame)

    async def ready(self, wait_ms):
        """Whether an answer waits, or comes within `wait_ms`."""
        return await compat.until(self._is_ready, wait_ms, self._ticks_ms, self._sleep_ms)

    async def read(self, count):
        """The whole frame that waits; b"" when there is none after all. count: a guess of its size."""
        data = self._fetch(max(count, HEAD_BYTES))
        size = size_of_frame(data)
        if size > len(data) > 0:
            self._i2c.writeto(self._address, NACK)
            if not await self.ready(RESEND_MS):
                return b""
            data = self._fetch(size)
        return data[:size]

    def _fetch(self, count):
        data = self._i2c.readfrom(self._address, count + 1)
        return bytes(data[1:]) if data[0] & READY else b""

    def _is_ready(self):
        if self._irq is not None:
            return not self._irq.value()
        try:
            return bool(self._i2c.readfrom(self._address, 1)[0] & READY)
        except OSError:  # busy: it does not acknowledge its address now
            return False


def open_i2c(number, sda, scl, irq=None, frequency_hz=FREQUENCY_HZ, time_out_us=TIME_OUT_US):
    """An `I2cBus` on I2C `number` of this board. sda, scl, irq: pin numbers; irq may be None."""
    from machine import I2C, Pin  # boards only

    wires = I2C(number, sda=Pin(sda), scl=Pin(scl), freq=frequency_hz, timeout=time_out_us)
    return I2cBus(wires, None if irq is None else Pin(irq, Pin.IN, Pin.PULL_UP))
