"""The acceptance rows of offers.json on every interpreter: `offer_rows.txt` holds them beside their compiled packs."""

import json

from cardos.calendar import parse_date
from cardos.offers.book import Book
from cardos.offers.events import event_from_json
from cardos.offers.opening import opening_state

FILE = __file__.replace("\\", "/").rsplit("/", 1)[0] + "/offer_rows.txt"


def rows(letter):
    """(pack, sequence) of each sequence of the rows whose id begins with `letter`; one is in memory at a time."""
    pack = None
    with open(FILE, encoding="utf-8") as file:
        for line in file:
            if line[0] != letter:
                continue
            name, _, text = line.partition(" ")
            entry = json.loads(text)
            if "pack" in entry:
                pack = entry["pack"]
            else:
                entry["row"] = name
                yield pack, entry


def play(pack, sequence):
    """One result for each event of a sequence."""
    book = Book(pack)
    day = event_from_json(sequence["events"][0])["day"]
    _begin(book, "A", sequence, day)
    for name in sorted(sequence.get("cards") or {}):
        about = {"customer": "member"}
        about.update(sequence["cards"][name])
        _begin(book, name, about, day)
    return [book.play(event) for event in sequence["events"]]


def _begin(book, name, about, day):
    start = about.get("start") or {}
    card = book.card(name, about.get("customer", "new") != "new" or bool(start))
    card.state = opening_state(book.pack, start, day, card.joined)
    card.services = list(start.get("services", ()))
    card.joined_on = parse_date(start["enrolled_on"]) if start.get("enrolled_on") else None


def differences(expect, result):
    """What differs from an "expect", as [(key, wanted, got), ...]: only named keys count; refused, declined and replayed must be named."""
    found = []
    for key in sorted(expect):
        wanted, got = expect[key], result.get(key)
        if key in ("earned", "spent", "queued", "report"):
            wanted, got = _without_zeros(wanted), _without_zeros(got or {})
        elif key == "counters":
            wanted, got = _named(wanted, got or {})
        elif key == "cards":
            wanted, got = _of_cards(wanted, got or {})
        elif key == "rewards":
            got = got or []
        elif key not in result:
            got = "nothing"
        if wanted != got:
            found.append((key, wanted, got))
    for key in ("refused", "declined", "replayed"):
        if key not in expect and result.get(key):
            found.append((key, None, result[key]))
    return found


def _without_zeros(amounts):
    out = {}
    for name, value in amounts.items():
        if any(value.values()) if isinstance(value, dict) else value:
            out[name] = value
    return out


def _named(wanted, got):
    """Both as {name: value} of the named counters; a counter that is not told was never touched: 0 or null."""
    shown = {}
    for name, value in wanted.items():
        shown[name] = got.get(name, None if value is None else 0)
    return wanted, shown


def _of_cards(wanted, got):
    shown = {}
    for card in wanted:
        shown[card] = _named(wanted[card], got.get(card, {}))[1]
    return wanted, shown
