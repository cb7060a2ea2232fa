"""What an ATR tells of a contactless card (PC/SC part 3, section 3.1.3.2.3; rules and values as of revision 2.01.09).

A contactless card has no ATR of its own: the reader makes one up. Storage cards carry the PC/SC registered identifier
A0 00 00 03 06 with a standard byte and a two-byte card name; ISO-DEP cards carry their historical bytes, and the
ACR122U puts the whole ATS there. Neither tells DESFire from NTAG 424.
"""

from collections import namedtuple

from cardos.exchange import CLASSIC, ISO_DEP, OTHER, TYPE2

# kind: as base.py names them. name: for people. historical: the bytes after 80 01 (ISO-DEP) or b"". family: the one family of
# ours that shows this ATR, or None.
CardHint = namedtuple("CardHint", ["kind", "name", "historical", "family"], defaults=(None,))

_STORAGE_HEAD = bytes.fromhex("3b8f8001804f0ca000000306")
_STORAGE_SIZE = 20
_STANDARD_14443A_PART_3 = 0x03

# Card name -> (kind, name, family). PC/SC part 3 supplement, "RID registered names"; 0001 seen in many logs, others from memory.
_STORAGE_NAMES = {
    0x0001: (CLASSIC, "MIFARE Classic 1K", "classic-1k"),
    0x0002: (CLASSIC, "MIFARE Classic 4K", None),
    0x0003: (TYPE2, "Ultralight or NTAG", None),
    0x0026: (CLASSIC, "MIFARE Mini", None),
    0x003A: (TYPE2, "Ultralight C", "ultralight-c"),
}


def check_byte_fits(atr):
    """TCK: the XOR of all bytes after TS is zero (ISO/IEC 7816-3, section 8.2.5)."""
    total = 0
    for byte in atr[1:]:
        total ^= byte
    return total == 0


def card_hint(atr):
    """CardHint of an ATR in bytes. Never raises: what cannot be read is OTHER."""
    atr = bytes(atr)
    if len(atr) < 5 or atr[0] != 0x3B or not check_byte_fits(atr):
        return CardHint(OTHER, "unknown card", b"")
    if atr.startswith(_STORAGE_HEAD) and len(atr) == _STORAGE_SIZE:
        if atr[12] != _STANDARD_14443A_PART_3:
            return CardHint(OTHER, "storage card of another standard", b"")
        kind, name, family = _STORAGE_NAMES.get(atr[13] << 8 | atr[14], (TYPE2, "storage card %02X%02X" % (atr[13], atr[14]), None))
        return CardHint(kind, name, b"", family)
    if atr[1] & 0xF0 == 0x80 and atr[2:4] == b"\x80\x01" and len(atr) == 5 + (atr[1] & 0x0F):
        return CardHint(ISO_DEP, "ISO-DEP card", atr[4:-1])
    return CardHint(OTHER, "contact card or unknown", b"")
