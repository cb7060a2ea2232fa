"""Rules of an expert's own: the words of `cardos.offers.pack_words` written in TOML.

    template = "custom"
    [[counters]]  name = "visits"     kind = "plain"
    [[rules]]     phase = "earn"      op = "stamps"  counter = "visits"  on = ["coffee"]  per = 1  when = ["weekdays", 1, 2]

A counter is named where the pack's word takes a row ("c", "v", "carry", …; `counter` is another word for "c"), also inside
conditions and rate sources; dates are written as dates.
"""

from cardos.calendar import parse_date
from cardos.errors import BadInput, RangeError
from cardos.offers.pack_words import CONDITIONS, FIELDS, ROWS, SOURCES
from host_tools.offers.builder import BASKET, ITEM

_ON_UNITS = ("nth", "marginal", "companion")


def custom(builder, offer, p):
    """Counters first, then the rules in their order."""
    rows: dict[str, int] = {}
    for place, about in enumerate(p.get("counters", ())):
        rows[about.get("name")] = _counter(builder, about, "counters[%d]" % place, rows)
    for place, rule in enumerate(p["rules"]):
        where, rule = "rules[%d]" % place, dict(rule)
        phase = rule.pop("phase", None)
        if "%s.%s" % (phase, rule.get("op")) not in FIELDS:
            known = sorted(word for word in FIELDS if "." in word)
            raise BadInput("%s: there is no operation \"%s\" in phase \"%s\"" % (where, rule.get("op"), phase), "Use one of: %s." % ", ".join(known), "OFFER")
        built = _translate(rule, FIELDS["%s.%s" % (phase, rule["op"])], rows, where)
        built["op"] = rule["op"]
        if phase == "prices":
            builder.price(built, ITEM if rule["op"] in _ON_UNITS else BASKET)
        else:
            builder.add(phase, built)
        if rule["op"] == "code":
            builder.codes.extend(code[0] for code in built["codes"] if isinstance(code, list) and code and isinstance(code[0], str))


def _counter(builder, about, where, rows):
    kind = about.get("kind", "plain")
    if kind not in ROWS or not isinstance(about.get("name"), str):
        raise BadInput("%s: a counter has a name and a kind" % where, "Use one of the kinds: %s." % ", ".join(sorted(ROWS)), "OFFER")
    more = {key: _row(rows, value, where) if key == "of" else value for key, value in about.items() if key not in ("name", "kind", "lots", "hidden")}
    ids = {"lots": about.get("lots", 4), "pending": 1 + about.get("lots", 4), "derived": 0}.get(kind, 1)
    if kind in ("month", "lifetime") and about.get("per", 1) > 1:
        ids = 2
    if kind == "bits":
        ids = -(-about.get("count", 1) // 23)
    return builder.row(about["name"], kind, ids=ids, hidden=about.get("hidden", False) or kind == "fact", **more)


def _translate(rule, fields, rows, where):
    """Names of counters become rows, dates become days; what is unknown is left to the pack's own check."""
    kinds = {name.rstrip("?"): kind for name, kind in fields.items()}
    out = {}
    for name, value in rule.items():
        key = "c" if name == "counter" else name
        if key == "when":
            out[key] = _condition(value, rows, where)
        elif key == "unless":
            out[key] = [[_condition(condition, rows, where), code] for condition, code in value]
        elif key == "rates":
            out[key] = [_translate(source, SOURCES.get(source.get("is"), {}), rows, where) for source in value]
        elif kinds.get(key) == "row":
            out[key] = _row(rows, value, where)
        elif kinds.get(key) in ("day", "day0", "windows", "versions", "codes"):
            out[key] = _days(value, where)
        elif key != "op":
            out[key] = value
    return out


def _condition(condition, rows, where):
    if not isinstance(condition, list) or not condition:
        raise BadInput("%s: a condition is a list that begins with its word" % where, "As [\"weekdays\", 1, 2].", "OFFER")
    word, parts = condition[0], condition[1:]
    if word in ("all", "any", "not"):
        return [word, *[_condition(part, rows, where) for part in parts]]
    kinds = CONDITIONS.get(word, ())
    out = [word]
    for place, part in enumerate(parts):
        kind = kinds[place] if place < len(kinds) else None
        out.append(_row(rows, part, where) if kind == "row" else _days(part, where) if kind == "day" else part)
    return out


def _row(rows, name, where):
    if name not in rows:
        raise BadInput("%s: there is no counter \"%s\"" % (where, name), "Add it: [[counters]] name = \"%s\"." % name, "OFFER")
    return rows[name]


def _days(value, where):
    if isinstance(value, list):
        return [_days(part, where) if isinstance(part, list) or _looks_dated(part) else part for part in value]
    if isinstance(value, int):
        return value
    try:
        return parse_date(value)
    except (RangeError, TypeError) as error:  # no date where one must stand
        raise BadInput("%s: %r is no date" % (where, value), "Write it as 2026-12-31.", "OFFER") from error


def _looks_dated(part):
    return isinstance(part, str) and len(part) == 10 and part[4:5] == "-" and part[7:8] == "-"
