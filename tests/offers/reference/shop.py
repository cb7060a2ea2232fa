"""Plays the sequences of a row, event by event."""

import copy
import pickle

from . import codes, days, economics, levels, lots, passes, points, social, spend, stamps
from .books import Back, Books, Card, Refused, Sale

KINDS = {}
for room in (stamps, spend, passes, points, lots, levels, codes, social):
    KINDS.update(room.KINDS)


def play_row(row):
    """A row of offers.json -> {"sequences": [[result, ...], ...]}, results keyed as "expect"; economics: {"results": [...]}."""
    if row["kind"] == "economics":
        cases = [row["inputs"]] + [case["inputs"] for case in row.get("more", [])]
        return {"results": [economics.calculate(inputs) for inputs in cases]}
    return {"sequences": [play_sequence(row, sequence) for sequence in row["sequences"]]}


def play_sequence(row, sequence):
    """The results of all events of one sequence, in order."""
    shop = Shop(row["kind"], {**row["parameters"], **sequence.get("with", {})})
    if sequence["events"]:
        first_day = days.moment(sequence["events"][0]["at"]).date()
        shop.describe("A", sequence, first_day)
        for name, about in sequence.get("cards", {}).items():
            shop.describe(name, about, first_day)
    return [shop.play(index, event) for index, event in enumerate(sequence["events"])]


