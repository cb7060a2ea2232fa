"""The shop's local time as boards get it: from which minute on how many minutes east of UTC, for the coming 400 days."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cardos.errors import BadInput
from cardos.records.board_sync import ZONES_MAX

DAYS = 400  # a board that was out of reach for a year still changes its clock on the right day
_MINUTE_0 = datetime(2026, 1, 1, tzinfo=timezone.utc)


def zones_of(home):
    """[[minute since 2026-01-01 UTC, minutes east], …], rising; the first holds now. In the pack's zone, else in the machine's.

    BadInput NO_TIME_ZONE.
    """
    zone, now = home.packs.current().get("zone"), home.clock().astimezone(timezone.utc)
    try:
        place = ZoneInfo(zone) if zone else None
    except (ZoneInfoNotFoundError, ValueError) as error:  # a machine without time zone data, or a zone it does not know
        hint = "Install its time zone data (Debian: apt install tzdata)."
        raise BadInput("This machine does not know the time zone %s." % zone, hint, "NO_TIME_ZONE") from error
    day = max(_MINUTE_0, now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1))
    found = [[_minute(day), _east(day, place)]]
    for _ in range(DAYS):
        after = day + timedelta(days=1)
        if _east(after, place) != found[-1][1]:
            change = _change(day, after, place)
            found.append([_minute(change), _east(change, place)])
        day = after
    return found[:ZONES_MAX]


def _change(before, after, place):
    """The first minute of the new time between two moments."""
    low, high, old = 0, int((after - before).total_seconds()) // 60, _east(before, place)
    while high - low > 1:
        middle = (low + high) // 2
        if _east(before + timedelta(minutes=middle), place) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(minutes=high)


def _east(moment, place):
    return int(moment.astimezone(place).utcoffset().total_seconds()) // 60


def _minute(moment):
    return int((moment - _MINUTE_0).total_seconds()) // 60
