"""CBOR, the part of it that packs and receipts are written in, in its one canonical form (RFC 8949, section 4.2.1).

Integers of 64 bits, byte strings, UTF-8 text, arrays, maps with text or integer keys sorted bytewise as encoded, true, false, null.
No floats, no undefined, no indefinite lengths, no tag but the one that the caller asks for around the whole. Whatever has
a second way to be written is refused: two machines that agree on a value agree on its bytes, and a signature is over bytes.

    encode(value) -> bytes        decode(bytes) -> value

Trouble is `BadInput` with the code CBOR, and names the byte. A board reads packs with it, and writes and reads its journal.
"""

from cardos.errors import BadInput

BYTES_MAX = 16 * 1024  # a board holds the bytes and what they decode to at once, in the RAM that a tap leaves it
DEPTH_MAX = 16  # arrays and maps inside each other: a pack's rules nest to 10, and a board's stack is small

_NAME_SIZE_MAX = 32  # bytes; longer texts are for people and seldom stand twice

_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)  # major types, section 3.1
_FALSE, _TRUE, _NULL = 20, 21, 22  # simple values, section 3.3
_ARGUMENTS = ((24, 1), (25, 2), (26, 4), (27, 8))  # the low bits of a head, and how many bytes of a number follow
_HEAD_MAX = 9
_ROOM = 256  # bytes: what most things take


def encode(value, tag=None):
    """The canonical bytes of `value`: int, bytes, str, bool, None, list or tuple, dict. BadInput (CBOR) for anything else.

    tag: a number below 24 that is put around the whole (18: COSE_Sign1), or None.
    """
    writer = _Writer()
    if tag is not None:
        writer.head(_TAG, tag)
    writer.value(value, 0)
    return bytes(memoryview(writer.data)[: writer.size])


def decode(data, tag=None, bytes_max=BYTES_MAX):
    """The value that canonical bytes spell; arrays as lists. BadInput (CBOR) for every other bytes.

    tag: the number that must stand around the whole, or None: no tag at all. bytes_max: refused unread when longer.
    """
    if len(data) > bytes_max:
        raise _trouble("It has %d bytes; at most %d are read." % (len(data), bytes_max))
    reader = _Reader(bytes(data))
    if tag is not None and reader.tag() != tag:
        raise _trouble("It does not begin with tag %d." % tag)
    value = reader.value(0)
    if reader.offset != len(data):
        raise _trouble("%d bytes follow after its end." % (len(data) - reader.offset))
    return value


def _trouble(message):
    return BadInput(message, "Make it again with the program that wrote it; fetch it again if it was copied.", "CBOR")


def _unwritable(message):
    return BadInput(message, "Give whole numbers, texts, bytes, lists and maps of these.", "CBOR")


class _Writer:
    """Writes items one after the other, the first `size` bytes of `data`.

    Written for little garbage, as each tap of a board writes one of its sale: room is made in large pieces, and no item has bytes of its own.
    """

    def __init__(self):
        self.data = bytearray(_ROOM)
        self.size = 0

    def _make_room(self, size):
        """Room for `size` bytes more."""
        if self.size + size > len(self.data):
            wider = bytearray(2 * len(self.data) + size)
            wider[: self.size] = memoryview(self.data)[: self.size]
            self.data = wider

    def head(self, major, number):
        """The initial byte of an item and its argument, as short as it goes (section 4.2.1, first rule)."""
        self._make_room(_HEAD_MAX)
        if number < 24:
            self.data[self.size] = major << 5 | number
            self.size += 1
            return
        for code, size in _ARGUMENTS:
            if not number >> (8 * size):
                self.data[self.size] = major << 5 | code
                for place in range(self.size + size, self.size, -1):
                    self.data[place] = number & 0xFF
                    number >>= 8
                self.size += 1 + size
                return
        raise _unwritable("A number does not fit in 64 bits.")

    def _string(self, major, raw):
        self.head(major, len(raw))
        self._make_room(len(raw))
        self.data[self.size : self.size + len(raw)] = raw
        self.size += len(raw)

    def value(self, value, depth):
        """One item and what is in it. depth: how many arrays and maps it stands in."""
        if value is None or value is True or value is False:
            self.head(_SIMPLE, _NULL if value is None else _TRUE if value else _FALSE)
        elif isinstance(value, int):
            self._number(value)
        elif isinstance(value, str):
            self._string(_TEXT, _utf8(value))
        elif isinstance(value, (bytes, bytearray)):
            self._string(_BYTES, value)
        elif not isinstance(value, (list, tuple, dict)):
            raise _unwritable("A value of type %s is not written in CBOR here." % type(value).__name__)
        elif depth == DEPTH_MAX:
            raise _unwritable("Values nest deeper than %d." % DEPTH_MAX)
        elif isinstance(value, dict):
            self._map(value, depth + 1)
        else:
            self.head(_ARRAY, len(value))
            for item in value:
                self.value(item, depth + 1)

    def _number(self, number):
        if number >= 0:
            self.head(_UINT, number)
        else:
            self.head(_NEGATIVE, -1 - number)

    def _map(self, value, depth):
        keys, written = [], []  # in the order of their bytes; written: numbers as they are, texts in UTF-8
        for key in value:
            if key is True or key is False or not isinstance(key, (int, str)):
                raise _unwritable("A key of a map is a text or a number, not %r." % (key,))
            raw = _utf8(key) if isinstance(key, str) else key
            place = _place_of(raw, written)
            written.insert(place, raw)
            keys.insert(place, key)
        self.head(_MAP, len(keys))
        for place in range(len(keys)):
            raw = written[place]
            if isinstance(raw, int):
                self._number(raw)
            else:
                self._string(_TEXT, raw)
            self.value(value[keys[place]], depth)


