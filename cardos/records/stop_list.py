"""The stop list: cards and terminals that are no longer accepted, and the lowest key epoch that still is.

    [1, scheme u16, number u32, minute, [revoked terminal, ...] rising, lowest epoch, table]
    table = 8 bytes a card, sorted bytewise, none twice; an entry is the start of SHA-256("stampd/stop/1" || family u8 || UID)

in a COSE_Sign1 (`signed`) under the scheme's key of purpose "list". A list is the whole list: what is not on the newest one is not
stopped. 8 bytes of a hash: among a million cards and a full list one honest card is stopped by chance once in 10^10 lists.
Codes: STOP_LIST_ and DAMAGED, VERSION, SCHEME, FORGED, OLDER, TOO_LARGE.

A board looks cards up in the kept bytes without loading the table: it is the payload's last item, and behind the payload stand
`SIGNATURE_TAIL` bytes.
"""

import hashlib
from collections import namedtuple

from cardos.bytes import uint
from cardos.crypto.sign1 import SIGNATURE_SIZE
from cardos.crypto.steps import finished
from cardos.errors import BadInput
from cardos.records import signed
from cardos.records.signed import MINUTE_MAX, damaged, is_number, trouble

KEY_PURPOSE = "list"
FORMAT = 1
CARDS_MAX = 1400  # 11 KB; what else is stopped, the cards' own blocked flags have to say (docs/decisions)
TERMINALS_MAX = 200
ENTRY_SIZE = 8
SIGNATURE_TAIL = SIGNATURE_SIZE + 2  # bytes of the signature and of its CBOR head
KIND = signed.Kind("stop list", "STOP_LIST", b"stampd/stop-list/1", 12 * 1024)

_LABEL = b"stampd/stop/1"

# scheme, number, minute: numbers. terminals: tuple, rising. lowest_epoch: records of epochs below are not accepted. table: bytes.
StopList = namedtuple("StopList", ["scheme", "number", "minute", "terminals", "lowest_epoch", "table"])


def card_entry(family_number, uid):
    """The 8 bytes by which a list knows a card. family_number: as inside MACs (`fields.family_number`)."""
    return hashlib.sha256(_LABEL + uint(family_number, 1) + bytes(uid)).digest()[:ENTRY_SIZE]


def make_table(entries):
    """The table's bytes of any entries (8 bytes each), each once. BadInput (STOP_LIST_TOO_LARGE) for more than `CARDS_MAX`."""
    rows = sorted(set([bytes(entry) for entry in entries]))
    if len(rows) > CARDS_MAX:
        text = "A stop list holds %d cards at most, and these are %d." % (CARDS_MAX, len(rows))
        raise trouble(KIND, "TOO_LARGE", text, "Take off the cards that carry the blocked flag themselves, oldest first.")
    return b"".join(rows)


def unsigned_stop_list(stop_list):
    """(protected, payload, to_be_signed), all bytes, of a `StopList`. BadInput for one that no board would take."""
    value = [FORMAT, stop_list.scheme, stop_list.number, stop_list.minute, list(stop_list.terminals), stop_list.lowest_epoch, stop_list.table]
    _read(value, stop_list.scheme)
    return signed.unsigned(KIND, value, stop_list.scheme)


def assemble(protected, payload, signature):
    """The stop list's bytes."""
    return signed.assemble(KIND, protected, payload, signature)


def open_stop_list_steps(data, public_key, scheme, newest_number):
    """Generator, yields None often and returns the `StopList`. public_key: the scheme's of purpose "list". newest_number: of the
    list in use, 0 for none; the same number is taken again. Raises BadInput; the module's page lists the codes."""
    value = yield from signed.proven_steps(KIND, data, public_key, scheme)
    found = _read(value, scheme)
    signed.refuse_older(KIND, found.number, newest_number)
    return found


def open_stop_list(data, public_key, scheme, newest_number):
    """`open_stop_list_steps`, run to its end."""
    return finished(open_stop_list_steps(data, public_key, scheme, newest_number))


