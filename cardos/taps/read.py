"""Show what a card holds. Never writes, asks for no password, settles nothing."""

from cardos.exchange import Done, NotOurs, Refused
from cardos.taps.open_card import open_card


def read(terms):
    """Generator: Done with the card's face, Refused (READ_AGAIN, STALE_CARD, NEEDS_REPAIR) or NotOurs."""
    card = yield from open_card(terms)
    if isinstance(card, (NotOurs, Refused)):
        return card
    return Done(None, card.describe(), [], None)
