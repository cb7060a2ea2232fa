"""Take back the last sale, if it is still the last thing that happened to this card (docs/card-format.md, section 6)."""

from cardos.errors import RangeError
from cardos.exchange import Blocked, Done, refused
from cardos.records.fields import EARN, REDEEM, UNDO
from cardos.records.journal_entry import counters_from_json, entry_record
from cardos.taps.change_card import change, successor
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, open_settled


def undo(terms, find_sale, named=True):
    """Generator: undo a sale of this home on the card that is presented.

    named: False when nobody named a sale and the last one is meant; then a redemption that this very tap finds not landed
    was the last one, and nothing is left to take back (NOT_LANDED).
    find_sale(family, uid): asked after doubts are settled; returns (entry, undone) of the sale to take back, or None. The
    counters come from that sale's journal line, never from the card's other slot.
    Returns Done, Refused (ALREADY_UNDONE, NOT_THE_LAST_SALE, NO_SUCH_SALE), InDoubt, NotOurs or Blocked.
    """
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    just_landed = _undo_that_landed(card)
    if just_landed is not None:
        return Done(just_landed, card.describe(), card.settled, None)
    if not named and any([item["operation"] == "redeem" and item["outcome"] != LANDED for item in card.settled]):
        return refused("NOT_LANDED", card.describe(), card.settled)  # that was the one meant: an older sale is not touched
    found = find_sale(card.family, card.uid)
    if found is None:
        return refused("NO_SUCH_SALE", card.describe(), card.settled)
    sale, undone = found
    if undone:
        return refused("ALREADY_UNDONE", card.describe(), card.settled)
    newest, record = card.slots.newest, entry_record(sale)
    if sale["uid"] != card.uid.hex() or newest.body != record.body() or newest.record.operation not in (EARN, REDEEM):
        return refused("NOT_THE_LAST_SALE", card.describe(), card.settled)
    if card.blocked:
        return Blocked("CARD_BLOCKED", card.describe(), card.settled)
    try:
        restored = successor(card, terms, UNDO, _counters_before(sale, newest.record))
    except RangeError as error:
        return refused(error.code, card.describe(), card.settled)
    details = {"sale": sale["sale"], "undone": sale["details"]}
    return (yield from change(card, terms, restored, None, sale["transaction"], details))


def _counters_before(sale, record):
    """The counters as the sale found them; one that the sale put on the card goes back to nothing."""
    before = {key: (0, 0) for key in record.values()}
    before.update(counters_from_json(sale["counters_before"]))
    return before


def _undo_that_landed(card):
    """The undo that this tap found landed: its repetition is the same undo, not a second one."""
    for entry in card.memory.doubts:
        for item in card.settled:
            if entry["operation"] == "undo" and item["operation"] == "undo" and item["outcome"] == LANDED:
                if item["sale"] == entry["details"].get("sale"):
                    return entry
    return None
