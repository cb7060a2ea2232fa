"""What the person at the board wants of the next card: nothing but its presence, an amount, a reward, the last sale taken back.

A wish is made with buttons or digits before the card comes and is used up by the card that it was done on. While a card is in
doubt nothing is wished of it: its next tap settles it (`cardos.taps.sell.tap_alone`).
"""

from cardos.offers.rewards import reward_ids

STAMP, AMOUNT = "stamp", "amount"  # modes
REDEEM, UNDO, CANCEL, ENTER = "redeem", "undo", "cancel", "enter"  # words of buttons
AMOUNT_DIGITS_MAX = 7  # 99,999.99: what a keypad and a display have room for; the certificate's ceiling is lower


class Wish:
    """What buttons and digits have said so far."""

    def __init__(self, settings):
        self.mode = settings["mode"]
        self.clear()

    def clear(self):
        """Nothing is wished."""
        self.special = None  # REDEEM or UNDO
        self._typed = ""
        self.is_entered = False

    @property
    def amount(self):
        """Minor units typed so far, None for nothing."""
        return int(self._typed) if self._typed else None

    @property
    def shown(self):
        """What the idle screen says of it: None, "redeem", "undo" or an amount."""
        return self.special or (self.amount if self.is_entered else None)

    @property
    def is_typing(self):
        """Digits came and no "enter" yet."""
        return bool(self._typed) and not self.is_entered

    def press(self, word):
        """A button or key. True when it changed something."""
        before = (self.special, self._typed, self.is_entered)
        if word in (REDEEM, UNDO):
            again = self.special == word
            self.clear()
            self.special = None if again else word
        elif word == CANCEL:
            if self.is_typing:
                self._typed = self._typed[:-1]
            else:
                self.clear()
        elif word == ENTER:
            self.is_entered = bool(self.amount)
        elif self.mode == AMOUNT and word.isdigit():
            self._type(word)
        return before != (self.special, self._typed, self.is_entered)

    def _type(self, digits):
        if self.special or self.is_entered:  # a new amount begins
            self.clear()
        typed = (self._typed + digits).lstrip("0")
        if len(typed) <= AMOUNT_DIGITS_MAX:
            self._typed = typed


def sale_event(settings, pack, amount, day, second, redeem="none"):
    """The event of a sale on this board, or None where a tap alone sells nothing. amount: minor units that were typed, or None.

    A typed amount is the whole sale; else the article or the amount of the settings.
    """
    lines = []
    if amount is None:
        if settings["mode"] == AMOUNT:
            return None
        if settings["article"] is not None:
            article = settings["article"]
            lines = [{"sku": article["sku"], "category": article["category"], "qty": article["quantity"], "unit_price": article["unit_price"]}]
            amount = article["quantity"] * article["unit_price"]
        elif settings["amount"] is not None:
            amount = settings["amount"]
        else:
            return None
    return _event(pack, amount, lines, day, second, redeem)


def redeem_event(pack, day, second):
    """The event of a reward alone: a sale of nothing. The one reward that the pack has is named; of several the first automatic that the card affords."""
    ids = [name for rule in pack["rules"]["rewards"] for name in reward_ids(rule)]
    return _event(pack, 0, [], day, second, ids[0] if len(ids) == 1 else "auto")


def _event(pack, amount, lines, day, second, redeem):
    return {
        "on": "sale", "day": day, "second": second, "card": True, "amount": amount, "lines": lines, "currency": pack["currency"],
        "redeem": redeem, "spend": {},
    }  # fmt: skip
