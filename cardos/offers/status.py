"""The last phase of a sale: what it says about the customer. And what time alone changes, rolled lazily before each event.

Each rule that a return takes back leaves a line in `basket.undo`: [word, row, ...], read by `cardos.offers.refund`.
"""

from cardos.bytes import I24_MAX
from cardos.calendar import date_of, month_end, month_of, year_end
from cardos.offers.prices import band_of


def roll(rules, holdings):
    """Bring a card to its day: what has ended ends, skipped months and years are counted once. Twice is the same as once.

    Every step is a closed formula, so a card that was away for years costs no more than one that came yesterday.
    """
    for rule in rules:
        if rule["op"] == "month-benefit":
            _month_benefit(rule, holdings)
    holdings.lapse()
    for rule in rules:
        if rule["op"] == "decay":
            _decay(rule, holdings)


def _month_benefit(rule, holdings):
    """Last month's spend gives this month's voucher or rate: {"c": month row, "to": row, "bands", "rate": True for a rate}."""
    spent, end = holdings.get(rule["c"])
    if not end or holdings.day <= end:
        return
    places = range(len(holdings.rows[rule["c"]]["ids"]))
    bought = sum([holdings.get(rule["c"], place)[0] for place in places])
    for place in places:
        holdings.put(rule["c"], 0, 0, place)
    holdings.put(rule["to"], 0)
    month = month_of(end) + 1
    if bought and month == month_of(holdings.day):
        rate_bp = band_of(rule["bands"], spent)[0]
        benefit = rate_bp if rule.get("rate") else min(spent * rate_bp // 10000, I24_MAX)
        if benefit:
            holdings.put(rule["to"], benefit, month_end(month))


def _decay(rule, holdings):
    """One level is lost for every `months` whole months without a visit: {"c": level row, "visit": fact row, "months"}."""
    last = holdings.get(rule["visit"])[0]
    if not last:
        return
    lost = max(0, month_of(holdings.day) - last - 1) // rule["months"]
    if lost:
        level, end = holdings.get(rule["c"])
        holdings.put(rule["c"], max(0, level - lost), end if level > lost else 0)
        holdings.put(rule["visit"], last + lost * rule["months"])


def apply_status(basket):
    """Run the rules of the phase. Only a card's sale with a gross above zero is a visit and a purchase."""
    if not basket.card or not basket.gross:
        return
    for rule in basket.pack["rules"]["status"]:
        if "when" not in rule and "unless" not in rule or _stands_silently(basket, rule):
            STATUS_OPS[rule["op"]](rule, basket)


def _stands_silently(basket, rule):
    told = basket.declined
    stands = basket.stands(rule)
    basket.declined = told
    return stands


def _spend(rule, basket):
    """Count the money paid: {"c": month or lifetime row}."""
    row, holdings = rule["c"], basket.holdings
    holdings.add_money(row, basket.paid)
    if holdings.rows[row]["kind"] == "month":
        for place in range(len(holdings.rows[row]["ids"])):
            holdings.put(row, holdings.get(row, place)[0], month_end(month_of(basket.day)), place)
    basket.undo.append(["spend", row])


def _units(rule, basket):
    """Count paid units of a category in the calendar year: {"c": year row, "on"}."""
    places = [place for place, line in enumerate(basket.lines) if line.is_of(rule["on"])]
    units = sum([basket.lines[place].paid_units() for place in places])
    if units:
        end = year_end(date_of(basket.day)[0])
        basket.holdings.put(rule["c"], basket.holdings.get(rule["c"])[0] + units, end)
        basket.undo.append(["units", rule["c"], end, places])


def _count(rule, basket):
    """One more purchase: {"c"}."""
    basket.holdings.add(rule["c"], 1)
    basket.undo.append(["count", rule["c"]])


def _issue(rule, basket):
    """A sale above a sum makes the card active: {"c", "over"}. Strictly above, on the money paid."""
    if basket.paid > rule["over"] and not basket.holdings.get(rule["c"])[0]:
        basket.holdings.put(rule["c"], 1)
        basket.undo.append(["whole-put", rule["c"], 1, 0, 0, 0])


def _pass(rule, basket):
    """The pass in the sale opens or prolongs its period: {"c": date row, "sku", "days"}. The day of purchase is day one."""
    places = [place for place, line in enumerate(basket.lines) if line.sku == rule["sku"]]
    units = sum([basket.lines[place].qty for place in places])
    if not units:
        return
    before = basket.holdings.get(rule["c"])
    start = before[1] if before[1] >= basket.day else basket.day - 1
    end = start + units * rule["days"]
    basket.holdings.put(rule["c"], 1, end)
    basket.undo.append(["pass", rule["c"], end, before[0], before[1], rule["days"], places])


def _year_level(rule, basket):
    """More than a count in the year gives a level until the end of a later year: {"c", "units": row, "over", "to", "years"}."""
    holdings = basket.holdings
    level, before_end = holdings.get(rule["c"])
    if holdings.usable(rule["units"]) <= rule["over"] or level > rule["to"]:
        return
    end = year_end(date_of(basket.day)[0] + rule["years"])
    if level == rule["to"] and (before_end == 0 or before_end > end):
        return  # it holds longer already
    if (level, before_end) != (rule["to"], end):
        holdings.put(rule["c"], rule["to"], end)
        basket.undo.append(["year-level", rule["c"], rule["to"], end, level, before_end, rule["units"], rule["over"]])


def _visit(rule, basket):
    """Note the month of the visit: {"c": fact row}."""
    basket.holdings.put(rule["c"], month_of(basket.day))


def _use(rule, basket):
    """Note a use that counted: {"c": fact row (uses, day), "last": fact row (second, day)}."""
    count, day = basket.holdings.get(rule["c"])
    basket.holdings.put(rule["c"], count + 1 if day == basket.day else 1, basket.day)
    basket.holdings.put(rule["last"], basket.event["second"], basket.day)


STATUS_OPS = {
    "spend": _spend, "units": _units, "count": _count, "issue": _issue, "pass": _pass, "year-level": _year_level,
    "visit": _visit, "use": _use,
}  # fmt: skip
