"""Between cards and after the sale: referral and price-guarantee."""

from datetime import timedelta

from . import days
from .books import Refused
from .money import part_back
from .offer import Offer, PointsOffer


class Referral(PointsOffer):
    """memo: referrer (until the first sale), brought (registrations per month)."""

    shown = ("points", "purchases")

    def referral(self, books, card, event, at):
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        if event["friend"] == card.name:
            raise Refused("SELF_REFERRAL")
        friend = books.card(event["friend"])
        if friend.get("purchases") > 0 or friend.memo.get("referrer") is not None:
            raise Refused("NOT_ELIGIBLE")
        brought = card.memo.setdefault("brought", {})
        month = days.month_number(at.date())
        if brought.get(month, 0) >= self.p["cap_per_month"]:
            raise Refused("REFERRAL_CAP")
        brought[month] = brought.get(month, 0) + 1
        friend.memo["referrer"] = card.name
        return {}

    def status(self, books, sale, card):
        """The first sale with a gross above zero settles the referral, whatever its size."""
        if card is None:
            return
        referrer = card.memo.pop("referrer", None)
        if referrer is not None and card.get("purchases") == 0 and sale.net >= self.p["min_sale"]:
            card.add("points", self.p["friend_points"])
            books.card(referrer).add("points", self.p["referrer_points"])
            sale.gifts["points"] = self.p["friend_points"]
            sale.memo["referrer"] = referrer
        card.add("purchases", 1)

    def after_refund(self, books, back, card):
        """A whole refund takes both rewards back; only the friend's shortfall comes off the friend's money."""
        if card is None or not back.now_whole or back.sale.gross == 0:
            return
        card.set("purchases", max(0, card.get("purchases") - 1))
        referrer = back.sale.memo.get("referrer")
        if referrer is not None:
            self.deduct(back, "points", self.take_back(books, card, "points", self.p["friend_points"], back))
            self.take_back(books, books.card(referrer), "points", self.p["referrer_points"], back)


class PriceGuarantee(Offer):
    """sale.memo: claims {line index: {card, credit, units, taken}}. Who has the receipt may claim, on any card."""

    shown = ("credit",)

    def money(self):
        return {"credit": 1}

    def line_of(self, books, receipt_line):
        """(sale, line index) of a receipt."""
        numbers = str(receipt_line).split(":")
        if len(numbers) == 2 and all(number.isdecimal() for number in numbers):
            sale = books.sales.get(int(numbers[0]))
            if sale is not None and int(numbers[1]) < len(sale.lines):
                return sale, int(numbers[1])
        raise Refused("NO_SUCH_SALE")

    def claim(self, books, card, event, at):
        sale, position = self.line_of(books, event["receipt_line"])
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        claims = sale.memo.setdefault("claims", {})
        line = sale.lines[position]
        if position in claims:
            raise Refused("ALREADY_CLAIMED")
        if at.date() > sale.today + timedelta(days=self.p["window_days"]):
            raise Refused("CLAIM_LATE")
        cheaper_by = part_back(line.net, 1, line.qty) - event["found_price"]
        if event["found_price"] < 0:
            raise Refused("BAD_AMOUNT")
        if cheaper_by <= 0 or line.paid_left == 0:
            raise Refused("NOT_ELIGIBLE")
        if event["credit"] != cheaper_by * line.paid_left:
            raise Refused("CLAIM_MISMATCH")
        claims[position] = {"card": card.name, "credit": event["credit"], "units": line.paid_left, "taken": 0}
        card.add("credit", event["credit"])
        return {"earned": {"credit": event["credit"]}}

    def after_refund(self, books, back, card):
        """Units that come back after the claim take their share of the credit along."""
        sale = back.sale
        for position, claim in sale.memo.get("claims", {}).items():
            gone = claim["units"] - sale.lines[position].paid_left
            due = part_back(claim["credit"], gone, claim["units"])
            missing = self.take_back(books, books.card(claim["card"]), "credit", due - claim["taken"], back)
            claim["taken"] = due
            self.deduct(back, "credit", missing)


KINDS = {"referral": Referral, "price-guarantee": PriceGuarantee}
