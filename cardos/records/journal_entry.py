"""The journal line written before a card is changed: a plain dict of JSON values, the same on a host and on a board.

It carries the record's body **without** MAC and trailer: a stored intent must not be spendable; both are recomputed when
the record is written. `details` belongs to whoever made the wish (amount, rewards, what the person is told).
"""

from cardos.errors import BadInput, CardAnswered
from cardos.records.fields import operation_name
from cardos.records.record import decode_body

# Operations that settlement writes now when the card still shows the record before them; the others are settled
# "not landed" and asked for again, because what they give away may be in somebody's hands already.
REPEATED_BY_SETTLEMENT = ("earn", "block", "unblock", "repair")


def make_entry(record, family, uid, card_number, sale, previous_sequence, counters_before, undoes=None, details=None, operation=None):
    """The journal entry of a record about to be written. counters_before: {id: (value, expiry day)}."""
    return {
        "transaction": record.transaction,
        "terminal": record.terminal,
        "operation": operation or operation_name(record.operation),
        "sale": sale,
        "family": family,
        "uid": uid.hex(),
        "card_number": card_number,
        "sequence": record.sequence,
        "previous_sequence": previous_sequence,
        "previous": record.previous.hex(),
        "record": record.body().hex(),
        "counters_before": counters_to_json(counters_before),
        "counters_after": counters_to_json(record.values()),
        "undoes": undoes,
        "minute": record.minute,
        "details": details or {},
    }


def entry_record(entry):
    """The `Record` that an entry announces. BadInput when it is not one of this version, or not what the entry says beside it:
    settlement gives this record a new MAC, so a journal that was damaged must not become a card's counters."""
    try:
        body = bytes.fromhex(entry["record"])
        record = decode_body(body, (len(body) - 18) // 6)
        is_whole = record is not None and _is_told_by(entry, record)
    except (ValueError, TypeError, KeyError, CardAnswered):
        is_whole = False
    if not is_whole:
        raise BadInput("The journal entry of transaction %r is not readable." % (entry.get("transaction"),))
    return record


def _is_told_by(entry, record):
    if entry["operation"] != "issue":  # an issue may take in a card with a record that another home made
        # above 16 bits a ledger keeps apart the journals of a board that exists twice
        if record.terminal != entry["terminal"] & 0xFFFF or record.transaction != entry["transaction"] & 0xFFFF:
            return False
        if operation_name(record.operation) != entry["operation"]:
            return False
    return (
        record.sequence == entry["sequence"]
        and record.previous.hex() == entry["previous"]
        and record.minute == entry["minute"]
        and counters_to_json(record.values()) == entry["counters_after"]
    )


def counters_to_json(counters):
    """{id: (value, day)} with the ids as text, as JSON wants them."""
    return {str(key): [pair[0], pair[1]] for key, pair in counters.items()}


def counters_from_json(counters):
    """The inverse of `counters_to_json`."""
    return {int(key): (pair[0], pair[1]) for key, pair in counters.items()}
