"""Price effects: rules that make a sale cheaper, and how they stack.

pack["prices"] is a list of nodes in their fixed order (phase, priority, offer, rule). A node is a rule (it has "op") or a
group {"best": [node, ...]}, {"first": [...]} or {"all": [...]}: the best for the customer in money, the first that gives
something, or one after the other. What is not in a group cascades: each effect is computed on what the last one left.

An effect is computed exactly over all lines it applies to, rounded half up once and spread over them by largest remainder.
"""

from cardos.offers.basket import code_text, is_birthday
from cardos.offers.money import half_up, share_of, spread


def apply_prices(basket):
    """Run the tree and leave in each line what it costs now."""
    values, givers = _all(basket.pack["prices"], basket, [line.value for line in basket.lines])
    for line, value in zip(basket.lines, values):
        line.value = value
    for offer in givers:
        basket.gave(offer)


# Each of these returns (what the lines cost then, the offers that made them cheaper).


def _all(nodes, basket, values):
    givers = []
    for node in nodes:
        values, more = _node(node, basket, values)
        givers = givers + more
    return values, givers


def _node(node, basket, values):
    if "op" in node:
        return _rule(node, basket, values)
    if "all" in node:
        return _all(node["all"], basket, values)
    best, givers = values, []
    for member in node.get("best") or node["first"]:
        after, more = _node(member, basket, values)
        if sum(after) < sum(best):
            best, givers = after, more
            if "first" in node:
                break
    return best, givers


def _rule(rule, basket, values):
    if not basket.stands(rule):
        return values, []
    amount, places = PRICE_OPS[rule["op"]](rule, basket, values)
    if not places:
        return values, []
    held = [values[place] for place in places]
    if rule.get("manual") and amount:
        basket.shares["manual"] = min(amount, sum(held))
    after = list(values)
    for place, share in zip(places, spread(min(amount, sum(held)), held)):
        after[place] -= share
    return after, [rule["offer"]] if amount else []


def _places(basket, names, without=()):
    """The lines that a rule looks at: named, not excluded, and not free already."""
    return [
        place for place, line in enumerate(basket.lines)
        if line.is_of(names) and not (without and line.is_of(without)) and line.paid_units()
    ]  # fmt: skip


def _nth(rule, basket, values):
    """Every nth unit, dearest first, costs less: {"on", "nth", "bp"}."""
    places = _places(basket, rule["on"])
    before, off = 0, 0
    for price, negative in sorted([(basket.lines[place].price, -place) for place in places], reverse=True):
        units = basket.lines[-negative].paid_units()
        off += price * ((before + units) // rule["nth"] - before // rule["nth"])
        before += units
    return half_up(off * rule["bp"], 10000), places


def _marginal(rule, basket, values):
    """Each unit beyond a step of the row's count is cheaper: {"on", "c", "bands": [[from, bp], ...]}."""
    places = _places(basket, rule["on"])
    before, off = basket.holdings.usable(rule["c"]) if basket.card else 0, 0
    for place in places:
        line = basket.lines[place]
        after = before + line.paid_units()
        for index, (start, rate_bp) in enumerate(rule["bands"]):
            end = rule["bands"][index + 1][0] if index + 1 < len(rule["bands"]) else after
            units = min(after, end) - max(before, start)
            if units > 0:
                off += units * line.price * rate_bp
        before = after
    return half_up(off, 10000), places


def _companion(rule, basket, values):
    """Units marked for a companion cost less when a main line is there: {"on", "bp", "units"}."""
    main, others = 0, []
    for place in _places(basket, rule["on"]):
        line = basket.lines[place]
        if line.companion:
            others.append(place)
        else:
            main = max(main, line.price)
    if not others:
        return 0, []
    if not [place for place in _places(basket, rule["on"]) if not basket.lines[place].companion]:
        basket.decline("NOT_ELIGIBLE")
        return 0, []
    if not basket.card:
        basket.decline("CARD_REQUIRED")
        return 0, []
    left, off = rule["units"], 0
    for price, negative in sorted([(basket.lines[place].price, -place) for place in others], reverse=True):
        units = min(left, basket.lines[-negative].paid_units())
        off += min(price, main) * units
        left -= units
    return half_up(off * rule["bp"], 10000), others


def _rate(rule, basket, values):
    """A rate on lines: {"on", "without", "rates": [source, ...], "sum": True when the sources are added, else the largest}."""
    places = _places(basket, rule["on"], rule.get("without", ()))
    rates = [_source(source, basket) for source in rule["rates"]]
    rate_bp = max(0, sum(rates) if rule.get("sum") else max(rates))  # a counter that owes makes no price higher
    return share_of([values[place] for place in places], rate_bp), places


def _source(source, basket):
    """What one source of a rate gives: 0 when it gives nothing. The words are listed in `cardos.offers.pack`."""
    word, holdings = source["is"], basket.holdings
    if word == "basket":
        return band_of(source["bands"], basket.gross, source.get("over"))[0]
    if word == "manual":
        return basket.event["cashier"]["discount_bp"] if basket.event.get("cashier") else 0
    if not basket.card and not source.get("all"):
        return 0
    if word == "fixed":
        return source["bp"]
    if word == "spent":
        return band_of(source["bands"], holdings.usable(source["c"]), source.get("over"))[0]
    if word == "held":
        return holdings.usable(source["c"])
    if word == "birthday":
        return source["bp"] if is_birthday(holdings, source["c"], basket.day) else 0
    place = holdings.level(source["c"])  # "level" and "group": a rate for each place in the row's names
    if word == "group":
        place, through = holdings.get(source["c"])[0] - 1, holdings.get(source["c"])[1]
        if place >= 0 and through and basket.day > through:
            basket.decline("GROUP_EXPIRED")
            return 0
    return source["bp"][place] if 0 <= place < len(source["bp"]) else 0


def band_of(bands, held, over=False):
    """(rate of the highest band reached, next band or None). over: a band is reached only beyond its edge."""
    rate_bp = 0
    for start, band_bp in bands:
        if held < start or (over and held == start):
            return rate_bp, [start, band_bp]
        rate_bp = band_bp
    return rate_bp, None


def _off(rule, basket, values):
    """A fixed sum off lines, once per sale: {"on", "amount"}."""
    places = _places(basket, rule["on"])
    return min(rule["amount"], sum([values[place] for place in places])), places


def _code(rule, basket, values):
    """A code that anyone may say, any number of times between two dates: {"codes": [[code, bp, from, through, on, least, without]]}."""
    said = code_text(basket.event.get("code") or "")
    if not said:
        return 0, []
    known = [code for code in rule["codes"] if code[0] == said]
    if not known:
        if said not in basket.pack["codes"]:  # another rule of the pack may know it
            basket.decline("CODE_UNKNOWN")
        return 0, []
    _, rate_bp, start, end, names, least, without = known[0]
    reason, places = None, _places(basket, names)
    if basket.day < start:
        reason = "CODE_NOT_YET"
    elif end and basket.day > end:
        reason = "CODE_EXPIRED"
    elif [line for line in basket.lines if line.sku in without]:
        reason = "EXCLUDED_ITEM"
    elif basket.gross < least:
        reason = "MIN_BASKET"
    elif not places:
        reason = "NOT_ELIGIBLE"
    if reason:
        basket.decline(reason)
        return 0, []
    return share_of([values[place] for place in places], rate_bp), places


PRICE_OPS = {
    "nth": _nth, "marginal": _marginal, "companion": _companion, "rate": _rate, "off": _off, "code": _code,
}  # fmt: skip

