"""Which bytes of an exchange may not be shown: passwords and PACK, keys on their way to a card, and the last 4 bytes of record MACs.

`Masker` follows one presentation: `sent(frame)` and `answered(frame, answer)` give places (sets of indexes) to hide. What it
is not sure of it hides: key pages of every Type 2 family whatever the card says it is, because an answer may lie. Cryptograms
of ChangeKey are hidden too: at issue they are made under a delivery key that everybody knows.
Places of records: docs/card-format.md, section 3.
"""

from cardos.families import classic, ntag21x
from cardos.families.type2 import PAGE
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.issuer_block import decode_profile
from cardos.records.record import MAC_SIZE, TRAILER_SIZE, body_size, slot_size
from cardos.exchange import CLASSIC, ISO_DEP
from host_tools.tracing.names import body_of, is_secured_type2, is_wrapped

COUNTERS = (1, 3, 5, 7, 9)
TAIL = 4  # so many bytes of a record's MAC stay hidden
# How records lie in what is read or written; a mirror is the copy on a Classic, its data blocks taken as one.
MEMORY_PAGES, FILE_SLOTS, FILE_RECORD, FILE_PAST, MIRROR = "pages", "slots", "record", "past", "mirror"

_PROFILE_PLACE = 9  # in the issuer block
_ISSUER_PAGES_AT = ntag21x.PAGE_ISSUER * PAGE
_SLOTS_AT = {MEMORY_PAGES: ntag21x.PAGE_SLOTS * PAGE, FILE_SLOTS: ISSUER_SIZE}
_TRAILERS = (b"\x5a\xff", b"\xa5\x00", b"\x00\x00")

_ULTRALIGHT_C_KEY, _ULTRALIGHT_AES_KEYS = tuple(range(0x2C, 0x30)), tuple(range(0x30, 0x3C))
SECRET_PAGES = frozenset(
    [page for chip in ntag21x.CHIPS for page in (chip.config_page + 2, chip.config_page + 3)] + list(_ULTRALIGHT_C_KEY + _ULTRALIGHT_AES_KEYS)
)

_READS, _WRITES = (0xBD, 0xAD), (0x3D, 0x8D)
_RECORD_READS, _RECORD_WRITES = (0xBB, 0xAB), (0x3B, 0x8B)
_NTAG424_NAME = bytes.fromhex("D2760000850101")
_KEEPS = {0xC4: 1, 0xC6: 2, 0xCE: 5, 0xC9: 0}  # commands whose data is a key or hides one: so many first bytes may be shown
_DEFAULT_KEY_OPTION = 0x01  # SetConfiguration: a default key


