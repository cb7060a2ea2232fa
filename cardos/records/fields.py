"""The numbers that the format gives to families, operations and moments. Once given, a number never changes.

Sources: docs/card-format.md. Names of families are those of the command line.
"""

from cardos.calendar import DAY_0_ORDINAL, date_text, day_of, ordinal
from cardos.errors import BadInput, RangeError

SCHEME_TEST = 0xFFFF  # cards and keys for tests and demos; a production shop refuses them

FAMILIES = (  # (name, number inside MACs)
    ("ntag213", 1),
    ("ntag215", 2),
    ("ntag216", 3),
    ("ultralight-c", 4),
    ("ultralight-aes", 5),
    ("classic-1k", 6),
    ("ntag424", 7),
    ("desfire-ev1", 8),
    ("desfire-ev2", 9),
    ("desfire-ev3", 10),
)

# Operations, low nibble of the record's third byte.
OPENING = 1
EARN = 2
REDEEM = 3
UNDO = 4
REFUND = 5
BLOCK = 6
UNBLOCK = 7
MIGRATE = 8
REPAIR = 9
OPERATIONS = ("opening", "earn", "redeem", "undo", "refund", "block", "unblock", "migrate", "repair")

# Flags, high nibble: the state of the card after the operation.
FLAG_BLOCKED = 0x10
FLAG_REPLACED = 0x20
FLAGS_KNOWN = FLAG_BLOCKED | FLAG_REPLACED

_MINUTES_0 = 739617  # of 2026-01-01


def family_number(name):
    """The number of a family inside MACs. BadInput for a name that is not one of `FAMILIES`."""
    for known, number in FAMILIES:
        if known == name:
            return number
    raise BadInput("There is no card family %r." % (name,), "Use one of: " + ", ".join([n for n, _ in FAMILIES]) + ".")


def operation_name(code):
    """The word for an operation's number, or None."""
    return OPERATIONS[code - 1] if 1 <= code <= len(OPERATIONS) else None


def day_number(year, month, day):
    """Days since 2020-01-01, as issue day and expiry day stand on the card (u16: until 2199)."""
    number = day_of(year, month, day)
    if not 0 <= number <= 0xFFFF:
        raise RangeError("The day %d-%02d-%02d does not fit on a card." % (year, month, day))
    return number


def minute_number(year, month, day, hour, minute):
    """Minutes since 2026-01-01 UTC, as a record carries them (3 bytes: until 2057). Information only."""
    number = (ordinal(year, month, day) - _MINUTES_0) * 1440 + hour * 60 + minute
    if not 0 <= number <= 0xFFFFFF:
        raise RangeError("The minute does not fit on a card; set the clock.", "", "CLOCK_UNSURE")
    return number


def day_of_minute(minute):
    """The day number (since 2020-01-01) in which a minute number (since 2026-01-01) lies."""
    return _MINUTES_0 - DAY_0_ORDINAL + minute // 1440


def day_text(number):
    """A day number as "YYYY-MM-DD"; 0 (never) gives None."""
    if number == 0:
        return None
    return date_text(number)
