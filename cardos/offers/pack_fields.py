"""What the fields of a pack may hold, by the kinds that `cardos.offers.pack_words` names: (pack, value) -> bool each."""

from cardos.bytes import I24_MAX
from cardos.offers.basket import AMOUNT_MAX

BP_MAX = 100000  # a factor of ten
LIST_MAX = 500  # entries of one list; a pack of 16 KiB holds no more that means anything


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _between(least, most):
    return lambda pack, value: is_int(value) and least <= value <= most


def _is_row(pack, value):
    return is_int(value) and 0 <= value < len(pack["counters"])


def is_text(pack, value):
    return isinstance(value, str) and len(value) <= 80


def _each(check):
    return lambda pack, value: isinstance(value, list) and len(value) <= LIST_MAX and all([check(pack, part) for part in value])


def _values(check):
    return lambda pack, value: isinstance(value, dict) and all([is_text(pack, key) and check(pack, value[key]) for key in value])


def _tuple_of(*checks):
    return lambda pack, value: isinstance(value, list) and len(value) == len(checks) and all([check(pack, part) for check, part in zip(checks, value)])


def _rising(check):
    """Lists whose first entries rise."""
    def rises(pack, value):
        return check(pack, value) and not [place for place in range(1, len(value)) if value[place][0] <= value[place - 1][0]]

    return rises


def _is_welcome(pack, value):
    days = [value[name] for name in ("from", "through") if name in value]
    return _is_row(pack, value.get("c")) and _positive(pack, value.get("points")) and all([_day(pack, day) for day in days])


_count, _positive = _between(0, I24_MAX), _between(1, I24_MAX)
_day, _amount, _bp = _between(-200000, 200000), _between(0, AMOUNT_MAX), _between(0, BP_MAX)
_texts = _each(is_text)

FIELD_CHECKS = {
    "words": lambda pack, value: isinstance(value, dict) and all([is_text(pack, key) and isinstance(value[key], str) for key in value]),
    "int": lambda pack, value: is_int(value), "count": _count, "positive": _positive, "amount": _amount, "amount+": _between(1, AMOUNT_MAX),
    "bp": _bp, "day": _day, "day0": _day, "row": _is_row, "text": is_text, "texts": _texts, "flag": lambda pack, value: isinstance(value, bool),
    "offer": lambda pack, value: is_int(value) and 0 <= value < len(pack["offers"]),
    "minute": _between(0, 1440), "weekday": _between(1, 7), "id list": _each(_between(1, 255)), "counts": _each(_count), "bps": _each(_bp),
    "bands": _rising(_each(_tuple_of(_amount, _bp))), "windows": _each(_tuple_of(_day, _day, _between(1, 100))),
    "versions": _rising(_each(_tuple_of(_positive, _day, _positive))), "gifts": _each(_tuple_of(is_text, _positive, is_text)),
    "codes": _each(_tuple_of(is_text, _bp, _day, _day, _texts, _amount, _texts)),
    "bp by name": _values(_bp), "count by name": _values(_count), "row by name": _values(_is_row), "levels": _each(_texts),
    "welcome": _each(lambda pack, value: isinstance(value, dict) and _is_welcome(pack, value)),
}  # fmt: skip
