"""NDEF messages of tags that are not ours, read strictly: records, and what URI, Text and Smart Poster records say.

Sources: NFC Forum NDEF 1.0; Record Type Definitions URI 1.0, Text 1.0, Smart Poster 1.1. Everything here comes from a
stranger's tag: whatever does not fit raises CardAnswered NDEF_BAD. Chunked records are not read (no phone writes them).
"""

from collections import namedtuple

from cardos.bytes import Cursor
from cardos.errors import CardAnswered

Record = namedtuple("Record", ["tnf", "type", "id", "payload"])  # type, id and payload: bytes
Text = namedtuple("Text", ["text", "language", "encoding"])  # encoding: "UTF-8" or "UTF-16"
SmartPoster = namedtuple("SmartPoster", ["uri", "titles", "action", "size", "media_type"])  # None for what is not there

EMPTY, WELL_KNOWN, MEDIA, ABSOLUTE_URI, EXTERNAL, UNKNOWN = range(6)
_MB, _ME, _CF, _SR, _IL = 0x80, 0x40, 0x20, 0x10, 0x08

URI_PREFIXES = (
    "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:", "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://",
    "smb://", "nfs://", "ftp://", "dav://", "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://",
    "btl2cap://", "btgoep://", "tcpobex://", "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:",
    "urn:nfc:",
)  # fmt: skip


def _bad(what):
    return CardAnswered("The tag's NDEF data cannot be read: %s." % what, "It is not a card of this shop.", "NDEF_BAD")


def records(message):
    """The records of one whole NDEF message, in order. An empty message is an empty list."""
    try:
        return _records(Cursor(message))
    except CardAnswered as trouble:
        raise trouble if trouble.code == "NDEF_BAD" else _bad("it ends early")


def _records(cursor):
    found, ended = [], False
    while cursor.left:
        flags = cursor.uint(1)
        if ended or bool(flags & _MB) == bool(found):
            raise _bad("the begin and end marks do not fit")
        if flags & _CF:
            raise _bad("a chunked record")
        type_size = cursor.uint(1)
        payload_size = cursor.uint(1 if flags & _SR else 4)
        id_size = cursor.uint(1) if flags & _IL else 0
        _check_sizes(flags & 7, type_size, payload_size, id_size)
        kind, name = cursor.take(type_size), cursor.take(id_size)
        found.append(Record(flags & 7, kind, name, cursor.take(payload_size)))
        ended = bool(flags & _ME)
    if found and not ended:
        raise _bad("it ends early")
    return found


def _check_sizes(tnf, type_size, payload_size, id_size):
    if tnf > UNKNOWN:
        raise _bad("a record of a reserved form")
    if tnf == EMPTY:
        fits = not (type_size or payload_size or id_size)
    else:
        fits = bool(type_size) != (tnf == UNKNOWN)
    if not fits:
        raise _bad("a record whose lengths do not fit its form")


def uri(payload):
    """The URI in the payload of a well-known record of type U."""
    if not payload or payload[0] >= len(URI_PREFIXES):
        raise _bad("a link of an unknown kind")
    return URI_PREFIXES[payload[0]] + _utf8(payload[1:])


def text(payload):
    """The `Text` in the payload of a well-known record of type T."""
    language_size = payload[0] & 0x3F if payload else 0
    if len(payload) < 1 + language_size:
        raise _bad("a text that ends early")
    language, rest = payload[1 : 1 + language_size], payload[1 + language_size :]
    if any(byte > 0x7E for byte in language):
        raise _bad("a text in an unnamed language")
    if payload[0] & 0x80:
        return Text(_utf16(rest), language.decode(), "UTF-16")
    return Text(_utf8(rest), language.decode(), "UTF-8")


def smart_poster(payload):
    """The `SmartPoster` in the payload of a well-known record of type Sp: one URI, any titles ([Text, ...]), the rest once."""
    links, titles, once = [], [], {}
    for record in records(payload):
        if record.tnf == WELL_KNOWN and record.type == b"U":
            links.append(uri(record.payload))
        elif record.tnf == WELL_KNOWN and record.type == b"T":
            titles.append(text(record.payload))
        elif record.tnf == WELL_KNOWN and record.type in _POSTER_FIELDS:
            if record.type in once:
                raise _bad("a poster that says one thing twice")
            once[record.type] = _POSTER_FIELDS[record.type](record.payload)
    if len(links) != 1:
        raise _bad("a poster without its one link")
    return SmartPoster(links[0], titles, once.get(b"act"), once.get(b"s"), once.get(b"t"))


def _number(size):
    def read(payload):
        if len(payload) != size:
            raise _bad("a number of a wrong size")
        return int.from_bytes(payload, "big")

    return read


def _utf8(data):
    try:
        made = bytes(data).decode()
    except UnicodeError:
        raise _bad("a text that does not fit its encoding")
    if made.encode() != bytes(data):  # an interpreter that decodes without looking
        raise _bad("a text that does not fit its encoding")
    return made


def _utf16(data):
    """UTF-16, most significant byte first unless a byte order mark says otherwise. Boards have no decoder for it."""
    if len(data) % 2:
        raise _bad("a text that does not fit its encoding")
    units = [data[place] << 8 | data[place + 1] for place in range(0, len(data), 2)]
    if units and units[0] == 0xFFFE:
        units = [unit >> 8 | (unit & 0xFF) << 8 for unit in units]
    made, high = "", None
    for unit in units[1:] if units and units[0] == 0xFEFF else units:
        if (high is not None) != (0xDC00 <= unit < 0xE000):
            raise _bad("a text that does not fit its encoding")
        if high is not None:
            made, high = made + chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)), None
        elif 0xD800 <= unit < 0xDC00:
            high = unit
        else:
            made += chr(unit)
    if high is not None:
        raise _bad("a text that does not fit its encoding")
    return made


_POSTER_FIELDS = {b"act": _number(1), b"s": _number(4), b"t": _utf8}
