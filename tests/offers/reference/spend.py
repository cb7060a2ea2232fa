"""Rates by spend or by units: month-benefit, issued-card, basket-bands, fixed-progressive, marginal-units."""

from . import days
from .money import BP, band_rate, next_band, share_bp
from .offer import Offer


class MonthBenefit(Offer):
    """memo: month (number), spend (minor units of this month). voucher and rate_bp belong to this month, too."""

    gives_next = True

    @property
    def shown(self):
        return ("month_spend", "voucher") if self.p["mode"] == "amount" else ("month_spend", "rate_bp")

    def money(self):
        return {"voucher": self.p["voucher_unit"]} if self.p["mode"] == "amount" else {}

    def start(self, card, data, today):
        super().start(card, data, today)
        card.memo["month"] = days.month_number(today)
        card.memo["spend"] = card.get("month_spend") * self.p["spend_unit"]

    def roll(self, card, today):
        this_month = days.month_number(today)
        card.memo.setdefault("month", this_month)
        card.memo.setdefault("spend", 0)
        while card.memo["month"] < this_month:
            units = card.memo["spend"] // self.p["spend_unit"]
            rate = band_rate(self.p["bands"], units) if card.memo["spend"] > 0 else 0
            if self.p["mode"] == "amount":
                card.set("voucher", units * rate // BP)
            else:
                card.set("rate_bp", rate)
            card.memo["spend"] = 0
            card.memo["month"] += 1

    def counter_of(self, card, name):
        return card.memo.get("spend", 0) // self.p["spend_unit"] if name == "month_spend" else card.get(name)

    def prices(self, books, sale, card):
        if card and self.p["mode"] == "rate":
            sale.reduce_bp(sale.lines, card.get("rate_bp"))

    def status(self, books, sale, card):
        if card:
            card.memo["spend"] += sale.net

    def next(self, books, sale, card):
        return next_band(self.p["bands"], self.counter_of(card, "month_spend"))

    def same_month(self, back):
        return days.month_number(back.today) == days.month_number(back.sale.today)

    def restore(self, card, counter, amount, back):
        """The voucher of another month is lost."""
        if self.same_month(back):
            card.add(counter, amount)

    def after_refund(self, books, back, card):
        if card and self.same_month(back):
            card.memo["spend"] = max(0, card.memo["spend"] - back.money)


class IssuedCard(Offer):
    shown = ("card_active",)

    def prices(self, books, sale, card):
        """Sale season wins over birthday; the extra is added to the rate and rounded as one effect."""
        if card is None or not card.get("card_active"):
            return
        if any(days.inside(sale.today, first, last) for first, last in self.p["sale_periods"]):
            sale.declined = "SALE_PERIOD"
            return
        extra = self.p["birthday_extra_bp"] if days.is_birthday(card.memo.get("birthday"), sale.today) else 0
        sale.reduce_bp(sale.lines, self.p["rate_bp"] + extra)

    def status(self, books, sale, card):
        if card and not card.get("card_active") and sale.net > self.p["issue_over"]:
            card.set("card_active", 1)
            sale.memo["issued"] = True

    def after_refund(self, books, back, card):
        if back.now_whole and "issued" in back.sale.memo:
            card.set("card_active", 0)


class LifetimeSpend(Offer):
    """Money paid since ever, kept in minor units in memo["spend"], shown in whole units."""

    shown = ("lifetime_spend",)

    def start(self, card, data, today):
        super().start(card, data, today)
        card.memo["spend"] = card.get("lifetime_spend") * self.p["spend_unit"]

    def counter_of(self, card, name):
        return card.memo.get("spend", 0) // self.p["spend_unit"] if name == "lifetime_spend" else super().counter_of(card, name)

    def status(self, books, sale, card):
        if card:
            card.memo["spend"] = card.memo.get("spend", 0) + sale.net

    def after_refund(self, books, back, card):
        if card:
            card.memo["spend"] = max(0, card.memo.get("spend", 0) - back.money)


class BasketBands(LifetimeSpend):
    gives_next = True

    @property
    def next_without_card(self):
        return not self.lifetime

    @property
    def shown(self):
        return ("lifetime_spend",) if self.lifetime else ()

    @property
    def lifetime(self):
        return self.p["mode"] == "lifetime"

    @property
    def strict(self):
        return self.p.get("compare", ">=") == ">"

    def measure(self, sale, card):
        """The basket before discount, or everything bought before."""
        if not self.lifetime:
            return sale.gross
        return self.counter_of(card, "lifetime_spend") if card else 0

    def prices(self, books, sale, card):
        if card or not self.lifetime:
            sale.reduce_bp(sale.lines, band_rate(self.p["bands"], self.measure(sale, card), self.strict))

    def next(self, books, sale, card):
        return next_band(self.p["bands"], self.measure(sale, card), self.strict)

    def status(self, books, sale, card):
        if self.lifetime:
            super().status(books, sale, card)

    def after_refund(self, books, back, card):
        if self.lifetime:
            super().after_refund(books, back, card)


class FixedProgressive(Offer):
    def prices(self, books, sale, card):
        fixed = self.p["fixed_bp"] if card else 0
        step = band_rate(self.p["bands"], sale.gross)
        sale.reduce_bp(sale.lines, fixed + step if self.p["combine"] == "sum" else max(fixed, step))


class MarginalUnits(Offer):
    """memo: year. A unit's rate is set by the units bought before it in this calendar year, in the order of the lines."""

    shown = ("units_year",)
    gives_next = True

    def start(self, card, data, today):
        super().start(card, data, today)
        card.memo["year"] = today.year

    def roll(self, card, today):
        if card.memo.setdefault("year", today.year) < today.year:
            card.memo["year"] = today.year
            card.set("units_year", 0)

    def prices(self, books, sale, card):
        before = card.get("units_year") if card else 0
        lines = sale.of_category(self.p["category"])
        exact = 0
        for line in lines:
            for _ in range(line.qty):
                exact += share_bp(line.unit_price, band_rate(self.p["bands"], before))
                before += 1
        sale.reduce(lines, exact)

    def status(self, books, sale, card):
        if card:
            card.add("units_year", sum(line.qty for line in sale.of_category(self.p["category"])))

    def next(self, books, sale, card):
        return next_band(self.p["bands"], card.get("units_year"))

    def after_refund(self, books, back, card):
        if card and back.sale.gross > 0 and back.today.year == back.sale.today.year:
            units = sum(paid for line, paid, _ in back.units if line.category == self.p["category"])
            card.set("units_year", max(0, card.get("units_year") - units))


KINDS = {
    "month-benefit": MonthBenefit,
    "issued-card": IssuedCard,
    "basket-bands": BasketBands,
    "fixed-progressive": FixedProgressive,
    "marginal-units": MarginalUnits,
}
