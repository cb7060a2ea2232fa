"""The ATR that a contactless reader makes up, for a card has none (PC/SC part 3, section 3.1.3.2.3)."""

from cardos.soft_cards.iso_dep_target import AtsFields

# Card names of storage cards (PC/SC part 3 supplement): the value behind the registered identifier.
CLASSIC_1K, ULTRALIGHT, ULTRALIGHT_C = 0x0001, 0x0003, 0x003A

_STORAGE_HEAD = bytes.fromhex("8F8001804F0CA000000306" + "03")  # registered identifier, standard byte: 14443 A part 3


def storage_atr(card_name):
    """3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 NN NN 00 00 00 00 TCK."""
    return _whole(_STORAGE_HEAD + bytes([card_name >> 8, card_name & 0xFF]) + bytes(4))


def iso_dep_atr(ats):
    """3B 8n 80 01 <historical bytes of the ATS> TCK."""
    historical = AtsFields(ats).historical[:15]  # as many as T0 can count
    return _whole(bytes([0x80 | len(historical), 0x80, 0x01]) + historical)


def _whole(body):
    """TS in front, TCK behind: the XOR of all bytes after TS is zero (ISO/IEC 7816-3, section 8.2.5)."""
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])
