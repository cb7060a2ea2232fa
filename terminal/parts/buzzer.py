"""A passive buzzer on a PWM pin."""

from terminal.compat import sleep_ms

DUTY = 0x8000  # half: the loudest a piezo gets


class Buzzer:
    """pwm: a `machine.PWM`, or anything with its `freq` and `duty_u16`."""

    def __init__(self, pwm, sleep_ms=sleep_ms):
        self._pwm, self._sleep_ms = pwm, sleep_ms
        pwm.duty_u16(0)

    async def play(self, notes):
        """Play [(hz, ms), …]; hz 0 is a rest. Silent afterwards, also when the task is cancelled."""
        try:
            for hz, ms in notes:
                if hz:
                    self._pwm.freq(hz)
                self._pwm.duty_u16(DUTY if hz else 0)
                await self._sleep_ms(ms)
        finally:
            self._pwm.duty_u16(0)
