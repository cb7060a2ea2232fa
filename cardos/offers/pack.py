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

from cardos.errors import BadInput
from cardos.offers.basket import LINES_MAX
from cardos.offers.holdings import BITS_EACH
from cardos.offers.pack_fields import FIELD_CHECKS, is_int, is_text
from cardos.offers.pack_words import CONDITIONS, FIELDS, OFFER, ROW_KINDS, ROWS, SINGLES, SOURCES, VALUES

FORMAT = 1
DEPTH_MAX = 6  # conditions within conditions; groups three deep, with an offer's own group and rules in them
NODES_MAX = 400  # rules, sources and conditions together; docs/measured.md says what real packs take, docs/pack-format.md the worst
LOTS_MAX = 8  # lots of one counter; cards hold 9 counters at most
COUNTERS_MAX = 32  # rows; a card carries far fewer
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
        if not is_text(pack, pack.get("zone", "")) or not FIELD_CHECKS["texts"](pack, pack["codes"]):
            raise _bad("its zone or its codes are no text")
        if len(pack["counters"]) > COUNTERS_MAX:
            raise _bad("it has more than %d counters" % COUNTERS_MAX)
        self._rows()
        self._rules()
        for node in pack["prices"]:
            self._node(node, 1)
        for rule in pack["offers"]:
            self._fields(rule, OFFER, "offer")
        for rule in pack["next"]:
            self._fields(rule, FIELDS["next"], "next")
        for rule in pack["perks"]:
            self._fields(rule, FIELDS["perk"], "perk")
            if ("names" in rule) == ("levels" in rule) or ("levels" in rule) == (self._kind(rule["c"]) == "date"):
                raise _bad("a perk says neither names of a pass nor levels")
            self._as_long(rule, "levels", rule["c"])
        if self.nodes > NODES_MAX:
            raise _bad("it has more than %d rules and conditions" % NODES_MAX)

    def _rows(self):
        used = set()
        for about in self.pack["counters"]:
            if not isinstance(about, dict) or not isinstance(about.get("kind"), str) or about["kind"] not in ROWS:
                raise _bad("a counter is of an unknown kind")
        for about in self.pack["counters"]:
            self._fields(about, ROWS[about["kind"]], about["kind"])
            least, most = _ids_of(about)
            if not least <= len(about["ids"]) <= most or ("names" in about and not about["names"]):
                raise _bad("counter \"%s\" has too few or too many ids or names" % about["name"])
            if "at" in about and (len(about["at"]) != len(about["names"]) or about["at"] != sorted(about["at"])):
                raise _bad("the levels of \"%s\" do not rise" % about["name"])
            for number in about["ids"]:
                if not is_int(number) or not 1 <= number <= 255 or number in used:
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
        self._together()

    def _together(self):
        """What the rules that a pack has once need of each other."""
        rules, rows = self.pack["rules"], self.pack["counters"]
        if "membership" in rules and "flags" not in rules:
            raise _bad("joining has no flag")
        facts = rules.get("facts", {})
        for row in [facts[name] for name in facts] + ([rules["flags"]] if "flags" in rules else []):
            if self._kind(row) != "fact":
                raise _bad("a fact stands in a counter of another kind")
        if "group" in facts and "names" not in rows[facts["group"]]:
            raise _bad("the group has no names")
        for welcome in rules.get("welcome", ()):
            if self._kind(welcome["c"]) not in VALUES:
                raise _bad("the welcome goes to a counter that holds no points")
        if "guarantee" in rules and not rows[rules["guarantee"]["c"]].get("unit"):
            raise _bad("the credit of the guarantee is worth nothing")

    def _kind(self, row):
        return self.pack["counters"][row]["kind"]

    def _as_long(self, rule, key, row):
        """A list with a place for each name of a row."""
        if key in rule and len(rule[key]) != len(self.pack["counters"][row].get("names", ())):
            raise _bad("\"%s\" is not as long as its levels" % key)

    def _places(self, word, rule):
        """Numbers that point into a row of names or flags."""
        rows = self.pack["counters"]
        for key in ("to", "endless"):
            if word in ("year-level", "level") and key in rule and rule[key] >= len(rows[rule["c"]].get("names", ())):
                raise _bad("%s points beyond the levels" % word)
        if word == "free-units" and (("cost" in rule) == ("versions" in rule) or ("v" in rule) != ("versions" in rule)):
            raise _bad("free units say neither a cost nor versions")
        if word == "coupons" and rule["count"] > rows[rule["c"]]["count"]:
            raise _bad("there are more coupons than the counter holds")
        for key in ("versions", "gifts", "rates"):
            if key in rule and not rule[key]:
                raise _bad("\"%s\" is empty" % key)
        if ("levels" in rule) != ("times_bp" in rule):
            raise _bad("levels multiply by nothing")
        if "levels" in rule:
            self._as_long(rule, "times_bp", rule["levels"])
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
        fields.update({"op": "text", "offer": "offer"})
        if phase != "roll":  # time passes whatever else is so
            fields.update({"when?": "condition", "unless?": "reasons"})
        self._fields(rule, fields, "%s.%s" % (phase, word))
        self._places(word, rule)

    def _node(self, node, depth):
        if depth > DEPTH_MAX:
            raise _bad("its groups are nested more than %d deep" % DEPTH_MAX)
        if not isinstance(node, dict):
            raise _bad("a price effect is none")
        if "op" in node:
            return self._rule(node, "prices")
        members = list(node.values())[0] if len(node) == 1 and list(node)[0] in ("best", "first", "all") else None
        if not isinstance(members, list) or not members:
            raise _bad("a group is neither best, first nor all")
        for member in members:
            self._node(member, depth + 1)

    def _fields(self, held, fields, where):
        if not isinstance(held, dict):
            raise _bad("%s is no table" % where)
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
        if not FIELD_CHECKS[kind](self.pack, value):
            raise _bad("%s is not right" % where)
        if kind == "row" and self._kind(value) not in ROW_KINDS.get(where, VALUES):
            raise _bad("%s names a counter of kind %s" % (where, self._kind(value)))

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
        if word in ("level", "group"):
            self._as_long(source, "bp", source["c"])

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
        for place, kind in enumerate(kinds):
            self._field(condition[place + 1], kind, "%s.%d" % (word, place))


def _bad(what):
    return BadInput("This pack cannot be run: %s." % what, "Compile it again from its offers; do not edit packs by hand.", "PACK")


def _list(value, where):
    if not isinstance(value, list):
        raise _bad("%s is no list" % where)
    return value


def _ids_of(about):
    """(least, most) counter ids that a row of this kind takes."""
    kind = about["kind"]
    if kind == "lots":
        return 1, LOTS_MAX
    if kind == "pending":
        return (2, 1 + LOTS_MAX) if about["days"] else (1, 1)
    if kind in ("month", "lifetime"):
        return (2, 2) if about["per"] > 1 else (1, 2)
    if kind == "bits":
        return -(-about["count"] // BITS_EACH), COUNTERS_MAX
    return (0, 0) if kind == "derived" else (1, 1)
