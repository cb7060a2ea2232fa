"""NFC Forum Type 2 commands (NTAG21x, Ultralight) and page input/output over them.

The rows are those of the NTAG213/215/216 data sheet (section 10); CRC_A is the reader's business. WRITE is answered by
4 bits: Ah is ACK, anything else is not. A NAK drops the card to IDLE and forgets its authentication.
"""

from collections import namedtuple

from cardos.bytes import uint
from cardos.crypto.compare import constant_time_equal
from cardos.errors import CardAnswered, CardRefused, ReaderCannot
from cardos.exchange import exchange

PAGE = 4
ACK = b"\x0a"

Command = namedtuple("Command", ["name", "code", "wait_ms", "writes", "secret"])

READ = Command("READ", 0x30, 5, False, False)
FAST_READ = Command("FAST_READ", 0x3A, 5, False, False)
WRITE = Command("WRITE", 0xA2, 10, True, False)
PWD_AUTH = Command("PWD_AUTH", 0x1B, 5, False, True)
GET_VERSION = Command("GET_VERSION", 0x60, 5, False, False)
READ_SIG = Command("READ_SIG", 0x3C, 5, False, False)

_COMMANDS = (READ, FAST_READ, WRITE, PWD_AUTH, GET_VERSION, READ_SIG)


def command_of(frame):
    """The `Command` whose code opens a frame, or None; for traces."""
    for command in _COMMANDS:
        if frame and frame[0] == command.code:
            return command
    return None


def _send(command, parameters):
    return exchange(command.name, uint(command.code, 1) + parameters, command.wait_ms, command.writes, command.secret)


class Pages:
    """Page input and output on one presented card.

    fast: whether FAST_READ may be used (until a reader says it cannot carry it). authenticated: PWD_AUTH went well.
    Every method is a generator of exchanges; CardLost and ReaderLost pass through.
    """

    def __init__(self):
        self.fast = True
        self.authenticated = False

    def read(self, first, last):
        """The bytes of pages first..last, 4 each. CardRefused on NAK, CardAnswered when the length is wrong."""
        if self.fast:
            try:
                answer = yield _send(FAST_READ, uint(first, 1) + uint(last, 1))
                return _whole(answer, PAGE * (last - first + 1))
            except ReaderCannot:
                self.fast = False
        out = b""
        for page in range(first, last + 1, 4):
            answer = yield _send(READ, uint(page, 1))
            out += _whole(answer, 16)
        return out[: PAGE * (last - first + 1)]

    def write(self, page, data):
        """Write one page. True when the card acknowledged; False when its answer was anything else (read back to know)."""
        if len(data) != PAGE:
            raise ValueError("a page has 4 bytes")
        answer = yield _send(WRITE, uint(page, 1) + data)
        return answer == ACK

    def write_surely(self, page, data):
        """Write one page and know it: without an ACK it is read back, written once more, and read back again.

        Raises CardRefused when the page still does not read as written.
        """
        for _ in range(2):
            acknowledged = yield from self.write(page, data)
            if acknowledged or (yield from self.read(page, page)) == data:
                return
        raise CardRefused("The card did not take a page.", "Present the card again.", "WRITE_REFUSED")

    def authenticate(self, password, pack):
        """PWD_AUTH. Raises CardRefused (WRONG_PASSWORD) on NAK and on a PACK that is not this card's; never tried twice.

        Raises ReaderCannot when the reader can send neither direct commands nor a transparent session.
        """
        answer = yield _send(PWD_AUTH, password)
        if len(answer) != 2 or not constant_time_equal(answer, pack):
            raise CardRefused(
                "The card refuses this shop's password.",
                "If the card is from this shop, present it once more; otherwise give the customer another card.",
                "WRONG_PASSWORD",
            )
        self.authenticated = True

    def version(self):
        """The 8 bytes of GET_VERSION."""
        answer = yield _send(GET_VERSION, b"")
        return _whole(answer, 8)

    def signature(self):
        """The 32 bytes of READ_SIG (originality signature over the UID)."""
        answer = yield _send(READ_SIG, b"\x00")
        return _whole(answer, 32)


def _whole(answer, size):
    if len(answer) == 1:
        raise CardRefused("The card refused a read.", "Present the card again.", "READ_REFUSED")
    if len(answer) != size:
        raise CardAnswered("The card's answer was cut short.", "Present the card again.", "READ_AGAIN")
    return bytes(answer)
