"""Stamps and items: stamp card, changed stamp card, points for a product, empties, coupon book, goods from a list."""

from cardos.calendar import parse_date
from cardos.offers.holdings import BITS_EACH


def stamp_card(builder, offer, p):
    """A paid unit of the category gives a stamp; a full set makes units free."""
    row = _stamps_row(builder, p)
    builder.add("rewards", {
        "op": "free-units", "id": "free-" + p["category"], "c": row, "cost": p["stamps_needed"], "on": [p["category"]], "units": p["free_qty"],
        "sets": p["max_free_per_sale"], "auto": True, "text": "free " + p["category"],
    })  # fmt: skip
    builder.add("earn", {"op": "stamps", "c": row, "on": [p["category"]], "per": p["per_qty"], **({"amount": True} if p.get("amount_is_unit") else {})})


def _stamps_row(builder, p):
    days = p.get("valid_days", 0)
    return builder.row("stamps", "sliding" if days else "plain", debt=True, **({"days": days} if days else {}))


def version_change(builder, offer, p):
    """A stamp card whose rule changes on a day; stamps are honoured under the rule they were earned."""
    row = builder.row("stamps", "plain", debt=True)
    versions = [[v["version"], parse_date(v["from"]), v["stamps_needed"]] for v in p["versions"]]
    version_row = builder.row("offer_version", "version", first=versions[0][0])
    versioned = {"c": row, "v": version_row, "versions": versions, **({"finish": True} if p["policy"] == "finish-old" else {})}
    builder.add("rewards", {
        "op": "free-units", "id": "free-" + p["category"], **versioned, "on": [p["category"]], "units": p["free_qty"],
        "sets": p["max_free_per_sale"], "auto": True, "text": "free " + p["category"],
    })  # fmt: skip
    builder.add("earn", {"op": "stamps", "c": row, "on": [p["category"]], "per": p["per_qty"]})
    builder.add("events", {"op": "convert", **versioned})


def points_product(builder, offer, p):
    """A number of points makes one unit of a category free."""
    row = builder.row("points", unit=p["point_value"])
    builder.add("rewards", {
        "op": "free-units", "id": p["reward_id"], "c": row, "cost": p["cost_points"], "on": [p["category"]], "units": 1, "sets": 1,
        "text": "free " + p["category"],
    })  # fmt: skip
    if p["earn_bp"]:
        builder.add("earn", {"op": "points", "c": row, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"]})


def container_return(builder, offer, p):
    """Empties that come back are counted; a full set gives a gift."""
    row = builder.row("jars")
    builder.add("events", {"op": "return", "c": row, "item": p["item"], "needed": p["needed"], "text": "gift " + p["gift"]})


def coupon_book(builder, offer, p):
    """Numbered coupons, each once, for a fixed sum off the basket."""
    row = builder.row("coupons_left", "bits", ids=-(-p["coupons"] // BITS_EACH), count=p["coupons"])
    through = parse_date(p["valid_through"]) if p.get("valid_through") else 0
    builder.add("rewards", {"op": "coupons", "c": row, "count": p["coupons"], "off": p["off"], "through": through})


def catalogue(builder, offer, p):
    """A named counter buys things from a list."""
    row = builder.row(p["counter"])
    gifts = [[name, p["catalogue"][name], "gift " + name] for name in sorted(p["catalogue"])]
    builder.add("rewards", {"op": "gifts", "c": row, "gifts": gifts})
    builder.add("earn", {"op": "steps", "c": row, "step": p["step"], "per": p["per_step"], "on": ["*"]})
    builder.singles["gifts"] = True


TEMPLATES = {
    "stamp-card": stamp_card, "version-change": version_change, "points-product": points_product, "container-return": container_return,
    "coupon-book": coupon_book, "catalogue": catalogue,
}  # fmt: skip
