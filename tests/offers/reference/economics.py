"""Economics rows: exact fractions as text in lowest terms; *_bp is 10000 times the value, rounded half up."""

from fractions import Fraction
from math import ceil, floor

BP = 10000


def calculate(inputs):
    """All results that the named formula gives, keyed as "expect". A share of nothing is None."""
    return CALCULATIONS[inputs["calc"]](inputs)


def text(value):
    return None if value is None else str(value)


def in_bp(value):
    """Half up also below zero: towards the greater number."""
    return None if value is None else floor(value * BP + Fraction(1, 2))


def ratio(part, whole):
    return None if whole == 0 else Fraction(part) / Fraction(whole)


def both(name, value):
    return {name: text(value), name + "_bp": in_bp(value)}


def cost_of(inputs):
    """The cost is given, or comes from a margin (on the price) or a mark-up (on the cost)."""
    price = Fraction(inputs["price"])
    if "cost" in inputs:
        return Fraction(inputs["cost"])
    if "margin_bp" in inputs:
        return price * (BP - inputs["margin_bp"]) / BP
    return price * BP / (BP + inputs["markup_bp"])


def profit(price, cost, given, purchases=1):
    before = (Fraction(price) - cost) * purchases
    result = {"cost": text(cost), "profit_before": text(before), "given": text(given), "profit_after": text(before - given)}
    return {**result, **both("share", ratio(given, before))}


def discount(inputs):
    given = Fraction(inputs["price"]) * inputs["discount_bp"] / BP
    return profit(inputs["price"], cost_of(inputs), given)


def bonus(inputs):
    """Only what is redeemed of the bonuses that are spent costs anything."""
    each = Fraction(inputs["price"]) * inputs["bonus_bp"] / BP
    given = each * inputs["bonuses_spent"] * inputs.get("redemption_bp", BP) / BP
    return profit(inputs["price"], cost_of(inputs), given, inputs["purchases"])


def liability(inputs):
    full = Fraction(inputs["outstanding_points"] * inputs["point_value"])
    return {"liability": text(full * inputs.get("redemption_bp", BP) / BP), "full": text(full)}


def uplift(inputs):
    """Further units that keep the profit: margin / (margin - discount) - 1."""
    margin = Fraction(inputs["price"]) - cost_of(inputs)
    given = Fraction(inputs["price"]) * inputs["discount_bp"] / BP
    if given >= margin:
        return {"possible": False}
    return {"possible": True, **both("uplift", margin / (margin - given) - 1)}


def kpi(inputs):
    customers = inputs["customers"]
    everyone = len(customers)
    buyers = [customer for customer in customers if customer["purchases"] >= 1]
    repeaters = [customer for customer in customers if customer["purchases"] >= 2]
    active = [customer for customer in customers if customer["active"]]
    spends = sorted((customer["spend"] for customer in customers), reverse=True)
    top = ceil(Fraction(everyone * inputs.get("top_bp", 0), BP))
    active_share = ratio(len(active), everyone)
    result = {
        **both("repeat_rate", ratio(len(repeaters), len(buyers))),
        **both("active_share", active_share),
        **both("churn", None if active_share is None else 1 - active_share),
    }
    if "top_bp" in inputs:
        result.update(both("top_share", ratio(sum(spends[:top]), sum(spends))))
    control = inputs.get("control_spend")
    if control and everyone:
        lift = ratio(Fraction(sum(spends), everyone), Fraction(sum(control), len(control)))
        result.update(both("uplift", None if lift is None else lift - 1))
    return result


def lint(inputs):
    return {"warnings": [name for name, rate_bp in inputs["standing_rates"] if rate_bp >= inputs["warn_from_bp"]]}


CALCULATIONS = {"discount": discount, "bonus": bonus, "liability": liability, "uplift": uplift, "kpi": kpi, "lint": lint}
