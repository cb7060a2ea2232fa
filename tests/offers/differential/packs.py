"""Random packs: offers of all kinds put together and compiled, or rules straight from the words that a pack may hold."""

from cardos.errors import BadInput
from cardos.offers.pack import FORMAT, PHASES, check_pack
from cardos.offers.pack_words import CONDITIONS, FIELDS, ROWS, ROW_KINDS, SOURCES
from cardos.offers.pack_words import VALUES as PLAIN
from host_tools.offers.compiler import compile_pack
from host_tools.offers.language import Offer
from host_tools.offers.schema import check_parameters
from tests.offers.draw_parameters import KINDS, draw_parameters

CATEGORIES = ("coffee", "cake", "promo", "fuel", "*")
SKUS = ("a", "b", "club", "R1")
CODES = ("SPRING", "K30A", "X")
DAY_FIRST, DAY_LAST = 2190, 3300  # 2025-12-30 to 2029-01-12
WORDS = ("one", "two", "three")


def random_pack(rng):
    """A pack that `check_pack` takes."""
    return composed_pack(rng) if rng.random() < 0.6 else raw_pack(rng)


def composed_pack(rng, first=None):
    """1 to 6 offers of random kinds in random groups. Offers that do not go together are left out. first: the kind of one of them."""
    offers, groups = [], {}
    currency, minor_digits = rng.choice([("EUR", 2), ("JPY", 0), ("KWD", 3)])
    for number in range(rng.choice([1, 2, 3, 4, 6])):
        try:
            offer = random_offer(rng, "o%d" % number, currency, minor_digits, None if offers else first)
            compile_pack([*offers, offer])
        except BadInput:  # rates above 100 %, a counter kept in two ways, what a pack has once said twice
            continue
        offers.append(offer)
    if not offers:
        return composed_pack(rng, first)
    ids = [offer.id for offer in offers]
    rng.shuffle(ids)
    if len(ids) > 1 and rng.random() < 0.7:
        groups["outer"] = {"mode": rng.choice(["best", "first"]), "members": ids[:3]}
        if len(ids) > 3:
            groups["inner"] = {"mode": rng.choice(["best", "first"]), "members": ids[3:]}
            groups["outer"]["members"].append("inner")
    try:
        return compile_pack(offers, groups=groups)
    except BadInput:  # groups within groups with offers that are groups themselves
        return compile_pack(offers)


def random_offer(rng, name, currency, minor_digits, kind=None):
    kind = kind or rng.choice([*sorted(KINDS), "custom"])
    if kind == "custom":
        parameters = {"rules": [], "counters": []}
        for place in range(rng.randint(1, 3)):
            parameters["counters"].append({"name": "own%d" % place, "kind": "plain", **({"unit": rng.choice([1, 100])} if rng.random() < 0.5 else {})})
        rows = parameters["counters"]
        for _ in range(rng.randint(1, 4)):
            rule = custom_rule(rng, rows)
            parameters["rules"].append(rule)
    else:
        parameters = draw_parameters(kind, rng)
    parameters.update(currency=currency, minor_digits=minor_digits)
    start = rng.choice([None, None, None, rng.randint(DAY_FIRST, DAY_LAST)])
    return Offer(
        id=name, kind=kind, parameters=check_parameters(kind, parameters, name), names={"en": name}, priority=rng.choice([0, 0, 0, -1, 5]), starts=start,
        ends=None if start is None or rng.random() < 0.5 else start + rng.randint(0, 400),
    )  # fmt: skip


def custom_rule(rng, rows):
    """A rule in an expert's words, over counters named own0, own1, …"""
    word = rng.choice(["earn.points", "earn.steps", "earn.stamps", "prices.rate", "prices.off", "prices.nth", "status.count", "rewards.gifts"])
    phase, op = word.split(".")
    rule = random_fields(rng, FIELDS[word], rows, word)
    for name, kind in FIELDS[word].items():
        key = name.rstrip("?")
        if kind.endswith("row") and key in rule:
            rule[key] = "own%d" % rule[key]
        if kind == "sources":
            rule[key] = [{**source, "c": "own%d" % source["c"]} if "c" in source else source for source in rule[key]]
    if rng.random() < 0.4:
        rule["when"] = rng.choice([["card"], ["weekdays", 1, 3], ["hours", 0, 720], ["at-least", "own0", 2], ["not", ["basket", 1000]]])
    return {"phase": phase, "op": op, **rule}


# --- Rules straight from the words ---

BASE_KINDS = ("plain", "plain", "fact", "fact", "level", "lifetime", "version")
MORE_KINDS = ("sliding", "until", "lots", "pending", "month", "year", "date", "bits", "derived", "plain")


