"""`refund`: the exact inverse of the share of a sale that comes back.

It works from the sale's receipt, never from the card: what a card shows later cannot tell what a sale gave.

receipt  what `evaluate` returned for the sale: {"day", "lines": [[sku, units, free, value, net], ...], "earned", "spent",
         "given", "undo", "shares", "card"}
back     what has come back so far: None, or what the last refund returned
wanted   None or nothing named for all that is left, or [{"sku", "qty", "reward": True for reward units}, ...]

Money back for k of n units of a line so far is round_half_up(net * k / n); a refund pays the difference. Earned points kept
are floor(earned * (V - R) / V), with V the value before points were used as money and R the part returned by the same
rounding; points spent come back up to floor(spent * R / V). First restore, then take back: what cannot be taken back is
deducted from the money and the counter stops at zero.
"""

from cardos.calendar import date_of, month_of
from cardos.offers.evaluate import rolled
from cardos.offers.money import half_up
from cardos.offers.refusal import Refusal


def refund(pack, state, receipt, back, wanted, day, queue=None):
    """(state, back, effects). Refusals in effects: OVER_REFUND, BAD_LINE, COUNTER_RANGE; then state and back are as they were.

    queue: {row: units} that still wait beside the card (a number instead of a card); taken from first.
    effects: "refunded" minor units; "taken" and "restored" {row: units}; "shares" what the books settle, negative; "whole";
    "units" back now for each line; "queue" what is left in it.
    """
    holdings = rolled(pack, state, day)
    due = holdings.state()
    holdings.lenient = True  # restoring may pass over the top of what taking back leaves
    try:
        if not receipt["card"]:
            holdings.values = {}  # a sale without a card has nothing on any card
        after, effects = _Return(holdings, receipt, back or _nothing_back(receipt), queue or {}).take(wanted)
        holdings.check_ranges()
    except Refusal as refusal:  # a rule said no: card and receipt stay as they were
        return due, back, {"refused": refusal.code}
    return (holdings.state() if receipt["card"] else due), after, effects


def _nothing_back(receipt):
    lines = len(receipt["lines"])
    return {
        "units": [0] * lines, "free": [0] * lines, "earned": [0] * len(receipt["earned"]), "spent": [0] * len(receipt["spent"]),
        "given": [0] * len(receipt["given"]), "whole": False,
    }  # fmt: skip


