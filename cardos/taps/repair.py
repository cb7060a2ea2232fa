"""Give a card without a good slot the state that this home's ledger last saw (docs/card-format.md, section 6).

The new record stands 16 sequence numbers above the last one seen, so that no record torn on the card can ever be newer.

A good card that is stale only by the word of boards that are not believed any more keeps what it holds: its own newest record goes on,
above what they said. That a person repairs it is the proof that the card was not put back.
"""

from cardos.errors import StampdError
from cardos.exchange import Case, Done, InDoubt, Intent, NotOurs, Refused, refused
from cardos.records.fields import FLAG_BLOCKED, FLAG_REPLACED, REPAIR
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.record import Record
from cardos.taps.change_card import first_counters
from cardos.taps.open_card import case_detail, open_card
from cardos.taps.settle import settle_doubts

SEQUENCE_STEP = 16


def repair(terms, find_state, allow_stale=None):
    """Generator: repair the card that is presented.

    find_state(family, uid): {id: (value, day)} counters after the last record this home knows as landed, or None.
    allow_stale(family, uid): True when what this home saw last of a card is the word of boards that were lost; None: never.
    Returns Done, Refused (NOT_DAMAGED, NO_LEDGER_STATE), InDoubt or NotOurs. Doubts that were open become a case.
    """
    card = yield from open_card(terms, allow_no_slot=True, allow_stale=allow_stale)
    if isinstance(card, (NotOurs, Refused)):
        return card
    if card.slots.newest is not None and not card.is_stale:
        return (yield from _settle_only(card))
    unfinished = [entry for entry in card.memory.doubts if entry["operation"] == "repair"]
    if unfinished:
        return (yield from _write(card, entry_record(unfinished[-1]), unfinished[-1]))
    counters = card.record.values() if card.is_stale else find_state(card.family, card.uid)
    if counters is None or card.memory.last_seen is None:
        return refused("NO_LEDGER_STATE", card.describe())
    if card.memory.doubts:
        detail = case_detail(card)
        detail["open_transactions"] = [entry["transaction"] for entry in card.memory.doubts]
        yield Case("REPAIRED_WITH_DOUBTS", detail)
    sequence, link = card.memory.last_seen
    before, flags = sequence, 0
    if card.is_stale:
        newest = card.slots.newest
        sequence, before, link, flags = max(sequence, newest.record.sequence), newest.record.sequence, newest.link, newest.record.flags
        yield Case("REPAIRED_STALE", case_detail(card))
    flags |= {"blocked": FLAG_BLOCKED, "replaced": FLAG_REPLACED}.get(card.memory.status, 0)
    record = Record(
        terms.epoch, REPAIR, flags, terms.pack["number"] & 0xFF, sequence + SEQUENCE_STEP, terms.minute, terms.terminal,
        terms.transaction, link, first_counters(counters, card.issuer.profile.counters),
    )  # fmt: skip
    entry = make_entry(record, card.family, card.uid, card.issuer.card_number, None, before, counters)
    yield from card.unlock()
    if card.is_stale:
        yield from card.slots.finish_newest()
    yield Intent(entry)
    return (yield from _write(card, record, entry))


def _write(card, record, entry):
    try:
        yield from card.unlock()
        mac = yield from card.slots.append(record)
    except StampdError:
        return InDoubt(entry, card.describe(), card.settled)
    return (yield from card.landed(entry, mac))


def _settle_only(card):
    """The card reads well: end its doubts, and say that there is nothing to repair (or that the repair had landed)."""
    yield from settle_doubts(card)
    for entry in card.memory.doubts:
        if entry["operation"] == "repair" and any([item["operation"] == "repair" for item in card.settled]):
            return Done(entry, card.describe(), card.settled, None)
    return refused("NOT_DAMAGED", card.describe(), card.settled)
