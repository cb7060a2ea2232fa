"""How a DESFire or NTAG 424 command travels: native, wrapped in ISO/IEC 7816-4 APDUs, and in pieces.

    native    code data                      ->  status data
    wrapped   90 code 00 00 [Lc data] 00     ->  data 91 status

AF in an answer means "more": either side goes on with code AF (91AF). A piece carries at most 59 bytes beside its code, so that it
fits the 64-byte blocks of every chip of these families, native or not (MF3ICDx1 short data sheet; measured on an EV3). The commands
with a second code (AD, 8D, AB, 8B) are not cut: ISO-DEP's own chaining carries the whole APDU. One session keeps one framing.
"""

from cardos.bytes import uint
from cardos.errors import CardAnswered, RangeError
from cardos.exchange import exchange
from cardos.families.status import MORE, OK, refused, refused_by_word, wrong_length

PIECE = 59
APDU_DATA_MAX = 255  # one byte of Lc
ANSWER_PIECES_MAX = 300  # 8 KiB in pieces of 32 bytes, and a few: a card that never ends is not followed for ever
ANSWER_BYTES_MAX = 8192 + 64


class Wrapped:
    """ISO-wrapped frames: what PC/SC readers and NTAG 424 DNA want."""

    name = "wrapped"
    whole_max = APDU_DATA_MAX

    def frame(self, code, data):
        """The APDU for one command code and its data (0..255 bytes)."""
        return b"\x90" + uint(code, 1) + b"\x00\x00" + (uint(len(data), 1) + data if data else b"") + b"\x00"

    def answer(self, name, raw):
        """(status, data) of one answer. CardRefused when its status word is not 91xx."""
        if len(raw) < 2:
            raise wrong_length(name, len(raw), "2 or more")
        if raw[-2] != 0x91:
            raise refused_by_word(name, raw[-2] << 8 | raw[-1])
        return raw[-1], bytes(raw[:-2])


class Native:
    """Native frames, for readers that send bytes as they are. NTAG 424 DNA does not know them."""

    name = "native"
    whole_max = PIECE  # no ISO chaining without an APDU: longer commands go in pieces

    def frame(self, code, data):
        """The code and its data."""
        return uint(code, 1) + data

    def answer(self, name, raw):
        """(status, data) of one answer."""
        if not raw:
            raise wrong_length(name, 0, "1 or more")
        return raw[0], bytes(raw[1:])


def converse(framing, row, data, whole=False):
    """Send one command of any length and collect the whole answer: returns (status, data), status never AF.

    row: a `Command`. whole: one APDU whatever its length (the codes that allow it), RangeError when it does not fit.
    Raises CardRefused when the card ends the command before all pieces are sent.
    """
    limit = framing.whole_max if whole else PIECE
    if whole and len(data) > limit:
        raise RangeError("%s with %d bytes does not fit in one command." % (row.name, len(data)))
    code = row.code
    while True:
        status, answer = yield from one(framing, row, code, data[:limit])
        data, code = data[limit:], MORE
        if not data:
            break
        if status != MORE:
            raise refused(row.name, status) if status != OK else CardAnswered("The card ended %s too early." % row.name)
        if answer:
            raise wrong_length(row.name, len(answer), 0)
    collected, pieces = answer, 1
    while status == MORE:
        pieces += 1
        if pieces > ANSWER_PIECES_MAX or len(collected) > ANSWER_BYTES_MAX:
            raise CardAnswered("The card's answer to %s does not end." % row.name)
        status, answer = yield from one(framing, row, MORE, b"")
        collected += answer
    return status, collected


def one(framing, row, code, data):
    """One frame of a command, one answer: (status, data), whatever the status is."""
    raw = yield exchange(row.name, framing.frame(code, data), row.wait_ms, row.writes, row.secret)
    return framing.answer(row.name, raw)


# --- ISO/IEC 7816-4 commands, never under a MAC ----------------------------------------------------------------------

SELECT_MS, READ_MS, UPDATE_MS = 60, 60, 250


def iso_select_name(name):
    """SELECT by DF name without FCI: (frame, wait). NT4H2421Gx section 10.9.1."""
    return b"\x00\xa4\x04\x0c" + uint(len(name), 1) + name + b"\x00"


def iso_select_file(fid):
    """SELECT of an elementary file by its 2-byte identifier (a number)."""
    return b"\x00\xa4\x00\x0c\x02" + uint(fid, 2)


def iso_read_binary(offset, length):
    """READ BINARY of the selected file. offset 0..7FFFh, length 1..255, or 256 sent as 00."""
    if not 1 <= length <= 256 or not 0 <= offset <= 0x7FFF:
        raise RangeError("READ BINARY takes 1 to 256 bytes below 8000h, not %r at %r." % (length, offset))
    return b"\x00\xb0" + uint(offset, 2) + uint(length & 0xFF, 1)


def iso_update_binary(offset, data):
    """UPDATE BINARY of the selected file, 1..255 bytes."""
    if not data or not 0 <= offset <= 0x7FFF:
        raise RangeError("UPDATE BINARY takes 1 to 255 bytes below 8000h.")
    return b"\x00\xd6" + uint(offset, 2) + uint(len(data), 1) + data


def iso(name, frame, wait_ms, writes=False):
    """One ISO command: returns the answer's data. CardRefused unless the status word is 9000; 6Cxx and 61xx are refusals too."""
    raw = yield exchange(name, frame, wait_ms, writes)
    if len(raw) < 2:
        raise wrong_length(name, len(raw), "2 or more")
    if raw[-2] != 0x90 or raw[-1] != 0x00:
        raise refused_by_word(name, raw[-2] << 8 | raw[-1])
    return bytes(raw[:-2])
