"""Move a card to another key epoch: its chip keys where the family allows that, then a record in the new epoch.

The intent is durable before the first key changes. A rotation that was cut is settled as not landed; the card goes on working,
because each of its keys says its own epoch, and the same command finishes what is left.
"""

from cardos.errors import StampdError
from cardos.exchange import Done, InDoubt, Intent, refused
from cardos.records.fields import MIGRATE
from cardos.records.journal_entry import make_entry
from cardos.taps.change_card import successor
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import LANDED, open_settled


def rotate(terms):
    """Generator: rotate the card that is presented to `terms.epoch`.

    Returns Done, Refused (EPOCH_CURRENT, EPOCH_OLDER: keys never go back), InDoubt or NotOurs.
    """
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    for entry in card.memory.doubts:  # a rotation that landed, which its repetition finds out
        if entry["operation"] == "migrate" and entry["details"]["epoch"] == terms.epoch and _landed(card):
            return Done(entry, card.describe(), card.settled, None)
    if card.record.epoch > terms.epoch:
        return refused("EPOCH_OLDER", card.describe(), card.settled)
    current = yield from card.held.keys_are_of(terms.epoch)
    if current and card.record.epoch == terms.epoch:
        return refused("EPOCH_CURRENT", card.describe(), card.settled)
    yield from card.unlock()
    yield from card.slots.finish_newest()
    record, before = successor(card, terms, MIGRATE, {}), card.record
    details = {"epoch": terms.epoch, "channel": card.held.channel, "keys": card.held.rotates}
    entry = make_entry(
        record, card.family, card.uid, card.issuer.card_number, None, before.sequence, before.values(), None, details
    )
    yield Intent(entry)
    try:
        if not current:
            yield from card.held.rotate(terms.epoch)
        mac = yield from card.slots.append(record)
    except StampdError:
        return InDoubt(entry, card.describe(), card.settled)
    return (yield from card.landed(entry, mac))


def _landed(card):
    return any([item["operation"] == "migrate" and item["outcome"] == LANDED for item in card.settled])