def raw_pack(rng):
    """Rules of all operations over counters of all kinds, as no template writes them."""
    rows, number = [], 1
    for place, kind in enumerate([*BASE_KINDS, *rng.sample(MORE_KINDS, rng.randint(0, 6))]):
        row = random_row(rng, kind, place, number)
        number += len(row["ids"])
        rows.append(row)
    rules = {phase: [random_rule(rng, phase, rows) for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))] for phase in PHASES}
    rules = {phase: [rule for rule in some if rule] for phase, some in rules.items()}
    rules["roll"] = rules["roll"][:1]  # two rules that both count one row's time down mean nothing
    singles(rng, rules, rows)
    prices = [random_node(rng, rows, 1) for _ in range(rng.randint(0, 3))]
    pack = {
        "format": FORMAT, "scheme": 0xFFFF, "number": 1, "currency": "EUR", "minor_digits": 2, "counters": rows,
        "offers": [{"id": "raw", "kind": "custom", "name": {"en": "raw"}}], "rules": rules, "prices": [node for node in prices if node],
        "next": [], "perks": [], "codes": sorted(CODES),
    }  # fmt: skip
    if rng.random() < 0.5:
        pack["next"].append(random_fields(rng, FIELDS["next"], rows, "next"))
    if rng.random() < 0.5:
        level = index_of(rng, rows, ("level",))
        pack["perks"].append({"c": level, "levels": [[word] for word in rows[level]["names"]]})
    return check_pack(pack)


def random_row(rng, kind, place, number):
    ids = {"derived": 0, "lots": 4, "pending": rng.randint(2, 4), "month": 2, "lifetime": 2}.get(kind, 1)
    row = {"name": "%s%d" % (kind, place), "ids": list(range(number, number + ids)), "kind": kind}
    for name in ROWS[kind]:
        key = name.rstrip("?")
        if key in row or name.endswith("?") and rng.random() < 0.5:
            continue
        row[key] = {"names": list(WORDS), "count": 20, "of": 0, "at": [0, 5, 50], "first": 1, "hidden": False, "debt": True}.get(key)
        if row[key] is None:
            row[key] = rng.choice([1, 2, 31]) if key == "days" else rng.choice([1, 7, 100])
    if kind == "fact":
        row["names"] = list(WORDS)
    return row


def random_rule(rng, phase, rows):
    word = rng.choice([word for word in sorted(FIELDS) if word.startswith(phase + ".")])
    rule = random_fields(rng, FIELDS[word], rows, word)
    if rule is None:
        return None
    for key in {"to", "endless"} & set(rule) if word in ("status.year-level", "events.level") else ():
        rule[key] = rng.randint(0, len(WORDS) - 1)
    if "bit" in rule:
        rule["bit"] = rng.randint(1, 22)
    if "bands" in rule and word == "roll.month-benefit":
        rule["bands"] = [[edge, min(rate_bp, 10000)] for edge, rate_bp in rule["bands"]]
    if word == "rewards.free-units" and ("v" not in rule or "versions" not in rule):
        rule = {key: value for key, value in rule.items() if key not in ("v", "versions", "finish")}
        rule["cost"] = rng.randint(1, 12)
    if word == "rewards.free-units" and "versions" in rule:
        rule.pop("cost", None)
    if word == "earn.steps" and ("levels" in rule) != ("times_bp" in rule):
        rule.pop("levels", None)
        rule.pop("times_bp", None)
    if phase != "roll" and rng.random() < 0.3:
        rule["when"] = random_condition(rng, rows, 1)
    if phase != "roll" and rng.random() < 0.2:
        rule["unless"] = [[random_condition(rng, rows, 1), "NOT_ELIGIBLE"]]
    return {"op": word.split(".")[1], "offer": 0, **rule}


def random_node(rng, rows, depth):
    if depth < 4 and rng.random() < 0.3:
        members = [random_node(rng, rows, depth + 1) for _ in range(rng.randint(1, 3))]
        return {rng.choice(["best", "first", "all"]): [member for member in members if member] or [random_rate(rng)]}
    return random_rule(rng, "prices", rows)


def random_rate(rng):
    return {"op": "rate", "offer": 0, "on": ["*"], "rates": [{"is": "fixed", "bp": rng.choice([500, 3333])}]}


def singles(rng, rules, rows):
    facts = [place for place, row in enumerate(rows) if row["kind"] == "fact"]
    if rng.random() < 0.3 or any(rule["op"] == "campaign" for rule in rules["events"]):
        rules["flags"] = facts[0]
    if rng.random() < 0.3:
        rules["facts"] = {"group": facts[-1], "birthday": facts[0]}
    if rng.random() < 0.3:
        rules["welcome"] = [{"c": 0, "points": rng.choice([1, 6000])}]
    if rng.random() < 0.2 and "flags" in rules:
        rules["membership"] = rng.choice([{}, {"sku": "club"}])
    if rng.random() < 0.3:
        rules["manual"] = rng.choice([500, 10000])
    if rng.random() < 0.3:
        rules["gifts"] = True
    if rng.random() < 0.2:
        rules["phones"] = True
    if rng.random() < 0.2:
        rules["referral"] = {"c": 0, "count": 1, "cap": 2}
    if rng.random() < 0.2:
        rules["segment"] = {"cycles": 2, "visits": 3}
    if rng.random() < 0.2:
        rules["score"] = {"c": index_of(rng, rows, ("lifetime",)), "per_point": 10, "service": 5, "year": 3}
    unit = [place for place, row in enumerate(rows) if row.get("unit") and row["kind"] == "plain"]
    if unit and rng.random() < 0.3:
        rules["guarantee"] = {"c": unit[0], "days": 14}


