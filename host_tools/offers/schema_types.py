"""The types that a parameter of an offer can have: what is taken, what is said when it is not, and how the docs name it.

A type has `words` (for docs/offers.md) and `take(value, path, problems)`, which gives the plain value (int, text, bool, list, dict;
dates as ISO text) or adds a problem and gives None. Sizes are bounded so that a pack is: every limit has its reason beside it.
"""

import datetime
import re
from typing import Any, NamedTuple

from host_tools.offers.diagnostics import nearest, shown

AMOUNT_MAX = 10**12  # minor units; the largest sale that the rules are proven for
COUNTER_MAX = 8_388_607  # a counter on a card has 24 bits and a sign (card-format, section 4)
BP_MAX = 10_000  # the whole of it
TIMES_BP_MAX = 100_000  # ten times
NAME_MAX = 64  # characters of a category, article number, tier: what a till line shows
LIST_MAX = 200  # entries of any list or table; a shop with more wants a category
BANDS_MAX = 32
FIRST_DAY, LAST_DAY = "2000-01-01", "2199-06-05"  # a last day on a card counts from 2020 in 16 bits
REQUIRED: Any = object()  # a field without a default
OMIT: Any = object()  # a field that is left out of the parameters when it is not written
ONE_UNIT: Any = object()  # default: one whole unit of the currency, 10 ** minor_digits


class Field(NamedTuple):
    """One parameter: its name, type, meaning in a few words, default (or REQUIRED, OMIT, ONE_UNIT) and unit."""

    name: str
    type: Any
    about: str
    default: Any = REQUIRED
    unit: str = ""


class Number:
    """A whole number from `low` to `high`."""

    def __init__(self, low, high, words=None):
        self.low, self.high = low, high
        self.words = words or "%s to %s" % (grouped(low), grouped(high))

    def take(self, value, path, problems):
        wanted = "Write a whole number from %s to %s." % (grouped(self.low), grouped(self.high))
        if isinstance(value, bool):
            return problems.add(path, "%s is not a number." % shown(value), wanted)
        if isinstance(value, float):
            cents = " Money is in minor units (250 for 2.50), rates in 1/100 % (250 for 2.5 %)."
            return problems.add(path, "%s is a decimal fraction." % shown(value), wanted + cents)
        if isinstance(value, str) and re.fullmatch(r"\s*-?\d+\s*", value, re.ASCII):
            return problems.add(path, "%s is text." % shown(value), "Write the number without quotes.")
        if not isinstance(value, int):
            return problems.add(path, "%s is not a number." % shown(value), wanted)
        if not self.low <= value <= self.high:
            return problems.add(path, "%s is too %s." % (shown(value), "small" if value < self.low else "large"), wanted)
        return value


class Flag:
    """true or false."""

    words = "true or false"

    def take(self, value, path, problems):
        if not isinstance(value, bool):
            return problems.add(path, "%s is neither true nor false." % shown(value), "Write true or false, without quotes.")
        return value


class Choice:
    """One of a few words."""

    def __init__(self, *options):
        self.options = options
        self.words = " or ".join('`"%s"`' % option for option in options)

    def take(self, value, path, problems):
        if not isinstance(value, str) or value not in self.options:
            wanted = "Write %s." % " or ".join('"%s"' % option for option in self.options)
            return problems.add(path, "%s is not known." % shown(value), nearest(value, self.options) + wanted)
        return value


class Text:
    """Words that people or tills read: 1 to `longest` characters, no control characters, no blanks at the ends."""

    def __init__(self, longest=NAME_MAX, words=None):
        self.longest = longest
        self.words = words or "text of 1 to %d characters" % longest

    def take(self, value, path, problems):
        wanted = 'Write 1 to %d characters in "quotes".' % self.longest
        if not isinstance(value, str):
            return problems.add(path, "%s is not text." % shown(value), wanted)
        if not value or len(value) > self.longest:
            return problems.add(path, "the text is empty." if not value else "the text has %d characters." % len(value), wanted)
        if value != value.strip() or not value.isprintable():
            return problems.add(path, "%s has blanks at an end or characters that cannot be seen." % shown(value), wanted)
        return value


