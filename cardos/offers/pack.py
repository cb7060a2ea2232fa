"""What a pack is, and the check that a terminal makes before it runs one: unknown versions, operations and words are refused.

    {"format": 1, "scheme": u16, "number": rises with each pack, "currency": ISO 4217, "minor_digits": 0, 2 or 3,
     "counters": [row, ...]          `cardos.offers.holdings` describes the kinds of rows
     "offers": [{"id", "kind", "name": {language: text}, "message": {language: text}}, ...]
     "rules": {"rewards", "earn", "status", "roll", "events": [rule, ...], and what a pack has once}
     "prices": [node, ...]           `cardos.offers.prices`
     "next", "perks", "codes", and where the shop says it "zone", the name of the time zone whose midnight ends its days}

A rule is {"op": word, its fields, "offer": place in "offers", "when": condition, "unless": [[condition, reason], ...]}. Rules
have no loops, no recursion and no variables: how long a pack can take is known before it runs (`worst_case`).
"""

from cardos.bytes import I24_MAX
from cardos.errors import BadInput
from cardos.offers.basket import AMOUNT_MAX, LINES_MAX
from cardos.offers.holdings import BITS_EACH
from cardos.offers.pack_words import CONDITIONS, FIELDS, ROWS, SINGLES, SOURCES

FORMAT = 1
DEPTH_MAX = 6  # conditions within conditions; groups three deep, with an offer's own group and rules in them
NODES_MAX = 400  # rules, sources and conditions together: a tap of the worst pack stays within a tenth of a second on a board
COUNTERS_MAX = 32  # rows; a card carries far fewer
BP_MAX = 100000  # a factor of ten
PHASES = ("rewards", "earn", "status", "roll", "events")


def check_pack(pack):
    """The pack itself when it is one that this terminal can run. BadInput: PACK_VERSION, PACK."""
    if not isinstance(pack, dict) or pack.get("format") != FORMAT:
        raise BadInput("This pack is of a version that this terminal does not know.", "Update the terminal, or compile the pack again.", "PACK_VERSION")
    _Check(pack).run()
    return pack


def worst_case(pack):
    """{"nodes", "steps"}: rules, sources and conditions of a pack, and how many single steps a sale of LINES_MAX lines can take."""
    check = _Check(pack)
    check.run()
    return {"nodes": check.nodes, "steps": check.nodes * LINES_MAX}


_DATED_ROWS = ("sliding", "until", "lots", "pending", "month", "year", "level", "date")
_DATED_WORDS = ("days", "hours", "weekdays", "good", "since", "times", "birthday", "windows", "versions", "through")


def uses_clock(pack):
    """True when what a pack does depends on the day: a terminal whose clock is unsure must say so instead of guessing."""
    return any([about["kind"] in _DATED_ROWS for about in pack["counters"]]) or bool(pack["codes"]) or _names_one(pack["rules"], pack["prices"])


def _names_one(*parts):
    for part in parts:
        if isinstance(part, dict):
            if any([key in _DATED_WORDS for key in part]) or _names_one(*[part[key] for key in part]):
                return True
        elif isinstance(part, list):
            if part and part[0] in _DATED_WORDS or _names_one(*part):
                return True
    return False


