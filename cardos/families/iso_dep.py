"""ISO/IEC 14443-4, the reader's side: RATS, PPS and the block protocol, for readers that leave it to us and for tests.

`IsoDep.carry` wraps a generator of whole commands and yields blocks instead: the same shape outside and inside. Rules by their names
in section 7.5.4: B (the number toggles with each answer of the same number), 3 (S(WTX) is granted), 4 and 5 (nothing or nonsense: R(NAK),
or R(ACK) inside the card's chain), 6 (R(ACK) of another number: the block is sent again), 7 (chaining goes on).
A block that is sent again is not carried out again by the card, so this is no repeat of a command. No CID and no NAD are used.
"""

from collections import namedtuple

from cardos.bytes import Cursor
from cardos.errors import CardAnswered, CardLost
from cardos.exchange import Exchange, exchange

FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # FSCI and FSDI, the two CRC bytes counted (tables 1 and 3)
FSDI = 8
RETRIES_MAX = 2
WTX_MAX = 60  # extensions inside one command: longer than any command of our cards, shorter than a person waits
PIECES_MAX = 600
_OVERHEAD = 3  # PCB and CRC
_CHAINS = 0x10
_R_ACK, _R_NAK, _S_DESELECT, _S_WTX = 0xA2, 0xB2, 0xC2, 0xF2
_FWI_DEFAULT, _WTXM_MAX = 4, 59
_MARGIN_MS = 5

# frame_size: bytes with CRC that the card takes. wait_ms: its frame waiting time, rounded up. guard_ms: pause after the ATS.
# rates: the TA byte (bits 0-2 to the card, 4-6 from it: 212, 424, 848; bit 7: both the same). historical: bytes.
Ats = namedtuple("Ats", ["frame_size", "wait_ms", "guard_ms", "rates", "historical"])


def rats():
    """The frame that asks for the ATS, with frames of up to 256 bytes and CID 0."""
    return bytes([0xE0, FSDI << 4])


def read_ats(ats):
    """`Ats` of an answer to select (TL first). CardAnswered when it is cut or its length byte does not fit."""
    cursor = Cursor(ats)
    if cursor.uint(1) != len(ats):
        raise CardAnswered("The card's answer to select has a wrong length.")
    if not cursor.left:
        return Ats(32, _time_ms(_FWI_DEFAULT), 1, 0, b"")
    shown = cursor.uint(1)
    rates = cursor.uint(1) if shown & 0x10 else 0
    times = cursor.uint(1) if shown & 0x20 else _FWI_DEFAULT << 4
    if shown & 0x40:
        cursor.take(1)
    fwi, sfgi = times >> 4, times & 15
    return Ats(
        FRAME_SIZES[min(shown & 15, len(FRAME_SIZES) - 1)],
        _time_ms(_FWI_DEFAULT if fwi == 15 else fwi),
        _time_ms(0 if sfgi == 15 else sfgi),
        rates,
        cursor.take(cursor.left),
    )


def _time_ms(exponent):
    """256 x 16 / 13.56 MHz x 2^exponent, rounded up to milliseconds (section 7.2)."""
    return (302100 * (1 << exponent)) // 1000000 + 1


def best_rate(ats, limit_kbits=848):
    """The highest divisor 0..3 (106, 212, 424, 848 kbit/s) that the card takes both ways and the reader may use."""
    best = 0
    for divisor in (1, 2, 3):
        both = ats.rates >> (divisor - 1) & 1 and ats.rates >> (divisor + 3) & 1
        if both and (106 << divisor) <= limit_kbits:
            best = divisor
    return best


def pps(divisor):
    """The request for one divisor both ways; the card answers with its first byte, D0h. Only right after the ATS."""
    if not 0 <= divisor <= 3:
        raise ValueError("a bit rate divisor is 0 to 3")
    return bytes([0xD0, 0x11, divisor << 2 | divisor])


class IsoDep:
    """The block protocol with one activated card. ats: `Ats`. reader_frame_size: bytes with CRC that the front end sends at most."""

    def __init__(self, ats, reader_frame_size=256):
        self._room = min(ats.frame_size, reader_frame_size) - _OVERHEAD
        self._wait_ms = ats.wait_ms + _MARGIN_MS
        self._number = 0

    def carry(self, inner):
        """Run `inner`, a generator that yields whole commands: its exchanges become blocks, everything else passes through."""
        reply, trouble = None, None
        while True:
            try:
                request = inner.throw(trouble) if trouble is not None else inner.send(reply)
            except StopIteration as stop:
                return stop.value
            reply, trouble = None, None
            try:
                reply = (yield from self.command(request)) if isinstance(request, Exchange) else (yield request)
            except (CardLost, CardAnswered) as error:
                trouble = error

    def command(self, request):
        """One whole command as blocks; returns the whole answer. CardLost when the card is silent, CardAnswered when it talks nonsense."""
        left = request.frame
        self._wtx_left = WTX_MAX
        while True:
            piece, left = left[: self._room], left[self._room :]
            pcb = 0x02 | (_CHAINS if left else 0) | self._number
            answer = yield from self._block(request, bytes([pcb]) + piece, False)
            if not left:
                break
            if answer[0] & 0xFE != _R_ACK:
                raise CardAnswered("The card answered before the command was complete.")
            self._number ^= 1
        data = b""
        for _ in range(PIECES_MAX):
            if answer[0] & 0xEE != 0x02:
                raise CardAnswered("The card acknowledged a command instead of answering it.")
            self._number ^= 1
            data += answer[1:]
            if not answer[0] & _CHAINS:
                return data
            answer = yield from self._block(request, bytes([_R_ACK | self._number]), True)
        raise CardAnswered("The card's answer does not end.")

    def deselect(self):
        """S(DESELECT): the card is halted. Silence is taken for going; never raises CardLost."""
        for _ in range(RETRIES_MAX):
            try:
                answer = yield exchange("S(DESELECT)", bytes([_S_DESELECT]), self._wait_ms)
            except CardLost:
                continue  # said once more; a card that left needs no deselecting
            if bytes(answer) == bytes([_S_DESELECT]):
                return

    def _block(self, request, block, in_chain):
        """Send one block until something that fits comes back: an I-block or R(ACK) of our number."""
        sent, wait_ms, retries, resent = block, self._wait_ms, 0, 0
        while True:
            is_information = sent[0] & 0xE2 == 0x02
            try:
                answer = bytes((yield exchange(request.name, sent, wait_ms, request.writes and is_information, request.secret and is_information)))
            except CardLost:
                if retries >= RETRIES_MAX:
                    raise
                answer = b""
            wait_ms = self._wait_ms
            kind = answer[0] if answer else None
            if kind == _S_WTX and len(answer) == 2 and 1 <= answer[1] & 0x3F <= _WTXM_MAX:
                if not self._wtx_left:
                    raise CardAnswered("The card asks for more time without end.")
                self._wtx_left -= 1
                sent, wait_ms = bytes([_S_WTX, answer[1] & 0x3F]), self._wait_ms * (answer[1] & 0x3F)
                continue
            if kind is not None and (kind & 0xEE == 0x02 or (kind & 0xFE == _R_ACK and len(answer) == 1)):
                if kind & 1 == self._number:
                    return answer
                if kind & 0xFE == _R_ACK and not in_chain and resent < RETRIES_MAX:
                    sent, resent = block, resent + 1
                    continue
            retries += 1
            if retries > RETRIES_MAX:
                raise CardAnswered("The card's blocks do not fit the protocol.")
            sent = bytes([(_R_ACK if in_chain else _R_NAK) | self._number])
