"""What a customer does with each kind of offer, and what a unit of its counters is worth: the map of the simulator.

    habits_of(offers, population) -> Habits

A `Holding` is a counter that somebody can spend: as money (points, vouchers, credit) or for a reward (stamps, jars, stickers). Kinds whose
own events nobody can invent (a price found elsewhere, a friend, a reason for a manual discount) are played by their sales alone, and
`notes` says so.
"""

from collections import namedtuple
from fractions import Fraction

from host_tools.offers.simulate.population import Item

# worth: minor units of one unit of the counter (Fraction); cost: units of one reward; reward: what `redeem` names ("" = by itself);
# through: last good day or "".
Holding = namedtuple("Holding", ["counter", "money", "worth", "cost", "reward", "category", "through"])
Habits = namedtuple("Habits", ["holdings", "timed", "enrols", "with_sale", "with_enrol", "codes", "returns", "pass_sku", "pass_days", "gifts", "notes"])

# codes: [(first day, last day, code)], used by those who redeem while they hold
GOODS = "goods"
ALWAYS = "9999-12-31"
POINTS_KINDS = ("cashback", "step-points", "point-expiry", "pending-points", "welcome-window", "coalition", "enrolment", "referral",
                "phone-claim", "charity", "nth-unit", "switch-to-points")  # fmt: skip
TIMED = ("month-benefit", "pending-points", "point-expiry", "year-status", "tier-decay", "tier-perks")  # state changes with the calendar
UNPLAYED = {
    "manual-discount": "a discount that a cashier gives for a reason",
    "charity": "points given to a charity",
    "referral": "a friend who is brought along",
    "price-guarantee": "a lower price found elsewhere",
    "companion": "a companion's line",
    "phone-claim": "a sale by telephone number",
    "version-change": "the change to the next version",
    "switch-to-points": "the change to points",
}


def habits_of(offers, population):
    """The `Habits` of customers who hold these offers (`language.Offer`), under this population."""
    holdings: list[Holding] = []
    notes: list[str] = []
    codes: list[tuple[str, str, str]] = []
    returns: list[str] = []
    gifts: dict[str, int] = {}
    with_sale: dict[str, str] = {}
    with_enrol: dict[str, str] = {}
    enrols, pass_sku, pass_days = False, "", 0
    items = population.items or default_items(offers, population)
    for offer in offers:
        kind, given = offer.kind, offer.parameters
        holdings.extend(_holdings(kind, given, items, population, gifts, notes))
        if kind in ("welcome-window", "group-price") or (kind == "enrolment" and given.get("mode") == "free"):
            enrols = True
        if kind == "container-return":
            returns.append(given["item"])
        if kind == "paid-pass":
            pass_sku, pass_days = given["fee_sku"], given["valid_days"]
        elif kind == "enrolment" and given.get("mode", "buy") == "buy":
            pass_sku = given["card_sku"]
        if kind in ("code", "codes-best-of"):
            table = given["codes"]
            codes.extend((str(table[code].get("from") or ""), str(table[code].get("through") or ALWAYS), code) for code in sorted(table))
        _named_first(kind, given, with_sale, with_enrol)
        if kind in UNPLAYED:
            notes.append("%s: %s cannot be invented; its sales alone were played." % (offer.id, UNPLAYED[kind]))
    if (population.joining.sku or pass_sku) and not population.joining.price:
        notes.append("%s is sold at 0 here; say its price as joining.price." % (population.joining.sku or pass_sku))
    return Habits(
        holdings=_best_worth(holdings),
        timed=any(offer.kind in TIMED for offer in offers),
        enrols=enrols or bool(population.with_enrol),
        with_sale={**with_sale, **population.with_sale},
        with_enrol={**with_enrol, **population.with_enrol},
        codes=codes,
        returns=returns,
        pass_sku=population.joining.sku or pass_sku,
        pass_days=pass_days,
        gifts=gifts,
        notes=notes,
    )


def default_items(offers, population):
    """The articles of a population that names none: one for each category the offers look at, or one for everything."""
    items: list[Item] = []
    for offer in offers:
        category = offer.parameters.get("category")
        if not category or category in [item.category for item in items]:
            continue
        nth = offer.parameters.get("nth", 1)
        items.append(Item(category=category, price=max(1, population.basket.mean // nth) if nth > 1 else None))
    return tuple(items) or (Item(category=GOODS),)


def unit_price(category, items, population):
    """What a unit of a category costs here, minor units: the weighted mean of its articles."""
    known = [item for item in items if item.category == category]
    if not known:
        return Fraction(population.basket.mean)
    total = sum(item.weight for item in known)
    prices = [Fraction(item.price) if item.price else Fraction(population.basket.mean, item.qty) for item in known]
    return sum((item.weight * price for item, price in zip(known, prices)), Fraction(0)) / total


def _holdings(kind, given, items, population, gifts, notes):
    price = unit_price(given.get("category"), items, population)
    found = []
    if kind in ("stamp-card", "version-change"):
        needed = given["stamps_needed"] if kind == "stamp-card" else given["versions"][0]["stamps_needed"]
        found.append(_reward("stamps", price * given["free_qty"], needed, "", given["category"]))
    elif kind == "points-product":
        found.append(_reward("points", price, given["cost_points"], given["reward_id"], given["category"]))
    elif kind == "container-return":
        found.append(_reward("jars", _gift(given["gift"], population, gifts, notes), given["needed"], "", ""))
    elif kind == "catalogue":
        for name in sorted(given["catalogue"]):
            found.append(_reward(given["counter"], _gift(name, population, gifts, notes), given["catalogue"][name], name, ""))
    elif kind == "coupon-book":
        found.append(Holding("coupons_left", False, Fraction(given["off"]), 1, "coupon-%d", "", str(given["valid_through"])))
    elif kind == "month-benefit" and given.get("mode", "amount") == "amount":
        found.append(_money("voucher", given["voucher_unit"]))
    elif kind == "price-guarantee":
        found.append(_money("credit", given.get("point_value", 1)))
    elif kind in POINTS_KINDS and (kind != "nth-unit" or given.get("earn_bp")):
        found.append(_money("points", given.get("point_value", 1)))
        if kind == "pending-points":
            found.append(Holding("pending", None, Fraction(given["point_value"]), 0, "", "", ""))
    return found


def _money(counter, value):
    return Holding(counter, True, Fraction(value), 1, "", "", "")


def _reward(counter, worth, cost, name, category):
    return Holding(counter, False, Fraction(worth) / cost, cost, name, category, "")


def _gift(name, population, gifts, notes):
    """What a gift costs the shop; kept for the books, and a note when nobody said it."""
    if name not in population.gifts and name not in gifts:
        notes.append("The gift %s counts as 0 here; say what it costs as gifts.%s." % (name, name))
    gifts[name] = population.gifts.get(name, 0)
    return gifts[name]


def _named_first(kind, given, with_sale, with_enrol):
    """Where a sale or a joining must name something, the first of the list."""
    if kind == "coalition":
        with_sale["partner"] = sorted(given["partners"])[0]
    elif kind == "group-price":
        with_enrol["group"] = sorted(given["groups"])[0]


def _best_worth(holdings):
    """Cheapest reward first: what is spent as soon as it can be."""
    return sorted(holdings, key=lambda one: (one.counter, one.cost, one.reward))
