"""Template `custom`: the shape of an expert's counters and rules. What the words mean, and which there are, is the compiler's to say;
here every value is of a kind that the compiler can take apart: names of counters are text, conditions are lists, and so on.
"""

from cardos.offers.pack_words import CONDITIONS, FIELDS, SOURCES
from host_tools.offers.diagnostics import shown
from host_tools.offers.schema_types import Field, ListOf, Plain

RULES_MAX = 64
COUNTERS_MAX = 16
_NUMBERS = ("lots", "count", "per", "days", "unit", "first")  # of a counter


class Counter(Plain):
    """[[counters]]: a name, a kind, and what that kind needs."""

    def take(self, value, path, problems):
        before = len(problems.found)
        out = super().take(value, path, problems)
        if len(problems.found) == before:
            for key, item in out.items():
                if key in ("name", "kind", "of") and not isinstance(item, str):
                    problems.add((*path, key), "%s is not text." % shown(item), 'Write a name in "quotes".')
                elif key in _NUMBERS and (isinstance(item, bool) or not isinstance(item, int) or item < 0):
                    problems.add((*path, key), "%s is not a count." % shown(item), "Write a whole number from 0.")
        return out


class Rule(Plain):
    """[[rules]]: a phase, an operation, and its fields."""

    def take(self, value, path, problems):
        before = len(problems.found)
        out = super().take(value, path, problems)
        if len(problems.found) == before:
            for key in ("phase", "op"):
                if not isinstance(out.get(key), str):
                    problems.add((*path, key), "a rule says its %s." % ("phase" if key == "phase" else "operation"), 'As phase = "earn", op = "stamps".')
            _fields(out, FIELDS.get("%s.%s" % (out.get("phase"), out.get("op")), {}), path, problems)
        return out


def _fields(table, fields, path, problems):
    kinds = {name.rstrip("?"): kind for name, kind in fields.items()}
    for key, item in table.items():
        where = (*path, key)
        if key == "when":
            _condition(item, where, problems)
        elif key == "unless":
            _exceptions(item, where, problems)
        elif key == "rates":
            _sources(item, where, problems)
        elif key == "counter" or kinds.get(key) == "row":
            _counter(item, where, problems)


def _counter(item, path, problems):
    if not isinstance(item, str):
        problems.add(path, "%s is not the name of a counter." % shown(item), 'Write it in "quotes"; [[counters]] lists the names.')


def _condition(item, path, problems):
    if not isinstance(item, list) or not item or not isinstance(item[0], str):
        problems.add(path, "%s is no condition." % shown(item), 'Write a list that begins with its word, as ["weekdays", 1, 2].')
        return
    word, kinds = item[0], CONDITIONS.get(item[0], ())
    for place, part in enumerate(item[1:]):
        if word in ("all", "any", "not"):
            _condition(part, (*path, place + 1), problems)
        elif place < len(kinds) and kinds[place] == "row":
            _counter(part, (*path, place + 1), problems)


def _exceptions(item, path, problems):
    for index, pair in enumerate(item if isinstance(item, list) else [item]):
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):
            problems.add((*path, index), "%s is no exception." % shown(pair), 'Write pairs of a condition and a code, as [[["card"], "CARD_REQUIRED"]].')
        else:
            _condition(pair[0], (*path, index, 0), problems)


def _sources(item, path, problems):
    for index, source in enumerate(item if isinstance(item, list) else [item]):
        if not isinstance(source, dict) or not isinstance(source.get("is"), str):
            problems.add((*path, index), "%s is no source of a rate." % shown(source), 'Write tables, as [{ is = "fixed", bp = 500 }].')
        else:
            _fields(source, SOURCES.get(source["is"], {}), (*path, index), problems)


FIELDS_OF_CUSTOM = (
    Field("rules", ListOf(Rule(), 1, RULES_MAX, True, "tables of operations, see below"), "the rules, in their order"),
    Field("counters", ListOf(Counter(), 0, COUNTERS_MAX, True, "tables, see below"), "the counters that they use", list),
)
