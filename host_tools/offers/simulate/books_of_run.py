"""What one run adds up to: exact sums while it is played, and its figures.

Over all members (not the control group), in Fractions of minor units:

    given          full price - what was paid + gifts at what they cost the shop
    profit_before  margin of the visits that people make anyway, at full price
    profit_after   profit_before - given + margin of added visits + memberships sold
    share          given / profit_before                         (rows F01-F03)
    liability      units left x worth of one x share that redeems (row F03), at each end of a month
    breakage       (lost by ending + left x share that never redeems) / issued, by worth
    uplift_needed  growth of sales at which the profit is what it was: margin / (margin - given) - 1 (row F04); None: no growth is enough
    uplift         mean spend of members / mean spend of the control group - 1 (row F05); spend is money paid
"""

from fractions import Fraction

from host_tools.offers.economics import economics
from host_tools.offers.simulate.population import BP

POT = {"pending": "points"}  # counters that hold the same thing as another, not usable yet
ACTIVE_PART = 4  # a customer is active who came in the last quarter of the months


class Books:
    """The sums of one run. `figures()` at its end; `months` has one dict an end of month."""

    def __init__(self, scene, habits):
        self.scene, self.habits = scene, habits
        self.worth = {holding.counter: holding.worth for holding in reversed(habits.holdings)}  # the cheapest reward says what a unit is worth
        self.rewards_from = [holding.counter for holding in habits.holdings if holding.money is False]
        self.pots = sorted({POT.get(counter, counter) for counter in self.worth})
        self.units = {pot: {"issued": 0, "redeemed": 0, "expired": 0, "left": 0} for pot in self.pots}
        self.gross = self.added = self.paid = self.discount = self.gifts = self.fees = 0
        self.rewards = self.visits = 0
        self.months, self.refused, self.declined = [], {}, {}
        self._before = (0, 0, 0, 0, 0)
        spans = len(scene.population.spans())
        self._active_from = spans - max(1, spans // ACTIVE_PART)
        self.customers = []

    def opened(self, opening):
        """A card begins with these counters."""
        for counter, pot in self._pots():
            self.units[pot]["issued"] += opening.get(counter, 0)

    def moved(self, one, result):
        """An event of this customer's card changed its counters."""
        rewards, spent, earned, after = result.get("rewards", ()), result.get("spent", {}), result.get("earned", {}), result.get("counters", {})
        old: dict[str, int] = {}
        new: dict[str, int] = {}
        for counter, pot in self._pots():
            old[pot] = old.get(pot, 0) + one.left.get(counter, 0)
            new[pot] = new.get(pot, 0) + after.get(counter, one.left.get(counter, 0))
        for pot in self.pots:
            units, got, gone = self.units[pot], earned.get(pot, 0), spent.get(pot, 0)
            if rewards and pot in self.rewards_from:
                gone = max(gone, old[pot] + got - new[pot])
            rest = new[pot] - old[pot] - got + gone
            units["issued"] += got + max(0, rest)
            units["redeemed"] += gone
            units["expired"] += max(0, -rest)
        one.left.update(after)
        for reward in rewards:
            self.rewards += 1
            if reward.startswith("gift "):
                name, _, count = reward[5:].rpartition(" x")
                self.gifts += self.habits.gifts.get(name, 0) * int(count) * self.scene.scale

    def sale(self, one, visit, fee, result):
        """A member was at the till. `fee` is the price of a membership in the same sale."""
        for word, counts in (("refused", self.refused), ("declined", self.declined)):
            if word in result:
                counts[result[word]] = counts.get(result[word], 0) + 1
        paid = result.get("paid", visit.gross + fee) if "refused" not in result else visit.gross + fee
        self.visits += 1
        self.gross += visit.gross
        self.added += visit.gross if visit.extra else 0
        self.paid += paid
        self.fees += fee
        self.discount += result.get("discount", 0) if "refused" not in result else 0
        self._came(one, paid)

    def control_sale(self, one, visit):
        """Somebody without the offer pays the full price."""
        self._came(one, visit.gross)

    def close(self, customers):
        """The end of a month: a row of `months`, liability as it then stands."""
        left = {pot: 0 for pot in self.pots}
        for counter, pot in self._pots():
            left[pot] += sum(max(0, one.left.get(counter, 0)) for one in customers if not one.who.control)
        for pot in self.pots:
            self.units[pot]["left"] = left[pot]
        now = (self.gross, self.added, self.paid, self.fees, self.gifts)
        gross, added, paid, fees, gifts = (new - old for new, old in zip(now, self._before))
        self._before = now
        full = self._money(sum(left[pot] * self._worth(pot) for pot in self.pots))
        self.months.append({
            "outstanding": full,
            "liability": full * self.scene.population.redeem_bp / BP,
            "profit_before": self._money((gross - added) * self.scene.margin),
            "profit_after": self._money(gross * self.scene.margin - (gross - (paid - fees) + gifts) + fees),
        })  # fmt: skip
        self.customers = customers

    def figures(self):
        """{name: Fraction, int or None}, in the order of the tables; counters as issued.NAME, redeemed.NAME, expired.NAME, left.NAME."""
        members = [one for one in self.customers if not one.who.control]
        before = self._money((self.gross - self.added) * self.scene.margin)
        given = self._money(self.gross - (self.paid - self.fees) + self.gifts)
        fees, all_margin = self._money(self.fees), self._money(self.gross * self.scene.margin)
        redeeming = Fraction(self.scene.population.redeem_bp, BP)
        worth = {word: self._money(sum(self.units[pot][word] * self._worth(pot) for pot in self.pots)) for word in ("issued", "redeemed", "expired", "left")}
        figures = {
            "members": len(members),
            "visits": self.visits,
            "revenue_before": self._money(self.gross - self.added),
            "revenue": self._money(self.paid),
            "profit_before": before,
            "given": given,
            "discount": self._money(self.discount),
            "gifts": self._money(self.gifts),
            "memberships": fees,
            "profit_after": all_margin - given + fees,
            "share": given / before if before else None,
            "uplift_needed": _needed(all_margin, given - fees),
            "issued": worth["issued"],
            "redeemed": worth["redeemed"],
            "outstanding": worth["left"],
            "liability": worth["left"] * redeeming,
            "breakage": (worth["expired"] + worth["left"] * (1 - redeeming)) / worth["issued"] if worth["issued"] else None,
            "rewards": self.rewards,
        }
        for pot in self.pots:
            for word in ("issued", "redeemed", "expired", "left"):
                figures["%s.%s" % (word, pot)] = self.units[pot][word]
        figures.update(self._key_figures(members))
        return figures

    def _key_figures(self, members):
        control = [one.paid for one in self.customers if one.who.control]
        customers = [{"purchases": one.purchases, "spend": one.paid, "active": one.active} for one in members]
        words = economics({"calc": "kpi", "customers": customers, "control_spend": control, "top_bp": 2000})
        figures = {key: None if words[key] is None else Fraction(words[key]) for key in ("repeat_rate", "churn", "top_share", "uplift")}
        figures["member_spend"] = self._money(Fraction(sum(one.paid for one in members), len(members))) if members else None
        figures["control_spend"] = self._money(Fraction(sum(control), len(control))) if control else None
        return figures

    def _came(self, one, paid):
        one.purchases += 1
        one.paid += paid
        one.active = one.active or len(self.months) >= self._active_from

    def _worth(self, pot):
        return self.worth.get(pot, 0)

    def _pots(self):
        return [(counter, POT.get(counter, counter)) for counter in sorted(self.worth)]

    def _money(self, amount):
        return Fraction(amount) / self.scene.scale


def _needed(margin, cost):
    """Growth that makes up for a cost, both of the same sales; None when no growth does."""
    return margin / (margin - cost) - 1 if margin > cost else None
