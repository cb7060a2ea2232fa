"""What the SSD1306 and the SH1106 have in common: pages of eight rows, written one at a time, and a wire that may come loose.

Only pages that changed since they were last sent are sent: a whole frame takes 25 ms on I2C at 400 kHz, one page 3 ms. A display that
does not answer is told once and asked again every RETRY_MS with its whole start and frame; the terminal goes on meanwhile.
"""

from terminal.compat import elapsed_ms, ticks_ms

RETRY_MS = 3000

# Commands that both data sheets have under these names.
SET_LOWER_COLUMN, SET_HIGHER_COLUMN, SET_PAGE = 0x00, 0x10, 0xB0
SET_CONTRAST = 0x81
DISPLAY_OFF, DISPLAY_ON = 0xAE, 0xAF


class Oled:
    """A display on `bus`. `frame`: its pixels, see `drawing`. say: called with a sentence when it is lost and when it is back, or None."""

    offset = 0  # the RAM column of the leftmost pixel

    def __init__(self, bus, width=128, height=64, say=None, ticks_ms=ticks_ms):
        self.width, self.height = width, height
        self.frame = bytearray(width * height // 8)
        self._bus, self._say, self._ticks_ms = bus, say, ticks_ms
        self._sent = bytearray(len(self.frame))
        self._contrast = 0xCF
        self._is_on = True
        self._is_started = self._is_lost = False
        self._asked_at = 0

    def show(self):
        """Send what changed. Whether the display has it; never raises for a display that is not there."""
        return self._tell(self._send_changes)

    def contrast(self, level):
        """Brightness, 0 to 255; kept for a display that comes back."""
        self._contrast = level
        return self._tell(self._send_contrast)

    def sleep(self):
        """Dark; the memory is kept."""
        self._is_on = False
        return self._tell(self._send_power)

    def wake(self):
        """Lit again."""
        self._is_on = True
        return self._tell(self._send_power)

    def start_commands(self):
        """The bytes that set the chip up after power-on, as its data sheet wants them; without switching it on."""
        raise NotImplementedError

    def _tell(self, send):
        if self._is_lost and elapsed_ms(self._ticks_ms(), self._asked_at) < RETRY_MS:
            return False
        try:
            if not self._is_started:
                self._start()
            send()
        except OSError:  # nobody there, or a loose wire: the terminal goes on without
            self._asked_at = self._ticks_ms()
            self._is_started = False
            if not self._is_lost:
                self._is_lost = True
                self._note("The display does not answer.")
            return False
        if self._is_lost:
            self._is_lost = False
            self._note("The display is back.")
        return True

    def _note(self, sentence):
        if self._say:
            self._say(sentence)

    def _start(self):
        self._bus.command(self.start_commands())
        self._send_contrast()
        for page in range(self.height // 8):  # its memory holds noise after power-on
            self._send_page(page)
        self._send_power()
        self._is_started = True

    def _send_contrast(self):
        self._bus.command(bytes((SET_CONTRAST, self._contrast)))

    def _send_power(self):
        self._bus.command(bytes((DISPLAY_ON if self._is_on else DISPLAY_OFF,)))

    def _send_changes(self):
        now, sent = memoryview(self.frame), memoryview(self._sent)
        for page in range(self.height // 8):
            start, end = page * self.width, (page + 1) * self.width
            if now[start:end] != sent[start:end]:
                self._send_page(page)

    def _send_page(self, page):
        start, end = page * self.width, (page + 1) * self.width
        pixels = memoryview(self.frame)[start:end]
        column = self.offset
        self._bus.command(bytes((SET_PAGE | page, SET_LOWER_COLUMN | column & 0x0F, SET_HIGHER_COLUMN | column >> 4)))
        self._bus.pixels(pixels)
        self._sent[start:end] = pixels
