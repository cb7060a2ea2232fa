"""What a card keeps, bit by bit: which bits of a soft card's state stand for what, and that state with one of them flipped."""

import copy
from collections import namedtuple

from cardos.records.record import slot_size

# group: what the bit belongs to (of GROUPS). path: keys and indexes into the state, ending at a hex text or a number. bit: counted
# from the highest bit of the first byte of a text, from the lowest of a number.
Bit = namedtuple("Bit", ["group", "path", "bit"])

RECORDS = ("issuer block", "newest record", "older record", "predecessor", "past records", "counter", "transaction MAC")
RIGHTS = ("header", "locks and rights", "link", "keys", "settings")
GROUPS = RECORDS + RIGHTS

_PAGE_LINK, _PAGE_ISSUER, _PAGE_SLOTS = 0x04, 0x0C, 0x10
_SLOT_PAGES = slot_size(1) // 4
_TAIL = {"ntag215": range(0x82, 0x87), "ultralight-c": range(0x28, 0x30), "ultralight-aes": range(0x28, 0x3C)}
_PAST_RECORDS_LOOKED_AT = 2


def bits_of(lab):
    """[Bit, ..] of this lab's card."""
    state = lab.card.state()
    if lab.family in _TAIL:
        return _of_pages(lab.family, state)
    if lab.family == "classic-1k":
        return [bit for block in (4, 5, 6, 8) for bit in _text("newest record" if block > 4 else "issuer block", ("pages", block), state)]
    return _of_ntag424(state) if lab.family.startswith("ntag424") else _of_desfire(state)


def flipped(state, bit):
    """A copy of `state` with this bit changed."""
    made = copy.deepcopy(state)
    holder = made
    for step in bit.path[:-1]:
        holder = holder[step]
    value = holder[bit.path[-1]]
    if isinstance(value, int):
        holder[bit.path[-1]] = value ^ 1 << bit.bit
    else:
        data = bytearray.fromhex(value)
        data[bit.bit // 8] ^= 0x80 >> bit.bit % 8
        holder[bit.path[-1]] = data.hex()
    return made


def _at(state, path):
    for step in path:
        state = state[step]
    return state


def _text(group, path, state, first=0, last=None):
    """The bits of bytes first..last of a hex text."""
    size = len(_at(state, path)) // 2
    return [Bit(group, path, bit) for bit in range(8 * first, 8 * (size if last is None else last))]


def _number(group, path, width):
    return [Bit(group, path, bit) for bit in range(width)]


def _newest_is_a(sequence_a, sequence_b):
    return int(sequence_a, 16) > int(sequence_b, 16)


def _of_pages(family, state):
    pages = state["pages"]

    def sequence(first):
        return "".join(pages[first : first + 3])[8:14]

    a_is_newest = _newest_is_a(sequence(_PAGE_SLOTS), sequence(_PAGE_SLOTS + _SLOT_PAGES))
    found = []
    for page in list(range(_PAGE_SLOTS + 2 * _SLOT_PAGES)) + list(_TAIL[family]):
        if page < _PAGE_LINK:
            group = "header"
        elif page < _PAGE_ISSUER:
            group = "link"
        elif page < _PAGE_SLOTS:
            group = "issuer block"
        elif page >= _PAGE_SLOTS + 2 * _SLOT_PAGES:
            group = "locks and rights"
        else:
            group = "newest record" if (page < _PAGE_SLOTS + _SLOT_PAGES) == a_is_newest else "older record"
        found += _text(group, ("pages", page), state)
    if "counters" in state:
        found += _number("counter", ("counters", 2), 24)
    return found


def _of_ntag424(state):
    size, data = slot_size(1), state["files"][2]["data"]
    slots = [data[2 * (16 + size * place) : 2 * (16 + size * place + size)] for place in (0, 1)]
    a_is_newest = _newest_is_a(slots[0][8:14], slots[1][8:14])
    path = ("files", 2, "data")
    found = _text("issuer block", path, state, 0, 16)
    found += _text("newest record" if a_is_newest else "older record", path, state, 16, 16 + size)
    found += _text("older record" if a_is_newest else "newest record", path, state, 16 + size, 16 + 2 * size)
    found += _text("settings", ("files", 2, "settings"), state) + _text("link", ("files", 1, "data"), state, 0, 40)
    for key in (1, 2):
        found += _text("keys", ("keys", key, "key"), state) + _number("keys", ("keys", key, "version"), 8)
    return found


def _of_desfire(state):
    application = ("applications", 0)
    files = application + ("files",)
    found = _text("issuer block", files + (0, "file", "data"), state, 0, 16)
    found += _text("newest record", files + (0, "file", "data"), state, 16, 48)
    found += _text("predecessor", files + (0, "file", "data"), state, 48)
    records = _at(state, files + (1, "file", "records"))
    for place in range(len(records))[-_PAST_RECORDS_LOOKED_AT:]:
        found += _text("past records", files + (1, "file", "records", place), state)
    for place, entry in enumerate(_at(state, files)):
        file = files + (place, "file")
        found += _number("settings", file + ("access",), 16) + _number("settings", file + ("comm",), 2)
        if "reader_id" in entry["file"]:
            found += _number("transaction MAC", file + ("counter",), 32) + _text("transaction MAC", file + ("value",), state)
            found += _text("transaction MAC", file + ("reader_id",), state) + _text("transaction MAC", file + ("key",), state)
    found += _number("settings", application + ("key_settings",), 8)
    for key in (1, 2):
        path = application + ("key_sets", 0, "keys", key)
        found += _text("keys", path + ("value",), state) + _number("keys", path + ("version",), 8)
    return found
