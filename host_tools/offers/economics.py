"""What an offer costs, by arithmetic alone: rows F01-F06 of the offers. Exact fractions; no float enters an answer.

    economics(inputs) -> dict       inputs["calc"] names the formula

    calc        inputs                                                        answer
    discount    price, MARGIN, discount_bp                                    cost, profit_before, given, profit_after, share
    bonus       price, MARGIN, bonus_bp, purchases, bonuses_spent,            the same, over all purchases; purchases = 1,
                redemption_bp                                                 bonuses_spent = purchases, redemption_bp = 10000 if absent
    liability   outstanding_points, point_value, redemption_bp                liability, full
    uplift      price, MARGIN, discount_bp                                    possible, uplift
    kpi         customers [{purchases, spend, active}], control_spend,        repeat_rate, active_share, churn, top_share, uplift
                top_bp
    lint        standing_rates [[name, bp]], warn_from_bp                     warnings

MARGIN is exactly one of `margin_bp` (of the price), `cost` (minor units) or `markup_bp` (on cost: cost = price / (1 + mark-up)).
`cost` in the answer is that of one unit, as in the inputs. Money is in minor units and, like every rate, a fraction as a string in
lowest terms ("270000", "1/6"); beside a rate R stands R_bp, 10000 times the value rounded half up. Where a rate has no meaning because it
would divide by nothing (no profit, no customers, no control group or one that spent nothing) it is None and so is its R_bp; an `uplift`
that no growth can reach answers possible = False and no rate.
A sale below cost keeps its sign: the profit and the share are then negative.
"""

from fractions import Fraction

from cardos.errors import BadInput

BP = 10000
WARN_FROM_BP = 2000  # a standing rate from 20 % on is warned of
CODE = "BAD_ECONOMICS"
_MARGIN = ("margin_bp", "cost", "markup_bp")
_ALWAYS = ("calc", "currency", "minor_digits", "point_value")


def economics(inputs):
    """The answer to one calculation as a dict (see the head of this file); BadInput (BAD_ECONOMICS) for inputs that do not fit."""
    if not isinstance(inputs, dict):
        raise BadInput("The inputs of a calculation are a table of names and values.", "Give `calc` and its values.", CODE)
    calc = inputs.get("calc")
    if not isinstance(calc, str) or calc not in CALCS:
        raise BadInput("`calc` is %r." % (calc,), "Use one of: %s." % ", ".join(CALCS), CODE)
    formula, known = CALCS[calc]
    for key in sorted(map(str, inputs)):
        if key not in known and key not in _ALWAYS:
            raise BadInput("`%s` is not an input of calc %s." % (key, calc), "Known are: %s." % ", ".join(known), CODE)
    return formula(inputs)


