"""A card as its selection showed it (ISO/IEC 14443-3), and what that tells of it."""

from collections import namedtuple

from cardos.errors import CardLost, ReaderCannot
from cardos.exchange import CLASSIC, ISO_DEP, OTHER, TYPE2

PRESENT_AGAIN = "Present the card again."

# uid: 4, 7 or 10 bytes. sak: the last SAK, an int. atqa: 2 bytes in the order on air. ats: bytes with their length byte, b"" without.
# kind: TYPE2, ISO_DEP, CLASSIC or OTHER.
Selected = namedtuple("Selected", ["uid", "sak", "atqa", "ats", "kind"])


def kind_of_sak(sak):
    """The kind of card from the last SAK (ISO/IEC 14443-3 table 9, NXP AN10833): bit 6 is ISO-DEP, bit 4 is Classic."""
    if sak & 0x20:
        return ISO_DEP
    if sak & 0x08:
        return CLASSIC
    return OTHER if sak else TYPE2


def card_lost(what):
    """CardLost with the usual advice; `what` is a plain sentence without any frame bytes."""
    return CardLost(what, PRESENT_AGAIN)


def not_on_this_chip():
    """ReaderCannot for cards that no board's chip carries (Classic needs a cipher in the reader)."""
    return ReaderCannot("This kind of card is not read by a board.", "Use a PC/SC reader for this card.", "FAMILY_NOT_ON_THIS_READER")
