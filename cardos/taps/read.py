"""Show what a card holds. Never writes, proves no key that may write, settles nothing."""

from cardos.exchange import Done, NotOurs, Refused
from cardos.taps.afterwards import look_behind
from cardos.taps.open_card import open_card


def read(terms, verify=None, past=False):
    """Generator: Done with the card's face, Refused (READ_AGAIN, STALE_CARD, NEEDS_REPAIR) or NotOurs.

    verify, past: what else is wanted of the card, as `afterwards.look_behind` takes it; its `Found` is the open card's `found`.
    """
    card = yield from open_card(terms, change=False)
    if isinstance(card, (NotOurs, Refused)):
        return card
    card.found = yield from look_behind(card, verify, past)
    yield from card.held.leave()
    return Done(None, card.describe(), [], None)
