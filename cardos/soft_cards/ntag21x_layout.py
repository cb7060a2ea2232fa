"""Where things stand on NTAG213, 215 and 216, and what a new one holds (NTAG213/215/216 data sheet, memory organisation)."""

from collections import namedtuple

from cardos.soft_cards.page_card import factory

# user_end: last user page. dynamic_lock, cfg0: pages; CFG1, PWD and PACK follow CFG0. lock_span: pages behind one dynamic
# lock bit. lock_bits: how many such bits there are. lock_byte_3: reads so whatever was written. version: GET_VERSION.
# cc, page4, page5: as delivered.
Layout = namedtuple(
    "Layout",
    ["pages", "user_end", "dynamic_lock", "cfg0", "lock_span", "lock_bits", "lock_byte_3", "version", "cc", "page4", "page5"],
)


def _layout(user_end, lock_span, lock_bits, storage, cc, page4, page5):
    return Layout(
        pages=user_end + 6,
        user_end=user_end,
        dynamic_lock=user_end + 1,
        cfg0=user_end + 2,
        lock_span=lock_span,
        lock_bits=lock_bits,
        lock_byte_3=0xBD,
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

DELIVERY_CFG0 = bytes.fromhex("040000FF")  # strong modulation, no mirror, AUTH0 off
DELIVERY_CFG1 = bytes.fromhex("00050000")  # second byte as seen in dumps
DELIVERY_PWD = b"\xff\xff\xff\xff"
DELIVERY_PACK = b"\x00\x00\x00\x00"


def factory_pages(layout, uid):
    """All pages of a new chip, a list of 4-byte values. uid: 7 bytes."""
    return factory(
        layout.pages,
        uid,
        {
            3: layout.cc,
            4: layout.page4,
            5: layout.page5,
            layout.dynamic_lock: bytes([0, 0, 0, layout.lock_byte_3]),
            layout.cfg0: DELIVERY_CFG0,
            layout.cfg0 + 1: DELIVERY_CFG1,
            layout.cfg0 + 2: DELIVERY_PWD,
            layout.cfg0 + 3: DELIVERY_PACK,
        },
    )