class _Return:
    """One refund while it is worked out."""

    def __init__(self, holdings, receipt, back, queue):
        self.queue = dict(queue)
        self.holdings, self.receipt, self.lines = holdings, receipt, receipt["lines"]
        self.before = back
        self.units, self.free = list(back["units"]), list(back["free"])
        self.taken, self.restored, self.shares = {}, {}, {}

    def take(self, wanted):
        """(back, effects) of this refund."""
        if wanted:
            for line in wanted:
                self._pick(line["sku"], line["qty"], bool(line.get("reward")))
        else:
            self.units = [line[1] - line[2] for line in self.lines]
            self.free = [line[2] for line in self.lines]
            if self.before["whole"]:
                raise Refusal("OVER_REFUND")
        self.whole = self.units == [line[1] - line[2] for line in self.lines] and self.free == [line[2] for line in self.lines]
        self.value = sum([line[3] for line in self.lines])
        self.returned = self._so_far(3, self.units)
        money = self._so_far(4, self.units) - self._so_far(4, self.before["units"])
        spent, given = self._restore_spent(), self._restore_given()
        earned, short = self._take_back_earned()
        refunded = max(0, money - short)
        self._undo(refunded)
        self._shrink_shares()
        back = {"units": self.units, "free": self.free, "earned": earned, "spent": spent, "given": given, "whole": self.whole}
        effects = {
            "refunded": refunded, "queue": self.queue, "taken": self.taken, "restored": self.restored, "shares": self.shares, "whole": self.whole,
            "units": [now - then for now, then in zip(self.units, self.before["units"])],
        }  # fmt: skip
        return back, effects

    def _pick(self, sku, qty, reward):
        """Mark units as returned, in the order of the lines."""
        if qty < 1:
            raise Refusal("BAD_LINE")
        counts, left = self.free if reward else self.units, qty
        for place, line in enumerate(self.lines):
            if line[0] == sku:
                part = min(left, (line[2] if reward else line[1] - line[2]) - counts[place])
                counts[place] += part
                left -= part
        if left:
            raise Refusal("OVER_REFUND")

    def _so_far(self, field, units):
        """Money of the returned share of all lines: field 3 is the value before points were used, 4 what was paid."""
        total = 0
        for line, back in zip(self.lines, units):
            if back:
                total += half_up(line[field] * back, line[1] - line[2])
        return total

    def _share(self, amount):
        """floor(amount * R / V); all of it once everything is back."""
        if self.whole or self.returned == self.value and self.value:
            return amount
        return amount * self.returned // self.value if self.value else 0

    def _kept(self, amount):
        """floor(amount * (V - R) / V); nothing once everything is back."""
        if self.whole:
            return 0
        return amount * (self.value - self.returned) // self.value if self.value else amount

    def _restore_spent(self):
        totals = []
        for place, (row, units, parts) in enumerate(self.receipt["spent"]):
            totals.append(self._share(units))
            self._give_back(row, parts, self.before["spent"][place], totals[-1])
        return totals

    def _restore_given(self):
        """Rewards come back by the unit, gifts and coupons once everything is back."""
        totals = []
        for place, entry in enumerate(self.receipt["given"]):
            word, row, parts, then = entry[0], entry[1], entry[2], self.before["given"][place]
            if word == "coupon":
                totals.append(1 if self.whole else 0)
                if totals[-1] > then:
                    self.holdings.set_bit(row, parts, False)
                continue
            cost = sum([amount for _, amount in parts])
            if word == "gift":
                totals.append(cost if self.whole else 0)
            else:
                free = sum([units for _, units in entry[3]])
                totals.append(cost * sum([min(self.free[line], units) for line, units in entry[3]]) // free)
                if entry[4] and then < cost == totals[-1] and self.holdings.get(entry[4][0])[0] == entry[4][1]:
                    self.holdings.put(entry[4][0], entry[4][2])
            self._give_back(row, parts, then, totals[-1])
        return totals

    def _give_back(self, row, parts, then, now):
        """Units `then` to `now` of what was taken, what was taken last first."""
        left, skip = now - then, then
        for day, amount in reversed(parts):
            part = max(0, min(left, amount - skip))
            skip = max(0, skip - amount)
            self.holdings.give_back(row, day, part)
            left -= part
        if now > then:
            self.restored[row] = self.restored.get(row, 0) + now - then

    def _take_back_earned(self):
        """(units taken back so far per entry, minor units that the card no longer had)."""
        totals, short = [], 0
        for place, entry in enumerate(self.receipt["earned"]):
            row, amount, how = entry[0], entry[1], entry[2]
            if how == "money":
                kept = self._kept(amount)
            elif how == "units":
                kept = sum([self.lines[line][1] - self.lines[line][2] - self.units[line] for line in entry[4]]) // entry[3]
            else:
                kept = 0 if self.whole and how == "whole" else amount
            totals.append(amount - kept)
            now = totals[-1] - self.before["earned"][place]
            if now:
                waiting = min(now, self.queue.get(row, 0))
                if waiting:
                    self.queue[row] -= waiting
                missing = self.holdings.take_back(row, entry[3] if how != "units" else 0, now - waiting)
                short += missing * self.holdings.rows[row].get("unit", 0)
                self.taken[row] = self.taken.get(row, 0) + now
        return totals, short

    def _undo(self, money):
        """Counts first, then what was decided by them, last made first."""
        entries = self.receipt["undo"]
        counted = [entry for entry in entries if entry[0] in COUNTED]
        for entry in counted + [entry for entry in reversed(entries) if entry[0] not in COUNTED]:
            UNDO_OPS[entry[0]](self, entry, money)

    def _shrink_shares(self):
        shares = self.receipt["shares"]
        if "charity" in shares:
            to, amount = shares["charity"]
            self.shares["charity"] = [to, self._kept(amount) - self._kept_then(amount)]
        if "referrer" in shares and self.whole and not self.before["whole"]:
            self.shares["referrer"] = -shares["referrer"]

    def _kept_then(self, amount):
        """What was kept of an amount before this refund."""
        if self.before["whole"]:
            return 0
        return amount * (self.value - self._so_far(3, self.before["units"])) // self.value if self.value else amount

    def turned_whole(self):
        """True for the refund that brings the last unit back."""
        return self.whole and not self.before["whole"]

    def returned_now(self, places):
        """Paid units of some lines that this refund returns."""
        return sum([self.units[place] - self.before["units"][place] for place in places])


def _undo_spend(back, entry, money):
    row, holdings = entry[1], back.holdings
    same = holdings.rows[row]["kind"] == "lifetime" or month_of(holdings.day) == month_of(back.receipt["day"])
    if same:
        holdings.add_money(row, -money)


def _undo_units(back, entry, money):
    _, row, end, places = entry
    value, held_end = back.holdings.get(row)
    if held_end == end:
        left = max(0, value - back.returned_now(places))
        back.holdings.put(row, left, end if left else 0)


def _undo_count(back, entry, money):
    value, day = back.holdings.get(entry[1])
    if back.turned_whole() and value > 0:
        back.holdings.put(entry[1], value - 1, day)


def _undo_put(back, entry, money):
    _, row, value, day, old_value, old_day = entry
    if back.turned_whole() and back.holdings.get(row) == (value, day):
        back.holdings.put(row, old_value, old_day)


def _undo_pass(back, entry, money):
    _, row, end, old_value, old_end, days, places = entry
    held_value, held_end = back.holdings.get(row)
    now = sum([back.units[place] + back.free[place] for place in places])
    then = sum([back.before["units"][place] + back.before["free"][place] for place in places])
    sold = sum([back.lines[place][1] for place in places])
    if now == then:
        return
    if now == sold and held_end == end - days * then:
        back.holdings.put(row, old_value, old_end)
    else:
        back.holdings.put(row, held_value, max(0, held_end - days * (now - then)))


def _undo_year_level(back, entry, money):
    _, row, level, end, old_level, old_end, units_row, over = entry
    holdings = back.holdings
    same_year = date_of(holdings.day)[0] == date_of(back.receipt["day"])[0]
    if same_year and holdings.get(row) == (level, end) and holdings.usable(units_row) <= over:
        holdings.put(row, old_level, old_end if old_end >= holdings.day else 0)


def _undo_join(back, entry, money):
    _, flags, places = entry
    if sum([back.units[place] + back.free[place] for place in places]) == sum([back.lines[place][1] for place in places]):
        back.holdings.set_bit(flags, 0, False)


COUNTED = ("spend", "units", "count")
UNDO_OPS = {
    "spend": _undo_spend, "units": _undo_units, "count": _undo_count, "whole-put": _undo_put, "pass": _undo_pass,
    "year-level": _undo_year_level, "join": _undo_join,
}  # fmt: skip
