"""Points: cashback, steps, expiry, waiting, welcome and dated credits, monthly benefit, coalition, charity, price guarantee."""

from cardos.calendar import parse_date
from host_tools.offers.templates.prices import next_rule, spend_row

LOTS = 4  # dated lots that a card keeps; a fifth joins the two that end first
WAITING_LOTS_MAX = 6  # lots that wait; more days than that join likewise


def _earn_rate(builder, row, p, **more):
    builder.add("earn", {"op": "points", "c": row, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"], **more})


def cashback(builder, offer, p):
    """A share of the money becomes points; points are money from the next sale on."""
    row = builder.row("points", unit=p["point_value"])
    _earn_rate(builder, row, p, **({"gross": True} if p["earn_base"] == "gross" else {}))


def step_points(builder, offer, p):
    """Points for every whole step of money paid."""
    row = builder.row("points", unit=p["point_value"])
    rule = {"op": "steps", "c": row, "step": p["step"], "per": p["points_per_step"], "on": ["*"]}
    if p["carry"]:
        rule["carry"] = builder.row("carry")
    builder.add("earn", rule)


def point_expiry(builder, offer, p):
    """Points that end: dated lots, one moving date, or never."""
    kinds = {"buckets": "lots", "sliding": "sliding", "never": "plain"}
    about = {"days": p["valid_days"]} if p["mode"] != "never" else {}
    row = builder.row("points", kinds[p["mode"]], ids=LOTS if p["mode"] == "buckets" else 1, unit=p["point_value"], **about)
    _earn_rate(builder, row, p)


def pending_points(builder, offer, p):
    """Points that become usable after some days."""
    row = builder.row("points", "pending", ids=1 + min(p["pending_days"], WAITING_LOTS_MAX), unit=p["point_value"], days=p["pending_days"])
    _earn_rate(builder, row, p)


def welcome_window(builder, offer, p):
    """Points at joining, days that multiply, credits of campaigns."""
    row = builder.row("points", unit=p["point_value"])
    rule = {"op": "steps", "c": row, "step": p["step"], "per": p["per_step"], "on": ["*"]}
    windows = [[parse_date(w["from"]), parse_date(w["through"]), w["times"]] for w in p["windows"]]
    if windows:
        rule["windows"] = windows
    if p["per_step"]:
        builder.add("earn", rule)
    builder.flags()
    if p["welcome"]:
        builder.welcomed(row, p["welcome"])
    for name in sorted(p["grants"]):
        given = p["grants"][name]
        builder.add("events", {
            "op": "campaign", "id": name, "c": row, "points": given["points"], "from": parse_date(given["from"]),
            "through": parse_date(given["through"]), "bit": builder.campaign_bit(name),
        })  # fmt: skip


def month_benefit(builder, offer, p):
    """Last month's spend gives this month's voucher, or this month's rate."""
    spend = spend_row(builder, "month_spend", "month", p["spend_unit"])
    bands = [list(band) for band in p["bands"]]
    if p["mode"] == "rate":
        benefit = builder.row("rate_bp", "until")
        builder.price({"op": "rate", "on": ["*"], "rates": [{"is": "held", "c": benefit}], "when": ["card"]})
    else:
        benefit = builder.row("voucher", "until", unit=p["voucher_unit"])
    builder.add("roll", {"op": "month-benefit", "c": spend, "to": benefit, "bands": bands, **({"rate": True} if p["mode"] == "rate" else {})})
    builder.add("status", {"op": "spend", "c": spend})
    builder.next.append(next_rule(bands, False, spend))


def coalition(builder, offer, p):
    """Each partner has its own rate; listed articles add points; partners settle."""
    row = builder.row("points", unit=p["point_value"])
    rule = {"op": "points", "c": row, "bp": 0, "worth": p["point_value"], "on": ["*"], "partners": dict(p["partners"])}
    if p["bonus_skus"]:
        rule["extra"] = dict(p["bonus_skus"])
    builder.add("earn", rule)


def charity(builder, offer, p):
    """Points go to a charity; or the shop gives a share of each sale."""
    row = builder.row("points", unit=p["point_value"])
    builder.add("events", {"op": "donate", "c": row, "to": list(p["charities"]), "worth": p["point_value"]})
    if p["shop_bp"]:
        builder.add("earn", {"op": "share", "to": p["charities"][0], "bp": p["shop_bp"]})


def price_guarantee(builder, offer, p):
    """The difference to a cheaper offer is credited once per receipt line."""
    row = builder.row("credit", unit=p["point_value"])
    builder.single("guarantee", {"c": row, "days": p["window_days"]})


TEMPLATES = {
    "cashback": cashback, "step-points": step_points, "point-expiry": point_expiry, "pending-points": pending_points,
    "welcome-window": welcome_window, "month-benefit": month_benefit, "coalition": coalition, "charity": charity,
    "price-guarantee": price_guarantee,
}  # fmt: skip
