"""The demo's cards: one of each family that a board reads, and one that is nobody's; and what a card says of itself."""

from cardos.errors import StampdError
from cardos.exchange import UNKNOWN_CARD, Done, Presentation
from cardos.offers.standing import counter_names
from cardos.soft_cards.registry import load_card, new_card
from cardos.tap_runner import run
from cardos.taps.read import read
from host_tools.daemon.wishes import Wish
from host_tools.readers.soft import SoftReader

# label, family, stamps from the paper card.
OURS = (("Anna", "ntag215", 2), ("Boris", "ntag424", 7), ("Carla", "desfire-ev2", 9), ("Dmitri", "ultralight-aes", 4))
STRANGER = ("A tram card", "ntag215")

# Frames that are in the middle of writing a stamp: how they begin, and which of them it is. The fifth page of nine; the one write frame of an
# NTAG 424 DNA; the commit of a DESFire.
_MIDDLES = {"ntag215": ((b"\xa2",), 5), "ultralight-aes": ((b"\xa2",), 5), "ntag424": ((b"\x90\x8d", b"\x90\x3d"), 1), "desfire-ev2": ((b"\x90\xc7",), 1)}


class DemoCard:
    """One soft card. number: from 1. ours: whether it was issued here."""

    def __init__(self, number, label, family, ours):
        self.id, self.label, self.family, self.ours = "card-%d" % number, label, family, ours
        self.chip = new_card(family, b"\x04\xb0\xa2" + number.to_bytes(4, "big"))

    @property
    def uid(self):
        return bytes(self.chip.uid)

    def middle(self):
        """A function of a frame that says True once in a presentation: in the middle of the tap's writing. For `spot.Mishap`."""
        begins, left = _MIDDLES[self.family]

        def is_middle(frame):
            nonlocal left
            left -= bytes(frame).startswith(begins)
            return left == 0

        return is_middle


def issue_cards(desk):
    """The demo's cards, issued with the home's keys. desk: the home's `TapDesk`. Raises StampdError when one cannot be issued."""
    cards = [DemoCard(place, label, family, True) for place, (label, family, _) in enumerate(OURS, 1)]
    for card, (_, _, stamps) in zip(cards, OURS):
        reader = SoftReader()
        reader.put(card.chip)
        answer = desk.perform(Wish(kind="issue", opening={"stamps": stamps}, reason="paper card"), reader, wait_s=0)
        if answer["outcome"] != "done":
            raise StampdError("The demo's card %s was not issued: %s" % (card.label, answer["message"]), "Please report this.")
    return [*cards, DemoCard(len(cards) + 1, STRANGER[0], STRANGER[1], False)]


class _Stranger:
    """The desk of a reader that knows nothing: what is read is the card's own word."""

    def familiar(self, found):
        return Presentation(found.kind, found.uid, found.ats, found.family, None)

    def recall(self, family, uid):
        return UNKNOWN_CARD

    def ledger_state(self, family, uid):
        return None

    def case(self, case):
        """Nobody to tell."""


def card_says(home, chip):
    """({counter name: value}, sequence, first 4 bytes of the newest record's MAC) as a soft card itself says, read as a reader would on a copy of
    it; None when it says nothing of ours."""
    reader = SoftReader()
    reader.put(load_card(chip.state()))
    with reader.wait_for_card(0) as link:
        outcome = run(read(home.terms()), link, _Stranger())
    if not isinstance(outcome, Done) or outcome.card is None:
        return None
    names, face = counter_names(home.pack), outcome.card
    return {names[key]: value for key, (value, _) in face.counters.items() if key in names}, face.sequence, bytes(face.opened.slots.newest.mac[:4])
