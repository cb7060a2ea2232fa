"""One offer as an owner writes it: a TOML file with a template, its parameters and the words for people.

    template = "stamp-card"            # one of docs/offers.md
    currency = "EUR"                   # may be left out in a pack, which then gives it
    category = "coffee"
    stamps_needed = 10
    [name]
    en = "Tenth coffee free"
    lv = "Desmitā kafija bez maksas"
    [message]
    en = "A coffee for you"

`read_offer` checks everything and tells every problem of the file at once, each with its line.
"""

import re
from pathlib import Path

import msgspec

from cardos.calendar import parse_date
from host_tools.offers.diagnostics import read_table
from host_tools.offers.schema import take_parameters
from host_tools.offers.schema_types import OMIT, Day, Field, Number, Pattern, Record, Text, take_fields

LANGUAGES = ("en", "lv", "lt", "ru")
ID = Pattern("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", "slug", "Write 1 to 40 small letters, digits and hyphens.")
NAME_MAX = 80
MESSAGE_MAX = 200
PRIORITY_MAX = 1000


def _words(longest):
    return Record(tuple(Field(language, Text(longest), "text", OMIT) for language in LANGUAGES))


COMMON = (
    Field("template", Text(), "which template, see below"),
    Field("id", ID, "short name for scripts; the file's own name when not written", OMIT),
    Field("name", _words(NAME_MAX), "what people call the offer, for each language", OMIT),
    Field("message", _words(MESSAGE_MAX), "what the till says when it applies, for each language", OMIT),
    Field("group", ID, "the pack's group that it belongs to", OMIT),
    Field("priority", Number(-PRIORITY_MAX, PRIORITY_MAX), "smaller ones come first within a phase", 0),
    Field("from", Day(), "first day of the whole offer", OMIT),
    Field("through", Day(), "last day of the whole offer", OMIT),
)
COMMON_KEYS = tuple(field.name for field in COMMON)


class Offer(msgspec.Struct, frozen=True):
    """One offer, checked. `parameters` are plain and complete (schema.check_parameters); `starts` and `ends` are its first and
    last day, counted from 2020-01-01 as on a card, or None."""

    id: str
    kind: str
    parameters: dict
    names: dict = {}
    messages: dict = {}
    source: str = ""
    group: str = ""
    priority: int = 0
    starts: int | None = None
    ends: int | None = None

    def name(self, language="en"):
        """The offer's name in a language, else in English, else in any, else its id."""
        return self.names.get(language) or self.names.get("en") or next(iter(self.names.values()), self.id)


def read_offer(path, money=None):
    """The `Offer` of a TOML file. `money` gives currency and minor_digits to an offer that does not say its own (a pack's).

    OfferProblems (BadInput, code OFFER) with every problem of the file.
    """
    offer, problems = load_offer(path, money)
    problems.raise_any()
    return offer


def load_offer(path, money=None):
    """(Offer, Problems) of a file, for callers that go on looking; the Offer counts only when there are no problems.
    OfferProblems when the file is no TOML at all."""
    table, problems = read_table(path)
    return offer_of(table, problems, path, money), problems


def offer_of(table, problems, path, money=None):
    """The Offer of a table that was read; what is wrong goes to `problems`."""
    if "template" not in table and "offers" in table:
        problems.add(("offers",), "this file is a pack, not an offer.", "Name a file with template = …, or give the pack to a command for packs.")
        return None
    common = take_fields(COMMON, {key: table[key] for key in table if key in COMMON_KEYS}, (), problems)
    parameters = {key: value for key, value in table.items() if key not in COMMON_KEYS}
    kind = common.get("template")
    plain = take_parameters(kind, parameters, problems, COMMON_KEYS, money) if kind is not None else {}
    starts, ends = common.get("from"), common.get("through")
    if starts and ends and ends < starts:
        problems.add(("through",), "%s is before %s." % (ends, starts), "Write the last good day, on or after `from`.")
    name = common.get("id") or slug(Path(path).stem)
    names = common.get("name") or {"en": name.replace("-", " ").capitalize()}
    return Offer(
        id=name, kind=kind or "", parameters=plain, names=names, messages=common.get("message") or {}, source=str(path),
        group=common.get("group") or "", priority=common.get("priority") or 0, starts=starts and parse_date(starts),
        ends=ends and parse_date(ends),
    )  # fmt: skip


def slug(text):
    """A file's name as an id: "Coffee Card" -> "coffee-card"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "offer"
