"""What a board knows of cards without reading its journal: a table of bounded size, and the few entries that are still open.

A card takes 16 bytes: family, UID, highest sequence known as done, 4 bytes of that record's MAC, status and key epoch. The rows
stand by their last change, oldest first; when the table is full the oldest leaves, which is one that the shop has, as long as
there is any. A card that left is met as a card of another terminal is: its own records are believed (docs/decisions/0026).

    row = family (1) + UID (7, or ff and 6 bytes of its SHA-256) + sequence (3) + MAC (4) + flags (1)
    flags = status (bits 0-1) + issued here (bit 2) + channel LRP (bit 3) + key epoch (bits 4-7, 0 is unknown)
"""

import hashlib

from cardos import cbor
from cardos.bytes import uint
from cardos.records.issuer_block import decode_issuer_body
from cardos.records.journal_line import family_name, intent_record

ROW_SIZE = 16
KEY_SIZE = 8
CARDS_MAX = 1024  # rows, 16 KB of a heap of 190 KB
KNOWN_MAX = 16  # records kept for a card with a doubt: more taps than anybody makes with one before it is settled

STATUSES = ("new", "active", "blocked", "replaced")
_ISSUED, _LRP = 4, 8
_STATUS_AFTER = {"issue": 1, "block": 2, "unblock": 1, "replace": 3}
_KEYS_FOR_LIFE = ("ultralight-c", "ultralight-aes")  # their chip keys stay those of the issue epoch
_UID_SIZE = 7

# Numbers inside MACs (cardos.records.fields) of the families that a kind of card can be.
_FAMILIES_OF_KIND = {"type2": (1, 2, 3, 4, 5), "iso-dep": (7, 8, 9, 10), "classic": (6,)}


class Seen:
    """What a row says. sequence: the highest known as done; mac: 4 bytes; status: a word; key_epoch: None when it is not known."""

    def __init__(self, row):
        flags = row[15]
        self.family = row[0]
        self.sequence, self.mac = int.from_bytes(row[8:11], "big"), bytes(row[11:15])
        self.status = flags & 3
        self.issued, self.is_lrp = bool(flags & _ISSUED), bool(flags & _LRP)
        self.key_epoch = flags >> 4 or None

    def tail(self):
        """The row without its key."""
        flags = self.status | (_ISSUED if self.issued else 0) | (_LRP if self.is_lrp else 0) | (self.key_epoch or 0) << 4
        return uint(self.sequence, 3) + self.mac + uint(flags, 1)


class Open:
    """An intent without an outcome, as far as its outcome needs it; the entry itself stays in flash at (segment, offset)."""

    def __init__(self, key, segment, offset, sequence, previous, operation, is_lrp, sets_keys, key_epoch):
        self.key, self.segment, self.offset = key, segment, offset
        self.sequence, self.previous, self.operation = sequence, previous, operation
        self.is_lrp, self.sets_keys, self.key_epoch = is_lrp, sets_keys, key_epoch

    def fields(self):
        """The list that a checkpoint keeps: what `__init__` takes."""
        return [
            self.key, self.segment, self.offset, self.sequence, self.previous, self.operation, self.is_lrp, self.sets_keys, self.key_epoch,
        ]  # fmt: skip


def opened(fields, place):
    """The `Open` of an intent's fields. place: (segment, offset) of its line."""
    operation, record = intent_record(fields)
    is_lrp, sets_keys, epoch = False, False, None
    if operation in ("issue", "migrate"):
        is_lrp, sets_keys, epoch = _keys_after(operation, cbor.decode(fields[12]), record.sequence == 1 or family_name(fields[3]) in _KEYS_FOR_LIFE)
    return Open(key_of(fields[3], fields[4]), place[0], place[1], record.sequence, record.previous, operation, is_lrp, sets_keys, epoch)


def _keys_after(operation, details, is_own):
    """(channel is LRP, whether the entry sets the chip's keys, their epoch or None: the card is asked).

    is_own: the keys are those of the issue; a card that was taken in with a record of another home may have been rotated there.
    """
    epoch = details.get("epoch")
    if operation == "issue":
        epoch = decode_issuer_body(bytes.fromhex(details["block"])).epoch if is_own else None
    sets_keys = operation == "issue" or bool(details.get("keys"))
    return details.get("channel") == "lrp", sets_keys, epoch if epoch is not None and epoch < 16 else None


