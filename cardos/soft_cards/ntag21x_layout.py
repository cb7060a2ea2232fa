"""Where things stand on NTAG213, 215 and 216, and what a new one holds (NTAG213/215/216 data sheet, memory organisation)."""

from collections import namedtuple

# user_end: last user page. dynamic_lock, cfg0: pages; CFG1, PWD and PACK follow CFG0. lock_span: pages behind one dynamic
# lock bit. lock_bits: how many such bits there are. version: GET_VERSION. cc, page4, page5: as delivered.
Layout = namedtuple(
    "Layout", ["pages", "user_end", "dynamic_lock", "cfg0", "lock_span", "lock_bits", "version", "cc", "page4", "page5"]
)


def _layout(user_end, lock_span, lock_bits, storage, cc, page4, page5):
    return Layout(
        pages=user_end + 6,
        user_end=user_end,
        dynamic_lock=user_end + 1,
        cfg0=user_end + 2,
        lock_span=lock_span,
        lock_bits=lock_bits,
        version=bytes([0x00, 0x04, 0x04, 0x02, 0x01, 0x00, storage, 0x03]),
        cc=bytes.fromhex(cc),
        page4=bytes.fromhex(page4),
        page5=bytes.fromhex(page5),
    )


LAYOUTS = {
    "ntag213": _layout(0x27, 2, 12, 0x0F, "E1101200", "0103A00C", "340300FE"),
    "ntag215": _layout(0x81, 16, 8, 0x11, "E1103E00", "0300FE00", "00000000"),
    "ntag216": _layout(0xE1, 16, 14, 0x13, "E1106D00", "0300FE00", "00000000"),
}

FIRST_DYNAMIC_PAGE = 16

DYNAMIC_LOCK_BYTE_3 = 0xBD  # reads so whatever was written

DELIVERY_CFG0 = bytes.fromhex("040000FF")  # strong modulation, no mirror, AUTH0 off
DELIVERY_CFG1 = bytes.fromhex("00050000")  # second byte as seen in dumps
DELIVERY_PWD = b"\xff\xff\xff\xff"
DELIVERY_PACK = b"\x00\x00\x00\x00"


def factory_pages(layout, uid):
    """All pages of a new chip, a list of 4-byte values. uid: 7 bytes."""
    pages = [bytes(4)] * layout.pages
    bcc0 = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]  # 88h: the cascade tag
    bcc1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
    pages[0] = uid[0:3] + bytes([bcc0])
    pages[1] = uid[3:7]
    pages[2] = bytes([bcc1, 0x48, 0x00, 0x00])
    pages[3] = layout.cc
    pages[4] = layout.page4
    pages[5] = layout.page5
    pages[layout.dynamic_lock] = bytes([0, 0, 0, DYNAMIC_LOCK_BYTE_3])
    pages[layout.cfg0] = DELIVERY_CFG0
    pages[layout.cfg0 + 1] = DELIVERY_CFG1
    pages[layout.cfg0 + 2] = DELIVERY_PWD
    pages[layout.cfg0 + 3] = DELIVERY_PACK
    return pages
