"""The lines of a sale while it is evaluated, and the conditions a rule may set.

event (portable form, see `cardos.offers.events`): "day", "second", "card": True when a card is there, "lines", "currency",
"amount" (a sale without lines: one unnamed unit of that price), "redeem", "spend", "code", "cashier", "partner".
"""

from cardos.offers.refusal import Refusal

AMOUNT_MAX = 1000000000000  # 10^12 minor units: the largest sale the rules are tested for
LINES_MAX = 200  # more lines than any shop's receipt; keeps the work of one tap bounded
ANY = "*"


class Line:
    """One line: `free` units are rewards, `value` is the money for the rest after price effects, `net` what is paid of it."""

    def __init__(self, sku, category, qty, price, companion):
        self.sku, self.category, self.qty, self.price, self.companion = sku, category, qty, price, companion
        self.free = 0
        self.value = qty * price
        self.net = self.value

    def paid_units(self):
        """Units that are no rewards."""
        return self.qty - self.free

    def is_of(self, names):
        """True when the line's category or article number is named, or all are meant."""
        return ANY in names or self.category in names or self.sku in names


class Basket:
    """A sale under evaluation. Refusal: EMPTY_SALE, BAD_LINE, BAD_AMOUNT."""

    def __init__(self, pack, event, holdings, card):
        self.pack, self.event, self.holdings, self.card = pack, event, holdings, card
        self.day = event["day"]
        self.lines = _lines(event, bool(pack["rules"].get("gifts")) and _names_one(event.get("redeem")))
        self.gross = sum([line.value for line in self.lines])
        if self.gross > AMOUNT_MAX:
            raise Refusal("BAD_AMOUNT")
        self.declined = None
        self.givers = []  # places in pack["offers"] of those that gave something, in the order of the phases
        self.rewards = []  # what is handed over, as text
        self.given = []  # what the receipt must know to take rewards back
        self.earned = []  # [row, amount, how it is taken back, ...]
        self.spent = []  # [row, units, parts]
        self.undo = []  # status changes that a return takes back
        self.shares = {}  # accruals that head office settles
        self.paid = 0
        self.value = 0

    def gave(self, offer):
        """Note that an offer gave something: what it has to say is told."""
        if offer not in self.givers:
            self.givers.append(offer)

    def decline(self, code):
        """Note why a benefit is not given; the first reason is the one that is told."""
        if self.declined is None:
            self.declined = code

    def stands(self, rule):
        """True when a rule's conditions hold. "unless" names reasons that are told, "when" is silent."""
        if not stands(rule, self):
            return False
        for condition, code in rule.get("unless", ()):
            if holds(condition, self):
                self.decline(code)
                return False
        return True


def _names_one(redeem):
    return redeem not in (None, "auto", "none")


def _lines(event, may_be_empty):
    given = event.get("lines") or ()
    amount = event.get("amount")
    if amount is not None and (amount < 0 or amount > AMOUNT_MAX):
        raise Refusal("BAD_AMOUNT")
    if not given and amount is not None:
        return [Line("", "", 1, amount, False)]
    if not given and not may_be_empty:
        raise Refusal("EMPTY_SALE")
    if len(given) > LINES_MAX:
        raise Refusal("BAD_LINE")
    if amount is not None and given and amount != sum([line["qty"] * line["unit_price"] for line in given]):
        raise Refusal("BAD_AMOUNT")
    for line in given:
        if not 1 <= line["qty"] <= AMOUNT_MAX or not 0 <= line["unit_price"] <= AMOUNT_MAX:
            raise Refusal("BAD_LINE")
    return [Line(line["sku"], line["category"], line["qty"], line["unit_price"], line.get("for") == "companion") for line in given]


def stands(rule, seen):
    """True when a rule's silent conditions hold. seen: a `Basket`, or a `Look` at a card where nothing is sold."""
    return "when" not in rule or holds(rule["when"], seen)


class Look:
    """What conditions can see of an event that is no sale: the card, its counters, the moment."""

    gross, lines, card = 0, (), True

    def __init__(self, holdings, event):
        self.holdings, self.day, self.event = holdings, holdings.day, event


def trimmed(text):
    """A text without blanks at its ends; blanks are those that every interpreter agrees on."""
    return text.strip(" \t\r\n")


def code_text(text):
    """A code as it is compared: without blanks at its ends, ASCII letters as capitals, all others as they are."""
    return "".join([chr(ord(letter) - 32) if "a" <= letter <= "z" else letter for letter in trimmed(text)])


def holds(condition, basket):
    """Evaluate one condition: [word, argument, ...]. `cardos.offers.pack` has checked words, arguments and depth.

    ["card"] a card is shown (and has joined); ["not", c]; ["all", c, ...]; ["any", c, ...]; ["at-least", row, n] a counter;
    ["good", row] a date that has not passed; ["since", row, n, s] fewer than s seconds after the use that a fact row notes;
    ["times", row, n] n uses or more on this day; ["days", from, through]; ["weekdays", n, ...] ISO; ["hours", from, to]
    minutes of the day, the end not included; ["basket", n] gross of n or more; ["has", name] a line of a category or article.
    """
    word = condition[0]
    if word == "card":
        return basket.card
    if word == "not":
        return not holds(condition[1], basket)
    if word == "all":
        for part in condition[1:]:
            if not holds(part, basket):
                return False
        return True
    if word == "any":
        for part in condition[1:]:
            if holds(part, basket):
                return True
        return False
    return _leaf(word, condition, basket)


def _leaf(word, condition, basket):
    holdings, day = basket.holdings, basket.day
    if word == "at-least":
        return holdings.usable(condition[1]) >= condition[2]
    if word == "good":
        return holdings.get(condition[1])[1] >= day
    if word == "since":
        second, last = holdings.get(condition[1])
        return last > 0 and (day - last) * 86400 + basket.event["second"] - second < condition[2]
    if word == "times":
        count, last = holdings.get(condition[1])
        return last == day and count >= condition[2]
    if word == "days":
        return condition[1] <= day <= condition[2]
    if word == "weekdays":
        from cardos.calendar import weekday

        return weekday(day) in condition[1:]
    if word == "hours":
        return condition[1] <= basket.event["second"] // 60 < condition[2]
    if word == "basket":
        return basket.gross >= condition[1]
    for line in basket.lines:  # "has"
        if line.is_of([condition[1]]):
            return True
    return False


def is_birthday(holdings, row, day):
    """True on the day that a fact row holds as month * 100 + day."""
    from cardos.calendar import anniversary, date_of

    held = holdings.get(row)[0]
    year, month, of_month = date_of(day)
    return held > 0 and (month, of_month) == anniversary(held // 100, held % 100, year)
