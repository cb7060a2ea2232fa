"""Lock bytes of NTAG21x and Ultralight: which bit guards which page, and which bits a block-lock bit freezes.

Static, page 2: byte 2 bit 0 BL-CC, 1 BL 4-9, 2 BL 10-15, 3 lock CC, 4..7 lock pages 4..7; byte 3 lock pages 8..15.
Dynamic: bytes 0-1 one bit for each `lock_span` pages from page 16, byte 2 one block-lock bit for two lock bits; where they
stand and how many there are is the layout's (`DynamicLocks`, or anything with its names). The Ultralight C has its own (see there).
All bits can only be set. A block-lock bit holds for the writes after the one that set it.
"""

from collections import namedtuple

# lock_span: pages behind one dynamic lock bit. lock_bits: how many such bits there are. lock_byte_3: reads so whatever was written.
DynamicLocks = namedtuple("DynamicLocks", ["lock_span", "lock_bits", "lock_byte_3"])

_FIRST_PAGE = 16

_STATIC_FROZEN = (0x0008, 0x03F0, 0xFC00)  # lock bits behind BL-CC, BL 4-9, BL 10-15, bit i = lock of page i


def static_locks(page2):
    """Lock bits as one number: bit i locks page i (bit 3 is the CC)."""
    return (page2[2] & 0xF8) | page2[3] << 8


def write_static(stored, effective, written):
    """Page 2 after a WRITE of `written` over `stored`, the block-lock bits being those of `effective`."""
    blocked = 0
    for bit in range(3):
        if effective[2] >> bit & 1:
            blocked |= _STATIC_FROZEN[bit]
    new = static_locks(written) & ~blocked
    return bytes([stored[0], stored[1], stored[2] | written[2] & 0x07 | new & 0xF8, stored[3] | new >> 8])


def dynamic_page_locked(layout, lock_page, page):
    """True when `page` (16 and up) is behind a set dynamic lock bit."""
    bits = lock_page[0] | lock_page[1] << 8
    return bool(bits >> ((page - _FIRST_PAGE) // layout.lock_span) & 1)


def write_dynamic(layout, stored, effective, written):
    """The dynamic lock page after a WRITE; bits without a page stay 0."""
    allowed = (1 << layout.lock_bits) - 1
    block_bits = (1 << (layout.lock_bits + 1) // 2) - 1
    blocked = 0
    for bit in range(8):
        if effective[2] >> bit & 1:
            blocked |= 3 << 2 * bit
    new = (written[0] | written[1] << 8) & allowed & ~blocked
    return bytes(
        [stored[0] | new & 0xFF, stored[1] | new >> 8, stored[2] | written[2] & block_bits, layout.lock_byte_3]
    )
