"""The one way a tap changes a card: unlock, finish what was torn, intent, write; and what is true when it is cut."""

from cardos.errors import RangeError, StampdError
from cardos.exchange import InDoubt, Intent, refused
from cardos.records.fields import FLAGS_KNOWN
from cardos.records.journal_entry import make_entry
from cardos.records.record import UNUSED, Counter, Record


def successor(card, terms, operation, counters, flags=None, step=1):
    """The `Record` that follows the card's newest. counters: {id: (value, expiry day)}; RangeError when one does not fit.

    Counters keep their place on the card; one that is left out stays as it is. A new one takes the first unused place, else
    the first that holds nothing. None when there is no place left. Key epochs never go back.
    """
    newest = card.slots.newest
    left = dict(counters)
    places = []
    for old in newest.record.counters:
        if old.id and old.id in left:
            value, day = left.pop(old.id)
            places.append(Counter(old.id, value, day))
        else:
            places.append(old)
    unused = [index for index, place in enumerate(places) if place.id == 0]
    empty = [index for index, place in enumerate(places) if place.id and place.value == 0 and place.expiry_day == 0]
    if len(left) > len(unused) + len(empty):
        return None
    for index, counter_id in zip(unused + empty, sorted(left)):
        value, day = left[counter_id]
        places[index] = Counter(counter_id, value, day)
    return Record(
        max(terms.epoch, newest.record.epoch), operation, newest.record.flags & FLAGS_KNOWN if flags is None else flags, terms.pack["number"] & 0xFF,
        newest.record.sequence + step, terms.minute, terms.terminal, terms.transaction, newest.link, tuple(places),
    )  # fmt: skip


def emptied(card, after):
    """The counters that the offers leave, with those that now hold nothing said as such. after: {id: (value, expiry day)}."""
    counters = {key: (0, 0) for key in card.record.values()}
    counters.update(after)
    return counters


def decided(card, terms, operation, after):
    """The `Record` of what the offers decided, or a `Refused` (CARD_FULL, OUT_OF_RANGE) when it does not fit this card.

    after: {id: (value, expiry day)} of the counters that hold something then.
    """
    try:
        record = successor(card, terms, operation, emptied(card, after))
        if record is None:
            return refused("CARD_FULL", card.describe(), card.settled)
        record.body()
    except RangeError as error:  # our own check of the fields' ranges: nothing was written
        return refused(error.code, card.describe(), card.settled)
    return record


def first_counters(counters, how_many):
    """A tuple of `how_many` counters beginning with those given ({id: (value, day)}), the rest unused."""
    used = [Counter(key, counters[key][0], counters[key][1]) for key in sorted(counters)]
    return tuple(used + [UNUSED] * (how_many - len(used)))


def change(card, terms, record, sale=None, undoes=None, details=None):
    """Generator: make `record` the card's newest. Returns Done or InDoubt; CardLost passes only before the intent."""
    yield from card.unlock()
    yield from card.slots.finish_newest()
    before = card.record
    entry = make_entry(
        record, card.family, card.uid, card.issuer.card_number, sale, before.sequence, before.values(), undoes, details
    )
    yield Intent(entry)
    try:
        mac = yield from card.slots.append(record)
    except StampdError:
        return InDoubt(entry, card.describe(), card.settled)
    return (yield from card.landed(entry, mac))
