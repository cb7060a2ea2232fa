"""What a card holds while an event is evaluated: its counters by their row in the pack, with expiry, lots and waiting days.

A pack's counter row is a dict: "name", "ids" (the counter ids on the card that it takes), "kind" and what the kind needs.

    kind      ids                      day field of the counter             further keys
    plain     value                    -                                    "debt": True when it may go below zero
    sliding   value                    last good day of the whole balance   "days": length, the earning day is the first
    until     value                    last good day (a voucher of a month)
    lots      up to 8 values           last good day of each lot            "days"
    pending   usable, up to 8 waiting  first usable day of a waiting lot    "days": waiting days
    month     spend [, rest]           last day of the month                "per": minor units of one unit
    year      units                    last day of the year
    lifetime  spend [, rest]           -                                    "per"
    level     place in "names"         last good day, 0 = no end            "names"
    derived   none: the level that another counter has reached              "of": row, "at": [from, ...], "names"
    date      1                        last good day
    bits      23 flags each            -
    version   number of an offer's version     -                                   "first": what a card is on that was never moved
    fact      a number nobody adds to (birthday, group, last use)           day: what the fact says

"unit": what one unit is worth as money, minor units; 0 or absent: it is not money. Values are i24: a value that does not fit
is refused with COUNTER_RANGE, never wrapped.
"""

from cardos.bytes import I24_MAX, I24_MIN
from cardos.calendar import DAY_MAX
from cardos.offers.refusal import Refusal

NOTHING = (0, 0)
BITS_EACH = 23  # a counter is signed: its top bit stays free


