"""Whether what a pack does depends on the day."""

_DATED_ROWS = ("sliding", "until", "lots", "pending", "month", "year", "level", "date")
_DATED_WORDS = ("days", "hours", "weekdays", "good", "since", "times", "birthday", "windows", "versions", "through")


def uses_clock(pack):
    """True when what a pack does depends on the day: a terminal whose clock is unsure must say so instead of guessing."""
    if [about for about in pack["counters"] if about["kind"] in _DATED_ROWS] or pack["codes"] or "group" in pack["rules"].get("facts", {}):
        return True
    return _names_one(pack["rules"], pack["prices"])


def _names_one(*parts):
    for part in parts:
        if isinstance(part, dict):
            if any([key in _DATED_WORDS for key in part]) or _names_one(*[part[key] for key in part]):
                return True
        elif isinstance(part, list):
            if part and part[0] in _DATED_WORDS or _names_one(*part):
                return True
    return False
