"""One pack with every word of `pack_words`, all fields filled: what walks packs must get through it."""

from cardos.offers.pack import check_pack
from cardos.offers.pack_words import CONDITIONS, FIELDS, ROW_KINDS, ROWS, SINGLES, SOURCES
from cardos.offers.pack_words import VALUES as ROW_VALUES

KINDS = sorted(ROWS)

IDS = {"derived": 0, "lots": 2, "pending": 2, "month": 2, "lifetime": 2}
EITHER = {"rewards.free-units": (("cost",), ("v", "versions", "finish"))}  # a rule says the one or the other
ABOUT = {
    "names": ["base", "gold"], "of": KINDS.index("plain"), "at": [0, 100], "days": 30, "per": 100, "unit": 1, "count": 20, "first": 1, "debt": True,
}  # fmt: skip
VALUES = {
    "int": 3, "count": 1, "positive": 2, "amount": 1500, "amount+": 1000, "bp": 750, "day": 2600, "day0": 2900, "text": "thing", "texts": ["tea", "milk"],
    "flag": True, "minute": 600, "weekday": 3, "counts": [0, 5], "bps": [300, 1000], "bands": [[0, 0], [10, 500], [20, 800]], "windows": [[2600, 2601, 3]],
    "versions": [[1, 2192, 10], [2, 2600, 12]], "gifts": [["mug", 5, "gift mug"], ["pen", 2, "gift pen"]],
    "codes": [["SAVE", 1000, 2600, 2700, ["tea"], 500, ["box"]], ["EVER", 500, 0, 0, ["*"], 0, []]], "bp by name": {"bakery": 300},
    "count by name": {"box": 20}, "row by name": {"birthday": KINDS.index("fact"), "group": KINDS.index("fact")}, "levels": [[], ["gift-wrap"]],
    "id list": [1], "offer": 0,
}  # fmt: skip


def every_word():
    """The pack, checked as a terminal checks it."""
    counters, number = [], 1
    for kind in KINDS:
        about = {"name": "own." + kind if kind == "fact" else kind, "kind": kind, "ids": list(range(number, number + IDS.get(kind, 1)))}
        number += len(about["ids"])
        about.update({name.rstrip("?"): ABOUT[name.rstrip("?")] for name in ROWS[kind] if name.rstrip("?") in ABOUT})
        counters.append(about)
    counters.append({"name": "carry", "kind": "plain", "ids": [number]})
    rules = {phase: [] for phase in ("rewards", "earn", "status", "roll", "events")}
    prices = []
    for word in sorted(FIELDS):
        phase, _, op = word.partition(".")
        if op:
            for filled in variants(word):
                rule = {"op": op, "offer": 0, **filled}
                rule = {**rule, "when": conditions(), "unless": [[["card"], "CARD_REQUIRED"]]} if "when" not in rule and op in ("off", "stamps") else rule
                (prices if phase == "prices" else rules[phase]).append(rule)
    rules.update({word: single(word) for word in SINGLES})
    pack = {
        "format": 1, "scheme": 0xFFFF, "number": 1, "currency": "EUR", "minor_digits": 2, "counters": counters,
        "offers": [{"id": "own", "kind": "custom", "name": {"en": "Own"}}], "rules": rules,
        "prices": [{"best": prices[:2]}, {"first": prices[2:4]}, *prices[4:]],
        "next": [fields("next", True), fields("next", False)], "perks": perks(), "codes": ["SAVE", "EVER"],
    }  # fmt: skip
    return check_pack(pack)


def row_for(spot):
    """The first counter of a kind that a field can use; what is carried stands behind the kinds, worth nothing itself."""
    if spot == "earn.steps.carry":
        return len(KINDS)
    return KINDS.index(ROW_KINDS.get(spot, ROW_VALUES)[0])


def variants(word):
    """A rule with all its fields, and one with those alone that it needs."""
    whole, bare = fields(word, True), fields(word, False)
    if word not in EITHER:
        return [whole, bare]
    one, other = EITHER[word]
    return [{name: value for name, value in whole.items() if name not in left} for left in (one, other)]


def perks():
    """A pass and a level."""
    whole = fields("perk", True)
    return [{"c": KINDS.index("date"), "names": whole["names"]}, {"c": KINDS.index("level"), "levels": whole["levels"]}]


def fields(word, all_of_them, kinds=None):
    """The fields of a word, filled."""
    out = {}
    for name, kind in (FIELDS[word] if kinds is None else kinds).items():
        plain = name.rstrip("?")
        if name == plain or all_of_them:
            out[plain] = row_for("%s.%s" % (word, plain) if plain != word else word) if kind == "row" else sources() if kind == "sources" else VALUES[kind]
    return out


def sources():
    """Every source of a rate."""
    return [{"is": word, **fields(word, True, kinds)} for word, kinds in SOURCES.items()]


def conditions():
    """Every condition, within all, any and not."""
    single = []
    for word, kinds in CONDITIONS.items():
        parts = [row_for("%s.%d" % (word, place)) if kind == "row" else VALUES[kind] for place, kind in enumerate(kinds)]
        single.append([word, *parts])
    return ["all", ["any", *single], *[["not", condition] for condition in single]]


def single(word):
    """The value of a rule that a pack has once."""
    kind = SINGLES[word]
    if kind == "welcome":
        return [{"c": KINDS.index("plain"), "points": 5, "offer": 0}]
    return fields(word, True, kind) if isinstance(kind, dict) else fields(word, True, {word: kind})[word]
