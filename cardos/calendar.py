"""Days, months and years as integers. The one place that knows how long a month is.

A *day* counts from 2020-01-01 (which is 0), as expiry days stand on a card; days before it are negative. A *month* is
year * 12 + month - 1. A *second* counts from the local midnight of its day. Proleptic Gregorian calendar (ISO 8601).
"""

from cardos.errors import RangeError

DAY_0_ORDINAL = 737425  # proleptic Gregorian ordinal of 2020-01-01
DAY_MAX = 0xFFFF  # the last day that an expiry day of a card can name, in 2199


def month_length(year, month):
    """How many days a month has."""
    return (31, 29 if is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def is_leap(year):
    """True for a year with a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def ordinal(year, month, day):
    """Days since 0001-01-01 (which is 1). RangeError for a day that no calendar has."""
    if not 1 <= year <= 9999 or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise RangeError("There is no day %d-%02d-%02d." % (year, month, day))
    before, total = year - 1, day
    for earlier in range(1, month):
        total += month_length(year, earlier)
    return before * 365 + before // 4 - before // 100 + before // 400 + total


def day_of(year, month, day):
    """The day number of a date. RangeError for a day that no calendar has."""
    return ordinal(year, month, day) - DAY_0_ORDINAL


def date_of(number):
    """(year, month, day) of a day number."""
    left = number + DAY_0_ORDINAL - 1
    cycles, left = left // 146097, left % 146097  # 400 years
    centuries = min(left // 36524, 3)
    left -= centuries * 36524
    fours, left = left // 1461, left % 1461
    years = min(left // 365, 3)
    left -= years * 365
    year, month = cycles * 400 + centuries * 100 + fours * 4 + years + 1, 1
    while left >= month_length(year, month):
        left -= month_length(year, month)
        month += 1
    return year, month, left + 1


def month_of(number):
    """The month in which a day lies."""
    year, month, _ = date_of(number)
    return year * 12 + month - 1


def month_end(month):
    """The last day of a month."""
    year, month = month // 12, month % 12 + 1
    return day_of(year, month, month_length(year, month))


def year_end(year):
    """31 December of a year."""
    return day_of(year, 12, 31)


def full_years(since, until):
    """How many full years lie between two days. A year is full on its anniversary; 29 February counts as 28 in common years."""
    year, month, day = date_of(since)
    this_year, this_month, this_day = date_of(until)
    if (this_month, this_day) < anniversary(month, day, this_year):
        this_year -= 1
    return max(0, this_year - year)


def anniversary(month, day, year):
    """(month, day) on which a birthday is kept in `year`: 29 February on the 28th of common years."""
    return (2, 28) if month == 2 and day == 29 and not is_leap(year) else (month, day)


def weekday(number):
    """1 for Monday to 7 for Sunday (ISO 8601)."""
    return (number + 2) % 7 + 1  # 2020-01-01 was a Wednesday


def parse_date(text):
    """The day number of "YYYY-MM-DD". RangeError when it is none."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not is_number(text[:4] + text[5:7] + text[8:]):
        raise RangeError("%s is no date; write it as 2026-12-31." % text)
    return day_of(int(text[:4]), int(text[5:7]), int(text[8:]))


def parse_month_day(text):
    """(month, day) of "MM-DD", 02-29 included. RangeError when it is none."""
    if len(text) != 5 or text[2] != "-" or not is_number(text[:2] + text[3:]):
        raise RangeError("%s is no birthday; write month and day as 08-20." % text)
    month, day = int(text[:2]), int(text[3:])
    ordinal(2020, month, day)  # 2020 has a 29 February
    return month, day


def parse_moment(text):
    """(day, second) of "YYYY-MM-DD", "…THH:MM" or "…THH:MM:SS"; a date alone is 10:00. RangeError when it is none."""
    day = parse_date(text[:10])
    if len(text) == 10:
        return day, 36000
    clock = text[11:]
    if text[10] != "T" or len(clock) not in (5, 8) or clock[2] != ":" or (len(clock) == 8 and clock[5] != ":"):
        raise RangeError("%s is no moment; write it as 2026-12-31T18:30." % text)
    if not is_number(clock[:2] + clock[3:5] + clock[6:]):
        raise RangeError("%s is no moment; write it as 2026-12-31T18:30." % text)
    hour, minute, second = int(clock[:2]), int(clock[3:5]), int(clock[6:] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise RangeError("%s is no moment of a day." % text)
    return day, hour * 3600 + minute * 60 + second


def date_text(number):
    """A day number as "YYYY-MM-DD"."""
    return "%04d-%02d-%02d" % date_of(number)


def is_number(text):
    """True for one to twelve digits 0 to 9; what Unicode calls digits besides is none."""
    return 0 < len(text) <= 12 and not [letter for letter in text if not "0" <= letter <= "9"]