class Masker:
    """The masks of one presentation, told its exchanges in order. kind: as `Link.card_kind`."""

    def __init__(self, kind):
        self._kind = kind
        self.counters = set()  # numbers of counters that issuer blocks seen here name
        self._application = None  # "desfire", "ntag424" or None
        self._transfer = None  # the read or write that an AFh frame goes on with
        self._hides_rest = False  # the AFh frames of a command whose data is secret
        self._page_of_data = None  # of a COMPATIBILITY_WRITE

    # --- what is hidden ---

    def sent(self, frame):
        """Places in `frame` that must not be shown. Called once a frame, before `answered`."""
        frame = bytes(frame)
        peeled = _peel(frame)
        if peeled is not None:
            inner, start, _ = peeled
            return set(range(start, len(frame))) if inner is None else {start + place for place in self._card_sent(inner)}
        return self._card_sent(frame)

    def answered(self, frame, answer):
        """Places in its `answer` that must not be shown."""
        frame, answer = bytes(frame), bytes(answer)
        peeled = _peel(frame)
        if peeled is None:
            return self._card_answered(frame, answer)
        inner, _, before = peeled
        if inner is None:
            return set()
        return {before + place for place in self._card_answered(inner, answer[before : max(before, len(answer) - 2)])}

    def _card_sent(self, frame):
        if self._kind == ISO_DEP:
            return self._apdu_sent(frame)
        return self._classic_sent(frame) if self._kind == CLASSIC else self._type2_sent(frame)

    def _card_answered(self, frame, answer):
        if self._kind == ISO_DEP:
            return self._apdu_answered(frame, answer)
        if self._kind == CLASSIC:
            return self._classic_answered(frame, answer)
        return self._type2_answered(frame, answer)

    # --- Type 2 ---

    def _type2_sent(self, frame):
        page, self._page_of_data = self._page_of_data, None
        if page is not None and len(frame) == 16:
            return self._page_write(page, 0)
        if frame[:1] == b"\x1b":
            return set(range(1, len(frame)))
        if frame[:1] == b"\xa0" and len(frame) == 18:  # a reader's 16-byte write: four pages, or the first of them
            return set().union(*(self._page_write(frame[1] + place, 2 + place * PAGE) for place in range(4)))
        if frame[:1] == b"\xa0" and len(frame) >= 2:
            self._page_of_data = frame[1]
        if frame[:1] == b"\xa2" and len(frame) >= 6:
            return self._page_write(frame[1], 2)
        return set()

    def _page_write(self, page, before):
        if page in SECRET_PAGES:
            return set(range(before, before + PAGE))
        return {before + place for place in self._tails(MEMORY_PAGES, page * PAGE, PAGE)}

    def _type2_answered(self, frame, answer):
        if frame[:1] == b"\x1b":
            return set(range(len(answer))) if len(answer) > 1 else set()
        if frame[:1] not in (b"\x30", b"\x3a") or len(answer) < PAGE or len(frame) < 2:
            return set()
        data = answer[:-MAC_SIZE] if is_secured_type2(frame) else answer
        first = frame[1] * PAGE
        self._learn(data, _ISSUER_PAGES_AT - first, MEMORY_PAGES, first)
        return self._tails(MEMORY_PAGES, first, len(data))

    # --- DESFire and NTAG 424 DNA ---

    def _apdu_sent(self, frame):
        start, body = body_of(frame)
        if frame[:1] == b"\x00":
            self._transfer, self._hides_rest = None, False
            if frame[1:2] == b"\xa4" and len(frame) > 4 and frame[2] == 0x04:
                self._application = "ntag424" if body == _NTAG424_NAME else None
            return set()
        code = frame[1] if is_wrapped(frame) else frame[0]
        if code == 0xAF:
            return self._continued(start, body)
        self._transfer, self._hides_rest = None, False
        if code == 0x5A:
            self._application = "desfire"
        if code in _KEEPS or (code == 0x5C and body[:1] == bytes([_DEFAULT_KEY_OPTION])):
            self._hides_rest = True
            return set(range(start + _KEEPS.get(code, 1), start + len(body)))
        if code in _READS + _WRITES + _RECORD_READS + _RECORD_WRITES and len(body) >= 7:
            first, length = int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little")
            is_records, is_write = code in _RECORD_READS + _RECORD_WRITES, code in _WRITES + _RECORD_WRITES
            limit = length if length and not (is_records and not is_write) else None  # ReadRecords counts records, not bytes
            self._transfer = _Transfer(body[0], is_records, is_write, 0 if is_records and not is_write else first, limit)
            if is_write:
                return _at(start + 7, self._moved(self._transfer, body[7:]))
        return set()

    def _continued(self, start, body):
        if self._hides_rest:
            return set(range(start, start + len(body)))
        if self._transfer is not None and self._transfer.is_write:
            return _at(start, self._moved(self._transfer, body))
        return set()

    def _apdu_answered(self, frame, answer):
        transfer = self._transfer
        if transfer is None or transfer.is_write:
            return set()
        before, data = (0, answer[:-2]) if is_wrapped(frame) else (1, answer[1:])
        if not transfer.is_records and transfer.at == 0:
            for layout in self._layouts(transfer):
                self._learn(data, 0, layout, 0)
        return _at(before, self._moved(transfer, data))

    def _moved(self, transfer, data):
        """Places in a piece of a file that is being read or written, and the transfer goes on behind it."""
        size = len(data) if transfer.limit is None else min(len(data), transfer.limit - transfer.done)
        found: set[int] = set()
        for layout in self._layouts(transfer):
            found |= self._tails(layout, transfer.at + transfer.done, max(0, size))
        transfer.done += len(data)
        return found

    def _layouts(self, transfer):
        """In which ways records may lie in this file."""
        if transfer.is_records:
            return (FILE_PAST,)
        found = []
        if transfer.file == 3 and self._application != "desfire":
            found.append(FILE_SLOTS)
        if transfer.file == 1 and self._application != "ntag424":
            found.append(FILE_RECORD)
        return tuple(found)

    # --- Classic ---

    def _classic_sent(self, frame):
        if frame[:1] in (b"\x60", b"\x61"):
            return set(range(2, min(2 + classic.KEY_SIZE, len(frame))))
        if frame[:1] != b"\xa0" or len(frame) < 2 + classic.BLOCK:
            return set()
        if _is_trailer(frame):
            return set(range(2, 8)) | set(range(12, 18))
        if frame[1] == classic.ISSUER_BLOCK:
            self._learn(frame[2:], 0, MIRROR, 0)
        return {2 + place for place in self._mirror(frame[1])}

    def _classic_answered(self, frame, answer):
        if frame[:1] != b"\x30" or len(frame) < 2 or len(answer) < classic.BLOCK:
            return set()
        if frame[1] == classic.ISSUER_BLOCK:
            self._learn(answer, 0, MIRROR, 0)
        return set(range(10, 16)) if _is_trailer(frame) else self._mirror(frame[1])

    def _mirror(self, block):
        if block not in classic.RECORD_BLOCKS:
            return set()
        return self._tails(MIRROR, classic.RECORD_BLOCKS.index(block) * classic.BLOCK, classic.BLOCK)

    # --- records ---

    def _learn(self, data, issuer_at, layout, first):
        """Take the number of counters from an issuer block in `data`, if what is seen of the slots does not speak against it."""
        place = issuer_at + _PROFILE_PLACE
        if issuer_at < 0 or place >= len(data) or data[issuer_at] >> 4 != 1:
            return
        profile = decode_profile(data[place])
        if profile is None:
            return
        if layout in _SLOTS_AT:
            for index in range(2):
                end = _SLOTS_AT[layout] - first + (index + 1) * slot_size(profile.counters)
                if end <= len(data) and data[end - TRAILER_SIZE : end - 2] not in _TRAILERS:
                    return
        self.counters.add(profile.counters)

    def _tails(self, layout, first, size):
        """Offsets from `first`, below `size`, of the last bytes of record MACs. Before a profile was seen: of every profile."""
        found: set[int] = set()
        for counters in self.counters or COUNTERS:
            for start in _tail_starts(layout, counters, first + size):
                found.update(place - first for place in range(start, start + TAIL) if 0 <= place - first < size)
        return found


