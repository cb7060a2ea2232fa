"""Long work between taps: the tap loop says when a card is served, and everything slow waits for that.

A step that has begun is finished first. Steps of `cardos.crypto` take about 5 ms on a board.
"""

from terminal.compat import sleep_ms as board_sleep_ms

LOOK_AGAIN_MS = 20  # while a card is served; taps take 100 to 400 ms


class Quiet:
    """`busy`: set by the tap loop while a card is served. `await quiet()`: lets the others run, and returns when no card is."""

    def __init__(self, sleep_ms=board_sleep_ms):
        self.busy = False
        self._sleep_ms = sleep_ms

    async def __call__(self):
        await self._sleep_ms(0)
        while self.busy:
            await self._sleep_ms(LOOK_AGAIN_MS)


async def in_slices(steps, quiet):
    """The value of a computation in steps (`cardos.crypto.steps`), each of them made while no card is served."""
    while True:
        await quiet()
        try:
            next(steps)
        except StopIteration as end:  # the value of a generator comes this way
            return end.value
