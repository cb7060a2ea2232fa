"""Sales for the refund screen: what was sold, what of it can still come back. From the ledger, or from a customer's receipt."""

from cardos.errors import BadInput
from cardos.offers.money import half_up
from host_tools.catalogue import read_catalogue
from host_tools.daemon.sales import bought
from host_tools.daemon.wishes import Wish


def of_day(home, day):
    """A local day's sales, newest first. day: "YYYY-MM-DD"."""
    return _shapes(home, home.store.sales_of_day(day))


def of_card(home, number):
    """The newest sales of a card by its number, newest first; [] for a card that this home does not know."""
    row = home.store.card_by_number(number)
    return _shapes(home, home.store.sales_of_card(row.family, row.uid)) if row is not None else []


def of_reference(home, reference):
    """[sale], or [] when this home has no such sale, or it was undone or did not land."""
    found = home.store.sale(reference)
    return _shapes(home, [found]) if found is not None else []


def of_receipt(home, text):
    """The sale on a receipt of the scheme. BadInput RECEIPT_DAMAGED, RECEIPT_FORGED, PACK_UNKNOWN, NO_SUCH_SALE, ALREADY_UNDONE."""
    was = bought(home, Wish(kind="refund", receipt=text))
    if was is None:
        raise BadInput("This till never had the pack of that sale.", "Refund it where it was bought.", "NO_SUCH_SALE")
    if was.undone:
        raise BadInput("Sale %s was undone: nothing can come back of it." % was.sale, "Nothing was changed.", "ALREADY_UNDONE")
    known = of_reference(home, was.sale) if was.origin[0] == home.settings.terminal else []
    return known[0] if known else _shape(was.sale, None, None, None, [], *_lines(was, [], _names(home)))


def _shapes(home, found):
    names = _names(home)
    shapes = []
    for sale in found:
        entry = sale["entry"]
        was = bought(home, Wish(kind="refund", sale=entry["sale"])) if entry["sale"] else None
        if was is None or was.undone:
            continue
        details = entry["details"]
        parts = _lines(was, details.get("lines", []), names)
        shapes.append(_shape(was.sale, sale["at"], entry["card_number"], details.get("amount"), details.get("rewards", []), *parts))
    return shapes


def _shape(sale, at, number, amount, rewards, lines, paid, refundable):
    return {
        "sale": sale, "at": at, "card_number": number, "amount": paid if amount is None else amount, "paid": paid, "rewards": rewards,
        "lines": lines, "refundable": refundable,
    }  # fmt: skip


def _names(home):
    return {item.sku: item.name for item in read_catalogue(home.path, home.settings.minor_digits).items}


def _lines(was, sold, names):
    """(lines, paid, refundable): units that may still come back, paid ones and free ones, and the money for them."""
    count = len(was.receipt["lines"])
    units, free = (was.back["units"], was.back["free"]) if was.back else ([0] * count, [0] * count)
    lines, paid, refundable = [], 0, 0
    for place, (sku, qty, gratis, _, net) in enumerate(was.receipt["lines"]):
        left, bought_units = qty - gratis - units[place], qty - gratis
        money = net - half_up(net * units[place], bought_units) if bought_units else 0
        about = sold[place] if place < len(sold) else {}
        lines.append({
            "sku": sku, "name": names.get(sku, sku), "category": about.get("category", ""), "qty": qty, "unit_price": about.get("unit_price", 0),
            "left": left, "free_left": gratis - free[place], "money": money,
        })  # fmt: skip
        paid, refundable = paid + net, refundable + money
    return lines, paid, refundable
