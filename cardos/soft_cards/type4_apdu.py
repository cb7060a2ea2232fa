"""Short APDUs as an ISO-DEP card takes them apart (ISO/IEC 7816-4 section 5.2; NT4H2421Gx section 8.4: no extended length)."""

from collections import namedtuple

LE_ALL = 256  # what Le = 00 asks for

# data: bytes. le: 1..256, or None when the command has no Le.
Apdu = namedtuple("Apdu", ["cla", "ins", "p1", "p2", "data", "le"])

OK = 0x9000
MEMORY_FAILURE = 0x6581
WRONG_LENGTH = 0x6700
SECURITY_STATUS = 0x6982
CONDITIONS_OF_USE = 0x6985
FILE_NOT_FOUND = 0x6A82
WRONG_P1_P2 = 0x6A86
LC_INCONSISTENT = 0x6A87
INS_NOT_SUPPORTED = 0x6D00
CLA_NOT_SUPPORTED = 0x6E00


class Refused(Exception):
    """The card answers this status word and nothing else. sw: an int."""

    def __init__(self, sw):
        super().__init__("%04X" % sw)
        self.sw = sw


def status_word(sw):
    """The two bytes of a status word."""
    return bytes([sw >> 8, sw & 0xFF])


def parse(frame):
    """Apdu of a whole command, or None when its lengths do not fit together."""
    if len(frame) < 4:
        return None
    data, le = b"", None
    if len(frame) == 5:
        le = frame[4] or LE_ALL
    elif len(frame) > 5:
        end = 5 + frame[4]
        data = frame[5:end]
        if frame[4] == 0 or len(frame) not in (end, end + 1):
            return None
        if len(frame) > end:
            le = frame[end] or LE_ALL
    return Apdu(frame[0], frame[1], frame[2], frame[3], data, le)
