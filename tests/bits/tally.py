"""What a run flipped and what came of it: tried / possible, shown at the end of every run by this folder's conftest."""

from collections import Counter

_tried, _possible = Counter(), Counter()
_came = {}


def count(part, tried, possible, came):
    """`part` tried `tried` of `possible` cases; came: Counter of what each came to."""
    _tried[part] += tried
    _possible[part] += possible
    _came.setdefault(part, Counter()).update(came)


def lines():
    """The report, empty when nothing was flipped in this run."""
    if not _tried:
        return []
    width = max(map(len, _tried))
    rows = ["%-*s %6d / %-6d %s" % (width, part, _tried[part], _possible[part], _told(_came[part])) for part in _tried]
    return ["%-*s  tried / possible  what came of it" % (width, "")] + rows


def _told(came):
    kinds = Counter()
    for what, number in came.items():
        kinds["status words" if what.startswith("STATUS_") else what] += number
    return ", ".join("%d %s" % (number, what) for what, number in kinds.most_common())
