"""A line of a board's journal: what a terminal keeps in flash and what it sends to the shop's daemon, byte for byte the same.

A line is the canonical CBOR of a list, chained by hash:

    hash(n) = SHA-256( hash(n - 1) || line n ), hash(0) = 32 zero bytes

    intent   [1, transaction, minute, family, uid, card number, operation or null, previous sequence, record, sale, undoes,
              {counter: [value, day]} before, CBOR of the details]
    outcome  [2, transaction, minute, 0 done | 1 landed | 2 not landed, sequence, 4 bytes of the MAC or null, evidence or null]
    case     [3, minute, kind, detail]
    doubt    an intent with a 4: it is open still, and was said in an older part of the journal that is freed now

What an intent's record says is not said again beside it: `unpack_intent` gives the journal entry back whole. A record without
MAC and trailer: a line in a stolen board's flash is not spendable. The chain shows accidents and edits by people without the
board's key; who holds the key can write any history.
"""

import hashlib

from cardos import cbor
from cardos.bytes import uint
from cardos.errors import BadInput, CardAnswered
from cardos.records.fields import FAMILIES, family_number, operation_name
from cardos.records.journal_entry import counters_to_json
from cardos.records.record import LINK_SIZE, decode_body

INTENT, OUTCOME, CASE, DOUBT = 1, 2, 3, 4
DONE, LANDED, NOT_LANDED = 0, 1, 2
OUTCOMES = ("done", "landed", "not_landed")

GENESIS = bytes(32)
CHECK_SIZE = 8  # bytes of its hash that stand behind a line: an accident passes once in 2^64, and an edit shows in the chain
LENGTH_SIZE = 2
FRAME_SIZE = LENGTH_SIZE + CHECK_SIZE
LINE_MAX = 2000  # bytes; a sale of twenty lines takes about 1200, and two of these fit in one 4096-byte flash block

_HEAD_LABEL = b"stampd/board-head/1"


def link(previous, line):
    """The 32 bytes of the chain after `line`. previous: the 32 bytes before it."""
    digest = hashlib.sha256(previous)
    digest.update(line)
    return digest.digest()


def head_message(terminal, lines, digest):
    """The bytes under the MAC of a journal's head: so many lines of this terminal, and the chain after the last of them."""
    return _HEAD_LABEL + uint(terminal, 2) + uint(lines, 4) + digest


def framed(line, digest):
    """How a line stands in flash: its length (u16), the line, the first 8 bytes of the chain after it."""
    return uint(len(line), LENGTH_SIZE) + line + digest[:CHECK_SIZE]


def unframed(data, offset, digest):
    """The line that begins at `offset`: (line, the chain after it, the offset behind it); None when none stands there whole.

    digest: the chain before it. Every line that does not fit its check is none: torn, damaged or changed.
    """
    start = offset + LENGTH_SIZE
    if start > len(data):
        return None
    end = start + int.from_bytes(data[offset:start], "big")
    if end == start or end + CHECK_SIZE > len(data):
        return None
    line = bytes(data[start:end])
    after = link(digest, line)
    if bytes(data[end : end + CHECK_SIZE]) != after[:CHECK_SIZE]:
        return None
    return line, after, end + CHECK_SIZE


def intent_fields(entry, kind=INTENT):
    """The list that a journal entry's line spells. kind: INTENT, or DOUBT."""
    record = bytes.fromhex(entry["record"])
    body = _body(record)
    operation = None if body is not None and operation_name(body.operation) == entry["operation"] else entry["operation"]
    before = {int(key): [pair[0], pair[1]] for key, pair in entry["counters_before"].items()}
    return [
        kind, entry["transaction"], entry["minute"], family_number(entry["family"]), bytes.fromhex(entry["uid"]), entry["card_number"],
        operation, entry["previous_sequence"], record, entry["sale"], entry["undoes"], before, cbor.encode(entry["details"]),
    ]  # fmt: skip


def pack_intent(fields):
    """The line of `intent_fields`. BadInput (JOURNAL_LINE) when it is too long for a board's journal."""
    line = cbor.encode(fields)
    if len(line) > LINE_MAX:
        raise BadInput("This sale has %d bytes in the journal; at most %d fit." % (len(line), LINE_MAX), "Make it in two.", "JOURNAL_LINE")
    return line


def intent_record(fields):
    """(operation, `Record`) of an intent's fields. BadInput (JOURNAL_LINE) when they are none."""
    try:
        record = _body(fields[8])
        return fields[6] or operation_name(record.operation), record
    except (TypeError, AttributeError, IndexError, CardAnswered):
        raise BadInput("This line of a journal is no intent.", "", "JOURNAL_LINE")


def unpack_intent(fields, terminal):
    """The journal entry (`cardos.records.journal_entry`) of a line's fields. BadInput (JOURNAL_LINE) when they are none."""
    operation, record = intent_record(fields)
    try:
        _, transaction, minute, family, uid, card_number, _, previous_sequence, raw, sale, undoes, before, details = fields
        return {
            "transaction": transaction,
            "terminal": terminal,
            "operation": operation,
            "sale": sale,
            "family": family_name(family),
            "uid": uid.hex(),
            "card_number": card_number,
            "sequence": record.sequence,
            "previous_sequence": previous_sequence,
            "previous": record.previous.hex(),
            "record": raw.hex(),
            "counters_before": counters_to_json(before),
            "counters_after": counters_to_json(record.values()),
            "undoes": undoes,
            "minute": minute,
            "details": cbor.decode(details),
        }
    except (ValueError, TypeError, AttributeError, IndexError):
        raise BadInput("This line of a journal is no intent.", "", "JOURNAL_LINE")


def pack_outcome(transaction, minute, outcome, sequence, record_mac, evidence):
    """The line of an outcome. outcome: DONE, LANDED or NOT_LANDED; only 4 bytes of the MAC are kept, so that no whole record is."""
    mac = None if outcome == NOT_LANDED else bytes(record_mac[:LINK_SIZE])
    return cbor.encode([OUTCOME, transaction, minute, outcome, sequence, mac, evidence or None])


def pack_case(kind, minute, detail):
    """The line of a case."""
    return cbor.encode([CASE, minute, kind, detail])


def fields_of(line):
    """The list that a line spells. BadInput (JOURNAL_LINE, CBOR) when it is none."""
    fields = cbor.decode(line)
    if not isinstance(fields, list) or len(fields) < 2:
        raise BadInput("This is no line of a journal.", "", "JOURNAL_LINE")
    return fields


def family_name(number):
    """The name of a family from its number inside MACs. BadInput when there is none."""
    for name, known in FAMILIES:
        if known == number:
            return name
    raise BadInput("There is no card family of number %r." % (number,), "", "JOURNAL_LINE")


def _body(raw):
    """The `Record` in a record body of any size, or None."""
    return decode_body(raw, (len(raw) - 18) // 6)
