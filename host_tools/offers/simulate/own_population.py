"""Calculations (template `economics`) as something that can be played: a twin offer and the population without variance that its numbers mean.

    calc discount, uplift   everybody has a standing rate                       `simple-or-status`
    calc bonus              points on the full price, spent on the next visit   `cashback`, earn_base gross

`price` is every basket, `purchases` the visits of each customer, `bonuses_spent` how often a bonus is spent, `redemption_bp` the share
of customers who ever spend. A customer whose every bonus is spent inside the purchases looked at came with one from before. Amounts are
played in a unit in which the rate of one basket is a whole number (up to 10000 to a minor unit), so no rounding hides it.
"""

from fractions import Fraction
from math import gcd

from cardos.errors import BadInput
from host_tools.offers.economics import margin_of
from host_tools.offers.simulate.population import BP, MONEY_MAX, Basket, Population

CODE = "CANNOT_PLAY"
PLAYED = ("discount", "uplift", "bonus")
PURCHASES_MAX = 2400
POINT_VALUE = 100
COUNTER_MAX = 8388607  # a counter on a card has 24 bits and a sign
PRICE_MAX = MONEY_MAX


def is_calculation(offer):
    """True for an offer that is a calculation, not rules of a till."""
    return offer.kind == "economics"


def check_playable(offer):
    """BadInput (CANNOT_PLAY) for a calculation that no population can play."""
    given = offer.parameters
    if given["calc"] not in PLAYED:
        hint = "`stampd offers replay` calculates it; simulate plays offers and the calculations %s." % ", ".join(PLAYED)
        raise BadInput("%s is a calculation of %s: there is nothing to play." % (offer.source or offer.id, given["calc"]), hint, CODE)
    if not 1 <= given["price"] <= PRICE_MAX:
        raise BadInput("%s: a price of %d cannot be played." % (offer.source or offer.id, given["price"]), "Give `price` in minor units, 1 to 10^12.", CODE)
    if not 0 <= given.get("purchases", 1) <= PURCHASES_MAX:
        wanted = "Give at most %d; the shares are the same." % PURCHASES_MAX
        raise BadInput("%s: %d purchases are too many to play." % (offer.source or offer.id, given["purchases"]), wanted, CODE)


def title(offer):
    """What a calculation is about, for sentences: "discount of 5 %"."""
    rate = ("%d.%02d" % divmod(_rate(offer), 100)).rstrip("0").rstrip(".")
    return "%s of %s %%" % ("bonus" if offer.parameters["calc"] == "bonus" else "discount", rate)


def margin_share(offer):
    """Profit as a share of the price, a Fraction; negative for a sale below cost."""
    price, cost = margin_of({key: offer.parameters[key] for key in ("price", "margin_bp", "cost", "markup_bp") if key in offer.parameters})
    return (price - cost) / price


def scale_of(offer):
    """Played units per minor unit, so that this offer's rate gives whole amounts; below 1 for a price that would not fit finer."""
    price, part = offer.parameters["price"], offer.parameters["price"] * _rate(offer)
    finest = BP // gcd(BP, part) if part else 1
    return Fraction(finest) if price * finest <= MONEY_MAX else Fraction(BP, price)


def twin(offer, scale=None):
    """The offer that a till would run; with amounts in the finer unit `scale` for its own population, as written for any other."""
    given, rate = offer.parameters, _rate(offer)
    parameters = {"currency": given.get("currency", "EUR"), "minor_digits": given.get("minor_digits", 2)}
    if given["calc"] == "bonus":
        kind = "cashback"
        value = given.get("point_value", POINT_VALUE) if scale is None else _point_value(offer, scale)
        parameters.update(earn_bp=rate, point_value=value, earn_base="gross")
    else:
        kind = "simple-or-status"
        parameters.update(mode="simple", simple_bp=rate, tiers=["base"], status_bp={"base": rate})
    return type(offer)(id=offer.id, kind=kind, parameters=parameters, names=offer.names, messages=offer.messages, source=offer.source)


def own_population(offer, scale, purchases=None):
    """The `Population` without variance that the calculation describes. `purchases` replaces a number that it does not say itself."""
    given = offer.parameters
    visits = given.get("purchases", 1 if purchases is None else purchases)
    months = max(1, min(12, visits))
    settings = {}
    customers, redeem = 1, BP
    if given["calc"] == "bonus":
        spent = given.get("bonuses_spent", visits)
        redeem = given.get("redemption_bp", BP)
        customers = Fraction(redeem, BP).denominator
        before = max(0, spent - max(0, visits - 1))  # bonuses from earlier purchases
        bonus = int(given["price"] * scale * _rate(offer) / (BP * _point_value(offer, scale)))
        settings = {"opening": {"points": bonus * before} if before and bonus else {}, "spends_max": min(spent, visits)}
        if visits == 0 and spent:
            raise BadInput("%s: bonuses cannot be spent without a purchase." % (offer.source or offer.id), "Give `purchases` of 1 or more.", CODE)
        if given["price"] * _rate(offer) * max(1, before) > given["price"] * BP:
            raise BadInput("%s: more is spent at once than a purchase costs." % (offer.source or offer.id), "Lower `bonuses_spent`.", CODE)
        if bonus * max(1, before) > COUNTER_MAX:
            raise BadInput("%s: so many points do not fit a card." % (offer.source or offer.id), "Give a larger `point_value`.", CODE)
    return Population(
        customers=customers, months=months, visits_per_month=visits / months, variance="none", churn_per_month_bp=0, never_return_bp=0,
        redeem_bp=redeem, margin_bp=0, basket=Basket(mean=int(given["price"] * scale)), **settings,
    )  # fmt: skip


def _rate(offer):
    return offer.parameters.get("bonus_bp" if offer.parameters["calc"] == "bonus" else "discount_bp", 0)


def _point_value(offer, scale):
    """What a point is worth: 1.00 where the bonus is a whole number of them, else the whole bonus is one point."""
    bonus = int(offer.parameters["price"] * scale * _rate(offer) / BP)
    usual = offer.parameters.get("point_value", POINT_VALUE) * scale
    if bonus and (bonus % usual or bonus // usual > COUNTER_MAX // 100):
        return bonus
    return max(1, int(usual))