def trusted_stop_list(data):
    """The `StopList` of bytes that were proven before and kept under a MAC. BadInput: DAMAGED, VERSION."""
    scheme, value = signed.trusted(KIND, data)
    return _read(value, scheme)


def _read(value, scheme):
    if not isinstance(value, list) or not value:
        raise damaged(KIND, "it is no list.")
    signed.check_format(KIND, value[0], FORMAT)
    if len(value) != 7:
        raise damaged(KIND, "it has %d parts, not 7." % len(value))
    _, inside, number, minute, terminals, lowest, table = value
    if inside != scheme:
        raise damaged(KIND, "it says another scheme inside than outside.")
    if not is_number(number) or number == 0 or not is_number(minute, MINUTE_MAX) or not is_number(lowest, 0xFF):
        raise damaged(KIND, "its number, minute or lowest epoch is out of range.")
    if not isinstance(terminals, list) or len(terminals) > TERMINALS_MAX or not all([is_number(one, 0xFFFF) for one in terminals]):
        raise damaged(KIND, "its terminals are no list of at most %d numbers." % TERMINALS_MAX)
    if not all([terminals[place] < terminals[place + 1] for place in range(len(terminals) - 1)]):
        raise damaged(KIND, "its terminals do not rise.")
    if not isinstance(table, bytes) or len(table) % ENTRY_SIZE or len(table) > CARDS_MAX * ENTRY_SIZE:
        raise damaged(KIND, "its table has not 8 bytes a card, or more than %d cards." % CARDS_MAX)
    _check_sorted(table)
    return StopList(scheme, number, minute, tuple(terminals), lowest, table)


def _check_sorted(table):
    """A card is found by halving: in a table that is not sorted a stopped card would pass."""
    last = b""
    for place in range(0, len(table), ENTRY_SIZE):
        entry = table[place : place + ENTRY_SIZE]
        if entry <= last:
            raise damaged(KIND, "its table is not sorted, or names a card twice.")
        last = entry


def head_of(beginning):
    """(`StopList` without its table, where the table begins, its size in bytes) from the beginning of a list that was proven before.

    beginning: at least the first `HEAD_MAX` bytes, or the whole when it is shorter. The table need not be among them. BadInput (DAMAGED).
    """
    try:
        return _walk(beginning)
    except (IndexError, BadInput):  # what was proven once reads so only when it is not what was kept
        raise damaged(KIND, "its beginning cannot be read.")


HEAD_MAX = 1024  # protected header, the numbers, 200 terminals of 3 bytes


def _walk(data):
    at = _item(data, 0, 6)[1]  # tag 18
    at = _item(data, at, 4)[1]
    size, at = _item(data, at, 2)
    protected = data[at : at + size]
    at = _item(data, _item(data, at + size, 5)[1], 2)[1]  # the empty map, then the payload's head
    at = _item(data, _item(data, at, 4)[1], 0)[1]  # its list, its format
    scheme, at = _item(data, at, 0)
    number, at = _item(data, at, 0)
    minute, at = _item(data, at, 0)
    count, at = _item(data, at, 4)
    terminals = [0] * count
    for place in range(count):
        terminals[place], at = _item(data, at, 0)
    lowest, at = _item(data, at, 0)
    size, at = _item(data, at, 2)
    if not protected or size % ENTRY_SIZE:
        raise BadInput("no stop list")
    return StopList(scheme, number, minute, tuple(terminals), lowest, b""), at, size


def _item(data, at, major):
    """(the number in the head of the item at `at`, where its content begins). IndexError at the end, BadInput for another major type."""
    first = data[at]
    if first >> 5 != major or first & 31 > 26:
        raise BadInput("another item")
    if first & 31 < 24:
        return first & 31, at + 1
    end = at + 1 + (1 << (first & 31) - 24)
    if end > len(data):
        raise IndexError
    return int.from_bytes(data[at + 1 : end], "big"), end
