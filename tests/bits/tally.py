"""What a run flipped and what came of it: tried / possible, shown at the end of every run by tests/conftest.py."""

from collections import Counter

_tried, _possible = Counter(), Counter()
_came = {}


def count(part, tried, possible, came):
    """`part` tried `tried` of `possible` cases; came: Counter of what each came to."""
    _tried[part] += tried
    _possible[part] += possible
    _came.setdefault(part, Counter()).update(came)


def counted():
    """All counts of this process, as `add` of another one takes them."""
    return [dict(_tried), dict(_possible), {part: dict(came) for part, came in _came.items()}]


def add(counts):
    """What another process counted."""
    tried, possible, came = counts
    for part in tried:
        count(part, tried[part], possible[part], came[part])


def lines():
    """The report, empty when nothing was flipped in this run."""
    if not _tried:
        return []
    width = max(map(len, _tried))
    rows = ["%-*s %6d / %-6d %s" % (width, part, _tried[part], _possible[part], _told(_came[part])) for part in sorted(_tried)]
    return ["%-*s  tried / possible  what came of it" % (width, "")] + rows


def _told(came):
    kinds = Counter()
    for what, number in came.items():
        kinds["status words" if what.startswith("STATUS_") else what] += number
    return ", ".join("%d %s" % (number, what) for what, number in kinds.most_common())
