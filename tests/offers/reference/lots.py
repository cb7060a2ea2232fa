"""Points with dates: point-expiry and pending-points. A lot is [day, points]; lots are kept in the order of their days."""

from datetime import timedelta

from . import days
from .money import COUNTER_MAX, points_for
from .offer import PointsOffer

LOTS_MAX = 4
WAITING_MAX = 6


def add_lot(lots, day, amount, most):
    """Same day, same lot; one lot too many makes one of the two that end first, with the later day."""
    for lot in lots:
        if lot[0] == day:
            lot[1] += amount
            return
    lots.append([day, amount])
    lots.sort(key=lambda lot: lot[0])
    while len(lots) > most:
        lots[1][1] += lots[0][1]
        del lots[0]


class PointExpiry(PointsOffer):
    """memo: lots (mode buckets); through and ended, how often the balance ended (mode sliding)."""

    @property
    def buckets(self):
        return self.p["mode"] == "buckets"

    @property
    def sliding(self):
        return self.p["mode"] == "sliding"

    def last_day(self, today):
        """valid_days counts the earning day."""
        return today + timedelta(days=self.p["valid_days"] - 1)

    def lots(self, card):
        return card.memo.setdefault("lots", [])

    def start(self, card, data, today):
        """Points without a lot are taken as earned on the first day of the sequence."""
        super().start(card, data, today)
        given = card.memo.pop("buckets", None)
        points = card.get("points")
        if given is None:
            given = [{"points": points, "through": self.last_day(today).isoformat()}] if points else []
        if self.buckets:
            card.set("points", 0)
            for lot in given:
                add_lot(self.lots(card), days.day(lot["through"]), lot["points"], LOTS_MAX)
        elif self.sliding and given:
            card.memo["through"] = max(days.day(lot["through"]) for lot in given)

    def roll(self, card, today):
        if self.buckets:
            card.memo["lots"] = [lot for lot in self.lots(card) if lot[0] >= today]
        elif self.sliding and card.memo.get("through") is not None and card.memo["through"] < today:
            card.set("points", 0)
            card.memo["through"] = None
            card.memo["ended"] = card.memo.get("ended", 0) + 1

    def counter_of(self, card, name):
        return sum(lot[1] for lot in self.lots(card)) if self.buckets else card.get("points")

    def lots_shown(self, card):
        return [{"through": lot[0].isoformat(), "points": lot[1]} for lot in self.lots(card)] if self.buckets else None

    def balance(self, card, counter):
        return self.counter_of(card, counter) if card else 0

    def take(self, card, amount, first=None):
        """Take from the lot of the day `first`, then from those that end first. Returns the lots taken from."""
        taken = []
        for lot in sorted(self.lots(card), key=lambda lot: (lot[0] != first, lot[0])):
            part = min(amount, lot[1])
            if part:
                taken.append([lot[0], part])
                lot[1] -= part
                amount -= part
        card.memo["lots"] = [lot for lot in self.lots(card) if lot[1]]
        return taken

    def withdraw(self, card, counter, amount, sale):
        if self.buckets:
            sale.memo["lots"] = self.take(card, amount)
        else:
            card.add("points", -amount)
            sale.memo["ended"] = card.memo.get("ended", 0)

    def earn(self, books, sale, card):
        self.earn_points(sale, card, "points", points_for(sale.net, self.p["earn_bp"], self.p["point_value"]))

    def deposit(self, card, counter, amount, sale):
        if self.buckets:
            add_lot(self.lots(card), self.last_day(sale.today), amount, LOTS_MAX)
        else:
            card.add("points", amount)
            card.memo["through"] = self.last_day(sale.today)

    def restore(self, card, counter, amount, back):
        """To their own lot, the one that ends last first; what has ended meanwhile is lost."""
        if not self.buckets:
            if card.memo.get("ended", 0) == back.sale.memo.get("ended", 0):
                card.add("points", amount)
            return
        for lot in reversed(back.sale.memo["lots"]):
            part = min(amount, lot[1])
            lot[1] -= part
            amount -= part
            if part and lot[0] >= back.today:
                add_lot(self.lots(card), lot[0], part, LOTS_MAX)

    def take_back(self, books, card, counter, amount, back):
        if not self.buckets:
            return super().take_back(books, card, counter, amount, back)
        taken = self.take(card, amount, first=self.last_day(back.sale.today))
        return amount - sum(part for _, part in taken)


class PendingPoints(PointsOffer):
    """memo: waiting (lots by the day from which they are usable)."""

    shown = ("points", "pending")

    def usable_from(self, today):
        return today + timedelta(days=self.p["pending_days"])

    def waiting(self, card):
        return card.memo.setdefault("waiting", [])

    def start(self, card, data, today):
        """Waiting points at the start are taken as earned on the first day of the sequence."""
        super().start(card, data, today)
        if card.get("pending"):
            self.waiting(card).append([self.usable_from(today), card.get("pending")])

    def roll(self, card, today):
        """A lot that would not fit into the counter goes on waiting."""
        left = []
        for lot in self.waiting(card):
            if lot[0] <= today and card.get("points") + lot[1] <= COUNTER_MAX:
                card.add("points", lot[1])
            else:
                left.append(lot)
        card.memo["waiting"] = left

    def counter_of(self, card, name):
        return sum(lot[1] for lot in self.waiting(card)) if name == "pending" else card.get("points")

    def earn(self, books, sale, card):
        self.earn_points(sale, card, "points", points_for(sale.net, self.p["earn_bp"], self.p["point_value"]))

    def deposit(self, card, counter, amount, sale):
        if self.p["pending_days"] == 0:
            card.add("points", amount)
        else:
            add_lot(self.waiting(card), self.usable_from(sale.today), amount, min(self.p["pending_days"], WAITING_MAX))

    def take_back(self, books, card, counter, amount, back):
        """From the waiting lot of that sale, then from usable points."""
        day = self.usable_from(back.sale.today)
        for lot in self.waiting(card):
            if lot[0] == day:
                part = min(amount, lot[1])
                lot[1] -= part
                amount -= part
        card.memo["waiting"] = [lot for lot in self.waiting(card) if lot[1]]
        return super().take_back(books, card, counter, amount, back)


KINDS = {"point-expiry": PointExpiry, "pending-points": PendingPoints}
