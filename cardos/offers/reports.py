"""What the books tell: discounts by hand, settlement between partners, charity, a customer's rhythm and score."""

from cardos.calendar import full_years
from cardos.offers.evaluate import rolled


class Totals:
    """Sums that sales, donations and refunds leave behind."""

    def __init__(self):
        self.manual = {}  # cashier -> {"count", "amount"}
        self.settlement = {}  # partner -> minor units
        self.charity = {}  # charity -> minor units

    def sale(self, pack, event, effects):
        """Count one sale."""
        cashier = event.get("cashier") or {}
        if cashier.get("discount_bp") and effects["gross"]:
            line = self.manual.setdefault(cashier["id"], {"count": 0, "amount": 0})
            line["count"] += 1
            line["amount"] += effects["shares"].get("manual", 0)
        if event.get("partner"):
            self._settle(pack, event["partner"], effects.get("earned", {}), effects.get("spent", {}), 1)
        self._give(effects)

    def event(self, event, effects):
        """Count a donation."""
        self._give(effects)

    def refund(self, pack, receipt, effects):
        """Take back what a refund reverses."""
        if receipt.get("partner"):
            self._settle(pack, receipt["partner"], effects["taken"], effects["restored"], -1)
        self._give(effects)

    def _settle(self, pack, partner, earned, spent, sign):
        total = 0
        for row in earned:
            total += earned[row] * pack["counters"][row].get("unit", 0)
        for row in spent:
            total -= spent[row] * pack["counters"][row].get("unit", 0)
        self.settlement[partner] = self.settlement.get(partner, 0) + sign * total

    def _give(self, effects):
        if "charity" in effects.get("shares", {}):
            to, amount = effects["shares"]["charity"]
            self.charity[to] = self.charity.get(to, 0) + amount


def report(book, event, card):
    """{"report": …}, {"segment": …} or {"score": …}; an unknown report is refused."""
    what, totals = event["what"], book.totals
    if what == "manual-discounts":
        return {"report": {cashier: dict(line) for cashier, line in totals.manual.items()}}
    if what in ("settlement", "charity"):
        return {"report": dict(totals.settlement if what == "settlement" else totals.charity)}
    if what == "segment" and card is not None and book.pack["rules"].get("segment"):
        return {"segment": segment(book.pack["rules"]["segment"], card.visits, event["day"])}
    if what == "score" and card is not None and book.pack["rules"].get("score"):
        return {"score": score(book.pack, card, event["day"])}
    return {}


def segment(rule, visits, day):
    """ "new", "active" or "lapsed": lapsed when the days since the last visit exceed cycles * the median gap between visit days."""
    days = sorted(set(visits))
    if len(days) < rule["visits"]:
        return "new"
    gaps = sorted([days[place + 1] - days[place] for place in range(len(days) - 1)])
    if not gaps:
        return "new"
    middle = len(gaps) // 2
    twice_median = gaps[middle] * 2 if len(gaps) % 2 else gaps[middle - 1] + gaps[middle]
    return "lapsed" if 2 * (day - days[-1]) > rule["cycles"] * twice_median else "active"


def score(pack, card, day):
    """Points for spend, for each service and for each full year, each part rounded down by itself."""
    rule = pack["rules"]["score"]
    spent = rolled(pack, card.state, day).usable(rule["c"])
    years = full_years(card.joined_on, day) if card.joined_on is not None else 0
    return spent // rule["per_point"] + len(set(card.services)) * rule["service"] + years * rule["year"]
