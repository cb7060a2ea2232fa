"""The small shop that is assumed when nobody describes one, fitted so that an offer can show what it does.

    default_population(offers) -> Population

Its basket is 1000 minor units or what the offers ask for (the first band, the smallest basket of a code, a gift within a year of visits);
its first day is 1 January 2026 or the day from which the last of the offers holds. The numbers are a guess and every answer says so.
"""

import datetime
from fractions import Fraction

import msgspec

from host_tools.offers.simulate.population import BP, DEFAULT, MONEY_MAX, Basket

VISITS_TO_REWARD = 12  # half a year of the default visits
VISITS_A_MONTH = 2
COUPONS_PER_BASKET = 4  # a coupon of a quarter of the basket


def default_population(offers):
    """The assumed `Population`, with every value the default of population.toml except basket and first day."""
    basket = max([DEFAULT.basket.mean] + [sum_for(offer.kind, offer.parameters) for offer in offers])
    starts = [DEFAULT.start] + [datetime.date.fromisoformat(day) for offer in offers for day in _first_days(offer)]
    return msgspec.structs.replace(DEFAULT, basket=Basket(mean=min(basket, MONEY_MAX // 10)), start=max(starts))


def sum_for(kind, given):
    """The mean basket (minor units) from which an offer of this kind does something; 0: any."""
    if kind == "basket-bands" and given["mode"] == "basket" or kind == "fixed-progressive":
        return _first_edge(given["bands"])
    if kind == "month-benefit":
        return _first_edge(given["bands"]) * given["spend_unit"] // VISITS_A_MONTH
    if kind == "issued-card":
        return given["issue_over"]
    if kind in ("code", "codes-best-of"):
        return max([code.get("min_basket", 0) for code in given["codes"].values()] or [0])
    if kind == "coupon-book":
        return given["off"] * COUPONS_PER_BASKET
    if kind == "points-product":
        each = Fraction(given["earn_bp"] * 1, BP * given["point_value"])
        return int(given["cost_points"] / each / VISITS_TO_REWARD) + 1 if each else 0
    if kind == "catalogue" and given["catalogue"]:
        steps = Fraction(min(given["catalogue"].values()), max(1, given["per_step"]) * VISITS_TO_REWARD)
        return max(given["step"], int(steps * given["step"]) + 1)
    return given.get("step", 0) if kind in ("step-points", "welcome-window") else 0


def _first_edge(bands):
    return min([edge for edge, _ in bands if edge > 0] or [0])


def _first_days(offer):
    days = [offer.starts] if getattr(offer, "starts", None) else []
    if offer.kind in ("code", "codes-best-of"):
        days += [code["from"] for code in offer.parameters["codes"].values() if code.get("from")]
    return [day for day in map(str, days) if "2020-01-01" < day < "2100-01-01"]
