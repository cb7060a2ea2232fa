"""What a person wants of the next card: a `Wish`, checked before any card is asked for."""

import re
from decimal import Decimal, InvalidOperation

import msgspec

from cardos.errors import BadInput
from cardos.offers.evaluate import AMOUNT_MAX, LINES_MAX

KINDS = ("show", "sell", "redeem", "undo", "issue", "block", "unblock", "repair", "rotate", "history")
_REFERENCE = re.compile(r"^[\x21-\x7e]{1,64}$")
_WORD = re.compile(r"^[^\x00-\x1f\x7f:]{1,64}$")
REASON_MAX = 200


class Line(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line of a sale. unit_price in minor units."""

    sku: str
    category: str
    qty: int
    unit_price: int


class Wish(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One wish. amount in minor units (None: the sum of the lines); sale: the REF; opening: {counter name: value};
    epoch: of the keys to rotate to (None: the shop's current one); seal: a show checks the seal whatever the settings say."""

    kind: str
    amount: int | None = None
    lines: list[Line] = []
    redeem: str = "none"
    sale: str | None = None
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
        if self.sale is not None and not _REFERENCE.match(self.sale):
            raise BadInput("A sale reference is 1 to 64 printable characters without blanks.", "Use the receipt number.", "BAD_REFERENCE")
        if len(self.reason) > REASON_MAX:
            raise BadInput("A reason has at most %d characters." % REASON_MAX, "Make it shorter.", "BAD_REASON")
        if self.kind == "sell":
            self._check_sale()
        if self.kind in ("redeem",) and self.amount not in (None, 0):
            raise BadInput("A redemption has no amount; a sale that redeems is `sell --redeem`.", "", "BAD_AMOUNT")
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
        total: int = sum(line.qty * line.unit_price for line in self.lines)
        if self.amount is not None and self.lines and self.amount != total:
            raise BadInput("The amount %d differs from the sum of the lines, %d." % (self.amount, total), "Leave --amount out.", "BAD_AMOUNT")
        if not 0 <= (total if self.amount is None else self.amount) <= AMOUNT_MAX:
            raise BadInput("An amount is 0 to %d minor units." % AMOUNT_MAX, "Check the amount.", "BAD_AMOUNT")

    def sale_event(self, currency, day):
        """The sale as `cardos.offers.evaluate` takes it."""
        lines = [{"sku": x.sku, "category": x.category, "qty": x.qty, "unit_price": x.unit_price} for x in self.lines]
        amount = sum(x.qty * x.unit_price for x in self.lines) if self.amount is None else self.amount
        return {"amount": amount, "lines": lines, "currency": currency, "redeem": self.redeem, "day": day}


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


def line_from_text(text, minor_digits):
    """A `Line` from sku:category:qty:unit_price; the price is decimal with a point, or minor units without one."""
    parts = text.split(":")
    if len(parts) != 4 or not parts[2].isdigit() or len(parts[2]) > 9:
        raise BadInput("%r is not sku:category:quantity:unit price." % text, "For example latte:coffee:2:450.", "BAD_LINE")
    price = parts[3]
    if "." in price or "," in price:
        minor = amount_from_text(price, minor_digits)
    elif price.isdigit() and len(price) <= 13:
        minor = int(price)
    else:
        raise BadInput("%r is not a unit price." % price, "Write minor units (450) or a decimal (4.50).", "BAD_LINE")
    return Line(parts[0], parts[1], int(parts[2]), minor)
