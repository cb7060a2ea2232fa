"""Levels: tier-earn, tier-decay, segment, year-status, tier-perks, score."""

from datetime import date
from fractions import Fraction
from math import floor

from . import days
from .books import Refused
from .money import BP
from .offer import LevelOffer, Offer
from .spend import LifetimeSpend


class TierEarn(Offer):
    shown = ("miles", "tier")

    def level(self, card):
        reached = [tier for tier in self.p["tiers"] if tier["at"] <= card.get("miles")]
        return reached[-1] if reached else self.p["tiers"][0]

    def tier_of(self, card):
        return self.level(card)["name"]

    def earn(self, books, sale, card):
        """The level before the sale; floored, then multiplied and floored."""
        if card:
            base = sale.net // self.p["step"] * self.p["per_step"]
            self.earn_points(sale, card, "miles", floor(Fraction(base * self.level(card)["times_bp"], BP)))


class TierDecay(LevelOffer):
    """memo: tier, last_visit, steps (levels lost since that visit)."""

    shown = ("tier",)

    def roll(self, card, today):
        last = card.memo.get("last_visit")
        if last is None:
            return
        missed = max(0, days.month_number(today) - days.month_number(last) - 1)
        due = missed // self.p["months_per_level"]
        level = self.p["tiers"].index(self.tier_of(card))
        card.memo["tier"] = self.p["tiers"][max(0, level - (due - card.memo.get("steps", 0)))]
        card.memo["steps"] = due

    def status(self, books, sale, card):
        if card:
            card.memo.update(last_visit=sale.today, steps=0)


class Segment(Offer):
    """memo: visits (the days)."""

    def start(self, card, data, today):
        super().start(card, data, today)
        if card.memo.get("last_visit") is not None:
            card.memo["visits"] = {card.memo["last_visit"]}

    def status(self, books, sale, card):
        if card:
            card.memo.setdefault("visits", set()).add(sale.today)

    def report(self, books, card, what, at):
        if what != "segment" or card is None:
            return {"report": {}}
        visits = sorted(card.memo.get("visits", ()))
        gaps = sorted((later - earlier).days for earlier, later in zip(visits, visits[1:]))
        if len(visits) < self.p["min_visits"] or not gaps:
            return {"segment": "new"}
        middle = len(gaps) // 2
        median = Fraction(gaps[middle]) if len(gaps) % 2 else Fraction(gaps[middle - 1] + gaps[middle], 2)
        away = (at.date() - visits[-1]).days
        return {"segment": "lapsed" if away > self.p["cycles"] * median else "active"}


class YearStatus(Offer):
    """memo: year, tier, tier_to. The first name of tiers is the ordinary level, the second the earned one."""

    shown = ("units_year", "tier")

    def start(self, card, data, today):
        super().start(card, data, today)
        card.memo["year"] = today.year

    def roll(self, card, today):
        if card.memo.setdefault("year", today.year) < today.year:
            card.memo["year"] = today.year
            card.set("units_year", 0)
        self.end_level(card, today)

    def end_level(self, card, today):
        end = card.memo.get("tier_to")
        if end is not None and end < today and not self.invited(card):
            card.memo.update(tier=self.p["tiers"][0], tier_to=None)

    def invited(self, card):
        return self.tier_of(card) == self.p["invitation_tier"]

    def earned_level(self, today):
        return {"tier": self.p["tiers"][1], "tier_to": date(today.year + self.p["holds_years"], 12, 31)}

    def level(self, card):
        return {"tier": self.tier_of(card), "tier_to": card.memo.get("tier_to")}

    def status(self, books, sale, card):
        """Strictly more. A level without an end, or with a later one, stays as it is."""
        if card is None:
            return
        card.add("units_year", sum(line.qty for line in sale.of_category(self.p["category"])))
        former, new = self.level(card), self.earned_level(sale.today)
        held = former["tier"] == new["tier"] and (former["tier_to"] is None or former["tier_to"] >= new["tier_to"])
        if card.get("units_year") > self.p["over"] and not self.invited(card) and not held:
            card.memo.update(new)
            sale.memo.update(former=former, given=new)

    def after_refund(self, books, back, card):
        """In the same year: units go down, and at `over` or below the level that this sale gave goes. Each refund of the sale looks, also after
        another sale has given it anew: what comes back bit by bit must not leave a level that so few units never earned."""
        sale = back.sale
        if card is None or sale.gross == 0 or back.today.year != sale.today.year:
            return
        units = sum(paid for line, paid, _ in back.units if line.category == self.p["category"])
        card.set("units_year", max(0, card.get("units_year") - units))
        if "given" in sale.memo and card.get("units_year") <= self.p["over"]:
            if self.level(card) == sale.memo["given"]:
                card.memo.update(sale.memo["former"])
                self.end_level(card, back.today)

    def grant(self, books, card, event, at):
        """By rank: invitation over earned over ordinary; the same or a lower one is not granted."""
        if "tier" not in event:
            raise Refused("CAMPAIGN_UNKNOWN")
        invitation, earned = self.p["invitation_tier"], self.p["tiers"][1]
        if card is None or event["tier"] not in (invitation, earned):
            raise Refused("NOT_ELIGIBLE")
        if event["tier"] == invitation:
            if self.invited(card):
                raise Refused("ALREADY_GRANTED")
            card.memo.update(tier=invitation, tier_to=None)
        else:
            if self.tier_of(card) in (invitation, earned):
                raise Refused("NOT_ELIGIBLE")
            card.memo.update(self.earned_level(at.date()))
        return {}


class TierPerks(LevelOffer):
    shown = ("tier",)
    lists_entitlements = True

    def roll(self, card, today):
        end = card.memo.get("tier_to")
        if end is not None and end < today:
            card.memo.update(tier=self.p["tiers"][0], tier_to=None)

    def entitlements(self, card, today):
        return list(self.p["entitlements"].get(self.tier_of(card), [])) if card else []


class Score(LifetimeSpend):
    """Each part is floored by itself; a service counts once."""

    def report(self, books, card, what, at):
        if what != "score" or card is None:
            return {"report": {}}
        spend = self.counter_of(card, "lifetime_spend") // self.p["spend_per_point"]
        services = len(set(card.memo.get("services", ())))
        years = days.full_years(card.enrolled_on, at.date()) if card.enrolled_on else 0
        return {"score": spend + services * self.p["per_service"] + years * self.p["per_year"]}


KINDS = {
    "tier-earn": TierEarn,
    "tier-decay": TierDecay,
    "segment": Segment,
    "year-status": YearStatus,
    "tier-perks": TierPerks,
    "score": Score,
}
