"""Block a card, or lift the block: the flag goes on the card itself, and the register follows when the tap is done."""

from cardos.exchange import Done, refused
from cardos.records.fields import BLOCK, FLAG_BLOCKED, UNBLOCK
from cardos.taps.change_card import change, successor
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, open_settled


def block(terms, reason, lift=False):
    """Generator: write a block (or, with `lift`, an unblock) record; counters stay as they are.

    Returns Done, Refused (ALREADY_BLOCKED, NOT_BLOCKED, CARD_REPLACED), InDoubt or NotOurs.
    """
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    word = "unblock" if lift else "block"
    for entry in card.memory.doubts:
        if entry["operation"] == word and _landed(card, word):
            return Done(entry, card.describe(), card.settled, None)
    if card.register_status == "replaced":
        return refused("CARD_REPLACED", card.describe(), card.settled)
    if lift and not card.blocked:
        return refused("NOT_BLOCKED", card.describe(), card.settled)
    if not lift and card.record.blocked:
        return refused("ALREADY_BLOCKED", card.describe(), card.settled)
    record = successor(card, terms, UNBLOCK if lift else BLOCK, {}, 0 if lift else FLAG_BLOCKED)
    return (yield from change(card, terms, record, None, None, {"reason": reason}))


def _landed(card, word):
    return any([item["operation"] == word and item["outcome"] == LANDED for item in card.settled])