class _Check:
    def __init__(self, pack):
        self.pack = pack
        self.nodes = 0

    def run(self):
        """Check everything; BadInput PACK names the part that is wrong."""
        pack = self.pack
        for key, kind in (("scheme", int), ("number", int), ("currency", str), ("minor_digits", int), ("counters", list), ("offers", list),
                          ("rules", dict), ("prices", list), ("next", list), ("perks", list), ("codes", list)):  # fmt: skip
            if not isinstance(pack.get(key), kind):
                raise _bad("\"%s\" is missing" % key)
        if len(pack) != 12 + ("zone" in pack) or pack["number"] < 1 or pack["minor_digits"] not in (0, 2, 3) or not 1 <= len(pack["offers"]):
            raise _bad("its head is wrong")
        if not _is_text(pack, pack.get("zone", "")):
            raise _bad("its zone is no name")
        if len(pack["counters"]) > COUNTERS_MAX:
            raise _bad("it has more than %d counters" % COUNTERS_MAX)
        self._rows()
        self._rules()
        for node in pack["prices"]:
            self._node(node, 1)
        for rule in pack["next"] + pack["perks"]:
            self._fields(rule, FIELDS["next"] if "bands" in rule else FIELDS["perk"], "a band or perk")
        if self.nodes > NODES_MAX:
            raise _bad("it has more than %d rules and conditions" % NODES_MAX)

    def _rows(self):
        used = set()
        for about in self.pack["counters"]:
            if not isinstance(about, dict) or about.get("kind") not in ROWS:
                raise _bad("a counter is of an unknown kind")
            self._fields(about, ROWS[about["kind"]], "counter \"%s\"" % about.get("name"))
            for number in about["ids"]:
                if not _is_int(number) or not 1 <= number <= 255 or number in used:
                    raise _bad("counter id %s is given twice or is none" % number)
                used.add(number)

    def _rules(self):
        rules = self.pack["rules"]
        for phase in PHASES:
            if not isinstance(rules.get(phase), list):
                raise _bad("\"rules.%s\" is missing" % phase)
            for rule in rules[phase]:
                self._rule(rule, phase)
        for word in rules:
            if word in PHASES:
                continue
            if word not in SINGLES:
                raise _bad("it has an unknown rule \"%s\"" % word)
            self._field(rules[word], SINGLES[word], word)

    def _places(self, word, rule):
        """Numbers that point into a row of names or flags."""
        rows = self.pack["counters"]
        for key in ("to", "endless"):
            if word in ("year-level", "level") and key in rule and rule[key] >= len(rows[rule["c"]].get("names", ())):
                raise _bad("%s points beyond the levels" % word)
        if "carry" in rule and (rule["carry"] == rule["c"] or rows[rule["carry"]].get("unit") or rows[rule["carry"]].get("debt")):
            raise _bad("what is carried stands in a counter that is worth something itself")
        if word == "campaign" and (rule["bit"] >= BITS_EACH or self.pack["rules"].get("flags") is None):
            raise _bad("a campaign has no flag")

    def _rule(self, rule, phase):
        self.nodes += 1
        word = rule.get("op") if isinstance(rule, dict) else None
        if not isinstance(word, str) or "%s.%s" % (phase, word) not in FIELDS:
            raise _bad("the %s rules have an unknown operation \"%s\"" % (phase, word))
        fields = dict(FIELDS["%s.%s" % (phase, word)])
        fields.update({"op": "text", "offer": "offer", "when?": "condition", "unless?": "reasons"})
        self._fields(rule, fields, word)
        self._places(word, rule)

    def _node(self, node, depth):
        if depth > DEPTH_MAX:
            raise _bad("its groups are nested more than %d deep" % DEPTH_MAX)
        if not isinstance(node, dict):
            raise _bad("a price effect is none")
        if "op" in node:
            return self._rule(node, "prices")
        if len(node) != 1 or list(node)[0] not in ("best", "first", "all") or not list(node.values())[0]:
            raise _bad("a group is neither best, first nor all")
        for member in list(node.values())[0]:
            self._node(member, depth + 1)

    def _fields(self, held, fields, where):
        known = {name.rstrip("?") for name in fields}
        for name in held:
            if name not in known:
                raise _bad("%s has an unknown field \"%s\"" % (where, name))
        for name, kind in fields.items():
            optional, name = name[-1] == "?", name.rstrip("?")
            if name in held:
                self._field(held[name], kind, "%s.%s" % (where, name))
            elif not optional:
                raise _bad("%s lacks \"%s\"" % (where, name))

    def _field(self, value, kind, where):
        if isinstance(kind, dict):
            if not isinstance(value, dict):
                raise _bad("%s is no table" % where)
            return self._fields(value, kind, where)
        if kind == "condition":
            return self._condition(value, 1)
        if kind == "reasons":
            return [self._reason(pair) for pair in _list(value, where)]
        if kind == "sources":
            return [self._source(source) for source in _list(value, where)]
        if not _FIELD_CHECKS[kind](self.pack, value):
            raise _bad("%s is not right" % where)

    def _reason(self, pair):
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str):
            raise _bad("a reason is not [condition, word]")
        self._condition(pair[0], 1)

    def _source(self, source):
        self.nodes += 1
        word = source.get("is") if isinstance(source, dict) else None
        if not isinstance(word, str) or word not in SOURCES:
            raise _bad("a rate comes from the unknown source \"%s\"" % word)
        fields = dict(SOURCES[word])
        fields["is"] = "text"
        self._fields(source, fields, word)

    def _condition(self, condition, depth):
        self.nodes += 1
        if depth > DEPTH_MAX:
            raise _bad("its conditions are nested more than %d deep" % DEPTH_MAX)
        word = condition[0] if isinstance(condition, list) and condition else None
        if word in ("all", "any", "not"):
            if len(condition) < 2 or (word == "not" and len(condition) != 2):
                raise _bad("a condition \"%s\" has the wrong number of parts" % word)
            return [self._condition(part, depth + 1) for part in condition[1:]]
        kinds = CONDITIONS.get(word) if isinstance(word, str) else None
        if kinds is None:
            raise _bad("it has an unknown condition \"%s\"" % word)
        if word == "weekdays":
            kinds = kinds * (len(condition) - 1)
        if len(condition) != len(kinds) + 1:
            raise _bad("a condition \"%s\" has the wrong number of parts" % word)
        for part, kind in zip(condition[1:], kinds):
            self._field(part, kind, word)


