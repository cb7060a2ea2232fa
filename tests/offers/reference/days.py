"""Calendar days: months and years are calendar ones; 29 February is 28 February in common years."""

from datetime import date, datetime


def moment(text):
    """A local time as events have it: minutes or seconds."""
    return datetime.fromisoformat(text)


def day(text):
    """A date, or None for None."""
    return None if text is None else date.fromisoformat(text)


def text_of(value):
    """A date as text, or None."""
    return None if value is None else value.isoformat()


def month_number(value):
    """Months since year 0, so that differences are whole calendar months."""
    return value.year * 12 + value.month - 1


def day_in_year(month, day_of_month, year):
    """The day that counts as month-day in this year."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (month, day_of_month) == (2, 29) and not leap:
        return date(year, 2, 28)
    return date(year, month, day_of_month)


def is_birthday(birthday, today):
    """birthday is "MM-DD" or None."""
    if birthday is None:
        return False
    month, day_of_month = birthday.split("-")
    return day_in_year(int(month), int(day_of_month), today.year) == today


def full_years(since, today):
    """Anniversaries that have come, the day itself included; 0 before the first."""
    years = today.year - since.year
    if today < day_in_year(since.month, since.day, today.year):
        years -= 1
    return max(0, years)


def inside(today, first, last):
    """Both days are inside; the days are texts."""
    return day(first) <= today <= day(last)
