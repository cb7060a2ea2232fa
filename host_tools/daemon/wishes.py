"""What a person wants of the next card: a `Wish`, checked before any card is asked for."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from cardos.errors import BadInput
from cardos.offers.evaluate import AMOUNT_MAX, LINES_MAX
from cardos.offers.events import event_from_json

KINDS = ("show", "sell", "redeem", "undo", "refund", "event", "issue", "block", "unblock", "repair", "rotate", "history")
# What a card can meet besides sales, and the fields that reach it; moment, card and terminal are the desk's to say, the rest is the books'.
EVENTS = {
    "enrol": ("birthday", "group", "group_to"), "return": ("item", "qty"), "donate": ("amount", "to"), "grant": ("campaign", "tier", "tier_to"),
    "migrate": ("to",),
}  # fmt: skip
RETURNED_MAX = 1000  # empties that one person brings at once
UNITS_MAX = 8388607  # i24: no counter of a card holds more
_REFERENCE = re.compile(r"^[\x21-\x7e]{1,64}$")
_WORD = re.compile(r"^[^\x00-\x1f\x7f:]{1,64}$")
REASON_MAX = 200


class Line(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line of a sale. unit_price in minor units. companion: for the person who comes along."""

    sku: str
    category: str
    qty: int
    unit_price: int
    companion: bool = False


