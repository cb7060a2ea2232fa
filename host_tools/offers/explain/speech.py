"""How one language writes numbers, money, rates, dates, lists and names. The words are in languages/*.toml, the rules here.

`Speech(pack, "lv")` fills templates: `say("earn.stamps", goods_of=…, count=…)`. A counted noun stands in the accusative in every
language, so that "gives 3 stamps", "for 3 stamps" and "after 3 stamps" need one set of forms.
"""

import tomllib
from functools import cache
from pathlib import Path

from cardos.calendar import date_of, parse_date
from cardos.offers.basket import ANY
from host_tools.offers.schema_types import LAST_DAY

LANGUAGES = ("en", "lv", "lt", "ru")
FOREVER = parse_date(LAST_DAY)  # a last day from here on is none: files without one are filled up with it
_FOLDER = Path(__file__).with_name("languages")


def _english(n):
    return 0 if n == 1 else 1


def _latvian(n):
    return 0 if n % 10 == 1 and n % 100 != 11 else 1


def _lithuanian(n):
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 9 and not 12 <= n % 100 <= 19 else 2


def _russian(n):
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


PLURALS = {"english": _english, "latvian": _latvian, "lithuanian": _lithuanian, "russian": _russian}  # Unicode CLDR, integers only


@cache
def words_of(language):
    """The table of a language. KeyError for one that is not in LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return tomllib.loads((_FOLDER / (language + ".toml")).read_text("utf-8"))


def label_of(name, language="en"):
    """What people call a counter of a pack, in a language; its own name where the language has none."""
    return words_of(language)["labels"].get(_plain(name), _plain(name))


class Speech:
    """Sentences about one pack in one language."""

    def __init__(self, pack, language="en"):
        self.pack = pack
        self.language = language
        self.words = words_of(language)
        self._form = PLURALS[self.words["plural"]]

    def say(self, key, **slots):
        """A whole sentence."""
        return finished(self.words["sentences"][key].format(**slots))

    def part(self, key, **slots):
        """A piece of a sentence."""
        return self.words["parts"][key].format(**slots)

    def number(self, n):
        """A small number as a word where the language file has words, else its digits."""
        words = self.words["numbers"]
        return words[n] if 0 <= n < len(words) else self._digits(n)

    def ordinal(self, n):
        """"second" as it stands before "one"."""
        words = self.words["ordinals"]
        if 0 < n <= len(words):
            return words[n - 1]
        end = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")  # English alone writes it
        return self.words["ordinal"].format(n=n, end=end)

    def _digits(self, n):
        return f"{n:,}".replace(",", self.words["group"]) if abs(n) >= 10000 else str(n)

    def count(self, n, noun):
        """"ten stamps". noun: a key of [nouns], or a counter's own name."""
        forms = self.words["nouns"].get(noun)
        if forms is None:
            return self.words["unknown_noun"].format(n=self._digits(n), name=_plain(noun))
        form = forms[self._form(abs(n))]
        if form.startswith("="):  # the form says where the number stands, or that it stands nowhere ("once")
            return form[1:].format(n=self.number(n))
        return "%s %s" % (self.number(n), form)

    def many(self, noun):
        """"stamps", without a number."""
        forms = self.words["nouns"].get(noun)
        return forms[self.words["all_form"]] if forms else self.name(_plain(noun))

    def money(self, minor, bare=False):
        """Minor units as "12.50 EUR"; bare: without the currency."""
        digits = self.pack["minor_digits"]
        whole, rest = divmod(abs(minor), 10**digits)
        text = self._digits(whole) + ("%s%0*d" % (self.words["decimal"], digits, rest) if digits else "")
        return ("-" if minor < 0 else "") + text + ("" if bare else " " + self.pack["currency"])

    def rate(self, bp):
        """1/100 % as "5 %" or "2.5 %"."""
        whole, rest = divmod(bp, 100)
        return "%d%s %%" % (whole, (self.words["decimal"] + ("%02d" % rest).rstrip("0")) if rest else "")

    def factor(self, bp):
        """10000 as "1", 15000 as "1.5"."""
        whole, rest = divmod(bp, 10000)
        return "%d%s" % (whole, (self.words["decimal"] + ("%04d" % rest).rstrip("0")) if rest else "")

    def date(self, day, end=False):
        """A day number as a date. end: the form behind "through"."""
        year, month, of_month = date_of(day)
        return self.words["date"].format(y=year, month=self.words["months_to" if end else "months_from"][month - 1], d=of_month)

    def dates(self, start, end):
        """"from 1 March 2027 through 9 May 2027"; a day that nobody reaches is no end, and day 0 or earlier no beginning."""
        has_start, has_end = start > 0, 0 < end < FOREVER
        key = "both" if has_start and has_end else "from" if has_start else "through" if has_end else "always"
        return self.words["dates"][key].format(start=self.date(start), end=self.date(end, True))

    def span(self, start, end):
        """A short time: one day, two days that follow each other, or `dates`."""
        if not 0 < start <= end <= start + 1:
            return self.dates(start, end)
        return self.words["dates"]["two" if start < end else "one"].format(start=self.date(start), end=self.date(end, True))

    def name(self, text):
        """A name as it stands in a sentence: goods, codes, levels."""
        return self.words["name_quote"].format(x=text)

    def title(self, text):
        """An offer's name in a sentence."""
        return self.words["quote"].format(x=text)

    def listed(self, items, word="and"):
        """"a, b and c"."""
        items = list(items) or [self.words["parts"]["nothing"]]
        return items[0] if len(items) == 1 else "%s %s %s" % (", ".join(items[:-1]), self.words[word], items[-1])

    def label(self, row):
        """What a counter is called, in quotation marks."""
        return self.words["quote"].format(x=self.bare_label(row))

    def bare_label(self, row):
        """What a counter is called, as it stands in a list."""
        return label_of(self.pack["counters"][row]["name"], self.language)

    def counted(self, n, row):
        """`count` of a counter's own unit."""
        return self.count(n, self.pack["counters"][row]["name"])

    def goods(self, names, of=False):
        """The goods of a rule: "everything" or their names. of: the form behind "unit of"."""
        words = self.words["goods"]
        if ANY in names:
            return words["of_all" if of else "all"]
        return words["of_some" if of else "some"].format(x=self.listed(map(self.name, names), "or"))

    def paid_for(self, names):
        """"" for all goods, else " for coffee", behind a word for money paid."""
        return "" if ANY in names else self.words["goods"]["for_some"].format(x=self.listed(map(self.name, names), "or"))

    def except_(self, names):
        """", except gift-card", or nothing."""
        names = [name for name in names if name]
        return self.words["goods"]["except"].format(x=self.listed(map(self.name, names))) if names else ""

    def clock(self, minute):
        """Minutes of the day as "9:30"."""
        return "%d:%02d" % divmod(minute, 60)


def finished(text):
    """A sentence with a capital at its beginning and one full stop at its end (also behind "d.")."""
    text = text[:1].upper() + text[1:]
    return text[:-1] if text.endswith("..") else text


def _plain(name):
    return name.rsplit(".", 1)[-1]
