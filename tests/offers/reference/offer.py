"""What all kinds share: the steps of a sale, points as money, refunds in proportion. A kind overrides the steps that it changes.

An offer holds parameters only; all state is in the card's counters and memo, in the sale, or in books.memo.
"""

from . import days
from .books import Refused
from .money import pro_rata


class Offer:
    shown = ()  # counters of this kind
    lists_entitlements = False
    gives_next = False
    next_without_card = False

    def __init__(self, parameters):
        self.p = parameters

    def money(self):
        """Counters that can be used as money: {counter: minor units of one}."""
        return {}

    # ---- state ----

    def start(self, card, data, today):
        """Set counters and data of a described card as they are at the first event of the sequence."""
        for key, value in data.items():
            if key in ("tier_to", "last_visit", "group_to", "valid_to"):
                card.memo[key] = days.day(value)
            elif key == "enrolled_on":
                card.enrolled_on = days.day(value)
            elif key in ("buckets", "services", "birthday", "group", "tier"):
                card.memo[key] = value
            else:
                card.set(key, value)

    def roll(self, card, today):
        """Periods and lots that are over by today."""

    def counters_of(self, card):
        return {name: self.counter_of(card, name) for name in self.shown}

    def counter_of(self, card, name):
        if name == "tier":
            return self.tier_of(card)
        if name == "valid_to":
            return days.text_of(card.memo.get("valid_to"))
        return card.get(name)

    def tier_of(self, card):
        return card.memo.get("tier") or self.p["tiers"][0]

    # ---- a sale, step by step ----

    def may_return_nothing(self, sale):
        """Whether a whole refund makes sense though no unit is left (a gift without a basket)."""
        return False

    def may_be_empty(self, sale):
        return False

    def check_spend(self, books, sale, card):
        """A refusal that comes before the balance is looked at."""

    def check(self, books, sale, card):
        """Refusals that come right after the lines."""

    def named_reward(self, books, sale, card, name):
        """A reward that the customer names."""
        raise Refused("REWARD_UNKNOWN")

    def automatic_rewards(self, books, sale, card):
        """Stamp sets."""

    def prices(self, books, sale, card):
        """Reductions; may set sale.declined."""

    def balance(self, card, counter):
        return card.get(counter) if card else 0

    def withdraw(self, card, counter, amount, sale):
        card.add(counter, -amount)

    def join(self, books, sale, card):
        """An unjoined card is joined by its first sale."""
        if not card.joined and sale.gross > 0:
            card.joined = True
            card.enrolled_on = sale.today
            self.joined(books, card, sale.gifts)

    def joined(self, books, card, gifts):
        """What joining itself brings; gifts {counter: amount} is shown as earned and is not part of the sale."""

    def earn(self, books, sale, card):
        """Only with a gross above zero. Put into sale.earned what a refund takes back in proportion."""

    def deposit(self, card, counter, amount, sale):
        card.add(counter, amount)

    def status(self, books, sale, card):
        """Levels, purchases, spend: whatever the sale changes besides. Only with a gross above zero."""

    def earn_points(self, sale, card, counter, amount):
        """Give amount (may be 0) and note it for refunds."""
        if card and amount:
            sale.earned[counter] = sale.earned.get(counter, 0) + amount
            self.deposit(card, counter, amount, sale)

    def entitlements(self, card, today):
        return []

    def next(self, books, sale, card):
        return None

    def by_number(self, books, event):
        """The card that a number stands for, when a sale names a number and shows no card."""
        return None

    # ---- a refund ----

    def refund(self, books, back):
        """First restore what was used as money, then take back what was earned; what is missing comes off the money."""
        sale = back.sale
        card = books.card(sale.card)
        for counter, spent in sale.spent.items():
            due = pro_rata(spent, sale.value_back(), sale.value)
            amount = due - sale.restored.get(counter, 0)
            sale.restored[counter] = due
            self.restore(card, counter, amount, back)
        for counter, earned in sale.earned.items():
            kept = pro_rata(earned, sale.value - sale.value_back(), sale.value)
            amount = earned - kept - sale.taken.get(counter, 0)
            sale.taken[counter] = earned - kept
            missing = self.take_back(books, card, counter, amount, back)
            self.deduct(back, counter, missing)
        self.after_refund(books, back, card)

    def restore(self, card, counter, amount, back):
        card.add(counter, amount)

    def take_back(self, books, card, counter, amount, back):
        """Returns what could not be taken: the counter stops at 0."""
        taken = min(amount, max(0, card.get(counter)))
        card.add(counter, -taken)
        return amount - taken

    def deduct(self, back, counter, missing):
        back.money = max(0, back.money - missing * self.money().get(counter, 0))

    def after_refund(self, books, back, card):
        """Stamps, periods, levels: what a kind undoes besides."""

    # ---- other events: each returns further keys of the result ----

    def enrol(self, books, card, event, at):
        if card is None:
            raise Refused("NOT_ELIGIBLE")
        if card.joined:
            raise Refused("ALREADY_ENROLLED")
        self.check_enrol(books, card, event)
        for key in ("birthday", "group"):
            if event.get(key) is not None:
                card.memo[key] = event[key]
        if event.get("group_to") is not None:
            card.memo["group_to"] = days.day(event["group_to"])
        card.joined = True
        card.enrolled_on = at.date()
        gifts = {}
        self.joined(books, card, gifts)
        return {"earned": gifts}

    def check_enrol(self, books, card, event):
        """Refusals of an enrolment."""

    def returned(self, books, card, event, at):
        raise Refused("NOT_ELIGIBLE")

    def donate(self, books, card, event, at):
        raise Refused("CHARITY_UNKNOWN")

    def claim(self, books, card, event, at):
        raise Refused("NOT_ELIGIBLE")

    def referral(self, books, card, event, at):
        raise Refused("NOT_ELIGIBLE")

    def grant(self, books, card, event, at):
        raise Refused("NOT_ELIGIBLE" if "tier" in event else "CAMPAIGN_UNKNOWN")

    def migrate(self, books, card, event, at):
        raise Refused("VERSION_UNKNOWN")

    def report(self, books, card, what, at):
        return {"report": {}}


class PointsOffer(Offer):
    """Kinds whose counter `points` can be used as money."""

    shown = ("points",)

    def money(self):
        return {"points": self.p["point_value"]}


class LevelOffer(Offer):
    """Kinds whose levels head office may raise; the same or a lower one is not granted."""

    def grant(self, books, card, event, at):
        if "tier" not in event:
            raise Refused("CAMPAIGN_UNKNOWN")
        tiers = self.p["tiers"]
        if card is None or event["tier"] not in tiers or tiers.index(event["tier"]) <= tiers.index(self.tier_of(card)):
            raise Refused("NOT_ELIGIBLE")
        card.memo.update(tier=event["tier"], tier_to=days.day(event.get("tier_to")))
        return {}