class Index:
    """The table, and the open intents by transaction. cards_max: rows of the table; 16 bytes each are taken at once."""

    def __init__(self, cards_max=CARDS_MAX):
        self.table = bytearray(cards_max * ROW_SIZE)
        self.rows = 0
        self.open = {}  # transaction -> `Open`
        self.known = {}  # key of a card with an open intent -> [(sequence, MAC start, previous link)] that landed since

    def load(self, rows, intents, known):
        """Takes over what a checkpoint kept. rows: bytes, a multiple of 16; only the newest of them, when the table got smaller."""
        rows = rows[max(0, len(rows) - len(self.table)) :]
        self.table[: len(rows)] = rows
        self.rows = len(rows) // ROW_SIZE
        self.open = {fields[0]: Open(*fields[1:]) for fields in intents}
        self.known = {fields[0]: [tuple(record) for record in fields[1]] for fields in known}

    def checkpoint(self):
        """(intents, known): lists for `load`; the rows are `table` up to `rows`."""
        intents = []
        for transaction in sorted(self.open):
            one = [transaction]
            one.extend(self.open[transaction].fields())
            intents.append(one)
        return intents, [[key, [list(record) for record in self.known[key]]] for key in sorted(self.known)]

    # Cards

    def seen(self, key):
        """The `Seen` of a card by its key, or None."""
        at = self._find(key)
        return None if at < 0 else Seen(self.table[at : at + ROW_SIZE])

    def familiar(self, uid, kind):
        """(key, `Seen`) of the one card with this UID among the families of a kind, or None; two such cards are none."""
        found, families = None, _FAMILIES_OF_KIND.get(kind, ())
        for number in families:
            key = key_of(number, uid)
            seen = self.seen(key)
            if seen is not None:
                if found is not None:
                    return None
                found = key, seen
        return found

    def _find(self, key):
        """Where a card's row begins; -1 when it has none."""
        end = self.rows * ROW_SIZE
        at = self.table.find(key, 0, end)
        while at >= 0 and at % ROW_SIZE:  # the same bytes across two rows
            at = self.table.find(key, at + 1, end)
        return at

    def _put(self, key, tail):
        """Makes this the newest row; the oldest leaves when the table is full."""
        at, table, end = self._find(key), memoryview(self.table), self.rows * ROW_SIZE
        if at < 0 and end < len(self.table):
            at, end = end, end + ROW_SIZE
            self.rows += 1
        at = max(at, 0)
        table[at : end - ROW_SIZE] = table[at + ROW_SIZE : end]  # the rows above move down by one
        table[end - ROW_SIZE : end - KEY_SIZE] = key
        table[end - KEY_SIZE : end] = tail

    # Entries

    def intend(self, fields, place):
        """An intent is in the journal. fields: of its line; place: (segment, offset) of its line."""
        self.open[fields[1]] = opened(fields, place)

    def doubts(self, key):
        """[(segment, offset)] of this card's open intents, oldest first."""
        return [(self.open[number].segment, self.open[number].offset) for number in sorted(self.open) if self.open[number].key == key]

    def is_sure_of_keys(self, key):
        """False while an issue or a rotation of this card is open."""
        return not any([one.sets_keys for one in self.open.values() if one.key == key])

    def outcome(self, transaction, mac):
        """An outcome is in the journal. mac: 4 bytes, None for not landed. An intent that is not open is closed already: nothing is done."""
        one = self.open.pop(transaction, None)
        if one is None:
            return
        if mac is not None:
            self._land(one, mac)
        if not self.doubts(one.key):
            self.known.pop(one.key, None)

    def forget(self, transaction):
        """An open intent that the shop has is not this board's to settle any more."""
        one = self.open.pop(transaction)
        if not self.doubts(one.key):
            self.known.pop(one.key, None)

    def _land(self, one, mac):
        records = self.known.setdefault(one.key, [])
        record = (one.sequence, mac, one.previous)
        if record not in records:
            records.append(record)
            del records[:-KNOWN_MAX]
        seen = self.seen(one.key) or Seen(one.key + bytes(7) + b"\x01")
        if one.sequence >= seen.sequence:
            seen.status = _STATUS_AFTER.get(one.operation, seen.status or 1)
        if one.sequence > seen.sequence:
            seen.sequence, seen.mac = one.sequence, mac
        if one.sets_keys:
            seen.key_epoch = one.key_epoch
        if one.operation == "issue":
            seen.issued, seen.is_lrp = True, one.is_lrp
        self._put(one.key, seen.tail())

    def contradictions(self, transaction, mac):
        """Cases that a record about to count as landed makes with what is known: [(kind, sequence)]."""
        one = self.open[transaction]
        seen, found = self.seen(one.key), []
        records = list(self.known.get(one.key, ()))
        if seen is not None and seen.sequence and seen.sequence not in [record[0] for record in records]:
            records.append((seen.sequence, seen.mac, None))
        for sequence, other, previous in records:
            if sequence == one.sequence and other != mac:
                found.append(("SAME_SEQUENCE", sequence))
            elif sequence == one.sequence - 1 and other != one.previous:
                found.append(("BROKEN_CHAIN", one.sequence))
            elif sequence == one.sequence + 1 and previous not in (None, mac):
                found.append(("BROKEN_CHAIN", sequence))
        return found


def key_of(family, uid):
    """The 8 bytes by which the table knows a card. family: its number inside MACs."""
    if len(uid) == _UID_SIZE:
        return uint(family, 1) + bytes(uid)
    return uint(family, 1) + b"\xff" + hashlib.sha256(bytes(uid)).digest()[: _UID_SIZE - 1]


def family_of(key, seen):
    """The family that a row names as a tap's hint: a card whose channel is LRP says so."""
    name = family_name(key[0])
    return "ntag424-lrp" if name == "ntag424" and seen.is_lrp else name