def _bad(what):
    return BadInput("This pack cannot be run: %s." % what, "Compile it again from its offers; do not edit packs by hand.", "PACK")


def _list(value, where):
    if not isinstance(value, list):
        raise _bad("%s is no list" % where)
    return value


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _between(least, most):
    return lambda pack, value: _is_int(value) and least <= value <= most


def _is_row(pack, value):
    return _is_int(value) and 0 <= value < len(pack["counters"])


def _is_text(pack, value):
    return isinstance(value, str) and len(value) <= 80


def _each(check):
    return lambda pack, value: isinstance(value, list) and len(value) <= 500 and all([check(pack, part) for part in value])


def _values(check):
    return lambda pack, value: isinstance(value, dict) and all([_is_text(pack, key) and check(pack, value[key]) for key in value])


def _tuple_of(*checks):
    return lambda pack, value: isinstance(value, list) and len(value) == len(checks) and all([check(pack, part) for check, part in zip(checks, value)])


_count, _positive = _between(0, I24_MAX), _between(1, I24_MAX)
_day, _amount, _bp = _between(-200000, 200000), _between(0, AMOUNT_MAX), _between(0, BP_MAX)
_texts = _each(_is_text)

_FIELD_CHECKS = {
    "int": lambda pack, value: _is_int(value), "count": _count, "positive": _positive, "amount": _amount, "amount+": _between(1, AMOUNT_MAX),
    "bp": _bp, "day": _day, "day0": _day, "row": _is_row, "text": _is_text, "texts": _texts, "flag": lambda pack, value: isinstance(value, bool),
    "offer": lambda pack, value: _is_int(value) and 0 <= value < len(pack["offers"]),
    "minute": _between(0, 1440), "weekday": _between(1, 7), "id list": _each(_between(1, 255)), "counts": _each(_count), "bps": _each(_bp),
    "bands": _each(_tuple_of(_amount, _bp)), "windows": _each(_tuple_of(_day, _day, _between(1, 100))),
    "versions": _each(_tuple_of(_positive, _day, _positive)), "gifts": _each(_tuple_of(_is_text, _positive, _is_text)),
    "codes": _each(_tuple_of(_is_text, _bp, _day, _day, _texts, _amount, _texts)),
    "bp by name": _values(_bp), "count by name": _values(_count), "row by name": _values(_is_row), "levels": _each(_texts),
    "welcome": _each(lambda pack, value: isinstance(value, dict) and _is_row(pack, value.get("c")) and _positive(pack, value.get("points"))),
}  # fmt: skip
