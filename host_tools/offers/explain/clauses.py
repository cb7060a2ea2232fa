"""The parts that sentences share: conditions, where a rate comes from, steps of bands. One function a word of `pack_words`."""

from collections.abc import Callable


def condition(speech, parts, nested=False):
    """A condition as a clause: "a card is shown and the card is active"."""
    word, arguments = parts[0], parts[1:]
    if word in ("all", "any"):
        said = speech.listed([condition(speech, part, len(arguments) > 1) for part in arguments], "and" if word == "all" else "or")
        return (speech.words["either"] if nested and word == "any" and len(arguments) > 1 else "") + said
    words = speech.words["conditions"]
    if word == "not":
        key = "not." + condition_key(speech, arguments[0])
        if key in words:
            return words[key].format(**CONDITIONS[arguments[0][0]](speech, *arguments[0][1:]))
        return words["not"].format(x=condition(speech, arguments[0]))
    return words[condition_key(speech, parts)].format(**CONDITIONS[word](speech, *arguments))


def condition_key(speech, parts):
    """The most particular template for a condition: by its counter's name, by the counter's kind, or plain."""
    word = parts[0]
    if word in ("at-least", "good") and isinstance(parts[1], int):
        about = speech.pack["counters"][parts[1]]
        kind = "level" if about["kind"] == "derived" else about["kind"]
        for end in (about["name"].rsplit(".", 1)[-1], kind):
            if "%s.%s" % (word, end) in speech.words["conditions"]:
                return "%s.%s" % (word, end)
    return word


def _at_least(speech, row, n):
    names = speech.pack["counters"][row].get("names", ())
    return {
        "label": speech.label(row), "n": n, "count": speech.counted(n, row), "times": speech.count(n, "times"),
        "level": speech.name(names[n]) if 0 <= n < len(names) else n,
    }  # fmt: skip


# (speech, *arguments) -> the slots of the phrase
CONDITIONS: dict[str, Callable[..., dict]] = {
    "card": lambda speech: {},
    "at-least": _at_least,
    "good": lambda speech, row: {"label": speech.label(row)},
    "since": lambda speech, row, n: {"label": speech.label(row), "seconds": speech.count(n, "seconds")},
    "times": lambda speech, row, n: {"label": speech.label(row), "n": speech.number(n), "times": speech.count(n, "times")},
    "days": lambda speech, start, end: {"dates": speech.dates(start, end)},
    "weekdays": lambda speech, *days: {"names": speech.listed([speech.words["weekdays"][day - 1] for day in days], "or")},
    "hours": lambda speech, start, end: {"start": speech.clock(start), "end": speech.clock(end)},
    "basket": lambda speech, money: {"money": speech.money(money)},
    "has": lambda speech, name: {"x": speech.name(name)},
}


def source(speech, about):
    """Where a rate comes from, as a phrase."""
    key = "fixed.all" if about["is"] == "fixed" and about.get("all") else about["is"]
    return speech.words["sources"][key].format(**SOURCES[about["is"]](speech, about))


def by_name(speech, about):
    """"base 3 % and gold 10 %" of a rate by level or group."""
    names = speech.pack["counters"][about["c"]].get("names", ())
    return speech.listed(speech.part("item", name=speech.name(name), rate=speech.rate(bp)) for name, bp in zip(names, about["bp"]))


def _by_name(speech, about):
    return {"items": by_name(speech, about)}


SOURCES: dict[str, Callable[..., dict]] = {
    "fixed": lambda speech, about: {"rate": speech.rate(about["bp"])},
    "basket": lambda speech, about: {"bands": bands(speech, about["bands"], about.get("over"))},
    "spent": lambda speech, about: {"label": speech.label(about["c"]), "bands": bands(speech, about["bands"], about.get("over"), about["c"])},
    "held": lambda speech, about: {"label": speech.label(about["c"])},
    "birthday": lambda speech, about: {"rate": speech.rate(about["bp"])},
    "level": _by_name,
    "group": _by_name,
    "manual": lambda speech, about: {},
}


def bands(speech, steps, over=False, row=None):
    """"5 % from 100.00 EUR and 8 % from 200.00 EUR"; the edges are counted as their row counts, without a row in money."""
    key = "band_over" if over else "band"
    return speech.listed(speech.part(key, rate=speech.rate(bp), edge=edge(speech, start, row)) for start, bp in steps if start or bp)


def edge(speech, value, row=None, bare=False):
    """An edge of a band, in money where it is money."""
    if row is None:
        return speech.money(value, bare)
    about = speech.pack["counters"][row]
    if "per" in about:
        return speech.money(value * about["per"], bare)
    return speech.count(value, "units" if about["kind"] == "year" else about["name"])
