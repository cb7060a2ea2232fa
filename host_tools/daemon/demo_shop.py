"""The demo shop: a soft reader, a few virtual cards, and hands that lay them down and pull them away.

The cards are complete soft NTAG215: what the demo shows is the product, only the plastic is missing.
"""

import threading

from cardos.errors import BadInput
from cardos.soft_cards.registry import new_card
from cardos.soft_cards.tears import MODES
from host_tools.daemon.counter import Counter
from host_tools.daemon.problems import Problem
from host_tools.readers.soft import SoftReader

DELAY_S = 0.06  # one exchange: a tap takes most of a second, so that a person can pull the card away in the middle
READER = "Soft reader"
CARDS_MAX = 60
_FAMILY = "ntag215"
_LABELS = ("Anna", "Boris", "Carla", "Dmitri", "Elza", "Farid", "Greta", "Hugo")


class VirtualCard:
    """One card of the demo. label: whose it is."""

    def __init__(self, number, label):
        self.id = "card-%d" % number
        self.label = label
        self.chip = new_card(_FAMILY, uid_of(number))

    @property
    def is_blank(self):
        """True while no issuer block stands on it."""
        return self.chip.state()["pages"][0x0C] == "00000000"


def uid_of(number):
    """The UID of the demo's card with this number: 04 5D E0 … as a real one begins with its maker's byte."""
    return b"\x04\x5d\xe0" + number.to_bytes(4, "big")


class DemoShop:
    """The hand and its cards. `join` a shop before anything is presented."""

    def __init__(self, delay_s=DELAY_S):
        self.reader = SoftReader(READER)
        self.delay_s = delay_s
        self._cards = {}
        self._lock = threading.Lock()
        self._lying = None  # the chip on the reader

    def join(self, shop):
        """The reader goes to work in the shop, at a person's pace from now on."""
        self.reader.delay_s = self.delay_s
        shop.add_counter(Counter(shop, self.reader))

    def add(self, label=None):
        """A new blank `VirtualCard`. BadInput when there are too many."""
        with self._lock:
            if len(self._cards) >= CARDS_MAX:
                raise Problem(409, "TOO_MANY_CARDS", "The demo has %d cards already." % CARDS_MAX, "Use one of those.")
            number = len(self._cards) + 1
            card = VirtualCard(number, label or (_LABELS[number - 1] if number <= len(_LABELS) else "Card %d" % number))
            self._cards[card.id] = card
            return card

    def card(self, card_id):
        """Problem 404 when there is none."""
        card = self._cards.get(card_id)
        if card is None:
            raise Problem(404, "CARD_UNKNOWN", "The demo has no such card.", "GET /api/v1/demo lists them.")
        return card

    def new_card(self):
        return self._shape(self.add())

    def present(self, card_id, pull_after=None, mode="answer-lost"):
        """Lay a card on the reader, after taking away what lies there. pull_after: the exchange at which it leaves."""
        card = self.card(card_id)
        if mode not in MODES:
            raise BadInput("There is no tear mode %r." % mode, "Modes: " + " ".join(MODES), "MODE_UNKNOWN")
        with self._lock:
            self.reader.remove()
            if pull_after is not None:
                self.reader.pull_after(pull_after, mode)
            self._lying = card.id
            self.reader.put(card.chip)

    def remove(self):
        """Pull whatever lies there away, now."""
        with self._lock:
            self._lying = None
            self.reader.remove()

    def shape(self):
        """{"cards": [{"id", "label", "uid", "blank", "on_reader"}], "delay_ms"}"""
        return {"cards": [self._shape(card) for card in list(self._cards.values())], "delay_ms": round(self.delay_s * 1000)}

    def _shape(self, card):
        state, _ = self.reader.status()
        on_reader = self._lying == card.id and state == "card"
        return {"id": card.id, "label": card.label, "uid": card.chip.uid.hex().upper(), "blank": card.is_blank, "on_reader": on_reader}
