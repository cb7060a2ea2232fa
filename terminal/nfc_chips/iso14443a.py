"""ISO/IEC 14443-3 type A, the reader's side, for chips that leave it to us: request, anticollision, SELECT, HLTA.

Every step is a generator that yields a `Frame` and gets back what was `Heard`, or None for silence; whoever drives it talks to
the chip. A cascade level shows 5 bytes: four of the UID (or 88h and three), and their exclusive or (section 6.5.4).
"""

from collections import namedtuple

from terminal.nfc_chips.selected import card_lost

# data: bytes without CRC. last_bits: bits of the last byte that are sent, 0 for all. align: bit of the first byte at which the answer
# begins. crc_out, crc_in: whether CRC_A follows the frame, and the answer. wait_ms: from the end of the frame to the answer's begin.
Frame = namedtuple("Frame", ["data", "last_bits", "align", "crc_out", "crc_in", "wait_ms"])

# data: bytes, the first of them from bit `align` on. last_bits: valid bits of the last byte, 0 for all. collision: the first bit that
# collided, counted from bit 0 of the first byte, or None. is_whole: False when parity, CRC or framing did not fit.
Heard = namedtuple("Heard", ["data", "last_bits", "collision", "is_whole"])

REQA, WUPA, HLTA = 0x26, 0x52, b"\x50\x00"
SELECT_CODES = (0x93, 0x95, 0x97)
CASCADE_TAG = 0x88
UID_CONTINUES = 0x04  # bit of a SAK (table 9)
ACK_BITS = 4

WAIT_MS = 2  # for answers at a fixed time: 87 us after the frame (section 6.2.1.1)
HLTA_MS = 1  # an answer within 1 ms would mean that it did not halt (section 6.4.3)
COLLISIONS_MAX = 32  # one for each bit of a level: more is no set of cards but noise
GARBLED_MAX = 2  # answers to ANTICOLLISION; a card in READY is simply asked again

_LEVEL_BITS = 32


def standard(data, wait_ms, crc_in=True):
    """A frame of whole bytes with CRC_A. crc_in: the chip checks and strips the CRC of the answer."""
    return Frame(bytes(data), 0, 0, True, crc_in, wait_ms)


def request(code):
    """REQA or WUPA: what was heard, or None. Any sound is a card: two cards' ATQAs collide, a card at the edge is garbled."""
    return (yield Frame(bytes([code]), 7, 0, False, False, WAIT_MS))


def select_any():
    """After a request was answered: (uid, SAK) of one card, however many lie there. CardLost when it falls silent or talks nonsense."""
    uid = b""
    for code in SELECT_CODES:
        part = yield from _anticollide(code)
        sak = yield from _select(code, part)
        if sak is None:
            raise card_lost("The card fell silent while it was selected.")
        if not sak & UID_CONTINUES:
            return uid + part[:4], sak
        if part[0] != CASCADE_TAG:
            break
        uid += part[1:4]
    raise card_lost("The card's UID does not end.")


def select_uid(uid):
    """After a request was answered: the SAK of the card with this UID, or None when it is not among those that answered."""
    left, parts, sak = bytes(uid), [], None
    while len(left) > 4:
        parts.append(bytes([CASCADE_TAG]) + left[:3])
        left = left[3:]
    parts.append(left)
    for code, part in zip(SELECT_CODES, parts):
        sak = yield from _select(code, part + bytes([_check(part)]))
        if sak is None:
            break
    return sak


def halt():
    """HLTA: the card is silent until WUPA. It never answers; an answer would mean that it did not understand."""
    yield standard(HLTA, HLTA_MS)


def _anticollide(code):
    """The 5 bytes of one cascade level. Where cards differ, those with a 1 go on, as section 6.4.3.1 has it."""
    known, bits, garbled = 0, 0, 0
    for _ in range(COLLISIONS_MAX + GARBLED_MAX):
        whole, rest = bits >> 3, bits & 7
        sent = known.to_bytes(5, "little")[: whole + (1 if rest else 0)]
        heard = yield Frame(bytes([code, 0x20 + (whole << 4 | rest)]) + sent, rest, rest, False, False, WAIT_MS)
        if heard is None:
            break
        got = int.from_bytes(heard.data, "little") >> rest << rest << 8 * whole  # what lies before `align` is not the card's
        if heard.collision is not None:
            at = 8 * whole + heard.collision
            if not bits <= at < _LEVEL_BITS:
                break
            known, bits = known | got & ((1 << at) - 1) | 1 << at, at + 1
            if bits == _LEVEL_BITS:  # it was the UID's last bit: nothing is left to ask
                part = known.to_bytes(4, "little")
                return part + bytes([_check(part)])
            continue
        if heard.is_whole and len(heard.data) == 5 - whole and not heard.last_bits:
            part = (known | got).to_bytes(5, "little")
            if _check(part) == part[4]:
                return part
        garbled += 1
        if garbled > GARBLED_MAX:
            break
    raise card_lost("The card's UID could not be read.")


def _select(code, part):
    """SELECT of one level: the SAK, or None for silence. CardLost when the answer is no SAK: the card has gone on, asking again drops it."""
    heard = yield standard(bytes([code, 0x70]) + part, WAIT_MS)
    if heard is None:
        return None
    if not heard.is_whole or len(heard.data) != 1 or heard.last_bits:
        raise card_lost("The card's answer to its selection was not complete.")
    return heard.data[0]


def _check(part):
    return part[0] ^ part[1] ^ part[2] ^ part[3]
