"""The first phase of a sale: free units, gifts and coupons that were earned before. A reward that is named but cannot be
given refuses the sale; one that is only automatic is left on the card.

pack["rules"]["gifts"]: True when a gift may be taken without buying anything.
"""

from cardos.offers.money import spread
from cardos.offers.refusal import Refusal


def apply_rewards(basket):
    """Give what `redeem` asks for: "auto" (or nothing said) gives automatic rewards, "none" gives none, an id names one."""
    wanted = basket.event.get("redeem") or "auto"
    rules = basket.pack["rules"]["rewards"]
    if wanted not in ("auto", "none"):
        rule = _named(rules, wanted)
        if not basket.stands(rule):
            return
        _give(rule, basket, wanted)
    elif wanted == "auto":
        for rule in rules:
            if rule.get("auto") and basket.card and basket.stands(rule):
                _give(rule, basket, None)


def _give(rule, basket, named):
    before = len(basket.rewards)
    REWARD_OPS[rule["op"]](rule, basket, named)
    if len(basket.rewards) > before:
        basket.gave(rule["offer"])


def _named(rules, wanted):
    for rule in rules:
        if wanted in reward_ids(rule):
            return rule
    for rule in rules:
        if rule["op"] == "coupons" and wanted.startswith("coupon-"):
            raise Refusal("COUPON_UNKNOWN")
    raise Refusal("REWARD_UNKNOWN")


def reward_ids(rule):
    """The ids that `redeem` may name for a rule of the first phase."""
    if rule["op"] == "gifts":
        return [gift[0] for gift in rule["gifts"]]
    if rule["op"] == "coupons":
        return ["coupon-%d" % number for number in range(1, rule["count"] + 1)]
    return [rule["id"]]


def set_cost(rule, holdings):
    """What one set costs on this card: {"cost"} or, under versions, the cost of the version that the card is on."""
    if "versions" not in rule:
        return rule["cost"]
    version = version_of(rule, holdings)
    for number, _, cost in rule["versions"]:
        if number == version:
            return cost
    return rule["versions"][-1][2]


def version_of(rule, holdings):
    """The version of an offer that a card is on; a card that was never moved is on the first."""
    return holdings.get(rule["v"])[0] or rule["versions"][0][0]


def newest_started(rule, day):
    """The newest version whose first day has come; the first before that."""
    newest = rule["versions"][0][0]
    for number, start, _ in rule["versions"]:
        if day >= start:
            newest = max(newest, number)
    return newest


def _move_on(rule, basket):
    """Move a card to the newest version that has started. Returns [version row, new, old] when that changed something."""
    old, new = version_of(rule, basket.holdings), newest_started(rule, basket.day)
    if new <= old:
        return None
    basket.holdings.put(rule["v"], new)
    return [rule["v"], new, old]


def move_empty_cards(basket):
    """A card without stamps changes to the newest version by itself at its first sale after that version's first day."""
    for rule in basket.pack["rules"]["rewards"]:
        if rule.get("finish") and basket.card and basket.gross and basket.holdings.usable(rule["c"]) <= 0:
            _move_on(rule, basket)


def _free_units(rule, basket, named):
    """The cheapest units go free: {"id", "c", "cost", "on", "units": of one set, "sets": at most, "text"}."""
    cost = set_cost(rule, basket.holdings)
    held = basket.holdings.usable(rule["c"]) if basket.card else 0
    if named and held < cost:
        raise Refusal("OVERDRAW")
    places = [place for place, line in enumerate(basket.lines) if line.is_of(rule["on"]) and line.price and line.paid_units()]
    there = sum([basket.lines[place].paid_units() for place in places])
    sets = min(held // cost, rule["sets"], there // rule["units"]) if held > 0 else 0
    if named and not sets:
        raise Refusal("NOT_ELIGIBLE")
    if not sets:
        return
    left, taken = sets * rule["units"], []
    for _, place in sorted([(basket.lines[place].price, place) for place in places]):
        line = basket.lines[place]
        units = min(left, line.paid_units())
        if units:
            line.free += units
            line.value = line.paid_units() * line.price
            taken.append([place, units])
            left -= units
    parts = basket.holdings.take(rule["c"], sets * cost)
    basket.rewards.append("%s x%d" % (rule["text"], sets * rule["units"]))
    moved = _move_on(rule, basket) if rule.get("finish") else None
    basket.given.append(["units", rule["c"], parts, taken, moved])


def _gifts(rule, basket, named):
    """Something from a list for a price in a counter: {"c", "gifts": [[id, cost, text], ...]}; "auto": the first is automatic."""
    held = basket.holdings.usable(rule["c"]) if basket.card else 0
    _, cost, text = [gift for gift in rule["gifts"] if named is None or gift[0] == named][0]
    if held < cost:
        if named:
            raise Refusal("OVERDRAW")
        return
    parts = basket.holdings.take(rule["c"], cost)
    basket.rewards.append("%s x1" % text)
    basket.given.append(["gift", rule["c"], parts])


def _coupons(rule, basket, named):
    """A numbered coupon, each once, a fixed sum off the basket: {"c", "count", "off", "through"}."""
    number = int(named[7:])
    if not basket.card:
        basket.decline("CARD_REQUIRED")
        return
    if rule["through"] and basket.day > rule["through"]:
        raise Refusal("COUPON_EXPIRED")
    if basket.holdings.bit(rule["c"], number - 1):
        raise Refusal("COUPON_USED")
    values = [line.value for line in basket.lines]
    if not sum(values):
        raise Refusal("NOT_ELIGIBLE")  # nothing to take it off: the coupon stays good
    basket.holdings.set_bit(rule["c"], number - 1, True)
    for line, share in zip(basket.lines, spread(min(rule["off"], sum(values)), values)):
        line.value -= share
    basket.rewards.append("coupon %d" % number)
    basket.given.append(["coupon", rule["c"], number - 1])


REWARD_OPS = {"free-units": _free_units, "gifts": _gifts, "coupons": _coupons}
