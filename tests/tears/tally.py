"""What a run cut, and what came of it: tried / possible, shown at the end of every run by tests/conftest.py."""

from collections import Counter

_tried, _possible, _broken, _idle = Counter(), Counter(), Counter(), Counter()
_WORDS = (("lost", "no_loss"), ("minted", "no_minting"), ("unreadable", "always_readable"))


def count(part, tried, possible):
    """`part` cut `tried` of `possible` places."""
    _tried[part] += tried
    _possible[part] += possible


def idle(part, cases):
    """So many cases of `part` had a cut behind the end of its tap."""
    _idle[part] += cases


def broken(violations):
    """Promises that did not hold (texts that begin with the promise's name)."""
    for text in violations:
        _broken[text.partition(":")[0]] += 1


def counted():
    """All counts of this process, as `add` of another one takes them."""
    return [dict(counter) for counter in (_tried, _possible, _broken, _idle)]


def add(counts):
    """What another process counted."""
    for counter, more in zip((_tried, _possible, _broken, _idle), counts):
        counter.update(more)


def lines():
    """The report, empty when nothing was cut in this run."""
    if not _tried:
        return []
    width = max(map(len, _tried))
    rows = ["%-*s %7d / %d%s" % (width, part, _tried[part], _possible[part], _behind(part)) for part in sorted(_tried)]
    verdict = ", ".join("%d %s" % (_broken[name], word) for word, name in _WORDS)
    others = sum(_broken.values()) - sum(_broken[name] for _, name in _WORDS)
    total = "%s %7d" % ("together".ljust(width), sum(_tried.values()))
    return ["%-*s  tried / possible" % (width, "")] + rows + [total, "%s, %d other broken promises" % (verdict, others)]


def _behind(part):
    return ", %d with a cut behind the end of its tap" % _idle[part] if _idle[part] else ""
