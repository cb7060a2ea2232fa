"""A card with a doubt came back and nobody wishes anything: end the doubt, start nothing new (docs/card-format.md, section 6)."""

from cardos.exchange import Done, NotOurs, Refused, refused
from cardos.taps.open_card import open_card
from cardos.taps.sell import unfinished_issue
from cardos.taps.settle import settle_doubts


def settle_only(terms):
    """Generator: settle what this card can tell. Returns Done (without an entry), Refused or NotOurs; CardLost passes."""
    card = yield from open_card(terms)
    if isinstance(card, (NotOurs, Refused)):
        return card
    if unfinished_issue(card):
        return refused("ISSUE_NOT_FINISHED", card.describe())
    yield from settle_doubts(card)
    return Done(None, card.describe(), card.settled, None)
