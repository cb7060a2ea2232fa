"""Events as people and scripts write them (JSON), made into the portable form that the evaluator takes.

Dates become days, moments become a day and a second, birthdays month * 100 + day. What is no well-formed event is BadInput
(EVENT) with the field and the remedy; what is well formed but not allowed is the evaluator's to refuse.
"""

from cardos.calendar import parse_date, parse_moment, parse_month_day
from cardos.errors import BadInput, RangeError

WORDS = ("sale", "enrol", "return", "refund", "donate", "claim", "tap", "referral", "grant", "migrate", "report")

# The fields that an event may carry, and what each must be; "!" marks those that its word cannot do without.
_FIELDS = {
    "sale": {
        "lines": "lines", "currency": "text!", "code": "text", "spend": "counts", "redeem": "text", "cashier": "cashier",
        "partner": "text", "phone": "text", "offline": "flag", "amount": "number",
    },
    "enrol": {"birthday": "birthday", "group": "text", "group_to": "date", "phone": "text"},
    "return": {"item": "text!", "qty": "number!"},
    "refund": {"of": "number!", "lines": "returned"},
    "donate": {"amount": "number!", "to": "text!"},
    "claim": {"receipt_line": "text!", "found_price": "number!", "credit": "number!"},
    "tap": {},
    "referral": {"friend": "text!"},
    "grant": {"campaign": "text", "tier": "text", "tier_to": "date"},
    "migrate": {"to": "number!"},
    "report": {"what": "text!"},
}  # fmt: skip
_ALWAYS = {"at": "moment!", "on": "text!", "card": "text", "terminal": "number", "txn": "number", "expect": "any", "name": "any"}


def event_from_json(event, place="event"):
    """The portable form of one event. place: how messages name it. BadInput (EVENT)."""
    if not isinstance(event, dict):
        raise _bad(place, "is no object", "Write it as {\"at\": …, \"on\": …}.")
    word = event.get("on")
    if not isinstance(word, str) or word not in _FIELDS:
        raise _bad(place, "has an unknown \"on\"", "Use one of: " + ", ".join(WORDS) + ".")
    fields = dict(_ALWAYS)
    fields.update(_FIELDS[word])
    out = {"card": True}
    for name in sorted(event):
        if name not in fields:
            raise _bad(place, "has an unknown field \"%s\"" % name, "A %s takes: %s." % (word, ", ".join(sorted(fields))))
        kind = fields[name]
        if name == "card":
            if event["card"] is not None and not isinstance(event["card"], str):
                raise _bad(place, "cannot be read: \"card\" is no name", "Write the card's name, or null for no card.")
            out["card"] = event["card"] is not None
            continue
        if event[name] is None and kind[-1] != "!":
            continue
        try:
            _CONVERT[kind.replace("!", "")](out, name, event[name])
        except (RangeError, TypeError, ValueError, KeyError, IndexError, AttributeError) as error:  # not of the kind that the field is
            told = error.message if isinstance(error, RangeError) else "\"%s\" is not %s" % (name, _KINDS[kind.replace("!", "")])
            raise _bad(place, "cannot be read: " + told, "Correct that field.")
    for name, kind in fields.items():
        if kind[-1] == "!" and event.get(name) is None:
            raise _bad(place, "lacks \"%s\"" % name, "A %s needs it." % word)
    return out


def _bad(place, what, remedy):
    return BadInput("%s %s." % (place, what), remedy, "EVENT")


_KINDS = {
    "text": "text", "number": "a whole number", "flag": "true or false", "date": "a date", "moment": "a moment", "birthday": "a birthday",
    "lines": "a list of lines (sku, category, qty, unit_price)", "returned": "a list of lines (sku, qty)",
    "counts": "a table of counter = units", "cashier": "a table (id, rights, discount_bp, reason)", "any": "readable",
}  # fmt: skip


def _text(out, name, value):
    if not isinstance(value, str):
        raise TypeError(name)
    out[name] = value


def _number(out, name, value):
    out[name] = _int(value)


def _int(value):
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("number")
    return value


def _flag(out, name, value):
    if not isinstance(value, bool):
        raise TypeError(name)
    out[name] = value


def _date(out, name, value):
    out[name] = parse_date(value)


def _moment(out, name, value):
    out["day"], out["second"] = parse_moment(value)


def _birthday(out, name, value):
    month, day = parse_month_day(value)
    out[name] = month * 100 + day


def _lines(out, name, value):
    lines = []
    for line in value:
        one = {"sku": _str(line["sku"]), "category": _str(line["category"]), "qty": _int(line["qty"]), "unit_price": _int(line["unit_price"])}
        for key in line:
            if key not in one and key != "for":
                raise KeyError(key)
        if line.get("for") is not None:
            one["for"] = _str(line["for"])
        lines.append(one)
    out[name] = lines


def _returned(out, name, value):
    lines = []
    for line in value:
        reward = line.get("reward", False)
        if not isinstance(reward, bool):
            raise TypeError("reward")
        lines.append({"sku": _str(line["sku"]), "qty": _int(line["qty"]), "reward": reward})
    out[name] = lines


def _counts(out, name, value):
    counts = {}
    for key in value:
        counts[_str(key)] = _int(value[key])
    out[name] = counts


def _cashier(out, name, value):
    rights = [_str(right) for right in value.get("rights") or ()]
    out[name] = {
        "id": _str(value.get("id", "")), "rights": rights, "discount_bp": _int(value.get("discount_bp", 0)), "reason": _str(value.get("reason") or ""),
    }  # fmt: skip


def _str(value):
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _any(out, name, value):
    pass


_CONVERT = {
    "text": _text, "number": _number, "flag": _flag, "date": _date, "moment": _moment, "birthday": _birthday,
    "lines": _lines, "returned": _returned, "counts": _counts, "cashier": _cashier, "any": _any,
}  # fmt: skip
