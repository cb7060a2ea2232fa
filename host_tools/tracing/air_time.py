"""Milliseconds on the air, modelled from bytes: what an exchange costs before any reader, USB or host.

Facts (ISO/IEC 14443-3): 9.44 us a bit at 106 kbit/s, a half of it at 212 and so on; a byte has 8 bits and parity; a frame has one
start and one end bit; data frames carry 2 bytes of CRC; a 4-bit answer (ACK, NAK) has neither CRC nor parity. At least 91 us pass
before a card answers, 87 us before the reader speaks again, at every bit rate.
Facts (ISO/IEC 14443-4): each block has one byte of prologue and the CRC; what does not fit the other side's frame size is cut into
blocks, each but the last answered by a block without content. A card's waiting-time extensions are not modelled: no public table has them.
Measured on chips by others: the milliseconds marked so in WORK_MS. Assumed: writing takes 2.0 to 4.5 ms, and the rest.
"""

BIT_MS = 0.00944
BITS_A_BYTE = 9
START_AND_END_BITS = 2
CRC_BYTES = 2
SHORT_ANSWER_BITS = 4
CARD_DELAY_MS = 0.091
READER_DELAY_MS = 0.087
RATES = (106, 212, 424, 848)
FRAME_SIZE = 64  # of a card whose ATS says FSCI 5 (DESFire); NTAG 424 DNA takes 128
READER_FRAME_SIZE = 256  # what readers announce in RATS
EEPROM_MS = (2.0, 4.5)  # assumed: shortest and longest

WRITE_WORK = ("page write", "secured page write", "write")
# What the card's own work takes, milliseconds; writing is added to the works of WRITE_WORK.
WORK_MS = {
    "page read": 0.09, "password": 0.18, "page write": 0.0, "little": 0.09,  # measured: READ 0.09, PWD_AUTH 0.18
    "secured page read": 0.62, "secured page write": 0.62, "secured little": 0.62,  # measured: Ultralight AES with MAC
    "authenticate 1 C": 0.84, "authenticate 2 C": 0.84, "authenticate 1 AES": 1.43, "authenticate 2 AES": 1.50,  # measured: Ultralight C, AES
    "authenticate 1": 2.47, "authenticate 2": 2.03,  # measured: DESFire ISO; EV2 assumed alike
    "select": 0.77, "settings": 1.02, "read": 1.07,  # measured: DESFire SelectApplication, GetFileSettings, ReadData
    "write": 1.07,  # assumed: as ReadData, and the EEPROM
}  # fmt: skip


def bit_ms(rate=106):
    """Milliseconds a bit at 106, 212, 424 or 848 kbit/s."""
    return BIT_MS / 2 ** RATES.index(rate)


def frame_bits(size):
    """Bits of a frame with so many bytes before its CRC."""
    return START_AND_END_BITS + BITS_A_BYTE * (size + CRC_BYTES)


def blocks(size, frame_size):
    """Bytes before the CRC of each ISO-DEP block that carries `size` bytes to a side whose frames hold `frame_size`."""
    most = frame_size - 1 - CRC_BYTES
    whole, rest = divmod(size, most)
    return [most + 1] * whole + ([rest + 1] if rest or not whole else [])


def air_bits(kind, out, back, frame_size=FRAME_SIZE):
    """(bits, changes of direction from reader to card and back) of one exchange. out, back: bytes without CRC; back None: no answer."""
    if kind != "iso-dep":
        answer = 0 if back is None else START_AND_END_BITS + SHORT_ANSWER_BITS if back == 1 else frame_bits(back)
        return frame_bits(out) + answer, 1
    there, here = blocks(out, frame_size), [] if back is None else blocks(back, READER_FRAME_SIZE)
    acknowledged = len(there) - 1 + max(0, len(here) - 1)
    bits = sum(map(frame_bits, there)) + sum(map(frame_bits, here)) + acknowledged * frame_bits(1)
    return bits, 1 + acknowledged


def work_of(work, out, back):
    """The key of WORK_MS for a Type 2 authentication, whose two kinds differ by their sizes; any other work as it is."""
    if work == "authenticate 1" and out == 2 and back in (9, 17):
        return work + (" C" if back == 9 else " AES")
    if work == "authenticate 2" and out in (17, 33) and back in (9, 17):
        return work + (" C" if out == 17 else " AES")
    return work


def work_ms(work, out, back, eeprom_ms=EEPROM_MS[0]):
    """What the card itself needs for one exchange."""
    return WORK_MS[work_of(work, out, back)] + (eeprom_ms if work in WRITE_WORK else 0.0)


def exchange_ms(kind, work, out, back, *, rate=106, eeprom_ms=EEPROM_MS[0], frame_size=FRAME_SIZE):
    """One exchange, from the reader's first bit until it may speak again. work: a key of WORK_MS; out, back: bytes without CRC."""
    bits, turns = air_bits(kind, out, back, frame_size)
    return bits * bit_ms(rate) + turns * (CARD_DELAY_MS + READER_DELAY_MS) + work_ms(work, out, back, eeprom_ms)


def exchanges_ms(kind, exchanges, **how):
    """The sum over [(work, out, back), ...] of one presentation; the card is activated already."""
    return sum(exchange_ms(kind, work, out, back, **how) for work, out, back in exchanges)
