"""Days, months and years: what any calendar says, and the edges that loyalty rules stand on."""

from cardos.calendar import (
    DAY_MAX, anniversary, date_of, date_text, day_of, full_years, is_leap, month_end, month_length, month_of, ordinal, parse_date, parse_moment,
    parse_month_day, weekday, year_end,
)  # fmt: skip
from cardos.errors import RangeError


def refused(function, *arguments):
    try:
        function(*arguments)
    except RangeError:
        return True
    return False


def test_days_that_are_known():
    known = (((2020, 1, 1), 0), ((2019, 12, 31), -1), ((2020, 2, 29), 59), ((2020, 12, 31), 365), ((2021, 1, 1), 366), ((2026, 3, 1), 2251),
             ((2100, 3, 1), 29279), ((2199, 6, 6), DAY_MAX), ((1, 1, 1), -737424), ((9999, 12, 31), 2914634))  # fmt: skip
    for date, number in known:
        assert day_of(*date) == number and date_of(number) == date, date
    assert ordinal(1970, 1, 1) == 719163  # as everybody's epoch


def test_each_day_is_followed_by_the_next():
    year, month, day = date_of(-1500)
    for number in range(-1499, 3200):
        day += 1
        if day > month_length(year, month):
            day, month = 1, month + 1
        if month > 12:
            month, year = 1, year + 1
        assert date_of(number) == (year, month, day)


def test_leap_years():
    assert [year for year in (1900, 2000, 2020, 2023, 2024, 2100, 2400) if is_leap(year)] == [2000, 2020, 2024, 2400]
    assert month_length(2024, 2) == 29 and month_length(2100, 2) == 28 and month_length(2025, 12) == 31


def test_months_and_years_end():
    february = month_of(day_of(2028, 2, 10))
    assert month_end(february) == day_of(2028, 2, 29) and month_end(february + 12) == day_of(2029, 2, 28)
    assert month_of(day_of(2027, 1, 1)) == month_of(day_of(2026, 12, 31)) + 1
    assert year_end(2026) == day_of(2026, 12, 31)


def test_weekdays_are_those_of_iso_8601():
    assert weekday(0) == 3  # 2020-01-01 was a Wednesday
    assert [weekday(day_of(2026, 3, day)) for day in range(1, 9)] == [7, 1, 2, 3, 4, 5, 6, 7]
    assert weekday(-1) == 2


def test_a_year_is_full_on_its_anniversary():
    since = day_of(2024, 2, 29)
    for date, years in (((2025, 2, 27), 0), ((2025, 2, 28), 1), ((2028, 2, 28), 3), ((2028, 2, 29), 4), ((2024, 2, 29), 0), ((2023, 1, 1), 0)):
        assert full_years(since, day_of(*date)) == years, date
    assert anniversary(2, 29, 2027) == (2, 28) and anniversary(2, 29, 2028) == (2, 29) and anniversary(8, 20, 2027) == (8, 20)


def test_dates_and_moments_are_read():
    assert parse_date("2026-03-01") == 2251 and date_text(2251) == "2026-03-01"
    assert parse_moment("2026-03-01") == (2251, 36000)
    assert parse_moment("2026-03-01T23:59") == (2251, 86340) and parse_moment("2026-03-01T00:00:01") == (2251, 1)
    assert parse_month_day("02-29") == (2, 29)


def test_what_is_no_date_is_refused():
    for text in ("2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026/01/01", "20260101", "", "2026-01-32", "+026-01-01", "2026-01-1 ", "²026-01-01"):
        assert refused(parse_date, text), text
    for text in ("2026-01-01T24:00", "2026-01-01T10:60", "2026-01-01T10:00:60", "2026-01-01 10:00", "2026-01-01T1000", "2026-01-01T10", "2026-01-01T10:00:5"):
        assert refused(parse_moment, text), text
    for text in ("2-29", "02-30", "13-01", "0229", "02-29-"):
        assert refused(parse_month_day, text), text
    assert refused(day_of, 2026, 4, 31) and refused(ordinal, 0, 1, 1) and refused(ordinal, 10000, 1, 1)
