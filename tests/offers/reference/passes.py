"""Rates by right: paid-pass, group-price, manual-discount, simple-or-status, shared-card, companion."""

from datetime import timedelta

from .books import Refused
from .money import share_bp
from .offer import LevelOffer, Offer


class PaidPass(Offer):
    shown = ("valid_to",)
    lists_entitlements = True

    def valid(self, card, today):
        end = card.memo.get("valid_to") if card else None
        return end is not None and today <= end

    def entitlements(self, card, today):
        return list(self.p["entitlements"]) if self.valid(card, today) else []

    def prices(self, books, sale, card):
        if self.valid(card, sale.today):
            sale.reduce_bp(sale.of_category(self.p["category"]), self.p["off_bp"])

    def status(self, books, sale, card):
        """Every unit of the pass adds valid_days: after the present end while valid, otherwise from today on."""
        units = sum(line.qty for line in sale.lines if line.sku == self.p["fee_sku"])
        if card is None or not units:
            return
        former = card.memo.get("valid_to")
        begin = former if self.valid(card, sale.today) else sale.today - timedelta(days=1)
        card.memo["valid_to"] = begin + timedelta(days=units * self.p["valid_days"])
        sale.memo.update(former=former, made=card.memo["valid_to"], passes=units, sold=units)

    def after_refund(self, books, back, card):
        """The former end if it is still what this sale made; otherwise the days given are taken off."""
        sale = back.sale
        units = sum(paid for line, paid, _ in back.units if line.sku == self.p["fee_sku"])
        if card is None or not units or "made" not in sale.memo:
            return
        taken = timedelta(days=(sale.memo["sold"] - sale.memo["passes"]) * self.p["valid_days"])
        untouched = card.memo["valid_to"] == sale.memo["made"] - taken
        sale.memo["passes"] -= units
        if untouched and sale.memo["passes"] == 0:
            card.memo["valid_to"] = sale.memo["former"]
        elif card.memo["valid_to"] is not None:
            card.memo["valid_to"] -= timedelta(days=units * self.p["valid_days"])


class GroupPrice(Offer):
    def check_enrol(self, books, card, event):
        if event.get("group") is not None and event["group"] not in self.p["groups"]:
            raise Refused("GROUP_UNKNOWN")

    def prices(self, books, sale, card):
        group = card.memo.get("group") if card else None
        if group is None:
            return
        end = card.memo.get("group_to")
        if end is not None and sale.today > end:
            sale.declined = "GROUP_EXPIRED"
            return
        lines = [line for line in sale.lines if line.category not in self.p["excluded_categories"]]
        sale.reduce_bp(lines, self.p["groups"].get(group, 0))


class ManualDiscount(Offer):
    def check(self, books, sale, card):
        """Right, limit, reason; a discount of 0 is none."""
        cashier = sale.event.get("cashier") or {}
        rate = cashier.get("discount_bp") or 0
        if rate == 0:
            return
        if rate < 0:
            raise Refused("BAD_AMOUNT")
        if "manual-discount" not in cashier.get("rights", []):
            raise Refused("NO_RIGHT")
        if rate > self.p["max_bp"]:
            raise Refused("LIMIT")
        if not (cashier.get("reason") or "").strip():
            raise Refused("REASON_MISSING")
        sale.memo["rate"] = rate

    def prices(self, books, sale, card):
        if "rate" in sale.memo:
            sale.reduce_bp(sale.lines, sale.memo["rate"])

    def status(self, books, sale, card):
        if "rate" in sale.memo:
            log = books.memo.setdefault("manual", {})
            entry = log.setdefault(sale.event["cashier"]["id"], {"count": 0, "amount": 0})
            entry["count"] += 1
            entry["amount"] += sale.discount

    def report(self, books, card, what, at):
        log = books.memo.get("manual", {}) if what == "manual-discounts" else {}
        return {"report": {cashier: dict(entry) for cashier, entry in log.items()}}


class SimpleOrStatus(LevelOffer):
    shown = ("tier",)

    def prices(self, books, sale, card):
        """A card's rate: simple, the same for all cards; status, by level."""
        if card is None:
            return
        if self.p["mode"] == "simple":
            sale.reduce_bp(sale.lines, self.p["simple_bp"])
        else:
            sale.reduce_bp(sale.lines, self.p["status_bp"].get(self.tier_of(card), 0))


class SharedCard(Offer):
    """memo: last (time of the last sale that counted), uses (how many that day had)."""

    def prices(self, books, sale, card):
        if card is None:
            return
        if self.p["mode"] == "velocity":
            last = card.memo.get("last")
            today = card.memo["uses"] if last is not None and last.date() == sale.today else 0
            if today >= self.p["max_per_day"]:
                sale.declined = "VELOCITY"
                return
            if last is not None and (sale.at - last).total_seconds() < self.p["min_gap_s"]:
                sale.declined = "TOO_SOON"
                return
            sale.memo["uses"] = today + 1
        sale.reduce_bp(sale.lines, self.p["rate_bp"])

    def status(self, books, sale, card):
        if "uses" in sale.memo:
            card.memo.update(last=sale.at, uses=sale.memo["uses"])


class Companion(Offer):
    def prices(self, books, sale, card):
        """Dearest companion units first, each on at most the dearest main fare; spread over the companion lines."""
        lines = sale.of_category(self.p["category"])
        companions = [line for line in lines if line.companion]
        mains = [line for line in lines if not line.companion]
        if not companions:
            return
        if not mains:
            sale.declined = "NOT_ELIGIBLE"
            return
        if card is None:
            sale.declined = "CARD_REQUIRED"
            return
        fare = max(line.unit_price for line in mains)
        prices = sorted((line.unit_price for line in companions for _ in range(line.qty)), reverse=True)
        exact = sum(share_bp(min(price, fare), self.p["companion_off_bp"]) for price in prices[: self.p["max_companions"]])
        sale.reduce(companions, exact)


KINDS = {
    "paid-pass": PaidPass,
    "group-price": GroupPrice,
    "manual-discount": ManualDiscount,
    "simple-or-status": SimpleOrStatus,
    "shared-card": SharedCard,
    "companion": Companion,
}
