"""One run: a compiled pack played through the books by everybody of one plan, and what came of it.

    play(scene, side, plan) -> Books        side = Side(source, pack, habits)

Every sale of a member goes through `cardos.offers.book.Book`, the evaluator that a till uses: nothing here works out a discount or a
point. The control group and the world without the offer pay full price.

Counted are, over all members: `given` = full price - what was paid + gifts at their cost; `profit_before` = margin of the visits that
people make anyway; `profit_after` = profit_before - given + margin of added visits + price of memberships sold.
"""

import datetime
from collections import namedtuple

from cardos.calendar import parse_date
from cardos.errors import BadInput
from cardos.offers.book import Book
from cardos.offers.opening import opening_state
from cardos.offers.refusal import Refusal
from host_tools.offers.simulate.books_of_run import Books
from host_tools.offers.simulate.population import BP

# scale: played amounts per minor unit (a calculation is played in a finer unit, see own_population)
Scene = namedtuple("Scene", ["population", "items", "margin", "currency", "minor_digits", "scale"])
Side = namedtuple("Side", ["source", "pack", "habits"])
CLOSING = "T23:59"  # cards are looked at on the last minute of a month
CARD = "A"
MEMBERSHIP = "membership"


def play(scene, side, plan):
    """The `Books` of one run; its `figures()` and `months` are what came of it."""
    shop = _Shop(scene, side, plan)
    spans = scene.population.spans()
    closing = 0
    for visit in plan.visits:
        day = scene.population.start + datetime.timedelta(days=visit.day)
        while day >= spans[closing][1]:
            shop.close(spans[closing])
            closing += 1
        shop.serve(day, visit)
    for span in spans[closing:]:
        shop.close(span)
    return shop.books


class _Shop:
    def __init__(self, scene, side, plan):
        self.scene, self.habits, self.population = scene, side.habits, scene.population
        self.customers = [_Customer(who) for who in plan.customers]
        self.books = Books(scene, side.habits)
        self.first_day = parse_date(self.population.start.isoformat())
        for one in self.customers:
            if not one.who.control:
                self._hand_out(one, side.pack)

    def serve(self, day, visit):
        """One visit at the till."""
        one = self.customers[visit.customer]
        if one.who.control:
            self.books.control_sale(one, visit)
            return
        at = "%sT%02d:%02d:%02d" % (day.isoformat(), visit.second // 3600, visit.second // 60 % 60, visit.second % 60)
        if self.habits.enrols and not one.enrolled:
            one.enrolled = True
            self._play(one, {"on": "enrol", "at": at, **self.habits.with_enrol})
        event = {"on": "sale", "at": at, "lines": visit.lines, "currency": self.scene.currency, "redeem": "none", **self.habits.with_sale}
        fee = self._membership(one, day, event)
        plain = dict(event)
        if one.who.redeems and (one.who.spends_max is None or one.spends < one.who.spends_max):
            if self.habits.timed:
                self._play(one, {"on": "tap", "at": at})
            self._redeem(one, day, visit, event)
        result = self._play(one, event)
        if "refused" in result and event != plain:
            result = self._play(one, plain)
        one.spends += 1 if result.get("spent") or result.get("rewards") else 0
        one.coupons += sum(1 for reward in result.get("rewards", ()) if reward.startswith("coupon "))
        self.books.sale(one, visit, fee, result)
        for item in self.habits.returns:
            self._play(one, {"on": "return", "at": at, "item": item, "qty": 1})

    def close(self, span):
        """The end of a month: every card as it then is, and the books of the month."""
        day = span[1] - datetime.timedelta(days=1)
        if self.habits.timed:
            for one in self.customers:
                if not one.who.control and one.purchases:
                    self._play(one, {"on": "tap", "at": day.isoformat() + CLOSING})
        self.books.close(self.customers)

    def _hand_out(self, one, pack):
        """A card for everybody; books of their own, because no card's offers depend on another card."""
        opening = dict(self.population.opening)
        one.book = Book(pack)
        joined = not self.habits.enrols and not self.habits.pass_sku
        try:
            one.book.card(CARD, joined).state = opening_state(pack, opening, self.first_day, joined)
        except Refusal as refusal:
            wanted = "Correct [opening] of the population."
            raise BadInput("The opening balance does not fit a card (%s)." % refusal.code, wanted, "BAD_POPULATION") from refusal
        one.left = opening
        self.books.opened(opening)

    def _membership(self, one, day, event):
        """The price of the article that makes a member, laid into this sale when it is due."""
        sku, days = self.habits.pass_sku, self.habits.pass_days
        if not sku or (one.member_since and (not days or (day - one.member_since).days < days)):
            return 0
        one.member_since = day
        price = int(self.population.joining.price * self.scene.scale)
        event["lines"] = [*event["lines"], {"sku": sku, "category": MEMBERSHIP, "qty": 1, "unit_price": price}]
        return price

    def _redeem(self, one, day, visit, event):
        """As soon as they can: the cheapest reward that the card holds, and the described share of what is money."""
        event["redeem"], spend = "auto", {}
        for first, last, code in self.habits.codes:
            if first <= day.isoformat() <= last:
                event.setdefault("code", code)
        for holding in self.habits.holdings:
            left = one.left.get(holding.counter, 0)
            if holding.money:
                units = left * self.population.redeem_share_bp // BP
                if units > 0:
                    spend[holding.counter] = units
            elif holding.reward and event["redeem"] == "auto" and left >= holding.cost:
                if holding.through and day.isoformat() > holding.through:
                    continue
                if not holding.category or any(line["category"] == holding.category for line in visit.lines):
                    event["redeem"] = holding.reward % (one.coupons + 1) if "%d" in holding.reward else holding.reward
        if spend:
            event["spend"] = spend

    def _play(self, one, event):
        event["card"] = CARD
        result = one.book.play(event)
        if "refused" not in result:
            self.books.moved(one, result)
        return result


class _Customer:
    """One person with a card: what the till showed last."""

    def __init__(self, who):
        self.who, self.book = who, None
        self.left = {}  # counter: units, as last seen
        self.enrolled, self.member_since = False, None
        self.purchases, self.spends, self.coupons, self.paid = 0, 0, 0, 0
        self.active = False  # came in the last quarter of the run

