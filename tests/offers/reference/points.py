"""Points: cashback, step-points, catalogue, welcome-window, charity, phone-claim, coalition, enrolment, switch-to-points."""

from . import days
from .books import Refused
from .money import BP, COUNTER_MAX, points_for, pro_rata
from .offer import Offer, PointsOffer
from .spend import LifetimeSpend


class Cashback(PointsOffer):
    def earn(self, books, sale, card):
        base = sale.value if self.p.get("earn_base", "net") == "gross" else sale.net
        self.earn_points(sale, card, "points", points_for(base, self.p["earn_bp"], self.p["point_value"]))


class StepPoints(PointsOffer):
    @property
    def shown(self):
        return ("points", "carry") if self.p["carry"] else ("points",)

    def earn(self, books, sale, card):
        if card is None:
            return
        money = sale.net
        if self.p["carry"]:
            money += card.get("carry")
            card.set("carry", money % self.p["step"])
        self.earn_points(sale, card, "points", money // self.p["step"] * self.p["points_per_step"])


class Catalogue(Offer):
    @property
    def shown(self):
        return (self.p["counter"],)

    def may_be_empty(self, sale):
        return True

    def may_return_nothing(self, sale):
        return not sale.lines and "cost" in sale.memo and not sale.whole

    def named_reward(self, books, sale, card, name):
        if name not in self.p["catalogue"]:
            raise Refused("REWARD_UNKNOWN")
        cost = self.p["catalogue"][name]
        if card is None or self.balance(card, self.p["counter"]) < cost:
            raise Refused("OVERDRAW")
        card.add(self.p["counter"], -cost)
        sale.memo["cost"] = cost
        sale.rewards.append(f"gift {name} x1")

    def earn(self, books, sale, card):
        self.earn_points(sale, card, self.p["counter"], sale.net // self.p["step"] * self.p["per_step"])

    def refund(self, books, back):
        """A thing from the list is given back with the last of the sale; its price returns before anything is taken."""
        if back.now_whole and "cost" in back.sale.memo:
            books.card(back.sale.card).add(self.p["counter"], back.sale.memo["cost"])
        super().refund(books, back)


class WelcomeWindow(PointsOffer):
    """memo: granted (campaigns that the card had)."""

    def joined(self, books, card, gifts):
        card.add("points", self.p["welcome"])
        gifts["points"] = self.p["welcome"]

    def earn(self, books, sale, card):
        times = [window["times"] for window in self.p["windows"] if days.inside(sale.today, window["from"], window["through"])]
        self.earn_points(sale, card, "points", sale.net // self.p["step"] * self.p["per_step"] * max(times, default=1))

    def grant(self, books, card, event, at):
        campaign = self.p["grants"].get(event.get("campaign"))
        if campaign is None:
            raise Refused("CAMPAIGN_UNKNOWN")
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        if not days.inside(at.date(), campaign["from"], campaign["through"]):
            raise Refused("CAMPAIGN_CLOSED")
        granted = card.memo.setdefault("granted", set())
        if event["campaign"] in granted:
            raise Refused("ALREADY_GRANTED")
        granted.add(event["campaign"])
        card.add("points", campaign["points"])
        return {"earned": {"points": campaign["points"]}}


class Charity(PointsOffer):
    """books.memo: gifts (minor units per charity)."""

    def donate(self, books, card, event, at):
        if event["amount"] < 1:
            raise Refused("BAD_AMOUNT")
        if event["to"] not in self.p["charities"]:
            raise Refused("CHARITY_UNKNOWN")
        if card is None or event["amount"] > card.get("points"):
            raise Refused("OVERDRAW")
        card.add("points", -event["amount"])
        self.give(books, event["to"], event["amount"] * self.p["point_value"])
        return {}

    def give(self, books, charity, amount):
        gifts = books.memo.setdefault("gifts", {})
        gifts[charity] = gifts.get(charity, 0) + amount

    def status(self, books, sale, card):
        if self.p["charities"]:
            share = sale.net * self.p["shop_bp"] // BP
            sale.memo.update(share=share, kept=share)
            self.give(books, self.p["charities"][0], share)

    def after_refund(self, books, back, card):
        sale = back.sale
        if "share" in sale.memo:
            kept = pro_rata(sale.memo["share"], sale.value - sale.value_back(), sale.value)
            self.give(books, self.p["charities"][0], kept - sale.memo["kept"])
            sale.memo["kept"] = kept

    def report(self, books, card, what, at):
        gifts = books.memo.get("gifts", {}) if what == "charity" else {}
        return {"report": {charity: amount for charity, amount in gifts.items() if amount}}


class PhoneClaim(PointsOffer):
    """books.memo: queue (points per number), linked (card per number)."""

    def linked(self, books, phone):
        return books.card(books.memo.get("linked", {}).get(phone))

    def by_number(self, books, event):
        """Online a linked number is as good as its card."""
        return self.linked(books, event["phone"]) if event.get("phone") is not None and not event.get("offline") else None

    def check_spend(self, books, sale, card):
        by_number = card is None and sale.event.get("phone") is not None
        if by_number and sale.event.get("offline") and any(sale.event.get("spend", {}).values()):
            raise Refused("OFFLINE_BURN")

    def earn(self, books, sale, card):
        amount = points_for(sale.net, self.p["earn_bp"], self.p["point_value"])
        phone = sale.event.get("phone")
        if card:
            self.earn_points(sale, card, "points", amount)
        elif phone is not None:
            queue = books.memo.setdefault("queue", {})
            queue[phone] = queue.get(phone, 0) + amount
            if queue[phone] > COUNTER_MAX:
                raise Refused("COUNTER_RANGE")
            sale.earned["points"] = amount
            sale.memo["queued"] = phone
            sale.shown = {"earned": {}, "queued": {"points": amount}}

    def enrol(self, books, card, event, at):
        result = super().enrol(books, card, event, at)
        phone = event.get("phone")
        if phone is not None:
            books.memo.setdefault("linked", {})[phone] = card.name
            credit = books.memo.setdefault("queue", {}).pop(phone, 0)
            card.add("points", credit)
            result["earned"]["points"] = result["earned"].get("points", 0) + credit
        return result

    def take_back(self, books, card, counter, amount, back):
        """From the queue while the claim waits there, then from the card it went to."""
        if card is not None:
            return super().take_back(books, card, counter, amount, back)
        phone = back.sale.memo["queued"]
        queue = books.memo["queue"]
        waiting = min(amount, queue.get(phone, 0))
        queue[phone] = queue.get(phone, 0) - waiting
        owner = self.linked(books, phone)
        return super().take_back(books, owner, counter, amount - waiting, back) if owner else amount - waiting


class Coalition(PointsOffer):
    """books.memo: points (earned - spent per partner)."""

    def check(self, books, sale, card):
        if sale.event.get("partner") not in self.p["partners"]:
            raise Refused("PARTNER_UNKNOWN")

    def earn(self, books, sale, card):
        points = points_for(sale.net, self.p["partners"][sale.event["partner"]], self.p["point_value"])
        bonus = sum(line.qty * self.p["bonus_skus"].get(line.sku, 0) for line in sale.lines)
        self.earn_points(sale, card, "points", points + bonus)

    def status(self, books, sale, card):
        self.settle(books, sale.event["partner"], sale.earned.get("points", 0) - sale.spent.get("points", 0))

    def settle(self, books, partner, points):
        accounts = books.memo.setdefault("points", {})
        accounts[partner] = accounts.get(partner, 0) + points

    def after_refund(self, books, back, card):
        """What this refund restored and took, reversed in the partner's account."""
        sale = back.sale
        now = sale.restored.get("points", 0) - sale.taken.get("points", 0)
        self.settle(books, sale.event["partner"], now - sale.memo.get("reversed", 0))
        sale.memo["reversed"] = now

    def report(self, books, card, what, at):
        accounts = books.memo.get("points", {}) if what == "settlement" else {}
        return {"report": {partner: points * self.p["point_value"] for partner, points in accounts.items() if points}}


class Enrolment(PointsOffer):
    def check_enrol(self, books, card, event):
        if self.p["mode"] == "buy":
            raise Refused("CARD_MUST_BE_BOUGHT")

    def card_items(self, sale):
        return [line for line in sale.lines if line.sku == self.p["card_sku"]]

    def prices(self, books, sale, card):
        buys = self.p["mode"] == "buy" and bool(self.card_items(sale))
        if card and not card.joined and not buys:
            sale.declined = "NOT_ENROLLED"

    def earn(self, books, sale, card):
        if card and card.joined:
            base = sum(line.net for line in sale.lines if line.sku != self.p["card_sku"])
            self.earn_points(sale, card, "points", points_for(base, self.p["earn_bp"], self.p["point_value"]))

    def join(self, books, sale, card):
        if self.p["mode"] == "buy" and not card.joined and self.card_items(sale):
            card.joined = True
            sale.memo["joined"] = True

    def after_refund(self, books, back, card):
        if "joined" in back.sale.memo and all(line.paid_left == 0 for line in self.card_items(back.sale)):
            card.joined = False
            del back.sale.memo["joined"]


class SwitchToPoints(LifetimeSpend, PointsOffer):
    """A card is a discount card until it migrates."""

    shown = ("lifetime_spend", "points")

    def prices(self, books, sale, card):
        if card and "migrated" not in card.memo:
            sale.reduce_bp(sale.lines, self.p["discount_bp"])

    def earn(self, books, sale, card):
        if card and "migrated" in card.memo:
            self.earn_points(sale, card, "points", points_for(sale.net, self.p["earn_bp"], self.p["point_value"]))

    def migrate(self, books, card, event, at):
        if event["to"] not in (1, 2):
            raise Refused("VERSION_UNKNOWN")
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        if "migrated" in card.memo or event["to"] == 1:
            raise Refused("ALREADY_MIGRATED")
        card.memo["migrated"] = True
        past = self.counter_of(card, "lifetime_spend") * self.p["spend_unit"]
        opening = points_for(past, self.p["opening_bp"], self.p["point_value"])
        card.add("points", opening)
        return {"earned": {"points": opening}}


KINDS = {
    "cashback": Cashback,
    "step-points": StepPoints,
    "catalogue": Catalogue,
    "welcome-window": WelcomeWindow,
    "charity": Charity,
    "phone-claim": PhoneClaim,
    "coalition": Coalition,
    "enrolment": Enrolment,
    "switch-to-points": SwitchToPoints,
}
