"""Levels: a multiplier, a step down when absent, a yearly status, perks, a rate by level, a score, a customer's rhythm."""

from host_tools.offers.templates.prices import CARD, spend_row


def tier_earn(builder, offer, p):
    """Miles lift the level, the level multiplies further miles."""
    row = builder.row("miles")
    tiers = p["tiers"]
    level = builder.row("tier", "derived", ids=0, of=row, at=[t["at"] for t in tiers], names=[t["name"] for t in tiers])
    builder.add("earn", {
        "op": "steps", "c": row, "step": p["step"], "per": p["per_step"], "on": ["*"], "levels": level, "times_bp": [t["times_bp"] for t in tiers],
    })  # fmt: skip


def _level_row(builder, names):
    return builder.row("tier", "level", names=list(names))


def tier_decay(builder, offer, p):
    """One level is lost for every so many whole months without a visit."""
    row, visit = _level_row(builder, p["tiers"]), builder.row("visit", "fact", hidden=True)
    builder.add("roll", {"op": "decay", "c": row, "visit": visit, "months": p["months_per_level"]})
    builder.add("status", {"op": "visit", "c": visit})
    builder.add("events", {"op": "level", "c": row})


def year_status(builder, offer, p):
    """More than a number of units in a calendar year gives a level; another one is given by invitation only."""
    names = [*p["tiers"], p["invitation_tier"]]
    row, units = _level_row(builder, names), builder.row("units_year", "year")
    builder.add("status", {"op": "units", "c": units, "on": [p["category"]]})
    builder.add("status", {"op": "year-level", "c": row, "units": units, "over": p["over"], "to": 1, "years": p["holds_years"]})
    builder.add("events", {"op": "level", "c": row, "years": p["holds_years"], "endless": len(names) - 1})


def tier_perks(builder, offer, p):
    """A level opens named perks."""
    row = _level_row(builder, p["tiers"])
    builder.perks.append({"c": row, "levels": [list(p["entitlements"].get(name, ())) for name in p["tiers"]]})
    builder.add("events", {"op": "level", "c": row})


def simple_or_status(builder, offer, p):
    """The same rate for all cards, or a rate for each level."""
    row = _level_row(builder, p["tiers"])
    source = {"is": "fixed", "bp": p["simple_bp"]}
    if p["mode"] == "status":
        source = {"is": "level", "c": row, "bp": [p["status_bp"].get(name, 0) for name in p["tiers"]]}
    builder.price({"op": "rate", "on": ["*"], "rates": [source], "when": CARD})
    builder.add("events", {"op": "level", "c": row})


def score(builder, offer, p):
    """Points for spend, for services and for years; told by the books."""
    row = spend_row(builder, "lifetime_spend", "lifetime", p["spend_unit"])
    builder.add("status", {"op": "spend", "c": row})
    builder.single("score", {"c": row, "per_point": p["spend_per_point"], "service": p["per_service"], "year": p["per_year"]})


def segment(builder, offer, p):
    """Lapsed or not, by the customer's own rhythm; told by the books."""
    builder.single("segment", {"cycles": p["cycles"], "visits": p["min_visits"]})


TEMPLATES = {
    "tier-earn": tier_earn, "tier-decay": tier_decay, "year-status": year_status, "tier-perks": tier_perks,
    "simple-or-status": simple_or_status, "score": score, "segment": segment,
}  # fmt: skip
