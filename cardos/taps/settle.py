"""Doubts end at the card's next tap (docs/card-format.md, section 6).

For each journal entry I of this home that is in doubt, replacing P, with N the newest good record on the card:

(a) N is I: landed.  (b) N is P: an earn, block or unblock is written now as I; a redemption, undo or refund is settled *not
landed* and asked for again, after the torn slot was scrubbed.  (c) N is later: landed when N's chain contains I, not landed
when it reaches P without I, otherwise it stays open.  (d) N is older than P: it stays open (a stale card was refused before).

An entry of another terminal is somebody else's word. The home marks one that it must not write ("only_looked_at"), and none is
written over other counters than it says the card had: in case (b) it stays open until the card has moved on, which is case (c).
"""

from cardos.exchange import InDoubt, Settled, refused
from cardos.records.journal_entry import REPEATED_BY_SETTLEMENT, counters_to_json, entry_record
from cardos.taps.open_card import OpenCard, open_card

LANDED = "landed"
NOT_LANDED = "not_landed"
OPEN = "open"
_STATUS_AFTER = {"block": "blocked", "unblock": "active"}  # what the register says once they are known to have landed


def open_settled(terms, doubt=None):
    """Generator: an `OpenCard` whose doubts are settled as far as it can tell, or the outcome that ends this tap.

    doubt: the entry that this tap is a repeat of; another card than its own is left alone (InDoubt). A card whose issue was
    cut is refused (ISSUE_NOT_FINISHED): `issue` finishes it.
    """
    card = yield from open_card(terms)
    if not isinstance(card, OpenCard):
        return card
    if doubt is not None and card.uid.hex() != doubt["uid"]:
        return InDoubt(doubt, None, [])
    if any([entry["operation"] == "issue" for entry in card.memory.doubts]):
        return refused("ISSUE_NOT_FINISHED", card.describe())
    yield from settle_doubts(card)
    return card


def settle_doubts(card):
    """Generator: settle what the card can tell. Fills `card.settled` and `card.still_open`; writes through rules 1 and 3.

    CardLost and its like pass through: an entry whose settlement was not heard simply stays in doubt.
    """
    for entry in card.memory.doubts:
        verdict, record, mac = yield from _settle_one(card, entry)
        if verdict == OPEN:
            card.still_open.append(entry)
            continue
        yield Settled(entry["transaction"], verdict == LANDED, record.sequence, mac, card.evidence, entry["terminal"])
        card.slots.transaction_mac = None  # it was said of this record, of no other
        card.settled.append({"sale": sale_of(entry), "outcome": verdict, "operation": entry["operation"]})
        if verdict == LANDED and entry["operation"] in _STATUS_AFTER and card.register_status != "replaced":
            card.register_status = _STATUS_AFTER[entry["operation"]]


def is_same(one, other):
    """True for two entries of one transaction: each terminal counts its own."""
    return one["transaction"] == other["transaction"] and one["terminal"] == other["terminal"]


def sale_of(entry):
    """The sale that an entry is about: its own REF, or that of the sale it takes back."""
    return entry["sale"] or entry["details"].get("sale")


def _settle_one(card, entry):
    """Generator: (verdict, the entry's record, its MAC)."""
    slots, record = card.slots, entry_record(entry)
    newest, previous = slots.newest, bytes.fromhex(entry["previous"])
    if newest.body == record.body():  # the snapshot has proven its MAC
        yield from card.unlock()
        if newest.done:
            yield from slots.confirm_newest()
        else:
            yield from slots.finish_newest()
        return LANDED, record, newest.mac
    mac = yield from slots.adopt_pending(record)
    if mac is not None:
        return LANDED, record, mac
    if newest.link == previous and newest.record.sequence == entry["previous_sequence"]:
        is_repeated = entry["operation"] in REPEATED_BY_SETTLEMENT
        if is_repeated and not _may_be_written(card, entry):
            return OPEN, record, slots.mac_at(record)
        yield from card.unlock()
        if is_repeated:
            yield from slots.finish_newest()
            return LANDED, record, (yield from slots.append(record))
        yield from slots.scrub_other()
        return NOT_LANDED, record, slots.mac_at(record)
    if newest.record.sequence >= record.sequence:
        return _by_chain(card, record, previous)
    return OPEN, record, slots.mac_at(record)


def _may_be_written(card, entry):
    if entry["terminal"] == card.held.terms.terminal:
        return True
    return not entry.get("only_looked_at") and counters_to_json(card.record.values()) == entry["counters_before"]


def _by_chain(card, record, predecessor):
    """Follow the newest record's links back through what else the card carries and this home's journal."""
    slots = card.slots
    links = {mac: previous for _, mac, previous in card.memory.known_records}
    links.update(slots.links())
    link, depth = slots.newest.link, 0
    while depth <= len(links):
        mac = slots.mac_at(record, depth)
        if link == mac[:4]:
            return LANDED, record, mac
        if link == predecessor:
            return NOT_LANDED, record, mac
        if link not in links:
            break
        link, depth = links[link], depth + 1
    return OPEN, record, slots.mac_at(record)
