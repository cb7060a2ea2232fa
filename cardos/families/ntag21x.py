"""NTAG213, NTAG215, NTAG216: where things are on the chip (data sheet NTAG213/215/216, section 8.5).

The chip is told from its capability container alone (page 3, byte 2), which the first read of a tap brings anyway; no
GET_VERSION is spent on it. What proves a card is the MAC in its issuer block, never a version byte.
"""

from collections import namedtuple

Chip = namedtuple("Chip", ["family", "capacity_byte", "last_user_page", "dynamic_lock_page", "config_page"])

CHIPS = (
    Chip("ntag213", 0x12, 0x27, 0x28, 0x29),
    Chip("ntag215", 0x3E, 0x81, 0x82, 0x83),
    Chip("ntag216", 0x6D, 0xE1, 0xE2, 0xE3),
)

HEADER_PAGES = 4  # UID, internal, locks, capability container
PAGE_LOCKS = 2
PAGE_CC = 3
PAGE_NDEF = 0x04
NDEF_SIZE = 32
PAGE_ISSUER = 0x0C
PAGE_SLOTS = 0x10

CC_READ_ONLY = 0x0F  # write access nibble "none": phones neither format nor overwrite the link
LOCK_CC_AND_ISSUER = b"\x08\xf0"  # static lock bytes: capability container, pages 0Ch..0Fh

_CASCADE_TAG = 0x88
ACCESS_WRITE_PROTECTED = 0x00  # PROT 0: password for writing only; CFGLCK 0; AUTHLIM 0: else any phone can lock the card


def chip_of(header):
    """The `Chip` whose first 4 pages these 16 bytes are, or None (another chip, or the UID's check bytes do not fit)."""
    if header[12] != 0xE1 or uid_of(header) is None:
        return None
    for chip in CHIPS:
        if header[14] == chip.capacity_byte:
            return chip
    return None


def uid_of(header):
    """The 7-byte UID in pages 0 to 2, or None when BCC0 or BCC1 does not fit (ISO/IEC 14443-3 section 6.5.4)."""
    bcc0 = header[0] ^ header[1] ^ header[2] ^ _CASCADE_TAG
    bcc1 = header[4] ^ header[5] ^ header[6] ^ header[7]
    if header[3] != bcc0 or header[8] != bcc1:
        return None
    return bytes(header[:3]) + bytes(header[4:8])


def config_protected_from(config, auth0):
    """CFG0 as delivered or found, with AUTH0 set: 4 bytes. Mirror stays off."""
    return bytes([config[0] & 0x04, 0, 0, auth0])
