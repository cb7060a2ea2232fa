"""NFC Forum Type 2 commands (NTAG21x, Ultralight C, Ultralight AES) and page input/output over them.

The rows are those of the NTAG213/215/216 data sheet (section 10), MF0ICU2 (section 7.6) and, for the Ultralight AES, of public
code; CRC_A is the reader's business. WRITE is answered by 4 bits: Ah is ACK, anything else is not. A NAK drops the card to
IDLE and forgets its authentication; the next exchange finds it selected anew.
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
COMPATIBILITY_WRITE = Command("COMPATIBILITY_WRITE", 0xA0, 10, True, False)
READ_CNT = Command("READ_CNT", 0x39, 5, False, False)
INCR_CNT = Command("INCR_CNT", 0xA5, 10, True, False)
AUTHENTICATE = Command("AUTHENTICATE", 0x1A, 5, False, False)
AUTHENTICATE_PART_2 = Command("AUTHENTICATE, part 2", 0xAF, 5, False, False)
WRITE_KEY = Command("WRITE", 0xA2, 10, True, True)  # a WRITE whose four bytes are part of a key

_COMMANDS = (
    READ, FAST_READ, WRITE, PWD_AUTH, GET_VERSION, READ_SIG, COMPATIBILITY_WRITE, READ_CNT, INCR_CNT, AUTHENTICATE,
    AUTHENTICATE_PART_2,
)  # fmt: skip

_CHALLENGE, _PROOF = 0xAF, 0x00  # first bytes of the card's two answers to AUTHENTICATE
FAILURES_MAX = 3  # wrong keys in one presentation: some chips count them and lock for good


def command_of(frame):
    """The `Command` whose code opens a frame, or None; for traces."""
    for command in _COMMANDS:
        if frame and frame[0] == command.code:
            return command
    return None


def frame_of(command, parameters):
    """The bytes of one command without CRC."""
    return uint(command.code, 1) + parameters


class Pages:
    """Page input and output on one presented card.

    fast: whether FAST_READ may be used (until a reader says it cannot carry it). authenticated: PWD_AUTH went well.
    Every method is a generator of exchanges; CardLost and ReaderLost pass through.
    """

    fast_pages_max = 0xFF  # pages that one FAST_READ may ask for
    signature_bytes = 32

    def __init__(self):
        self.fast = True
        self.authenticated = False

    def read(self, first, last):
        """The bytes of pages first..last, 4 each. CardRefused on NAK, CardAnswered when the length is wrong."""
        if self.fast:
            try:
                return (yield from self._read_fast(first, last))
            except ReaderCannot:
                self.fast = False
        out = b""
        for page in range(first, last + 1, 4):
            answer = yield from self._ask(READ, uint(page, 1))
            out += _whole(answer, 16)
        return out[: PAGE * (last - first + 1)]

    def _read_fast(self, first, last):
        out = b""
        while first <= last:
            end = min(last, first + self.fast_pages_max - 1)
            answer = yield from self._ask(FAST_READ, uint(first, 1) + uint(end, 1))
            out += _whole(answer, PAGE * (end - first + 1))
            first = end + 1
        return out

    def write(self, page, data):
        """Write one page. True when the card acknowledged; False when its answer was anything else (read back to know)."""
        return (yield from self._write(WRITE, page, data))

    def _write(self, command, page, data):
        if len(data) != PAGE:
            raise ValueError("a page has 4 bytes")
        return (yield from self._acknowledged(command, uint(page, 1) + data))

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
        answer = yield from self._ask(PWD_AUTH, password)
        if len(answer) != 2 or not constant_time_equal(answer, pack):
            raise CardRefused(
                "The card refuses this shop's password.",
                "If the card is from this shop, present it once more; otherwise give the customer another card.",
                "WRONG_PASSWORD",
            )
        self.authenticated = True

    def version(self):
        """The 8 bytes of GET_VERSION."""
        answer = yield from self._ask(GET_VERSION, b"")
        return _whole(answer, 8)

    def signature(self):
        """The bytes of READ_SIG (originality signature over the UID): 32, on an Ultralight AES 48."""
        answer = yield from self._ask(READ_SIG, b"\x00")
        return _whole(answer, self.signature_bytes)

    def _ask(self, command, parameters):
        """One exchange: the card's answer. A chip with a secure channel puts it around this."""
        return (yield exchange(command.name, frame_of(command, parameters), command.wait_ms, command.writes, command.secret))

    def _acknowledged(self, command, parameters):
        """One exchange that a card answers by ACK: True when it did."""
        return (yield from self._ask(command, parameters)) == ACK


class KeyPages(Pages):
    """Pages of a chip with AUTHENTICATE (Ultralight C, Ultralight AES). failures: wrong keys in this presentation."""

    def __init__(self):
        Pages.__init__(self)
        self.failures = 0

    def _prove(self, number, side, block):
        """Generator: the three messages. side: a `ReaderSide`; block: bytes of a nonce. `authenticated` is True afterwards.

        Raises CardRefused: WRONG_KEY (the card says so, or does not have the key itself), AUTHENTICATION_REFUSED (the card does
        not even begin: it has no such key, or was locked by wrong ones), TOO_MANY_FAILURES (nothing was sent); CardAnswered.
        """
        if self.failures >= FAILURES_MAX:
            raise CardRefused("The card's key was refused too often.", "Give the customer another card.", "TOO_MANY_FAILURES")
        self.authenticated = False
        challenge = yield from Pages._ask(self, AUTHENTICATE, uint(number, 1))
        if len(challenge) == 1:
            raise CardRefused("The card refuses any key.", "Give the customer another card.", "AUTHENTICATION_REFUSED")
        answer = side.answer(_message(challenge, _CHALLENGE, block))
        proof = yield from Pages._ask(self, AUTHENTICATE_PART_2, answer)
        if len(proof) == 1 or not side.is_proven_by(_message(proof, _PROOF, block)):
            self.failures += 1
            raise CardRefused(
                "The card refuses this shop's key.",
                "If the card is from this shop, present it once more; otherwise give the customer another card.",
                "WRONG_KEY",
            )
        self.authenticated = True

    def write_key(self, pages):
        """Generator: write [(page, 4 bytes), ..] of a key. Key pages cannot be read: CardRefused where one is not acknowledged."""
        for page, data in pages:
            if not (yield from self._write(WRITE_KEY, page, data)) and not (yield from self._write(WRITE_KEY, page, data)):
                raise CardRefused("The card did not take its key.", "Present the card again.", "WRITE_REFUSED")


def _message(answer, first, block):
    if len(answer) != 1 + block or answer[0] != first:
        raise CardAnswered("The card's answer to the key check is not one.", "Present the card again.", "READ_AGAIN")
    return bytes(answer[1:])


def _whole(answer, size):
    if len(answer) == 1:
        raise CardRefused("The card refused a read.", "Present the card again.", "READ_REFUSED")
    if len(answer) != size:
        raise CardAnswered("The card's answer was cut short.", "Present the card again.", "READ_AGAIN")
    return bytes(answer)
