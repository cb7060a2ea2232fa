"""Give money back for what was returned, and put the card where it belongs: the exact inverse of that share of the sale.

Decided from the sale's receipt (this home's journal, or the customer's signed receipt), never from the card: what a card
shows later cannot tell what a sale gave.
"""

from collections import namedtuple

from cardos.errors import RangeError
from cardos.exchange import Blocked, Done, refused
from cardos.offers.refund import refund as work_out
from cardos.records.fields import REFUND
from cardos.taps.change_card import change, emptied, successor
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, open_settled

# A sale that something comes back of.
#
# sale: its REF. origin: [terminal, transaction] that made it, because two homes may give one REF. family, uid (bytes): the card
# it was made with. receipt, back: as `cardos.offers.refund` takes them. pack: it was made under. undone: True when it was undone.
Bought = namedtuple("Bought", ["sale", "origin", "family", "uid", "receipt", "back", "pack", "undone"])


def refund(terms, find_sale, wanted):
    """Generator: refund a sale on the card that is presented.

    find_sale(): asked after doubts are settled; returns a `Bought` or None. wanted: None for all that is left, or
    [{"sku", "qty", "reward"}].
    Returns Done, Refused (NO_SUCH_SALE, ALREADY_UNDONE, OVER_REFUND, BAD_LINE, COUNTER_RANGE), InDoubt, NotOurs or Blocked.
    """
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    bought = find_sale()
    if bought is None or (bought.family, bought.uid) != (card.family, card.uid):
        return refused("NO_SUCH_SALE", card.describe(), card.settled)
    landed = _refund_that_landed(card, bought, wanted)
    if landed is not None:
        return Done(landed, card.describe(), card.settled, None)
    if bought.undone:
        return refused("ALREADY_UNDONE", card.describe(), card.settled)
    if card.blocked:
        return Blocked("CARD_BLOCKED", card.describe(), card.settled)
    after, back, effects = work_out(bought.pack, card.record.values(), bought.receipt, bought.back, wanted, terms.day)
    if "refused" in effects:
        return refused(effects["refused"], card.describe(), card.settled)
    try:
        record = successor(card, terms, REFUND, emptied(card, after))
        if record is None:
            return refused("CARD_FULL", card.describe(), card.settled)
        record.body()
    except RangeError as error:
        return refused(error.code, card.describe(), card.settled)
    names = [about["name"] for about in bought.pack["counters"]]
    details = {
        "sale": bought.sale, "origin": bought.origin, "asked": wanted, "refunded": effects["refunded"], "back": back,
        "currency": bought.pack["currency"], "pack": bought.pack["number"],
        "taken": {names[row]: units for row, units in effects["taken"].items()},
        "restored": {names[row]: units for row, units in effects["restored"].items()},
    }  # fmt: skip
    return (yield from change(card, terms, record, None, None, details))


def _refund_that_landed(card, bought, wanted):
    """The same refund of this sale, when this tap found that it landed: its repetition is no second one."""
    for entry in card.memory.doubts:
        details = entry["details"]
        if entry["operation"] != "refund" or details.get("origin") != bought.origin or details.get("asked") != wanted:
            continue
        if any([item["operation"] == "refund" and item["sale"] == bought.sale and item["outcome"] == LANDED for item in card.settled]):
            return entry
    return None
