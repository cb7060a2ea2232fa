"""How a frame travels through a PC/SC reader: frame -> APDUs -> the card's answer. Nothing here talks.

READ and WRITE have storage-card APDUs (PC/SC part 3: FF B0, FF D6), which every contactless reader offers. The other
commands need the reader to pass a raw frame; how is the reader's `carry` (profiles.py). Each carrier's `exchange` is a
generator: it yields APDUs, gets the reader's answers (two bytes at least) and returns the card's.

Answers are read strictly, because half an answer may end in anything:
  FF B0  16 bytes and 90 00 is data; a bare 6x xx is a NAK; anything else is CardLost.
  FF D6  a bare 90 00 is ACK; a bare 6x xx is b"\\x00": *unknown*, for readers answered 63 00 to a write that landed. Read back.
  D4 42  D5 43 00 <answer> 90 00. Status 02 (CRC error) is how the chip shows a 4-bit answer while it checks CRCs: it
         becomes NAK and never ACK, and a corrupted PACK cannot pass for success either. Status 01 is silence: the card
         left, or fell silent after a refusal; nobody can tell, so it is CardLost. Other statuses too.
Classic cards: the key is loaded into the reader (FF 82) and used (FF 86), blocks go by FF B0 and FF D6. ISO-DEP cards get the
APDU as it is; their native frames have no way through PC/SC.
"""

from cardos.errors import ReaderCannot
from host_tools.readers.base import card_lost
from host_tools.readers.profiles import BARE, NONE, PN532, TRANSPARENT

NAK = b"\x00"
ACK = b"\x0a"
READ, WRITE, FAST_READ = 0x30, 0xA2, 0x3A
KEY_A, KEY_B, WRITE_BLOCK = 0x60, 0x61, 0xA0

GET_UID = bytes.fromhex("ffca000000")
_UID_SIZES = (4, 7, 10)
_ISO_CLASSES = frozenset((*range(0x10), 0x90))  # ISO/IEC 7816-4 without chaining, and what DESFire and NTAG 424 wrap their commands in

_OK = b"\x90\x00"
_READ_SIZE = 16
_SILENT = 0x01
_CRC_ERROR = 0x02

_CANNOT = "This reader cannot send the commands that a protected card needs."
_CANNOT_HINT = "Use a reader that passes direct commands (such as an ACR122U or a PN532), or cards issued with --open."

# Status words by which a reader says that it does not know a command at all, whatever lies on it.
_UNKNOWN_COMMAND = (b"\x6a\x81", b"\x6d\x00", b"\x6e\x00")


class DirectRefused(Exception):
    """The reader refused to pass a raw frame. certain: it does not know the command; else the card may just have left."""

    def __init__(self, certain):
        super().__init__("direct transmit refused")
        self.certain = certain


def reader_cannot():
    """The ReaderCannot that callers of a direct command get; nothing of it reached the card."""
    return ReaderCannot(_CANNOT, _CANNOT_HINT)


def read_apdu(page):
    """FF B0 00 pp 10: READ of 4 pages."""
    return bytes([0xFF, 0xB0, 0x00, page, _READ_SIZE])


def write_apdu(page, data):
    """FF D6 00 pp 04 d0..d3: WRITE of one page."""
    return bytes([0xFF, 0xD6, 0x00, page, len(data)]) + data


def direct_apdu(payload):
    """FF 00 00 00 Lc <payload>: to the chip in the reader, or to the card on readers that pass it bare."""
    return bytes([0xFF, 0x00, 0x00, 0x00, len(payload)]) + payload


def storage_exchange(frame):
    """READ or WRITE by the storage-card APDUs."""
    if frame[0] == READ:
        answer = yield read_apdu(frame[1])
        if len(answer) == _READ_SIZE + 2 and answer[-2:] == _OK:
            return answer[:-2]
    else:
        answer = yield write_apdu(frame[1], frame[2:])
        if answer == _OK:
            return ACK
    return _refused(answer)


def _refused(answer):
    if len(answer) == 2 and answer[0] & 0xF0 == 0x60:
        return NAK
    raise card_lost("The card's answer was not complete.")


def classic_exchange(frame):
    """Authentication, READ or WRITE of a Classic card; the key place is 00 of the reader."""
    if len(frame) in (8, 12) and frame[0] in (KEY_A, KEY_B):
        for apdu in (b"\xff\x82\x00\x00\x06" + frame[2:8], bytes([0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00, frame[1], frame[0], 0x00])):
            answer = yield apdu
            if answer != _OK:
                return _refused(answer)
        return ACK
    if not (len(frame) == 2 and frame[0] == READ) and not (len(frame) == 18 and frame[0] == WRITE_BLOCK):
        raise reader_cannot()
    return (yield from storage_exchange(frame))


def uid_of(answer):
    """The UID in the answer to GET_UID, or None when the reader does not say."""
    uid = answer[:-2]
    return uid if answer[-2:] == _OK and len(uid) in _UID_SIZES else None


def is_apdu(frame):
    """Whether an ISO-DEP frame is an APDU that PC/SC carries (ISO/IEC 7816-4, short or extended lengths), not a native one."""
    if len(frame) < 4 or frame[0] not in _ISO_CLASSES:
        return False
    body = frame[4:]
    if len(body) < 2:
        return True
    if body[0]:
        return len(body) - 1 - body[0] in (0, 1)
    return len(body) == 3 or (len(body) > 3 and len(body) - 3 - (body[1] << 8 | body[2]) in (0, 2))


