"""People: joining, numbers instead of cards, bring a friend. And offers that are only numbers, or rules of an expert's own."""

from host_tools.offers.templates.custom import custom


def enrolment(builder, offer, p):
    """A card joins by buying the card item, or by an event at the desk; before that it has no benefits."""
    row = builder.row("points", unit=p["point_value"])
    builder.flags()
    builder.single("membership", {"sku": p["card_sku"]} if p["mode"] == "buy" else {})
    builder.add("earn", {"op": "points", "c": row, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"], "without": [p["card_sku"]]})


def phone_claim(builder, offer, p):
    """A sale with a number and no card earns into a queue."""
    row = builder.row("points", unit=p["point_value"])
    builder.single("phones", True)
    builder.add("earn", {"op": "points", "c": row, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"]})


def referral(builder, offer, p):
    """Both get points at the friend's first sale."""
    row, count = builder.row("points", unit=p["point_value"]), builder.row("purchases")
    builder.single("referral", {"c": row, "count": count, "cap": p["cap_per_month"]})
    builder.add("earn", {
        "op": "friend", "c": row, "count": count, "friend": p["friend_points"], "referrer": p["referrer_points"], "least": p["min_sale"],
    })  # fmt: skip
    builder.add("status", {"op": "count", "c": count})


def economics(builder, offer, p):
    """Numbers of an owner's question. A discount and a bonus are also offers, which the simulator plays."""
    if p["calc"] == "discount":
        builder.price({"op": "rate", "on": ["*"], "rates": [{"is": "fixed", "bp": p["discount_bp"]}], "when": ["card"]})
    elif p["calc"] == "bonus":
        row = builder.row("points", unit=1)
        builder.add("earn", {"op": "points", "c": row, "bp": p["bonus_bp"], "worth": 1, "on": ["*"], "gross": True})


TEMPLATES = {"enrolment": enrolment, "phone-claim": phone_claim, "referral": referral, "economics": economics, "custom": custom}