def bp_of(value):
    """10000 times a Fraction, rounded half up."""
    return int((value * BP + Fraction(1, 2)) // 1)


def margin_of(inputs):
    """(price, cost) of a unit as Fractions, minor units; BadInput when the margin is missing, doubled or impossible."""
    price = Fraction(_whole(inputs, "price", 0))
    given = [key for key in _MARGIN if key in inputs]
    if len(given) != 1:
        what = "None is given" if not given else "There are %s" % " and ".join(given)
        raise BadInput("The margin must be said once. %s." % what, "Give exactly one of margin_bp, cost or markup_bp (which is on cost).", CODE)
    if given == ["margin_bp"]:
        return price, price * (BP - _whole(inputs, "margin_bp", 0, BP)) / BP
    if given == ["cost"]:
        return price, Fraction(_whole(inputs, "cost", 0))
    return price, price * BP / (BP + _whole(inputs, "markup_bp", 0))


def profit_words(cost, before, given):
    """The keys of F01-F03 from what it cost, the profit before and the value given away (Fractions, minor units)."""
    words = {"cost": str(cost), "profit_before": str(before), "given": str(given), "profit_after": str(before - given)}
    return _rate(words, "share", given / before if before else None)


def _discount(inputs):
    price, cost = margin_of(inputs)
    return profit_words(cost, price - cost, price * _whole(inputs, "discount_bp", 0, BP) / BP)


def _bonus(inputs):
    price, cost = margin_of(inputs)
    purchases = _whole(inputs, "purchases", 0, default=1)
    spent = _whole(inputs, "bonuses_spent", 0, default=purchases)
    redeemed = Fraction(_whole(inputs, "redemption_bp", 0, BP, default=BP), BP)
    given = price * _whole(inputs, "bonus_bp", 0) / BP * spent * redeemed
    return profit_words(cost, (price - cost) * purchases, given)


def _liability(inputs):
    full = Fraction(_whole(inputs, "outstanding_points", 0) * _whole(inputs, "point_value", 0))
    return {"liability": str(full * _whole(inputs, "redemption_bp", 0, BP, default=BP) / BP), "full": str(full)}


def _uplift(inputs):
    price, cost = margin_of(inputs)
    margin, discount = price - cost, price * _whole(inputs, "discount_bp", 0, BP) / BP
    if discount >= margin:
        return {"possible": False}
    return _rate({"possible": True}, "uplift", margin / (margin - discount) - 1)


def _kpi(inputs):
    customers = _rows(inputs, "customers")
    for row in customers:
        if not isinstance(row, dict) or sorted(row) != ["active", "purchases", "spend"] or not isinstance(row["active"], bool):
            raise BadInput("A customer is %r." % (row,), "Give purchases (count), spend (minor units) and active (true or false) for each.", CODE)
        _whole(row, "purchases", 0), _whole(row, "spend", 0)
    control = _rows(inputs, "control_spend", default=[])
    for place in range(len(control)):
        _whole({"control_spend": control[place]}, "control_spend", 0)
    everybody = len(customers)
    came = [row for row in customers if row["purchases"] >= 1]
    active = sum(1 for row in customers if row["active"])
    spends = sorted((row["spend"] for row in customers), reverse=True)
    top = -(-everybody * _whole(inputs, "top_bp", 0, BP, default=2000) // BP)
    words: dict = {}
    _rate(words, "repeat_rate", _ratio(sum(1 for row in came if row["purchases"] >= 2), len(came)))
    _rate(words, "active_share", _ratio(active, everybody))
    _rate(words, "churn", _ratio(everybody - active, everybody))
    _rate(words, "top_share", _ratio(sum(spends[:top]), sum(spends)))
    mean, usual = _ratio(sum(spends), everybody), _ratio(sum(control), len(control))
    return _rate(words, "uplift", None if mean is None or not usual else mean / usual - 1)


def _lint(inputs):
    limit = _whole(inputs, "warn_from_bp", 0, default=WARN_FROM_BP)
    warnings = []
    for row in _rows(inputs, "standing_rates"):
        if not isinstance(row, (list, tuple)) or len(row) != 2 or not isinstance(row[0], str):
            raise BadInput("A standing rate is %r." % (row,), 'Write each as [name, rate in bp], as ["card", 500].', CODE)
        if _whole({"standing_rates": row[1]}, "standing_rates", 0) >= limit:
            warnings.append(row[0])
    return {"warnings": warnings}


def _rate(words, key, value):
    """Puts a rate (Fraction or None) and its bp into the answer; the answer."""
    words[key] = None if value is None else str(value)
    words[key + "_bp"] = None if value is None else bp_of(value)
    return words


def _ratio(part, whole):
    return Fraction(part, whole) if whole else None


def _rows(inputs, key, default=None):
    rows = inputs.get(key, default)
    if not isinstance(rows, (list, tuple)):
        raise BadInput("`%s` is %s." % (key, "missing" if rows is None else repr(rows)), "Give a list.", CODE)
    return list(rows)


def _whole(inputs, key, low, high=None, default=None):
    value = inputs.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        wanted = "a whole number of at least %d" % low if high is None else "a whole number from %d to %d" % (low, high)
        raise BadInput("`%s` is %s." % (key, "missing" if value is None else repr(value)), "Give %s%s." % (wanted, _unit(key)), CODE)
    return value


def _unit(key):
    if key.endswith("_bp") or key == "standing_rates":
        return " (100 = 1 %)"
    return " (minor units)" if key in ("price", "cost", "point_value", "spend", "control_spend") else ""


CALCS = {
    "discount": (_discount, ("price",) + _MARGIN + ("discount_bp",)),
    "bonus": (_bonus, ("price",) + _MARGIN + ("bonus_bp", "purchases", "bonuses_spent", "redemption_bp")),
    "liability": (_liability, ("outstanding_points", "point_value", "redemption_bp")),
    "uplift": (_uplift, ("price",) + _MARGIN + ("discount_bp",)),
    "kpi": (_kpi, ("customers", "control_spend", "top_bp")),
    "lint": (_lint, ("standing_rates", "warn_from_bp")),
}