class Holdings:
    """The counters of one card on one day. rows: pack["counters"]; state: {counter id: (value, day)}, left as it is."""

    def __init__(self, rows, state, day):
        self.rows = rows
        self.values = dict(state)
        self.day = day
        self.lenient = False  # True: ranges are looked at once, at the end (`check_ranges`)

    def state(self):
        """{counter id: (value, day)}, without counters that hold nothing."""
        return {key: held for key, held in self.values.items() if held != NOTHING}

    def get(self, row, place=0):
        """(value, day) of one of a row's counters."""
        return self.values.get(self.rows[row]["ids"][place], NOTHING)

    def put(self, row, value, day=0, place=0):
        """Set one of a row's counters. Refusal COUNTER_RANGE."""
        if not self.lenient and not _fits(value, day):
            raise Refusal("COUNTER_RANGE")
        self.values[self.rows[row]["ids"][place]] = (value, day)

    def check_ranges(self):
        """Refusal COUNTER_RANGE when something does not fit."""
        self.lenient = False
        for key in self.values:
            if not _fits(self.values[key][0], self.values[key][1]):
                raise Refusal("COUNTER_RANGE")
        for row in range(len(self.rows)):
            self._check_total(row)

    def lapse(self):
        """Let end what has ended by this day. Twice is the same as once."""
        for row, about in enumerate(self.rows):
            kind = about["kind"]
            if kind in ("sliding", "until", "lots", "year", "level"):
                for place in range(len(about["ids"])):
                    value, end = self.get(row, place)
                    if kind == "lots" and value and not end:
                        self.put(row, value, DAY_MAX, place)  # from a pack whose points had no end: that promise stays
                    elif end and self.day > end:
                        self.put(row, 0, 0, place)
            elif kind == "pending":
                self._release(row)

    def _release(self, row):
        for place in range(1, len(self.rows[row]["ids"])):
            value, usable_from = self.get(row, place)
            if usable_from and self.day >= usable_from and self.get(row)[0] + value <= I24_MAX:  # else it goes on waiting
                self.put(row, 0, 0, place)
                self.put(row, self.get(row)[0] + value)

    def usable(self, row):
        """How much of a row can be spent or shown: lots together, waiting lots not."""
        about = self.rows[row]
        if about["kind"] == "lots":
            return sum([self.get(row, place)[0] for place in range(len(about["ids"]))])
        if about["kind"] == "derived":
            return self.level(row)
        return self.get(row)[0]

    def waiting(self, row):
        """How much of a pending row waits."""
        return sum([self.get(row, place)[0] for place in range(1, len(self.rows[row]["ids"]))])

    def level(self, row):
        """The place of a card's level in the row's names."""
        about = self.rows[row]
        if about["kind"] != "derived":
            return min(max(0, self.get(row)[0]), len(about["names"]) - 1)
        reached, held = 0, self.usable(about["of"])
        for place, start in enumerate(about["at"]):
            if held >= start:
                reached = place
        return reached

    def lot_day(self, row):
        """The day of the lot that something earned today goes to; 0 where a row has no lots."""
        about = self.rows[row]
        if about["kind"] == "lots":
            return min(self.day + about["days"] - 1, DAY_MAX)
        if about["kind"] == "pending" and about["days"]:
            return self.day + about["days"]
        return 0

    def add(self, row, amount):
        """Add what was earned today."""
        if amount == 0:
            return
        about = self.rows[row]
        kind = about["kind"]
        if kind == "lots" or (kind == "pending" and about["days"]):
            self._add_lot(row, amount, self.lot_day(row))
        elif kind == "sliding":
            self.put(row, self.get(row)[0] + amount, min(self.day + about["days"] - 1, DAY_MAX))
        else:
            self.put(row, self.get(row)[0] + amount, self.get(row)[1])
        self._check_total(row)

    def _add_lot(self, row, amount, day):
        first = 1 if self.rows[row]["kind"] == "pending" else 0
        places = range(first, len(self.rows[row]["ids"]))
        for place in places:
            if self.get(row, place)[1] == day:
                self.put(row, self.get(row, place)[0] + amount, day, place)
                return
        for place in places:
            if self.get(row, place)[1] == 0:
                self.put(row, amount, day, place)
                return
        # No place is free: the two lots that end first become one that lasts as long as the later of them, and the new lot
        # may be one of the two.
        lots = sorted([self.get(row, place)[1] for place in places] + [day])
        merged = []
        for value, end in [self.get(row, place) for place in places] + [(amount, day)]:
            merged.append((value, lots[1] if end == lots[0] else end))
        totals = {}
        for value, end in merged:
            totals[end] = totals.get(end, 0) + value
        for place, end in zip(places, sorted(totals)):
            self.put(row, totals[end], end, place)

    def _check_total(self, row):
        """Lots count together: what a person sees as one counter must fit one, and waiting points must fit when their day comes."""
        if not self.lenient and self.rows[row]["kind"] in ("lots", "pending"):
            total = sum([self.get(row, place)[0] for place in range(len(self.rows[row]["ids"]))])
            if not I24_MIN <= total <= I24_MAX:
                raise Refusal("COUNTER_RANGE")

    def take(self, row, amount):
        """Spend `amount` that is there: the lot that ends first goes first. Returns [[day of the lot, amount], ...]."""
        if self.rows[row]["kind"] != "lots":
            value, day = self.get(row)
            self.put(row, value - amount, day if value != amount else 0)
            return [[day, amount]]
        parts, left = [], amount
        for day, place in self._lots(row):
            part = min(left, self.get(row, place)[0])
            if part:
                self._shrink(row, place, part)
                parts.append([day, part])
                left -= part
        return parts

    def _lots(self, row):
        return sorted([(self.get(row, place)[1], place) for place in range(len(self.rows[row]["ids"])) if self.get(row, place)[1]])

    def _shrink(self, row, place, amount):
        value, day = self.get(row, place)
        self.put(row, value - amount, day if value > amount else 0, place)

    def give_back(self, row, day, amount):
        """Put back what was taken from the lot of `day`; a lot that has ended meanwhile is lost."""
        if amount == 0:
            return
        kind = self.rows[row]["kind"]
        if kind == "lots":
            if day >= self.day:
                self._add_lot(row, amount, day)
        elif kind == "until":
            value, end = self.get(row)
            if day >= self.day and end in (0, day):
                self.put(row, value + amount, day)
        elif kind == "sliding":
            value, end = self.get(row)
            if end or day >= self.day:  # the balance's one date: the newer of what it has and what it had
                self.put(row, value + amount, max(end, day))
        else:
            value, end = self.get(row)
            self.put(row, value + amount, end)
        self._check_total(row)

    def take_back(self, row, day, amount):
        """Take back what was earned into the lot of `day`, from that lot first. Returns how much could not be taken.

        A counter that may owe ("debt") goes below zero; any other stops at zero.
        """
        about = self.rows[row]
        if about.get("debt"):
            value, end = self.get(row)
            self.put(row, value - amount, end)
            return 0
        left = amount
        for place in self._own_lots(row, day):
            part = min(left, self.get(row, place)[0])
            self._shrink(row, place, part)
            left -= part
        part = min(left, max(0, self.usable(row)))
        if part:
            self.take(row, part)
        return left - part

    def _own_lots(self, row, day):
        """Where the lot of `day` is; points that still wait and whose lot is not there have joined a later one."""
        about = self.rows[row]
        if not day or about["kind"] not in ("lots", "pending"):
            return []
        lots = sorted([(self.get(row, place)[1], place) for place in range(1 if about["kind"] == "pending" else 0, len(about["ids"]))])
        own = [place for end, place in lots if end == day]
        if own or about["kind"] == "lots" or self.day >= day:
            return own
        return [place for end, place in lots if end > day]

    def bit(self, row, number):
        """One flag of a bits row."""
        return self.get(row, number // BITS_EACH)[0] >> (number % BITS_EACH) & 1

    def set_bit(self, row, number, on):
        """Set or clear one flag."""
        value = self.get(row, number // BITS_EACH)[0]
        mask = 1 << (number % BITS_EACH)
        self.put(row, value | mask if on else value & ~mask, 0, number // BITS_EACH)

    def add_money(self, row, amount):
        """Add minor units to a month or lifetime row (amount may be negative); it never falls below zero.

        The rest below one unit is kept where the row has a counter for it.
        """
        about = self.rows[row]
        value, day = self.get(row)
        rest = self.get(row, 1)[0] if len(about["ids"]) > 1 else 0
        total = max(0, value * about["per"] + rest + amount)
        self.put(row, total // about["per"], day)
        if len(about["ids"]) > 1:
            self.put(row, total % about["per"], day, 1)


def _fits(value, day):
    return I24_MIN <= value <= I24_MAX and 0 <= day <= DAY_MAX
