"""A chip's clock that runs on through a restart, and since when it does so.

The chip knows the time only; when the shop told it stands in a small file, written at most once a day for the flash's sake, so the
age comes out too high, never too low: a board that only restarts does not become sure by it (`terminal.clock`).
"""

import os

from cardos.calendar import date_of
from cardos.errors import RangeError
from cardos.records.fields import day_of_minute, minute_number

TOLD_EVERY_S = 86400
_FILE = "/told"


def keep(data, second):
    """Set the chip's clock. data: folder for the file. second: since 2026-01-01 UTC."""
    from machine import RTC

    year, month, day = date_of(day_of_minute(second // 60))
    RTC().datetime((year, month, day, 0, second // 3600 % 24, second // 60 % 60, second % 60, 0))
    told = _told(data)
    if told is None or not 0 <= second - told < TOLD_EVERY_S:
        try:
            with open(data + _FILE + ".new", "w") as file:
                file.write("%d" % second)
            os.rename(data + _FILE + ".new", data + _FILE)
        except OSError:  # a full or broken flash: the age stays that of an older sync, which is on the safe side
            pass


def kept(data):
    """(second since 2026-01-01 UTC, age in seconds), or None when the clock began anew or nobody ever told it."""
    from machine import RTC

    told = _told(data)
    year, month, day, _, hour, minute, second, _ = RTC().datetime()
    if told is None or year < 2026:
        return None
    try:
        now = minute_number(year, month, day, hour, minute) * 60 + second
    except RangeError:  # a clock that runs wild
        return None
    return (now, now - told) if now >= told else None


def _told(data):
    try:
        with open(data + _FILE) as file:
            return int(file.read())
    except (OSError, ValueError):  # never told, or a write that was cut: not known
        return None
