"""Cards that carry a right: issued card, paid pass, price by group, shared card, a discount card that becomes a points card."""

from typing import Any

from cardos.calendar import parse_date
from host_tools.offers.templates.prices import CARD, spend_row


def issued_card(builder, offer, p):
    """A sale above a sum makes the card active: a standing rate, more on the birthday, none in sale seasons."""
    active = builder.row("card_active")
    birthday = builder.row("birthday", "fact", hidden=True)
    builder.facts["birthday"] = birthday
    rates = [{"is": "fixed", "bp": p["rate_bp"]}]
    if p["birthday_extra_bp"]:
        rates.append({"is": "birthday", "c": birthday, "bp": p["birthday_extra_bp"]})
    rule = {"op": "rate", "on": ["*"], "rates": rates, "sum": True, "when": ["all", CARD, ["at-least", active, 1]]}
    seasons = [["days", parse_date(first), parse_date(last)] for first, last in p["sale_periods"]]
    if seasons:
        rule["unless"] = [[["any", *seasons], "SALE_PERIOD"]]
    builder.price(rule)
    builder.add("status", {"op": "issue", "c": active, "over": p["issue_over"]})


def paid_pass(builder, offer, p):
    """Buying the pass opens a period with a discount on a category."""
    row = builder.row("valid_to", "date")
    builder.price({
        "op": "rate", "on": [p["category"]], "rates": [{"is": "fixed", "bp": p["off_bp"]}], "when": ["all", CARD, ["good", row]],
    })  # fmt: skip
    builder.add("status", {"op": "pass", "c": row, "sku": p["fee_sku"], "days": p["valid_days"]})
    builder.perks.append({"c": row, "names": list(p["entitlements"])})


def group_price(builder, offer, p):
    """A group with an end date, written at enrolment, sets a rate."""
    names = builder.names_kept("group", sorted(p["groups"]))
    row = builder.row("group", "fact", hidden=True, names=names)
    builder.facts["group"] = row
    rates = [{"is": "group", "c": row, "bp": [p["groups"].get(name, 0) for name in names]}]
    builder.price({"op": "rate", "on": ["*"], "without": list(p["excluded_categories"]), "rates": rates})


def shared_card(builder, offer, p):
    """One card in many hands: limited by uses a day and a gap, or free for a household."""
    rule: dict[str, Any] = {"op": "rate", "on": ["*"], "rates": [{"is": "fixed", "bp": p["rate_bp"]}], "when": CARD}
    if p["mode"] == "velocity":
        uses, last = builder.row("uses", "fact", hidden=True), builder.row("last_use", "fact", hidden=True)
        rule["unless"] = [[["times", uses, p["max_per_day"]], "VELOCITY"], [["since", last, p["min_gap_s"]], "TOO_SOON"]]
        builder.add("status", {"op": "use", "c": uses, "last": last, "unless": rule["unless"]})
    builder.price(rule)


def switch_to_points(builder, offer, p):
    """A discount card becomes a points card, with an opening balance from what was bought before."""
    spent = spend_row(builder, "lifetime_spend", "lifetime", p["spend_unit"])
    points = builder.row("points", unit=p["point_value"])
    version = builder.row("offer_version", "version", first=1)
    moved = ["at-least", version, 2]
    builder.price({
        "op": "rate", "on": ["*"], "rates": [{"is": "fixed", "bp": p["discount_bp"]}], "when": ["all", CARD, ["not", moved]],
    })  # fmt: skip
    builder.add("earn", {"op": "points", "c": points, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"], "when": moved})
    builder.add("status", {"op": "spend", "c": spent})
    builder.add("events", {"op": "switch", "c": points, "v": version, "spend": spent, "bp": p["opening_bp"], "worth": p["point_value"]})


TEMPLATES = {
    "issued-card": issued_card, "paid-pass": paid_pass, "group-price": group_price, "shared-card": shared_card,
    "switch-to-points": switch_to_points,
}  # fmt: skip
