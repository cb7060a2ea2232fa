"""What a sale gives: points for money, steps, stamps for units. Rewards never earn, and nothing is earned on a gross of zero.

Each rule notes in `basket.earned` what it gave and how a return takes it back:
    [row, amount, "money", lot day]            the share of the money that goes back
    [row, amount, "units", per, [place, ...]]  by the units that stay
"""

from cardos.offers.refusal import Refusal


def apply_earning(basket):
    """Run the rules of the phase in order. Balances change at the end, so that no rule sees what another earned in this sale."""
    for rule in basket.pack["rules"]["earn"]:
        op = EARN_OPS[rule["op"]]
        if basket.gross and (basket.card or rule["op"] == "share") and basket.stands(rule):
            before = len(basket.earned)
            op(rule, basket)
            if len(basket.earned) > before:
                basket.gave(rule["offer"])
    for entry in basket.earned:
        basket.holdings.add(entry[0], entry[1])


def _note(basket, row, amount):
    if amount:
        basket.earned.append([row, amount, "money", basket.holdings.lot_day(row)])


def _base(rule, basket):
    """The money that a rule looks at: paid, or the value before points when "gross"; without what never earns."""
    total = 0
    for line in basket.lines:
        if not line.is_of(rule["on"]) or line.is_of(rule.get("without", ())):
            continue
        total += line.value if rule.get("gross") else line.net
    return total


def _points(rule, basket):
    """{"c", "bp", "worth": minor units of a point, "on", "without", "gross"}; "partners": {id: bp}; "extra": {article: points a unit}."""
    rate_bp = rule["bp"]
    if "partners" in rule:
        rate_bp = rule["partners"][basket.event["partner"]]
    amount = _base(rule, basket) * rate_bp // (10000 * rule["worth"])
    for line in basket.lines:
        amount += rule.get("extra", {}).get(line.sku, 0) * line.paid_units()
    _note(basket, rule["c"], amount)


def _steps(rule, basket):
    """Points for whole steps of money: {"c", "step", "per", "on"}; "carry": row that keeps the rest; "windows":
    [[from, through, times], ...], the largest counts; "levels": row whose level gives "times_bp": [...]."""
    money = _base(rule, basket)
    if "carry" in rule:
        money += max(0, basket.holdings.usable(rule["carry"]))
        basket.holdings.put(rule["carry"], money % rule["step"])
    amount = money // rule["step"] * rule["per"]
    times = 1
    for start, end, factor in rule.get("windows", ()):
        if start <= basket.day <= end:
            times = max(times, factor)
    amount *= times
    if "levels" in rule:
        amount = amount * rule["times_bp"][basket.holdings.level(rule["levels"])] // 10000
    _note(basket, rule["c"], amount)


def _stamps(rule, basket):
    """A stamp for each `per` paid units: {"c", "on", "per"}; "amount": True when a sale without lines is one unit."""
    units, places = 0, []
    for place, line in enumerate(basket.lines):
        named = line.is_of(rule["on"]) if line.sku or line.category else rule.get("amount")
        if named and line.price:
            units += line.paid_units()
            places.append(place)
    if units // rule["per"]:
        basket.earned.append([rule["c"], units // rule["per"], "units", rule["per"], places])


def _welcome_friend(rule, basket):
    """Points for a friend's first sale; who brought the friend is credited by the books: {"c", "friend", "least"}."""
    if basket.event.get("referred") and not basket.holdings.usable(rule["count"]) and basket.paid >= rule["least"]:
        basket.earned.append([rule["c"], rule["friend"], "whole", basket.holdings.lot_day(rule["c"])])
        basket.shares["referrer"] = rule["referrer"]


def _share(rule, basket):
    """A share of the sale that the shop gives away: {"to", "bp"}."""
    basket.shares["charity"] = [rule["to"], basket.paid * rule["bp"] // 10000]


def check_partner(basket):
    """Refusal PARTNER_UNKNOWN when a rule pays by partner and does not know this one. Ids are compared exactly."""
    for rule in basket.pack["rules"]["earn"]:
        if "partners" in rule and basket.event.get("partner") not in rule["partners"]:
            raise Refusal("PARTNER_UNKNOWN")


EARN_OPS = {"points": _points, "steps": _steps, "stamps": _stamps, "friend": _welcome_friend, "share": _share}