class Pattern(Text):
    """Text that fits a pattern: identifiers, currencies."""

    def __init__(self, pattern, words, remedy):
        super().__init__(NAME_MAX, words)
        self.pattern, self.remedy = re.compile(pattern, re.ASCII), remedy

    def take(self, value, path, problems):
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            return problems.add(path, "%s does not fit." % shown(value), self.remedy)
        return value


class Day:
    """A day, as TOML's own date or as text; ISO text comes out."""

    words = "date"

    def take(self, value, path, problems):
        wanted = "Write the day as 2026-03-31."
        if isinstance(value, datetime.datetime):
            return problems.add(path, "%s has a time of day." % value.isoformat(), wanted)
        if isinstance(value, datetime.date):
            value = value.isoformat()
        try:
            good = isinstance(value, str) and datetime.date.fromisoformat(value).isoformat() == value
        except ValueError:
            good = False
        if not good:
            return problems.add(path, "%s is not a day of the calendar." % shown(value), wanted)
        if not FIRST_DAY <= value <= LAST_DAY:
            return problems.add(path, "%s is outside the calendar of the cards." % value, "Write a day from %s to %s." % (FIRST_DAY, LAST_DAY))
        return value


class ListOf:
    """A list of one type, `fewest` to `most` entries; `repeats`: whether an entry may stand twice (in a list of categories it does no harm)."""

    def __init__(self, item, fewest=0, most=LIST_MAX, repeats=True, words=None):
        self.item, self.fewest, self.most, self.repeats = item, fewest, most, repeats
        self.words = words or "list of %s" % item.words

    def take(self, value, path, problems):
        if not isinstance(value, list):
            return problems.add(path, "%s is not a list." % shown(value), "Write it in [brackets].")
        if not self.fewest <= len(value) <= self.most:
            many = "at least %d" % self.fewest if len(value) < self.fewest else "at most %d" % self.most
            return problems.add(path, "the list has %d entries." % len(value), "Write %s." % many)
        before = len(problems.found)
        out = [self.item.take(item, (*path, index), problems) for index, item in enumerate(value)]
        if not self.repeats and len(problems.found) == before:
            for index, item in enumerate(out):
                if item in out[:index]:
                    problems.add((*path, index), "%s stands twice." % shown(item), "Leave one of them out.")
        return out


class Pair:
    """A list of exactly two values of different meaning, as [from, rate_bp]."""

    def __init__(self, first, second, words):
        self.parts, self.words = (first, second), words

    def take(self, value, path, problems):
        if not isinstance(value, list) or len(value) != 2:
            return problems.add(path, "%s is not a pair." % shown(value), "Write %s." % self.words.replace("`", ""))
        return [part.take(item, (*path, index), problems) for index, (part, item) in enumerate(zip(self.parts, value))]


class Bands(ListOf):
    """[[from, rate_bp], …], rising in `from`."""

    def __init__(self, highest, fewest=1):
        super().__init__(Pair(Number(0, highest), Number(0, BP_MAX), "`[from, rate_bp]`"), fewest, BANDS_MAX, True, "list of `[from, rate_bp]`, rising")

    def take(self, value, path, problems):
        before = len(problems.found)
        out = super().take(value, path, problems)
        if len(problems.found) == before:
            rising([band[0] for band in out], path, problems, (0,))
        return out


class Periods(ListOf):
    """[[first, last], …], both days inside."""

    def __init__(self):
        super().__init__(Pair(Day(), Day(), "`[first, last]`"), 0, BANDS_MAX, True, "list of `[first, last]` days")

    def take(self, value, path, problems):
        before = len(problems.found)
        out = super().take(value, path, problems)
        if len(problems.found) == before:
            for index, (first, last) in enumerate(out):
                if first > last:
                    problems.add((*path, index), "%s is after %s." % (first, last), "Write the first day first.")
        return out


