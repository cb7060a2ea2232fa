"""The wires to a display: I2C or four-wire SPI. Both chips speak alike on them, and are only written to.

A bus has `command(data)` and `pixels(data)`; both raise OSError when nobody answers. On SPI nobody can answer: a missing display is not
noticed there. The arguments are `machine` objects or anything with the same methods.
"""

ADDRESS = 0x3C  # 78h on the wire; 3Dh with SA0 high
CONTROL_COMMANDS, CONTROL_PIXELS = b"\x00", b"\x40"  # control byte: Co = 0, D/C# (SSD1306 section 8.1.5.2, SH1106 "I2C-bus write data")


class I2cBus:
    """i2c: a `machine.I2C` with `writevto`."""

    def __init__(self, i2c, address=ADDRESS):
        self._i2c = i2c
        self._address = address

    def command(self, data):
        """Send command bytes. OSError when the display does not acknowledge."""
        self._i2c.writevto(self._address, (CONTROL_COMMANDS, data))

    def pixels(self, data):
        """Send bytes into the display's memory. OSError when the display does not acknowledge."""
        self._i2c.writevto(self._address, (CONTROL_PIXELS, data))


class SpiBus:
    """spi: a `machine.SPI`, mode 0, up to 4 MHz (SH1106) or 10 MHz (SSD1306). cs, dc, reset: pins; reset None where it is tied to power-on.

    The reset pulse needs 3 us (SSD1306 section 13) or 10 us (SH1106): two Python calls take longer.
    """

    def __init__(self, spi, cs, dc, reset=None):
        self._spi, self._cs, self._dc = spi, cs, dc
        cs.value(1)
        if reset is not None:
            reset.value(0)
            reset.value(1)

    def command(self, data):
        """Send command bytes."""
        self._send(0, data)

    def pixels(self, data):
        """Send bytes into the display's memory."""
        self._send(1, data)

    def _send(self, is_pixels, data):
        self._dc.value(is_pixels)
        self._cs.value(0)
        try:
            self._spi.write(data)
        finally:
            self._cs.value(1)