class Cashier(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Who sells. discount_bp: a discount by hand, 1/100 of a per cent, with its reason. rights: given by the caller's role."""

    id: str
    rights: list[str] = []
    discount_bp: int = 0
    reason: str = ""


class Returned(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Units that come back. reward: they were free."""

    sku: str
    qty: int
    reward: bool = False


class Wish(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One wish. amount in minor units (None: the sum of the lines); sale: the REF; opening: {counter name: value};
    epoch: of the keys to rotate to (None: the shop's current one); seal: a show checks the seal whatever the settings say;
    spend: {counter: units} used as money; returned: what a refund takes back (empty: all that is left); receipt: the text of
    the customer's receipt, for a sale that this shop does not know; ref: a refund's own REF; event: another event of the offers, as in
    docs/offers.md."""

    kind: str
    amount: int | None = None
    lines: list[Line] = []
    redeem: str = "none"
    spend: dict[str, int] = {}
    code: str | None = None
    partner: str | None = None
    cashier: Cashier | None = None
    returned: list[Returned] = []
    receipt: str | None = None
    event: dict[str, Any] | None = None
    sale: str | None = None
    ref: str | None = None
    reason: str = ""
    opening: dict[str, int] = {}
    open_writes: bool = False
    epoch: int | None = None
    seal: bool = False
    dry_run: bool = False

    def check(self):
        """Raises BadInput with a stable code when the wish makes no sense; returns the wish."""
        if self.kind not in KINDS:
            raise BadInput("There is no wish %r." % self.kind, "Use one of: " + ", ".join(KINDS) + ".", "BAD_WISH")
        if any(one is not None and not _REFERENCE.match(one) for one in (self.sale, self.ref)):
            raise BadInput("A reference is 1 to 64 printable characters without blanks.", "Use the receipt number.", "BAD_REFERENCE")
        if len(self.reason) > REASON_MAX:
            raise BadInput("A reason has at most %d characters." % REASON_MAX, "Make it shorter.", "BAD_REASON")
        if self.kind == "sell":
            self._check_sale()
        if self.kind in ("redeem",) and self.amount not in (None, 0):
            raise BadInput("A redemption has no amount; a sale that redeems is `sell --redeem`.", "", "BAD_AMOUNT")
        if self.kind == "refund":
            self._check_refund()
        elif self.ref is not None:
            raise BadInput("Only a refund has a reference of its own.", "A sale's reference is --sale.", "BAD_REFERENCE")
        if self.kind == "event":
            self._check_event()
        if self.opening and not self.reason:
            raise BadInput("Opening stamps need a reason.", "Say where they come from, for example --reason \"paper card\".", "REASON_MISSING")
        return self

    def _check_sale(self):
        if self.amount is None and not self.lines:
            raise BadInput("A sale needs an amount or lines.", "For example --amount 4.50.", "EMPTY_SALE")
        if len(self.lines) > LINES_MAX:
            raise BadInput("A sale has at most %d lines." % LINES_MAX, "Split it.", "BAD_LINE")
        for line in self.lines:
            if line.qty < 1 or line.unit_price < 0 or not _WORD.match(line.sku) or not _WORD.match(line.category):
                raise BadInput("The line %s:%s:%d:%d is not usable." % (line.sku, line.category, line.qty, line.unit_price),
                               "A line is sku:category:quantity:unit price, quantity 1 or more, price 0 or more.", "BAD_LINE")  # fmt: skip
        if any(units < 0 or units > UNITS_MAX for units in self.spend.values()):
            raise BadInput("Points to spend are 0 to %d." % UNITS_MAX, "For example --spend points=120.", "BAD_AMOUNT")
        total: int = sum(line.qty * line.unit_price for line in self.lines)
        if self.amount is not None and self.lines and self.amount != total:
            raise BadInput("The amount %d differs from the sum of the lines, %d." % (self.amount, total), "Leave --amount out.", "BAD_AMOUNT")
        if not 0 <= (total if self.amount is None else self.amount) <= AMOUNT_MAX:
            raise BadInput("An amount is 0 to %d minor units." % AMOUNT_MAX, "Check the amount.", "BAD_AMOUNT")

    def _check_refund(self):
        if self.sale is None and self.receipt is None:
            raise BadInput(
                "Say which sale the goods are from.", "--sale REF, or --receipt with the text of the customer's receipt.", "NO_SUCH_SALE"
            )
        if any(line.qty < 1 or not _WORD.match(line.sku) for line in self.returned):
            raise BadInput("What comes back is sku:quantity, 1 or more.", "For example --line latte:1.", "BAD_LINE")

    def _check_event(self):
        if not isinstance(self.event, dict) or self.event.get("on") not in list(EVENTS):
            raise BadInput("A card event says what it is: %s." % ", ".join(EVENTS), "For example {\"on\": \"return\", \"item\": \"jar\", \"qty\": 2}.", "EVENT")
        word = self.event["on"]
        strange = sorted(str(name) for name in self.event if name != "on" and name not in EVENTS[word])
        if strange:
            raise BadInput("The event %s takes no \"%s\" at a desk." % (word, strange[0]), "It takes: %s." % ", ".join(EVENTS[word]), "EVENT")
        event = event_from_json({**self.event, "at": "2026-01-01"}, "The event")
        if word == "return" and event["qty"] > RETURNED_MAX:  # too few are the evaluator's to refuse
            raise BadInput("At most %d empties come back at a time." % RETURNED_MAX, "Check \"qty\".", "BAD_AMOUNT")

    def sale_event(self, pack, day=0, second=0):
        """The sale as `cardos.offers.evaluate` takes it. pack: the currency is the pack's."""
        lines = []
        for line in self.lines:
            plain = {"sku": line.sku, "category": line.category, "qty": line.qty, "unit_price": line.unit_price}
            lines.append({**plain, "for": "companion"} if line.companion else plain)
        event = {
            "on": "sale", "day": day, "second": second, "card": True, "amount": self.total(), "lines": lines, "currency": pack["currency"],
            "redeem": self.redeem, "spend": dict(self.spend),
        }  # fmt: skip
        for key in ("code", "partner"):
            if getattr(self, key):
                event[key] = getattr(self, key)
        if self.cashier is not None:
            event["cashier"] = msgspec.to_builtins(self.cashier)
        return event

    def total(self):
        """Minor units before any offer: the amount, or the sum of the lines."""
        return sum(line.qty * line.unit_price for line in self.lines) if self.amount is None else self.amount

    def card_event(self, day, second):
        """The event of kind "event" in its portable form."""
        return {**event_from_json({**(self.event or {}), "at": "2026-01-01"}, "The event"), "day": day, "second": second}


def amount_from_text(text, minor_digits):
    """Minor units of a decimal such as "4.50". BadInput (BAD_AMOUNT) for anything a till would not print."""
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or "e" in text.lower():
        raise BadInput("%r is not an amount." % text, "Write it as 4.50.", "BAD_AMOUNT")
    minor = value.scaleb(minor_digits)
    if minor != minor.to_integral_value():
        raise BadInput("%r has more than %d digits after the point." % (text, minor_digits), "Write it as on a receipt.", "BAD_AMOUNT")
    if not 0 <= minor <= AMOUNT_MAX:
        raise BadInput("An amount is 0 to %d minor units." % AMOUNT_MAX, "Check the amount.", "BAD_AMOUNT")
    return int(minor)


def _is_number(text):
    return text.isascii() and text.isdigit()


def line_from_text(text, minor_digits):
    """A `Line` from sku:category:qty:unit_price[:companion]; the price is decimal with a point, or minor units without one."""
    parts = text.split(":")
    companion = len(parts) == 5 and parts.pop() == "companion"
    if len(parts) != 4 or not _is_number(parts[2]) or len(parts[2]) > 9:
        raise BadInput("%r is not sku:category:quantity:unit price." % text, "For example latte:coffee:2:450.", "BAD_LINE")
    price = parts[3]
    if "." in price or "," in price:
        minor = amount_from_text(price, minor_digits)
    elif _is_number(price) and len(price) <= 13:
        minor = int(price)
    else:
        raise BadInput("%r is not a unit price." % price, "Write minor units (450) or a decimal (4.50).", "BAD_LINE")
    return Line(parts[0], parts[1], int(parts[2]), minor, companion)


def returned_from_text(text):
    """A `Returned` from sku:qty or sku:qty:reward."""
    parts = text.split(":")
    reward = len(parts) == 3 and parts.pop() == "reward"
    if len(parts) != 2 or not _is_number(parts[1]) or len(parts[1]) > 9:
        raise BadInput("%r is not sku:quantity." % text, "For example latte:1, or latte:1:reward for a free one.", "BAD_LINE")
    return Returned(parts[0], int(parts[1]), reward)
