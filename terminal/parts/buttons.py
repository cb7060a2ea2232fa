"""Buttons to ground with pull-ups: pressed is 0. Looked at every few milliseconds; no interrupts, so bouncing wakes nobody."""

from terminal import compat

SCAN_MS = 10
STEADY_SCANS = 2  # a level counts when it stood for so many looks: contacts bounce for up to 10 ms


class Buttons:
    """pins: {word: pin with `value()`}. A button that is down when the board starts counts once it was let go."""

    def __init__(self, pins, sleep_ms=compat.sleep_ms):
        self._pins = [(word, pins[word]) for word in sorted(pins)]
        self._sleep_ms = sleep_ms
        self._down = {word: True for word, _ in self._pins}
        self._looks = {word: 0 for word, _ in self._pins}

    async def next(self):
        """Wait for the next press; return its word. A held button is one press."""
        while True:
            pressed = None
            for word, pin in self._pins:
                is_down = not pin.value()
                if is_down == self._down[word]:
                    self._looks[word] = 0
                    continue
                self._looks[word] += 1
                if self._looks[word] >= STEADY_SCANS:
                    if is_down and pressed is not None:
                        continue  # the second of two at once is seen by the next call
                    self._down[word], self._looks[word] = is_down, 0
                    if is_down:
                        pressed = word
            if pressed is not None:
                return pressed
            await self._sleep_ms(SCAN_MS)
