"""The customer's link: one NFC Forum URI record in a Type 2 data area (NDEF 1.0, URI Record Type Definition 1.0)."""

from cardos.bytes import Cursor, read_tlvs, tlv, uint
from cardos.errors import BadInput, CardAnswered

TLV_NDEF = 0x03
TERMINATOR = b"\xfe"
_SHORT_WELL_KNOWN = 0xD1  # MB ME SR, TNF 1
_URI = b"U"
_PREFIXES = ((4, "https://"), (3, "http://"), (2, "https://www."), (1, "http://www."))


def uri_message(link):
    """The NDEF message with one URI record for `link` (ASCII)."""
    code, rest = 0, link
    for number, prefix in _PREFIXES:
        if link.startswith(prefix):
            code, rest = number, link[len(prefix) :]
            break
    for character in rest:
        if not 0x21 <= ord(character) <= 0x7E:
            raise BadInput("A link on a card is plain ASCII without blanks.", "Change `link` in shop.toml.", "LINK_UNUSABLE")
    payload = uint(code, 1) + rest.encode()
    return bytes([_SHORT_WELL_KNOWN, 1]) + uint(len(payload), 1) + _URI + payload


def link_area(link, size):
    """`link` as the `size` bytes of a Type 2 data area, zero filled. BadInput LINK_TOO_LONG when it does not fit."""
    area = tlv(TLV_NDEF, uri_message(link)) + TERMINATOR
    if len(area) > size:
        raise BadInput(
            "The link is %d characters too long for a card." % (len(area) - size),
            "Shorten `link` in shop.toml: about 24 characters fit after https://.",
            "LINK_TOO_LONG",
        )
    return area + bytes(size - len(area))


def read_link(area):
    """The link in a Type 2 data area, or None when there is none of the kind we write."""
    try:
        for tag, value in read_tlvs(area):
            if tag == TLV_NDEF and len(value) >= 5 and value[0] == _SHORT_WELL_KNOWN:
                return _uri(value)
    except (CardAnswered, UnicodeError):
        return None
    return None


def _uri(message):
    cursor = Cursor(message)
    cursor.take(1)
    type_size, payload_size = cursor.uint(1), cursor.uint(1)
    if cursor.take(type_size) != _URI:
        return None
    payload = cursor.take(payload_size)
    known = [prefix for number, prefix in _PREFIXES if payload and number == payload[0]]
    return (known[0] if known else "") + payload[1:].decode()
