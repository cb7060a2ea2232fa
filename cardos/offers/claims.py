"""Price guarantee: the difference to a cheaper offer is credited once per receipt line, while the books know the sale."""

from cardos.calendar import is_number
from cardos.offers.evaluate import evaluate
from cardos.offers.money import half_up


def claim(book, event, card):
    """Credit a receipt line. event: "receipt_line" "sale:line", "found_price" and "credit" in minor units.

    Refusals, in this order: NO_SUCH_SALE, ALREADY_CLAIMED, CLAIM_LATE, NOT_ELIGIBLE, CLAIM_MISMATCH; COUNTER_RANGE.
    """
    rule = book.pack["rules"].get("guarantee")
    sale, place = _line_of(book, event["receipt_line"])
    if rule is None or sale is None:
        return {"refused": "NO_SUCH_SALE"}
    if card is None:
        return {"refused": "NOT_ELIGIBLE"}
    if place in sale.claims:
        return {"refused": "ALREADY_CLAIMED"}
    if event["day"] > sale.day + rule["days"]:
        return {"refused": "CLAIM_LATE"}
    _, units, free, _, net = sale.receipt["lines"][place]
    left = units - free - (sale.back["units"][place] if sale.back else 0)
    price = half_up(net, units - free) if units > free else 0
    if event["found_price"] < 0:
        return {"refused": "BAD_AMOUNT"}
    if event["found_price"] >= price or not left:
        return {"refused": "NOT_ELIGIBLE"}
    each = price - event["found_price"]
    if event["credit"] != each * left:
        return {"refused": "CLAIM_MISMATCH"}
    credit = event["credit"] // book.pack["counters"][rule["c"]]["unit"]
    card.state, effects = evaluate(book.pack, card.state, {"on": "credit", "day": event["day"], "units": {rule["c"]: credit}})
    if "refused" not in effects:
        sale.claims[place] = [rule["c"], each // book.pack["counters"][rule["c"]]["unit"], card]
    return effects


def _line_of(book, text):
    """(sale, line) of "2:0", or (None, None)."""
    parts = text.split(":")
    if len(parts) != 2 or not is_number(parts[0]) or not is_number(parts[1]):
        return None, None
    number, place = int(parts[0]), int(parts[1])
    sale = book.sales[number] if number < len(book.sales) - 1 else None
    if sale is None or place >= len(sale.receipt["lines"]):
        return None, None
    return sale, place
