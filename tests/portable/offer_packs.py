"""Small packs, rules and sales for the tests here, written by hand."""

DAY = 2251  # 2026-03-01, a Sunday


def pack_of(counters=(), prices=(), **rules):
    """A pack with these rules; phases that are not named are empty. next, perks and codes are given as rules are."""
    made = {"rewards": [], "earn": [], "status": [], "roll": [], "events": []}
    head = {"next": [], "perks": [], "codes": []}
    for word in rules:
        (head if word in head else made)[word] = rules[word]
    pack = {
        "format": 1, "scheme": 0xFFFF, "number": 1, "currency": "EUR", "minor_digits": 2, "counters": list(counters),
        "offers": [{"id": "test", "kind": "custom", "name": {"en": "test"}}], "rules": made, "prices": list(prices),
    }  # fmt: skip
    pack.update(head)
    return pack


def rule(op, **fields):
    """A rule of the one offer. `on` is everything when an operation needs it and it is not given."""
    made = {"op": op, "offer": 0}
    if op not in ("code", "coupons", "gifts", "share", "friend", "count", "spend"):
        made["on"] = ["*"]
    made.update(fields)
    return made


def fixed(bp, **fields):
    """A standing rate, for everybody."""
    return rule("rate", rates=[{"is": "fixed", "bp": bp, "all": True}], **fields)


def line(unit_price, qty=1, category="coffee", sku="latte", **more):
    made = {"sku": sku, "category": category, "qty": qty, "unit_price": unit_price}
    made.update(more)
    return made


def sale(*lines, **more):
    """A sale in the portable form."""
    made = {"on": "sale", "day": DAY, "second": 36000, "card": True, "currency": "EUR", "lines": list(lines)}
    made.update(more)
    return made


def row(name="points", number=1, kind="plain", **more):
    made = {"name": name, "ids": [number], "kind": kind}
    made.update(more)
    return made
