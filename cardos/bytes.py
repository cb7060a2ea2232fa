"""Packing and unpacking of the bytes on a card, with every range checked.

Integers are big-endian unless a name says `_le`. `struct` is not used: on boards it truncates a number that is too
large instead of refusing it, and `(-1).to_bytes` gives ffff. i24 is two's complement.
"""

from cardos.errors import CardAnswered, RangeError

I24_MIN = -8388608
I24_MAX = 8388607


def uint(value, size):
    """`value` as `size` big-endian bytes. RangeError when it does not fit."""
    if not isinstance(value, int) or value < 0 or value >> (8 * size):
        raise RangeError("%r does not fit in %d unsigned bytes" % (value, size))
    return value.to_bytes(size, "big")


def uint_le(value, size):
    """`value` as `size` bytes, least significant byte first. RangeError when it does not fit."""
    return bytes(reversed(uint(value, size)))


def i24(value):
    """`value` as 3 bytes, two's complement. RangeError (COUNTER_RANGE) outside -8388608..8388607; it never wraps."""
    if not isinstance(value, int) or value < I24_MIN or value > I24_MAX:
        raise RangeError("A counter cannot hold %r." % (value,), "The largest value is 8388607.", "COUNTER_RANGE")
    return (value & 0xFFFFFF).to_bytes(3, "big")


def read_i24(data):
    """The signed number in 3 bytes."""
    value = int.from_bytes(data, "big")
    return value - 0x1000000 if value & 0x800000 else value


def xor(a, b):
    """Bytes of equal length, combined by exclusive or."""
    if len(a) != len(b):
        raise ValueError("xor of %d and %d bytes" % (len(a), len(b)))
    return bytes(x ^ y for x, y in zip(a, b))


class Cursor:
    """Reads fields one after the other from bytes that came from outside. Too short = CardAnswered, never an IndexError."""

    def __init__(self, data):
        self._data = bytes(data)
        self.offset = 0

    @property
    def left(self):
        """How many bytes have not been read yet."""
        return len(self._data) - self.offset

    def take(self, size):
        """The next `size` bytes."""
        if size < 0 or size > self.left:
            raise CardAnswered("The card's data ends early: %d bytes wanted, %d left." % (size, self.left))
        piece = self._data[self.offset : self.offset + size]
        self.offset += size
        return piece

    def uint(self, size):
        """The next `size` bytes as an unsigned big-endian number."""
        return int.from_bytes(self.take(size), "big")

    def i24(self):
        """The next 3 bytes as a signed number."""
        return read_i24(self.take(3))

    def end(self):
        """Raises CardAnswered when bytes are left over."""
        if self.left:
            raise CardAnswered("The card's data has %d bytes too many." % self.left)


def tlv(tag, value):
    """One NFC Forum Type 2 TLV: one length byte below 255, else FF and two (Type 2 Tag specification, section 2.3)."""
    if len(value) < 0xFF:
        return uint(tag, 1) + uint(len(value), 1) + value
    return uint(tag, 1) + b"\xff" + uint(len(value), 2) + value


def read_tlvs(data):
    """[(tag, value), ...] of a Type 2 data area up to the terminator (FE) or the end. NULL TLVs (00) are skipped."""
    cursor, found = Cursor(data), []
    while cursor.left:
        tag = cursor.uint(1)
        if tag == 0xFE:
            break
        if tag == 0x00:
            continue
        size = cursor.uint(1)
        if size == 0xFF:
            size = cursor.uint(2)
        found.append((tag, cursor.take(size)))
    return found
