"""Give money back for what was returned, and put the card where it belongs: the exact inverse of that share of the sale.

Decided from the sale's receipt (this home's journal, or the customer's signed receipt), never from the card: what a card
shows later cannot tell what a sale gave.
"""

from collections import namedtuple

from cardos.exchange import Blocked, Done, InDoubt, Refused, refused
from cardos.offers.refund import refund as work_out
from cardos.records.fields import REFUND
from cardos.taps.change_card import change, decided
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, is_same, open_settled

# A sale that something comes back of.
#
# sale: its REF. origin: [terminal, transaction] that made it, because two homes may give one REF. family, uid (bytes): the card
# it was made with. receipt, back: as `cardos.offers.refund` takes them. pack: it was made under. undone: True when it was undone.
Bought = namedtuple("Bought", ["sale", "origin", "family", "uid", "receipt", "back", "pack", "undone"])


def refund(terms, find_sale, wanted, reference=None, named=False, doubt=None):
    """Generator: refund a sale on the card that is presented.

    find_sale(): asked after doubts are settled; returns a `Bought` or None. wanted: None for all that is left, or
    [{"sku", "qty", "reward"}]. reference: the refund's own REF, journaled as details["ref"]. named: somebody said that REF,
    so that another refund in doubt is another one; unnamed, one that landed and asked for the same is this one. doubt: the
    entry that already carries the REF and is in doubt: it is given again only if it had not landed.
    Returns Done, Refused (NO_SUCH_SALE, ALREADY_UNDONE, OVER_REFUND, BAD_LINE, COUNTER_RANGE), InDoubt, NotOurs or Blocked.
    """
    card = yield from open_settled(terms, doubt)
    if not isinstance(card, OpenCard):
        return card
    if doubt is not None:
        if any([is_same(entry, doubt) for entry in card.still_open]):
            return InDoubt(doubt, card.describe(), card.settled)
        if _has_landed(card, doubt):
            return Done(doubt, card.describe(), card.settled, None)
    bought = find_sale()
    if bought is None or (bought.family, bought.uid) != (card.family, card.uid):
        return refused("NO_SUCH_SALE", card.describe(), card.settled)
    landed = None if named else _refund_that_landed(card, bought, wanted)
    if landed is not None:
        return Done(landed, card.describe(), card.settled, None)
    if bought.undone:
        return refused("ALREADY_UNDONE", card.describe(), card.settled)
    if card.blocked:
        return Blocked("CARD_BLOCKED", card.describe(), card.settled)
    after, back, effects = work_out(bought.pack, card.record.values(), bought.receipt, bought.back, wanted, terms.day)
    if "refused" in effects:
        return refused(effects["refused"], card.describe(), card.settled)
    record = decided(card, terms, REFUND, after)
    if isinstance(record, Refused):
        return record
    names = [about["name"] for about in bought.pack["counters"]]
    details = {
        "ref": reference, "sale": bought.sale, "origin": bought.origin, "asked": wanted, "refunded": effects["refunded"], "back": back,
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
        if _has_landed(card, entry):
            return entry
    return None


def _has_landed(card, entry):
    """True when this tap found that an entry landed. What it settled stands in the order of the doubts."""
    ended = [one for one in card.memory.doubts if not any([is_same(one, other) for other in card.still_open])]
    for one, item in zip(ended, card.settled):
        if is_same(one, entry):
            return item["outcome"] == LANDED
    return False