def _at(before, places):
    return {before + place for place in places}


class _Transfer:
    """A read or write of a file, over one frame or several."""

    def __init__(self, file, is_records, is_write, at, limit):
        self.file, self.is_records, self.is_write = file, is_records, is_write
        self.at, self.limit = at, limit
        self.done = 0


def _tail_starts(layout, counters, end):
    record = body_size(counters) + MAC_SIZE
    if layout == FILE_RECORD:  # the record, then its predecessor's MAC
        return (ISSUER_SIZE + record - TAIL, ISSUER_SIZE + record + MAC_SIZE - TAIL)
    if layout == MIRROR:
        return (record - TAIL,)
    if layout == FILE_PAST:
        return range(record - TAIL, end, record)
    slot = slot_size(counters)
    return tuple(_SLOTS_AT[layout] + index * slot + record - TAIL for index in range(2))


def _is_trailer(frame):
    return len(frame) > 1 and frame[1] % 4 == 3


def _peel(frame):
    """(card's frame, or None for data that is hidden whole; where it starts; where the card's answer starts) of a PC/SC pseudo-APDU."""
    if frame[:1] != b"\xff" or len(frame) < 6:
        return (bytes([0x30, frame[3]]), 5, 0) if frame[:2] == b"\xff\xb0" and len(frame) == 5 else None
    code, data = frame[1], frame[5 : 5 + frame[4]]
    if code == 0x82:  # LoadKeys
        return None, 5, 0
    if code == 0xD6:
        return (bytes([0xA2, frame[3]]) if len(data) == PAGE else bytes([0xA0, frame[3]])) + data, 3, 0
    before, inner = 0, b""
    if code == 0x00:  # InCommunicateThru, InDataExchange, or the bare frame
        before = {b"\xd4\x42": 2, b"\xd4\x40": 3}.get(data[:2], 0)
        inner = data[before:]
    elif code == 0xC2 and b"\x95" in data:  # the frame in a transparent session
        before = data.index(b"\x95") + 2
        inner = data[before:]
    return (inner, 5 + before, 3 if code == 0x00 and before else 0) if inner else None