class TableOf:
    """A table whose keys the owner chooses: names, articles, codes. `canonical` makes one key of those that mean the same."""

    def __init__(self, value, fewest=0, key=None, canonical=None, key_word="name", most=LIST_MAX):
        self.value, self.fewest, self.most, self.key, self.canonical = value, fewest, most, key or Text(), canonical
        self.words = "table: %s = %s" % (key_word, value.words)

    def take(self, value, path, problems):
        if not isinstance(value, dict):
            return problems.add(path, "%s is not a table." % shown(value), "Write it as [%s] or in {braces}." % ".".join(map(str, path)))
        if not self.fewest <= len(value) <= self.most:
            many = "at least %d" % self.fewest if len(value) < self.fewest else "at most %d" % self.most
            return problems.add(path, "the table has %d entries." % len(value), "Write %s." % many)
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = self.canonical(key) if self.canonical else key
            if self.key.take(name, (*path, key), problems) is not None and name in out:
                problems.add((*path, key), "%s means the same as another key here." % shown(key), "Leave one of them out.")
            out[name] = self.value.take(item, (*path, key), problems)
        return out


class Record:
    """A table with fixed keys."""

    def __init__(self, fields, check=None):
        self.fields, self.check = fields, check
        self.words = "`{%s}`" % ", ".join(field.name for field in fields)

    def take(self, value, path, problems):
        if not isinstance(value, dict):
            return problems.add(path, "%s is not a table." % shown(value), "Write it in {braces} with %s." % ", ".join(field.name for field in self.fields))
        before = len(problems.found)
        out = take_fields(self.fields, value, path, problems)
        if self.check and len(problems.found) == before:
            self.check(out, path, problems)
        return out


class Plain:
    """A table of any plain values, of bounded depth and number: what the compiler takes apart (rules of `custom`)."""

    words = "tables"
    DEPTH_MAX = 12
    VALUES_MAX = 4000

    def take(self, value, path, problems):
        if not isinstance(value, dict):
            return problems.add(path, "%s is not a table." % shown(value), "Write it as [[%s]]." % path[0])
        self.left = self.VALUES_MAX
        return self._plain(value, path, problems, 0)

    def _plain(self, value, path, problems, depth):
        self.left -= 1
        if depth > self.DEPTH_MAX or self.left == 0:
            return problems.add(path, "the rules are too %s." % ("deep" if self.left else "many"), "Write simpler rules; split the offer.")
        if self.left < 0:
            return None  # told once
        if isinstance(value, dict):
            return {key: self._plain(item, (*path, key), problems, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item, (*path, index), problems, depth + 1) for index, item in enumerate(value)]
        if isinstance(value, bool):
            return value
        if isinstance(value, (datetime.date, datetime.time)):
            return Day().take(value, path, problems)
        if isinstance(value, str):
            return Text(400).take(value, path, problems) if value else value
        return Number(-AMOUNT_MAX, AMOUNT_MAX).take(value, path, problems)


def take_fields(fields, table, path, problems, also_known=(), context=None):
    """{name: plain value} of a table with fixed keys, defaults filled in. Unknown and missing keys become problems."""
    names = [field.name for field in fields]
    for key in table:
        if key not in names and key not in also_known:
            listed = "Known here: %s." % ", ".join(names)
            problems.add((*path, key), "there is no such key here.", nearest(key, [*names, *also_known]) or listed)
    out: dict[str, Any] = {}
    for field in fields:
        if field.name in table:
            out[field.name] = field.type.take(table[field.name], (*path, field.name), problems)
        elif field.default is REQUIRED:
            problems.add((*path, field.name), "this key is missing.", "Add %s = … (%s; %s)." % (field.name, field.about, field.type.words.replace("`", "")))
        elif field.default is ONE_UNIT:
            out[field.name] = 10 ** ((context or {}).get("minor_digits") or 0)
        elif field.default is not OMIT:
            out[field.name] = field.default() if callable(field.default) else field.default
    return out


def rising(values, path, problems, inner=()):
    """Adds a problem for each value that is not above the one before it; `inner` leads from an entry to its value."""
    for index in range(1, len(values)):
        if values[index] <= values[index - 1]:
            problems.add((*path, index, *inner), "%s is not above %s before it." % (values[index], values[index - 1]), "Order the entries from low to high.")


def grouped(number):
    """1000000 -> "1 000 000", as people read it."""
    return f"{number:,}".replace(",", " ") if abs(number) >= 10_000 else str(number)
