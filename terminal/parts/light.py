"""One coloured light: a WS2812 pixel (or a strip that shows one colour), or three LEDs on PWM pins."""

LEVELS = 255


class Ws2812Light:
    """pixels: a `neopixel.NeoPixel`, which also knows the chip's order of colours."""

    def __init__(self, pixels):
        self._pixels = pixels
        self.set((0, 0, 0))

    def set(self, colour):
        """colour: (red, green, blue), 0 to 255 each."""
        for at in range(len(self._pixels)):
            self._pixels[at] = colour
        self._pixels.write()


class RgbLight:
    """red, green, blue: `machine.PWM`s. common_anode: the LEDs hang on the supply and are lit while their pin is low."""

    def __init__(self, red, green, blue, common_anode=False):
        self._pwms = (red, green, blue)
        self._is_inverted = common_anode
        self.set((0, 0, 0))

    def set(self, colour):
        """colour: (red, green, blue), 0 to 255 each. The duty goes with the square: eyes see that as even steps."""
        for pwm, level in zip(self._pwms, colour):
            duty = 0xFFFF * level * level // (LEVELS * LEVELS)
            pwm.duty_u16(0xFFFF - duty if self._is_inverted else duty)
