"""NFC Forum Type 4 tags: the NDEF message of a stranger's tag (Type 4 Tag specification 1.2, sections 4.2 and 5).

Every length comes from the tag and is bounded here; a tag that does not fit the specification has no message, which is no error.
"""

from cardos.bytes import Cursor, uint
from cardos.errors import CardAnswered
from cardos.exchange import exchange
from cardos.families.wrapped import READ_MS, SELECT_MS, iso_read_binary, iso_select_file

APPLICATION = b"\xd2\x76\x00\x00\x85\x01\x01"
FID_CC = 0xE103
CC_SIZE = 15  # capability container with one file control TLV
NDEF_BYTES_MAX = 4096  # a message longer than this is nothing that a card of ours or a link has
READS_MAX = 300
_ANSWER_MIN, _ANSWER_MAX = 15, 255  # MLe below 15 is against the specification; one byte of Le
_FILE_CONTROL, _READ_FREE = 0x04, 0x00


def read_ndef():
    """The NDEF message (bytes, may be empty) of the presented Type 4 tag, or None when it has none. A generator of exchanges."""
    select = b"\x00\xa4\x04\x00" + uint(len(APPLICATION), 1) + APPLICATION + b"\x00"
    if (yield from _ask("ISOSelectFile", select, SELECT_MS)) is None:
        return None
    if (yield from _ask("ISOSelectFile", iso_select_file(FID_CC), SELECT_MS)) is None:
        return None
    container = yield from _ask("ISOReadBinary", iso_read_binary(0, CC_SIZE), READ_MS)
    found = read_container(container or b"")
    if found is None:
        return None
    fid, file_size, answer_max = found
    if (yield from _ask("ISOSelectFile", iso_select_file(fid), SELECT_MS)) is None:
        return None
    length = yield from _ask("ISOReadBinary", iso_read_binary(0, 2), READ_MS)
    if length is None or len(length) != 2:
        return None
    left = int.from_bytes(length, "big")
    if left > min(file_size - 2, NDEF_BYTES_MAX):
        return None
    message = b""
    for _ in range(READS_MAX):
        if not left:
            return message
        piece = yield from _ask("ISOReadBinary", iso_read_binary(2 + len(message), min(left, answer_max)), READ_MS)
        if not piece or len(piece) > left:
            return None
        message += piece
        left -= len(piece)
    return None


def read_container(container):
    """(file identifier, file size, largest answer) from a capability container, or None. Mapping versions 1 to 3."""
    cursor = Cursor(container)
    try:
        size, version, answer_max = cursor.uint(2), cursor.uint(1), cursor.uint(2)
        cursor.take(2)
        tag, length = cursor.uint(1), cursor.uint(1)
        fid, file_size, read = cursor.uint(2), cursor.uint(2), cursor.uint(1)
    except CardAnswered:
        return None
    if size < CC_SIZE or not 1 <= version >> 4 <= 3 or tag != _FILE_CONTROL or length != 6 or read != _READ_FREE:
        return None
    return fid, file_size, max(_ANSWER_MIN, min(answer_max, _ANSWER_MAX))


def _ask(name, frame, wait_ms):
    """Data of an answer that ends in 9000, else None."""
    answer = yield exchange(name, frame, wait_ms)
    if len(answer) < 2 or bytes(answer[-2:]) != b"\x90\x00":
        return None
    return bytes(answer[:-2])