def index_of(rng, rows, kinds):
    """A row of one of these kinds, or None."""
    places = [place for place, row in enumerate(rows) if row["kind"] in kinds]
    return rng.choice(places) if places else None


def rest_row(rng, rows, earned):
    """A row for what is left below a step: worth nothing itself, never owing; or None."""
    places = [place for place, row in enumerate(rows) if row["kind"] == "plain" and place != earned and not row.get("unit") and not row.get("debt")]
    return rng.choice(places) if places else None


def random_fields(rng, fields, rows, word):
    """Values for an operation's fields; None when no row is of the kind that it needs."""
    out = {}
    for name, kind in fields.items():
        key = name.rstrip("?")
        if name.endswith("?") and rng.random() < 0.5:
            continue
        if kind.endswith("row"):
            out[key] = rest_row(rng, rows, out["c"]) if key == "carry" else index_of(rng, rows, ROW_KINDS.get("%s.%s" % (word, key), PLAIN))
            if out[key] is None:
                if not name.endswith("?"):
                    return None
                del out[key]
        else:
            out[key] = random_value(rng, kind, rows)
    return out


def random_condition(rng, rows, depth):
    word = rng.choice([*sorted(CONDITIONS), "all", "any", "not"] if depth < 4 else sorted(CONDITIONS))
    if word in ("all", "any"):
        return [word, *[random_condition(rng, rows, depth + 1) for _ in range(rng.randint(1, 2))]]
    if word == "not":
        return [word, random_condition(rng, rows, depth + 1)]
    parts = [index_of(rng, rows, ROW_KINDS[word + ".0"]) if kind.endswith("row") else random_value(rng, kind, rows) for kind in CONDITIONS[word]]
    return ["card"] if None in parts else [word, *parts]


def random_source(rng, rows):
    word = rng.choice(sorted(SOURCES))
    source = random_fields(rng, SOURCES[word], rows, word)
    return {"is": "fixed", "bp": 500} if source is None else {"is": word, **source}


def names(rng):
    return rng.sample(CATEGORIES + SKUS, rng.randint(1, 3))


def bands(rng):
    return [[edge, bp(rng)] for edge in sorted(rng.sample([0, 1, 5, 50, 999, 1000, 20000], rng.randint(1, 3)))]


def bp(rng):
    return rng.choice([0, 1, 333, 500, 3333, 10000, 15000])


def day(rng):
    return rng.randint(DAY_FIRST, DAY_LAST)


def versions(rng):
    return [[1, 0, rng.randint(1, 12)], [2, day(rng), rng.randint(1, 12)]]


def codes(rng):
    return [
        [code, bp(rng), DAY_FIRST, rng.choice([0, day(rng)]), names(rng), rng.choice([0, 1000]), rng.choice([[], ["R1"]])]
        for code in CODES[: rng.randint(1, 3)]
    ]  # fmt: skip


def window(rng):
    start = day(rng)
    return [start, start + rng.randint(0, 300), rng.randint(1, 4)]


VALUES = {
    "int": lambda rng: rng.choice([-1, 0, 1, 5]), "count": lambda rng: rng.choice([0, 1, 2, 5, 100]), "positive": lambda rng: rng.choice([1, 2, 3, 7, 10]),
    "amount": lambda rng: rng.choice([0, 1, 333, 5000, 10**12]), "amount+": lambda rng: rng.choice([1, 7, 100, 333]), "bp": bp, "day": day,
    "day0": lambda rng: rng.choice([0, day(rng)]), "text": lambda rng: rng.choice(CATEGORIES[:-1] + SKUS), "texts": names,
    "flag": lambda rng: rng.random() < 0.7, "minute": lambda rng: rng.randint(0, 1440), "weekday": lambda rng: rng.randint(1, 7),
    "bps": lambda rng: [bp(rng) for _ in range(3)], "bands": bands, "windows": lambda rng: [window(rng) for _ in range(rng.randint(0, 2))],
    "versions": versions, "gifts": lambda rng: [["mug", rng.randint(1, 9), "gift mug"], ["cup", rng.randint(1, 30), "gift cup"]], "codes": codes,
    "bp by name": lambda rng: {"fuel": bp(rng), "phones": bp(rng)}, "count by name": lambda rng: {"R1": rng.choice([1, 1000])},
}  # fmt: skip


def random_value(rng, kind, rows):
    if kind == "sources":
        return [random_source(rng, rows) for _ in range(rng.randint(1, 3))]
    return VALUES[kind](rng)
