"""The timer unit of an emulated MFRC522 (data sheet rev. 3.9, sections 8.5 and 9.3.3.10 to 9.3.3.12). In the portable dialect."""

from host_tools.soft_hardware import mfrc522_registers as r
from host_tools.soft_hardware.mfrc522_field import NEVER

_IS_EVEN = 0x10  # TPrescalEven of DemodReg


class Timer:
    """Counts down from TReloadReg. next_at: when it reaches zero, in carrier periods, or NEVER while it stands."""

    def __init__(self, chip):
        self._chip = chip
        self.next_at = NEVER
        self._left = 0
        self._tick = 1

    def reset(self):
        """As after a reset: it stands at zero."""
        self.next_at = NEVER
        self._left = 0

    def start(self, now):
        """TStartNow, or the end of a transmission."""
        value = self._chip.value
        even = 1 if value(r.DEMOD) & _IS_EVEN else 0
        self._tick = 2 * ((value(r.T_MODE) & 0x0F) << 8 | value(r.T_PRESCALER)) + 1 + even
        self.next_at = now + self._tick * ((value(r.T_RELOAD_H) << 8 | value(r.T_RELOAD_L)) + 1)

    def stop(self, now):
        """TStopNow, or the first bits of an answer; the counter keeps its value."""
        self._left, self.next_at = self.count(now), NEVER

    def count(self, now):
        """TCounterValReg."""
        return self._left if self.next_at == NEVER else max(0, (self.next_at - now - 1) // self._tick)

    def step(self):
        """It has reached zero at `next_at`."""
        now, self._left, self.next_at = self.next_at, 0, NEVER
        if self._chip.value(r.T_MODE) & r.T_AUTO_RESTART:
            self.start(now)
        self._chip.raise_irq(r.TIMER_IRQ)

    def transmission_ended(self, now):
        """With TAuto it starts by itself."""
        if self._chip.value(r.T_MODE) & r.T_AUTO:
            self.start(now)

    def reception_started(self, now):
        """With TAuto it stops by itself, after the fifth bit."""
        if self._chip.value(r.T_MODE) & r.T_AUTO and self.next_at != NEVER:
            self.stop(now)
