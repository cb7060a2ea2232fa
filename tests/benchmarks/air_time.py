"""Milliseconds on the air at 106 kbit/s, modelled from frames: what a tap costs before any reader, USB or host.

Facts (ISO/IEC 14443-3): 9.44 us a bit; a byte has 8 bits and parity; a frame has one start and one end bit; data frames
carry 2 bytes of CRC; a 4-bit answer (ACK, NAK) has neither CRC nor parity. At least 91 us pass before a card answers, 87 us
before the reader speaks again. Measured on chips by others: PWD_AUTH thinks 0.18 ms, a read 0.09 ms.
Assumed: one EEPROM page takes 2.0 to 4.5 ms; every result is given for both ends.

A frame is (out, in) in bytes without CRC, as a soft card sees it.
"""

from cardos.families.type2 import FAST_READ, PAGE, PWD_AUTH, READ, WRITE

BIT_MS = 0.00944
BITS_A_BYTE = 9
START_AND_END_BITS = 2
CRC_BYTES = 2
SHORT_ANSWER_BITS = 4
CARD_DELAY_MS = 0.091
READER_DELAY_MS = 0.087
THINK_MS = {PWD_AUTH.code: 0.18, READ.code: 0.09, FAST_READ.code: 0.09}
EEPROM_MS = (2.0, 4.5)  # assumed: shortest and longest

_ACK = bytes(1)


def _bits(size):
    return START_AND_END_BITS + BITS_A_BYTE * (size + CRC_BYTES)


def frame_ms(out, back, eeprom_ms):
    """One exchange, from the reader's first bit until it may speak again."""
    answer_bits = START_AND_END_BITS + SHORT_ANSWER_BITS if len(back) == 1 else _bits(len(back))
    thinks = eeprom_ms if out[0] == WRITE.code else THINK_MS.get(out[0], 0.0)
    return (_bits(len(out)) + answer_bits) * BIT_MS + CARD_DELAY_MS + thinks + READER_DELAY_MS


def frames_ms(frames, eeprom_ms):
    """All exchanges of one presentation; the card is activated already."""
    return sum(frame_ms(out, back, eeprom_ms) for out, back in frames)


def needed_frames(first_page, last_page, slot_pages, written_pages, password):
    """The frames that the protocol of docs/card-format.md cannot do without for one changed record:

    PWD_AUTH where there is a password; one FAST_READ from the issuer block to the end of slot B; trailer; the body pages that
    must be written; two FAST_READ of the body and its MAC; trailer. UID and chip are taken as known from the activation.
    """
    body = bytes(PAGE * (slot_pages - 1))
    write = (bytes([WRITE.code]) + bytes(1 + PAGE), _ACK)
    read_back = (bytes([FAST_READ.code]) + bytes(2), body)
    frames = [(bytes([FAST_READ.code]) + bytes(2), bytes(PAGE * (last_page - first_page + 1)))]
    if password:
        frames.append((bytes([PWD_AUTH.code]) + bytes(4), bytes(2)))
    return frames + [write] * (2 + written_pages) + [read_back] * 2
