"""A card as its selection showed it (ISO/IEC 14443-3), and what that tells of it."""

from collections import namedtuple

from cardos.errors import CardLost, ReaderCannot

PRESENT_AGAIN = "Present the card again."

# uid: 4, 7 or 10 bytes. sak: the last SAK, an int. atqa: 2 bytes in the order on air. ats: bytes with their length byte, b"" without.
# kind: TYPE2, ISO_DEP, CLASSIC or OTHER.
Selected = namedtuple("Selected", ["uid", "sak", "atqa", "ats", "kind"])


def card_lost(what):
    """CardLost with the usual advice; `what` is a plain sentence without any frame bytes."""
    return CardLost(what, PRESENT_AGAIN)


def not_on_this_chip():
    """ReaderCannot for cards that no board's chip carries (Classic needs a cipher in the reader)."""
    return ReaderCannot("This kind of card is not read by a board.", "Use a PC/SC reader for this card.", "FAMILY_NOT_ON_THIS_READER")
