"""Show what a card holds. Never writes, proves no key that may write, settles nothing."""

from cardos.exchange import Done, NotOurs, Refused
from cardos.taps.open_card import open_card


def read(terms):
    """Generator: Done with the card's face, Refused (READ_AGAIN, STALE_CARD, NEEDS_REPAIR) or NotOurs."""
    card = yield from open_card(terms, change=False)
    if isinstance(card, (NotOurs, Refused)):
        return card
    yield from card.held.leave()
    return Done(None, card.describe(), [], None)
