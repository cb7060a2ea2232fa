"""A card with a doubt came back and nobody wishes anything: end the doubt, start nothing new (docs/card-format.md, section 6)."""

from cardos.exchange import Done
from cardos.taps.open_card import OpenCard
from cardos.taps.settle import open_settled


def settle_only(terms):
    """Generator: settle what this card can tell. Returns Done (without an entry), Refused or NotOurs; CardLost passes."""
    card = yield from open_settled(terms)
    if not isinstance(card, OpenCard):
        return card
    return Done(None, card.describe(), card.settled, None)