def _place_of(key, written):
    """Where a key stands among sorted ones."""
    low, high = 0, len(written)
    while low < high:
        middle = (low + high) // 2
        if _is_before(written[middle], key):
            low = middle + 1
        else:
            high = middle
    return low


def _is_before(one, other):
    """Whether a key's bytes sort before another's: numbers from 0, then those below 0 from -1 down, then texts, the shorter first."""
    if isinstance(one, int) or isinstance(other, int):
        if not isinstance(other, int):
            return True
        if not isinstance(one, int):
            return False
        return one < other if one >= 0 and other >= 0 else one > other
    return one < other if len(one) == len(other) else len(one) < len(other)


def _utf8(text):
    """The bytes of a text. BadInput when they are none in UTF-8's one form."""
    try:
        raw = text.encode("utf-8")
    except UnicodeError:  # CPython looks itself: half of a surrogate pair
        raw = None
    if raw is None or len(raw) != len(text) and not _is_strict(raw):
        raise _unwritable("A text holds what is not a character.")
    return raw


def _is_strict(raw):
    """Whether UTF-8 that an interpreter took has no surrogate, nothing beyond U+10FFFF and no longer form: MicroPython does not look
    (RFC 3629, section 4; which lead bytes and second bytes may be)."""
    for place in range(len(raw)):
        lead = raw[place]
        if lead >= 0xC0:
            second = raw[place + 1]
            if lead < 0xC2 or lead > 0xF4 or (lead == 0xE0 and second < 0xA0) or (lead == 0xF0 and second < 0x90):
                return False
            if (lead == 0xED and second >= 0xA0) or (lead == 0xF4 and second >= 0x90):
                return False
    return True


class _Reader:
    """Reads items one after the other. Counts are checked against the bytes that are left before anything is made of them.

    Written for little garbage: `head` leaves its number in a field, lists are made in their size, short texts are kept once.
    """

    def __init__(self, data):
        self._data = data
        self.offset = 0
        self._number = 0  # the argument of the last head: a count, a length, a number; the 5 low bits of a simple value
        self._texts = {}  # short texts: the same few names stand in every map and rule of a pack

    def _wrong(self, what):
        return _trouble("%s (before byte %d)." % (what, self.offset))

    def _take(self, size):
        if size > len(self._data) - self.offset:
            raise self._wrong("It ends early")
        self.offset += size
        return self._data[self.offset - size : self.offset]

    def tag(self):
        """The tag that stands here, or None; read over."""
        return self._number if self._head() == _TAG else None

    def _head(self):
        """The major type of the next item."""
        if self.offset == len(self._data):
            raise self._wrong("It ends early")
        first = self._data[self.offset]
        self.offset += 1
        major, number = first >> 5, first & 31
        if number >= 24 and major != _SIMPLE:
            if number > 27:
                raise self._wrong("A length is left open")
            size = 1 << (number - 24)
            number = int.from_bytes(self._take(size), "big")
            if number < (24 if size == 1 else 1 << (4 * size)):
                raise self._wrong("A number is written longer than it must be")
        self._number = number
        return major

    def value(self, depth):
        """The next item. depth: how many arrays and maps it stands in."""
        major, number = self._head(), self._number
        if major == _UINT:
            return number
        if major == _NEGATIVE:
            return -1 - number
        if major == _BYTES:
            return self._take(number)
        if major == _TEXT:
            return self._text(number)
        if major == _SIMPLE:
            if not 20 <= number <= 22:
                raise self._wrong("Neither true, false nor null; floats are not read")
            return (False, True, None)[number - 20]
        if major == _TAG:
            raise self._wrong("Tag %d is not expected here" % number)
        if depth == DEPTH_MAX:
            raise self._wrong("Values nest deeper than %d" % DEPTH_MAX)
        if number * (1 if major == _ARRAY else 2) > len(self._data) - self.offset:
            raise self._wrong("It ends early")
        if major == _MAP:
            return self._map(number, depth + 1)
        found = [None] * number
        for place in range(number):
            found[place] = self.value(depth + 1)
        return found

    def _text(self, size):
        raw = self._take(size)
        try:
            text = str(raw, "utf-8")
        except UnicodeError:  # bytes that are no text
            text = None
        if text is None or len(text) != size and not _is_strict(raw):
            raise self._wrong("A text is not UTF-8 in its one form")
        return text if size > _NAME_SIZE_MAX else self._texts.setdefault(text, text)

    def _map(self, count, depth):
        found, last = {}, b""
        for _ in range(count):
            start = self.offset
            major, number = self._head(), self._number
            if major not in (_UINT, _NEGATIVE, _TEXT):
                raise self._wrong("A key of a map is neither a text nor a number")
            key = self._text(number) if major == _TEXT else number if major == _UINT else -1 - number
            raw = self._data[start : self.offset]
            if raw <= last:
                raise self._wrong("The keys of a map are not in order, or one stands twice")
            last = raw
            found[key] = self.value(depth)
        return found
