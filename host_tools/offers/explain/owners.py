"""Which offer of a pack a counter, a band or a rule that the pack has once belongs to: the first that uses it."""

PHASES = ("earn", "status", "roll", "rewards", "events")
ROW_FIELDS = ("c", "to", "v", "count", "carry", "levels", "units", "visit", "last", "spend")
# Rules that a pack has once come from one template; "custom" has none of them.
SINGLE_KINDS = {
    "membership": ("enrolment",), "referral": ("referral",), "guarantee": ("price-guarantee",), "segment": ("segment",), "score": ("score",),
    "manual": ("manual-discount",), "phones": ("phone-claim",), "gifts": ("catalogue",), "facts": ("issued-card", "group-price"),
    "flags": ("enrolment", "welcome-window"), "welcome": ("welcome-window",),
}  # fmt: skip


def price_rules(nodes):
    """The rules of a price tree in their order."""
    for node in nodes:
        if "op" in node:
            yield node
        else:
            for members in node.values():
                yield from price_rules(members)


def all_rules(pack):
    """[(phase, rule)] of a pack: prices, then the phases."""
    out = [("prices", rule) for rule in price_rules(pack["prices"])]
    return out + [(phase, rule) for phase in PHASES for rule in pack["rules"][phase]]


def rows_used(rule):
    """The rows that a rule names, in its fields, its rates and its conditions."""
    rows = [rule[field] for field in ROW_FIELDS if isinstance(rule.get(field), int) and not (field in ("count", "units", "to") and not _is_row(rule, field))]
    for source in rule.get("rates", ()):
        rows.extend([source["c"]] if "c" in source else [])
    conditions = [rule["when"]] if "when" in rule else []
    for condition in conditions + [pair[0] for pair in rule.get("unless", ())]:
        rows.extend(rows_of_condition(condition))
    return rows


def _is_row(rule, field):
    """"count", "units" and "to" are rows in some operations and numbers or names in others."""
    return (rule.get("op"), field) in (("friend", "count"), ("year-level", "units"), ("month-benefit", "to"))


def rows_of_condition(condition):
    """The rows that a condition looks at."""
    if condition[0] in ("all", "any", "not"):
        return [row for part in condition[1:] for row in rows_of_condition(part)]
    return [condition[1]] if condition[0] in ("at-least", "good", "since", "times") else []


def row_owners(pack):
    """The place in pack["offers"] of the first offer that uses each row."""
    owners: dict[int, int] = {}
    for _, rule in all_rules(pack):
        for row in rows_used(rule):
            owners[row] = min(owners.get(row, rule["offer"]), rule["offer"])
    for word, value in pack["rules"].items():
        for row in _single_rows(word, value):
            owners.setdefault(row, single_owner(pack, word))
    for row, about in enumerate(pack["counters"]):
        if about["kind"] == "derived" and row in owners:
            owners[about["of"]] = min(owners.get(about["of"], owners[row]), owners[row])
    for rule in pack["perks"]:
        owners.setdefault(rule["c"], 0)
    return [owners.get(row, 0) for row in range(len(pack["counters"]))]


def _single_rows(word, value):
    if word == "flags":
        return [value]
    if word == "facts":
        return [value[name] for name in sorted(value)]
    return [value[key] for key in ("c", "count") if key in value] if isinstance(value, dict) else []


def single_owner(pack, word):
    """The offer of a rule that the pack has once."""
    for place, about in enumerate(pack["offers"]):
        if about["kind"] in SINGLE_KINDS.get(word, ()):
            return place
    return 0


def next_owner(pack, rule):
    """The offer of a list of bands: the one whose rule has these bands."""
    for _, held in all_rules(pack):
        if rule["bands"] in [held.get("bands"), *[source.get("bands") for source in held.get("rates", ())]]:
            return held["offer"]
    return row_owners(pack)[rule["c"]] if "c" in rule else 0


def perk_owner(pack, rule):
    """The offer of a perk: a template that has perks and uses its counter."""
    rows = row_owners(pack)
    for place, about in enumerate(pack["offers"]):
        if about["kind"] in ("tier-perks", "paid-pass") and rows[rule["c"]] <= place:
            return place
    return rows[rule["c"]]