class Shop:
    """One offer and its books."""

    def __init__(self, kind, parameters):
        self.p = parameters
        self.offer = KINDS[kind](parameters)
        self.books = Books()
        self.delivered = set()

    def describe(self, name, about, first_day):
        card = Card(name, joined=about.get("customer", "member") == "member")
        self.books.cards[name] = card
        self.offer.start(card, about.get("start", {}), first_day)

    def play(self, index, event):
        at = days.moment(event["at"])
        shown = name = event.get("card", "A")
        if event["on"] == "refund":
            sale = self.books.sales.get(event.get("of"))
            if sale is not None and sale.card is not None:
                name = sale.card
        card = self.books.card(name)
        for one in (card, self.books.card(shown)):
            if one is not None:
                self.offer.roll(one, at.date())
        pair = (event.get("terminal"), event.get("txn"))
        if None not in pair and pair in self.delivered:
            return {"replayed": True, **self.state(shown, at.date())}
        before = pickle.dumps(self.books)
        try:
            result = self.event(index, at, name, event)
            self.books.check_range(self.offer)
        except Refused as refusal:
            self.books = pickle.loads(before)
            return {"refused": refusal.args[0], **self.state(shown, at.date())}
        if None not in pair:
            self.delivered.add(pair)
        if name is not None:
            self.offer.roll(self.books.card(name), at.date())
        return {**result, **self.state(shown, at.date())}

    def state(self, name, today):
        """counters, other cards (as a tap of today would show them), dated lots."""
        shown = {}
        if name is not None:
            card = self.books.card(name)
            shown["counters"] = self.offer.counters_of(card)
            lots_left = getattr(self.offer, "lots_shown", lambda card: None)(card)
            if lots_left is not None:
                shown["buckets"] = lots_left
        others = {}
        for other in copy.deepcopy(self.books.cards).values():
            if other.name != name:
                self.offer.roll(other, today)
                others[other.name] = self.offer.counters_of(other)
        if others:
            shown["cards"] = others
        return shown

    def event(self, index, at, name, event):
        on = event["on"]
        card = self.books.card(name)
        if on == "sale":
            return self.sale(index, at, name, event)
        if on == "refund":
            return self.refund(at, event)
        if on == "tap":
            return {"entitlements": self.offer.entitlements(card, at.date())} if self.offer.lists_entitlements else {}
        if on == "report":
            return self.offer.report(self.books, card, event["what"], at)
        steps = {
            "enrol": self.offer.enrol,
            "return": self.offer.returned,
            "donate": self.offer.donate,
            "claim": self.offer.claim,
            "referral": self.offer.referral,
            "grant": self.offer.grant,
            "migrate": self.offer.migrate,
        }
        return without_zeros(steps[on](self.books, card, event, at))

    def sale(self, index, at, name, event):
        """Rule 4: currency, lines, reward units and coupon, price effects, points as money, earning, status."""
        offer, books, card = self.offer, self.books, self.books.card(name)
        by_number = offer.by_number(books, event) if name is None else None
        if by_number is not None:
            card, name = by_number, by_number.name
            offer.roll(card, at.date())
        if event["currency"] != self.p["currency"]:
            raise Refused("CURRENCY_MISMATCH")
        sale = Sale(index, at, name, event)
        redeem = event.get("redeem", "auto")
        named = redeem not in ("auto", "none")
        if not sale.lines and not (named and offer.may_be_empty(sale)):
            raise Refused("EMPTY_SALE")
        if any(line.qty < 1 or line.unit_price < 0 for line in sale.lines):
            raise Refused("BAD_LINE")
        spend = event.get("spend", {})
        if any(asked < 0 for asked in spend.values()):
            raise Refused("BAD_AMOUNT")
        offer.check_spend(books, sale, card)
        self.check_balance(spend, card)
        offer.check(books, sale, card)
        entitlements = offer.entitlements(card, sale.today)
        if named:
            offer.named_reward(books, sale, card, redeem)
        elif redeem == "auto":
            offer.automatic_rewards(books, sale, card)
        offer.prices(books, sale, card)
        self.check_balance(spend, card)  # again: a reward may have been paid
        for counter, asked in spend.items():
            if asked > 0:
                offer.withdraw(card, counter, sale.pay_with(counter, asked, offer.money()[counter]), sale)
        if sale.gross > 0:
            offer.earn(books, sale, card)
        if card is not None:
            offer.join(books, sale, card)
        if sale.gross > 0:
            offer.status(books, sale, card)
        books.sales[index] = sale
        return self.receipt(sale, card, entitlements)

    def check_balance(self, spend, card):
        for counter, asked in spend.items():
            if asked > 0 and (counter not in self.offer.money() or asked > self.offer.balance(card, counter)):
                raise Refused("OVERDRAW")

    def receipt(self, sale, card, entitlements):
        earned = dict(sale.earned)
        for counter, amount in sale.gifts.items():
            earned[counter] = earned.get(counter, 0) + amount
        result = {"paid": sale.net, "discount": sale.discount, "earned": earned, "spent": sale.spent, "rewards": sale.rewards}
        if sale.declined:
            result["declined"] = sale.declined
        if self.offer.gives_next and (card is not None or self.offer.next_without_card):
            result["next"] = self.offer.next(self.books, sale, card)
        if self.offer.lists_entitlements:
            result["entitlements"] = entitlements
        return without_zeros({**result, **sale.shown})

    def refund(self, at, event):
        sale = self.books.sales.get(event.get("of"))
        if sale is None:
            raise Refused("NO_SUCH_SALE")
        back = Back(sale, units_back(sale, event.get("lines"), self.offer.may_return_nothing(sale)), at.date())
        self.offer.refund(self.books, back)
        return {"refunded": back.money}


def units_back(sale, wanted, whole_without_units):
    """Which units come back: [(line, paid units, free units)]; refuses more than is left."""
    if not wanted:
        units = [(line, line.paid_left, line.free_left) for line in sale.lines]
        if not any(paid or free for _, paid, free in units) and not whole_without_units:
            raise Refused("OVER_REFUND")
        return units
    taken = [[0, 0] for _ in sale.lines]
    for entry in wanted:
        if entry["qty"] < 1:
            raise Refused("BAD_LINE")
        left = entry["qty"]
        kind = 1 if entry.get("reward") else 0
        for position, line in enumerate(sale.lines):
            if line.sku == entry["sku"]:
                there = (line.free_left if kind else line.paid_left) - taken[position][kind]
                now = min(left, there)
                taken[position][kind] += now
                left -= now
        if left:
            raise Refused("OVER_REFUND")
    return [(line, paid, free) for line, (paid, free) in zip(sale.lines, taken)]


def without_zeros(result):
    """Counters with nothing earned, spent or queued are left out."""
    for key in ("earned", "spent", "queued"):
        if key in result:
            result[key] = {counter: amount for counter, amount in result[key].items() if amount}
    return result
