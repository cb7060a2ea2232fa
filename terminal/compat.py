"""What differs between MicroPython and CPython for the terminal: the millisecond clock, and sleeping in asyncio.

Drivers take `ticks_ms` and `sleep_ms` as arguments with these as defaults, so that a test can hand them a clock of its own.
"""

import asyncio
import time

TICKS_MASK = 0x3FFFFFFF  # boards count to 2**30 and start again; every other clock here wraps at a multiple of it

POLL_MS = 1  # between two looks at a chip that answers soon
POLL_SLOW_MS = 5  # and at one that waits for a person; a tap does not feel it
POLL_SLOW_AFTER_MS = 20


def _monotonic_ms():
    return int(time.monotonic() * 1000)


async def _sleep_seconds(ms):
    await asyncio.sleep(ms / 1000)


ticks_ms = getattr(time, "ticks_ms", _monotonic_ms)
sleep_ms = getattr(asyncio, "sleep_ms", _sleep_seconds)


def elapsed_ms(now, then):
    """Milliseconds from `then` to `now`, two readings of one `ticks_ms`, less than 6 days apart."""
    return (now - then) & TICKS_MASK


async def until(is_so, wait_ms, ticks_ms, sleep_ms):
    """Look at `is_so()` until it is true or `wait_ms` are over; whether it came true. Looks at least once, other tasks run meanwhile."""
    start = ticks_ms()
    while not is_so():
        waited = elapsed_ms(ticks_ms(), start)
        if waited >= wait_ms:
            return False
        await sleep_ms(min(POLL_MS if waited < POLL_SLOW_AFTER_MS else POLL_SLOW_MS, wait_ms - waited))
    return True
