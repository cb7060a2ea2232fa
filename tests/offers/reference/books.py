"""What the shop writes down: cards, lines, sales, and everything that a refused event must leave untouched."""

from .money import COUNTER_MAX, COUNTER_MIN, half_up, part_back, share_bp, spread


class Refused(Exception):
    """The whole event is refused; the code is the first argument."""


class Card:
    """One card: counters are whole numbers, memo holds dates, lots, levels and whatever else a kind keeps."""

    def __init__(self, name, joined):
        self.name = name
        self.joined = joined
        self.enrolled_on = None
        self.counters = {}
        self.memo = {}

    def get(self, counter):
        return self.counters.get(counter, 0)

    def add(self, counter, amount):
        self.counters[counter] = self.get(counter) + amount

    def set(self, counter, amount):
        self.counters[counter] = amount


class Line:
    """One line of a sale: free units are rewards; value is the price after reductions, net the money paid for it."""

    def __init__(self, entry):
        self.sku = entry["sku"]
        self.category = entry.get("category")
        self.qty = entry["qty"]
        self.unit_price = entry["unit_price"]
        self.companion = entry.get("for") == "companion"
        self.free = 0
        self.value = self.qty * self.unit_price
        self.net = self.value
        self.paid_back = 0
        self.free_back = 0

    @property
    def paid_units(self):
        return self.qty - self.free

    @property
    def paid_left(self):
        return self.paid_units - self.paid_back

    @property
    def free_left(self):
        return self.free - self.free_back

    def money_back(self):
        """Money due so far for the units that came back."""
        return part_back(self.net, self.paid_back, self.paid_units)

    def value_back(self):
        return part_back(self.value, self.paid_back, self.paid_units)


class Sale:
    """A sale while it is made and, afterwards, the receipt that refunds are measured against."""

    def __init__(self, index, at, card, event):
        self.index = index
        self.at = at
        self.today = at.date()
        self.card = card  # its name, or None
        self.event = event
        self.lines = [Line(entry) for entry in event["lines"]]
        self.gross = sum(line.qty * line.unit_price for line in self.lines)
        self.discount = 0
        self.rewards = []
        self.declined = None
        self.spent = {}
        self.restored = {}
        self.earned = {}  # what a refund takes back in proportion
        self.taken = {}
        self.gifts = {}  # what this event gave besides, for instance a welcome
        self.whole = False  # everything has come back
        self.memo = {}
        self.shown = {}  # further keys of the result

    @property
    def value(self):
        return sum(line.value for line in self.lines)

    @property
    def net(self):
        return sum(line.net for line in self.lines)

    def reduce(self, lines, exact):
        """Take an exact discount off some lines: rounded half up once, not below zero, spread by value. Returns the money."""
        amount = min(half_up(exact), sum(line.value for line in lines))
        for line, part in zip(lines, spread(amount, [line.value for line in lines])):
            line.value -= part
            line.net = line.value
        self.discount += amount
        return amount

    def reduce_bp(self, lines, rate_bp):
        """A rate off some lines, as one discount."""
        return self.reduce(lines, share_bp(sum(line.value for line in lines), rate_bp))

    def make_free(self, line, units):
        """Reward units: their whole price goes off their own line."""
        line.free += units
        line.value -= units * line.unit_price
        line.net = line.value
        self.discount += units * line.unit_price

    def pay_with(self, counter, asked, unit):
        """Rule 9: as many units as fit into what is payable; spread like a discount. Returns how many were taken."""
        taken = min(asked, self.net // unit)
        for line, part in zip(self.lines, spread(taken * unit, [line.net for line in self.lines])):
            line.net -= part
        self.spent[counter] = self.spent.get(counter, 0) + taken
        return taken

    def of_category(self, category):
        return [line for line in self.lines if line.category == category]

    def cheapest_units(self, category):
        """Lines of the category's units that cost something, one entry per unit: cheap first, then the earlier line."""
        units = [line for line in self.of_category(category) if line.unit_price > 0 for _ in range(line.qty)]
        return sorted(units, key=lambda line: line.unit_price)

    def nothing_left(self):
        return all(line.paid_left == 0 and line.free_left == 0 for line in self.lines)

    def value_back(self):
        """R of the general rules, all refunds together."""
        return sum(line.value_back() for line in self.lines)


class Back:
    """One refund: which units came back, the money due, and what is whole now."""

    def __init__(self, sale, units, today):
        self.sale = sale
        self.units = units  # (line, paid units, free units)
        self.today = today
        before = sum(line.money_back() for line in sale.lines)
        for line, paid, free in units:
            line.paid_back += paid
            line.free_back += free
        self.money = sum(line.money_back() for line in sale.lines) - before
        self.now_whole = sale.nothing_left() and not sale.whole
        sale.whole = sale.nothing_left()

    def free_units(self):
        return sum(free for _, _, free in self.units)


class Books:
    """Everything that changes. A refused event puts the former Books back."""

    def __init__(self):
        self.cards = {}
        self.sales = {}
        self.memo = {}

    def card(self, name):
        """The card of this name; a card first seen is new. None stays None."""
        if name is None:
            return None
        if name not in self.cards:
            self.cards[name] = Card(name, joined=False)
        return self.cards[name]

    def check_range(self, offer):
        """Rule 6, on what the event leaves behind."""
        for card in self.cards.values():
            for value in offer.counters_of(card).values():
                if isinstance(value, int) and not COUNTER_MIN <= value <= COUNTER_MAX:
                    raise Refused("COUNTER_RANGE")