def is_storage(frame):
    """Whether the storage-card APDUs carry this frame."""
    return (len(frame) == 2 and frame[0] == READ) or (len(frame) == 6 and frame[0] == WRITE)


def answer_size(frame):
    """Bytes a FAST_READ will bring, 0 for other frames: known before it is sent."""
    if len(frame) == 3 and frame[0] == FAST_READ:
        return 4 * (frame[2] - frame[1] + 1)
    return 0


def refusal(answer):
    """What two bytes instead of a wrapped answer mean on a direct transmit: DirectRefused, or None when they are no refusal."""
    if len(answer) == 2 and answer[0] & 0xF0 == 0x60:
        return DirectRefused(answer in _UNKNOWN_COMMAND)
    return None


class StorageOnly:
    """A reader that passes READ and WRITE and nothing else."""

    def exchange(self, frame):
        if not is_storage(frame):
            raise reader_cannot()
        return (yield from storage_exchange(frame))

    def finish(self):
        return
        yield  # a generator that sends nothing


class Pn532Carrier(StorageOnly):
    """Direct transmit to the PN53x in the reader, as InCommunicateThru (UM0701-02 section 7.3.9)."""

    def exchange(self, frame):
        if is_storage(frame):
            return (yield from storage_exchange(frame))
        answer = yield direct_apdu(b"\xd4\x42" + frame)
        trouble = refusal(answer)
        if trouble:
            raise trouble
        if len(answer) < 5 or answer[:2] != b"\xd5\x43" or answer[-2:] != _OK:
            raise card_lost("The card's answer was not complete.")
        status, data = answer[2] & 0x3F, answer[3:-2]
        if status == _CRC_ERROR:
            return NAK
        if status == _SILENT:
            raise card_lost("The card did not answer.")
        if status or not data:
            raise card_lost("The card's answer was not complete.")
        return bytes([data[0] & 0x0F]) if len(data) == 1 else data


class BareCarrier(StorageOnly):
    """The raw frame in a direct transmit, the raw answer before 90 00."""

    def exchange(self, frame):
        if is_storage(frame):
            return (yield from storage_exchange(frame))
        answer = yield direct_apdu(frame)
        trouble = refusal(answer)
        if trouble:
            raise trouble
        if len(answer) < 3 or answer[-2:] != _OK:
            raise card_lost("The card's answer was not complete.")
        data = answer[:-2]
        return bytes([data[0] & 0x0F]) if len(data) == 1 else data


class TransparentCarrier(StorageOnly):
    """A transparent session, opened by the first frame that needs it; from then on every frame goes through it.

    Storage-card APDUs may be refused while a session is open, so READ and WRITE move over too.
    """

    def __init__(self):
        self._open = False

    def exchange(self, frame):
        if not self._open and is_storage(frame):
            return (yield from storage_exchange(frame))
        if not self._open:
            for apdu in (bytes.fromhex("ffc20000 02 8100 00"), bytes.fromhex("ffc20002 04 8f020003 00")):
                self._check(tlvs((yield apdu)))
            self._open = True
        body = bytes([0x95, len(frame)]) + frame
        fields = tlvs((yield bytes([0xFF, 0xC2, 0x00, 0x01, len(body)]) + body + b"\x00"))
        self._check(fields)
        status, data = fields.get(0x96, b"\x00\x00"), fields.get(0x97, b"")
        if len(data) == 1 and fields.get(0x92, b"\x04") == b"\x04":
            return bytes([data[0] & 0x0F])
        if not status:
            raise card_lost("The reader's answer was not complete.")
        if status[0] & 0x01 and frame[0] != WRITE:
            return NAK  # CRC error: a 4-bit answer, or noise; never success
        if any(status) or len(data) < 2:
            raise card_lost("The card's answer was not complete.")
        return data

    def finish(self):
        if self._open:
            self._open = False
            yield bytes.fromhex("ffc20000 02 8200 00")

    def _check(self, fields):
        error = fields.get(0xC0, b"")
        if len(error) != 3:
            raise card_lost("The reader's answer was not complete.")
        if error[1:] in _UNKNOWN_COMMAND:
            raise DirectRefused(True)
        if error[0] or error[1:] != _OK:
            if not self._open:
                raise DirectRefused(False)
            raise card_lost("The card did not answer.")


def tlvs(answer):
    """{tag: value} of a transparent-session answer. DirectRefused on a bare status word, CardLost on a torn one."""
    trouble = refusal(answer)
    if trouble:
        raise trouble
    if answer[-2:] != _OK:
        raise card_lost("The reader's answer was not complete.")
    body, fields, at = answer[:-2], {}, 0
    while at < len(body):
        try:
            tag, size, at = body[at], body[at + 1], at + 2
            if size & 0x80:
                width = size & 0x7F
                size, at = int.from_bytes(body[at : at + width], "big"), at + width
        except IndexError:
            raise card_lost("The reader's answer was not complete.") from None
        if at + size > len(body):
            raise card_lost("The reader's answer was not complete.")
        fields[tag] = body[at : at + size]
        at += size
    return fields


_CARRIERS = {PN532: Pn532Carrier, BARE: BareCarrier, TRANSPARENT: TransparentCarrier, NONE: StorageOnly}


def carrier(carry):
    """A fresh carrier for one card; `carry` as in profiles.py."""
    return _CARRIERS[carry]()
