"""Stamps and items: stamp-card, version-change, nth-unit, points-product, container-return, coupon-book."""

from fractions import Fraction
from math import ceil, floor

from . import days
from .books import Refused
from .money import points_for, share_bp
from .offer import Offer, PointsOffer


class StampCard(Offer):
    shown = ("stamps",)

    def needed(self, card):
        return self.p["stamps_needed"]

    def automatic_rewards(self, books, sale, card):
        """Whole sets only; the cheapest units that cost something go free."""
        if card is None:
            return
        units = sale.cheapest_units(self.p["category"])
        needed, free_qty = self.needed(card), self.p["free_qty"]
        sets = min(self.p["max_free_per_sale"], max(0, card.get("stamps")) // needed, len(units) // free_qty)
        if sets < 1:
            return
        for line in units[: sets * free_qty]:
            sale.make_free(line, 1)
        card.add("stamps", -sets * needed)
        sale.memo["needed"] = needed
        sale.rewards.append(f"free {self.p['category']} x{sets * free_qty}")
        self.reward_taken(sale, card)

    def reward_taken(self, sale, card):
        """A change of version may follow."""

    def stamps_for(self, sale):
        """Stamps for the paid units that are still with the customer."""
        lines = [line for line in sale.of_category(self.p["category"]) if line.unit_price > 0]
        return sum(line.paid_left for line in lines) // self.p["per_qty"]

    def earn(self, books, sale, card):
        if card:
            stamps = self.stamps_for(sale)
            card.add("stamps", stamps)
            sale.gifts["stamps"] = stamps
            sale.memo["stamps"] = stamps

    def after_refund(self, books, back, card):
        """Stamps kept = remaining paid units / per_qty; returned reward units give their stamps back; debts are allowed."""
        sale = back.sale
        if card is None:
            return
        kept = self.stamps_for(sale) if sale.gross > 0 else 0
        card.add("stamps", kept - sale.memo.get("stamps", 0))
        sale.memo["stamps"] = kept
        if back.free_units():
            units = sum(line.free_back for line in sale.lines)
            given = floor(Fraction(sale.memo["needed"] * units, self.p["free_qty"]))
            card.add("stamps", given - sale.memo.get("given back", 0))
            sale.memo["given back"] = given
            self.reward_returned(sale, card)

    def reward_returned(self, sale, card):
        """A change of version may be undone."""


class VersionChange(StampCard):
    shown = ("stamps", "offer_version")

    def counter_of(self, card, name):
        return card.counters.get("offer_version", 1) if name == "offer_version" else super().counter_of(card, name)

    def version(self, number):
        found = [version for version in self.p["versions"] if version["version"] == number]
        return found[0] if found else None

    def version_of(self, card):
        return self.counter_of(card, "offer_version")

    def needed(self, card):
        return self.version(self.version_of(card))["stamps_needed"]

    def newest(self, card, today):
        """The newest version that has started, never an older one than the card has."""
        started = [version["version"] for version in self.p["versions"] if days.day(version["from"]) <= today]
        return max(started + [self.version_of(card)])

    def check(self, books, sale, card):
        """A card with no stamps moves by itself at its first sale from the start date."""
        if card and self.p["policy"] == "finish-old" and card.get("stamps") <= 0 and sale.gross > 0:
            card.set("offer_version", self.newest(card, sale.today))

    def reward_taken(self, sale, card):
        """What is left moves 1:1."""
        newest = self.newest(card, sale.today)
        if self.p["policy"] == "finish-old" and newest != self.version_of(card):
            sale.memo["moved"] = (self.version_of(card), newest)
            card.set("offer_version", newest)

    def reward_returned(self, sale, card):
        """The former version comes back with the last of the reward units."""
        if any(line.free_left for line in sale.lines):
            return
        former, later = sale.memo.pop("moved", (None, None))
        if former is not None and self.version_of(card) == later:
            card.set("offer_version", former)

    def migrate(self, books, card, event, at):
        new = self.version(event["to"])
        if new is None:
            raise Refused("VERSION_UNKNOWN")
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        if new["version"] <= self.version_of(card):
            raise Refused("ALREADY_MIGRATED")
        if at.date() < days.day(new["from"]):
            raise Refused("CAMPAIGN_CLOSED")
        if self.p["policy"] == "finish-old" and card.get("stamps") > 0:
            raise Refused("NOT_ELIGIBLE")
        if self.p["policy"] == "convert":
            card.set("stamps", ceil(Fraction(card.get("stamps") * new["stamps_needed"], self.needed(card))))
        card.set("offer_version", new["version"])
        return {}


class NthUnit(PointsOffer):
    def prices(self, books, sale, card):
        """Units from dear to cheap, every nth reduced; summed exactly, rounded once, spread over all lines of the set."""
        if self.p["card_required"] and card is None:
            sale.declined = "CARD_REQUIRED"
            return
        lines = sale.of_category(self.p["category"])
        prices = sorted((line.unit_price for line in lines for _ in range(line.qty)), reverse=True)
        nth = self.p["nth"]
        sale.reduce(lines, share_bp(sum(prices[nth - 1 :: nth]), self.p["off_bp"]))

    def earn(self, books, sale, card):
        self.earn_points(sale, card, "points", points_for(sale.net, self.p["earn_bp"], self.p["point_value"]))


class PointsProduct(PointsOffer):
    def named_reward(self, books, sale, card, name):
        if name != self.p["reward_id"]:
            raise Refused("REWARD_UNKNOWN")
        if self.balance(card, "points") < self.p["cost_points"] or card is None:
            raise Refused("OVERDRAW")
        units = sale.cheapest_units(self.p["category"])
        if not units:
            raise Refused("NOT_ELIGIBLE")
        sale.make_free(units[0], 1)
        card.add("points", -self.p["cost_points"])
        sale.rewards.append(f"free {self.p['category']} x1")

    def earn(self, books, sale, card):
        self.earn_points(sale, card, "points", points_for(sale.net, self.p["earn_bp"], self.p["point_value"]))

    def refund(self, books, back):
        """A returned reward unit gives the points back, before anything is taken."""
        if back.free_units():
            books.card(back.sale.card).add("points", self.p["cost_points"])
        super().refund(books, back)


class ContainerReturn(Offer):
    shown = ("jars",)

    def returned(self, books, card, event, at):
        if event["item"] != self.p["item"] or card is None:
            raise Refused("NOT_ELIGIBLE")
        if event["qty"] < 1:
            raise Refused("BAD_AMOUNT")
        jars = card.get("jars") + event["qty"]
        gifts = jars // self.p["needed"]
        card.set("jars", jars % self.p["needed"])
        return {"earned": {"jars": event["qty"]}, "rewards": [f"gift {self.p['gift']} x{gifts}"] if gifts else []}


class CouponBook(Offer):
    shown = ("coupons_left",)

    def start(self, card, data, today):
        """coupons_left alone does not say which: the lowest numbers are the used ones."""
        super().start(card, data, today)
        left = card.counters.get("coupons_left", self.p["coupons"])
        card.memo["used"] = set(range(1, self.p["coupons"] - left + 1))

    def counter_of(self, card, name):
        return self.p["coupons"] - len(card.memo.get("used", ()))

    def named_reward(self, books, sale, card, name):
        if not name.startswith("coupon-"):
            raise Refused("REWARD_UNKNOWN")
        digits = name[len("coupon-") :]
        number = int(digits) if digits.isdecimal() else 0
        if not 1 <= number <= self.p["coupons"]:
            raise Refused("COUPON_UNKNOWN")
        if card is None:
            sale.declined = "CARD_REQUIRED"
            return
        if sale.today > days.day(self.p["valid_through"]):
            raise Refused("COUPON_EXPIRED")
        used = card.memo.setdefault("used", set())
        if number in used:
            raise Refused("COUPON_USED")
        if not sale.net:
            raise Refused("NOT_ELIGIBLE")  # nothing to take it off: the coupon stays good
        used.add(number)
        sale.memo["coupon"] = number
        sale.rewards.append(f"coupon {number}")
        sale.reduce(sale.lines, self.p["off"])

    def after_refund(self, books, back, card):
        if back.now_whole and "coupon" in back.sale.memo:
            card.memo["used"].discard(back.sale.memo["coupon"])


KINDS = {
    "stamp-card": StampCard,
    "version-change": VersionChange,
    "nth-unit": NthUnit,
    "points-product": PointsProduct,
    "container-return": ContainerReturn,
    "coupon-book": CouponBook,
}
