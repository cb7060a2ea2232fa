"""The demo as a browser meets it: one `DemoShop`, what happens told to every page, and a hand that lays cards down and takes them away."""

import logging
import threading
import time
from typing import Any

from cardos.errors import StampdError
from host_tools.boards.demo.cards import card_says
from host_tools.daemon.events import Hub
from host_tools.daemon.problems import Problem

log = logging.getLogger("stampd.demo")

DELAY_S = 0.03  # one exchange: a tap takes half a second, so that a person can act in the middle of it
SHOWN_S = 0.9  # how long a card still lies there after the answer
GIVE_UP_S = 12.0
LOG_SHOWN = 10  # lines of the terminal's own notes, for whoever looks for a fault
_STAMPS = "stamps"


class Table:
    """shop: a `DemoShop` made with `on_line=table.on_line`, `told=table.refresh` and set as `table.shop` before anything else is asked.

    hub: where every page hears (events line, power, network, spot, shop, busy, settings; see page.py).
    """

    def __init__(self, interpreter):
        self.interpreter = interpreter
        self.hub = Hub()
        self.shop: Any = None
        self._hand = threading.Lock()  # one hand: it holds one card at a time
        self._lying: str | None = None
        self._busy = 0
        self._said: dict | None = None
        self._board_said: dict[str, int] = {}  # card id: stamps, as the terminal last told
        self._dirty = threading.Event()
        self._closed = False

    def start(self):
        """Begin to work: the board gets its power, the numbers are kept fresh."""
        threading.Thread(target=self._keep_fresh, name="demo numbers", daemon=True).start()
        self.power(True)

    def close(self):
        """End every page's stream and all that runs here; the shop is the caller's."""
        self._closed = True
        self._dirty.set()
        self.hub.close()

    # What the board and the ledger tell

    def on_line(self, line):
        """A line of the board, in its reader's thread."""
        if line.get("say") == "starting":
            self.hub.publish("power", {"on": True, "told": False})
        if "power" in line:
            self.hub.publish("power", {"on": False, "told": True})
            self._dirty.set()
            return
        self.hub.publish("line", line)
        if "say" in line:
            self._said = {"word": line["say"], "facts": line.get("facts") or {}}
            counters = self._said["facts"].get("counters") or {}
            if self._lying is not None and _STAMPS in counters:
                self._board_said[self._lying] = counters[_STAMPS]
            self._dirty.set()

    def refresh(self):
        """Something has changed that the numbers show; from any thread."""
        self._dirty.set()

    def _keep_fresh(self):
        while not self._closed:
            self._dirty.wait()
            self._dirty.clear()
            if self._closed:
                return
            try:
                self.hub.publish("shop", self._numbers())
            except StampdError as trouble:
                log.warning("%s %s", trouble.message, trouble.hint)
            time.sleep(0.15)  # a row of taps is shown often enough

    # All of it

    def shape(self):
        """Everything that a page shows; see board/main.js."""
        board = self.shop.board
        return {
            "interpreter": self.interpreter, "power": {"on": board.is_on}, "network": {"on": self.shop.is_plugged}, "frame": board.frame, "light": board.light,
            "said": self._said, "lying": self._lying, "busy": self._busy, "settings": self.shop.chosen(), "shop": self._numbers(),
            "log": board.log[-LOG_SHOWN:],
        }  # fmt: skip

    def _numbers(self):
        shop = self.shop
        return {"today": shop.today(), "journal": shop.journal_numbers(), "cards": [self._card(card) for card in shop.cards]}

    def _card(self, card):
        if not card.ours:
            return {"id": card.id, "label": card.label, "family": card.family, "ours": False}
        said, row = card_says(self.shop.home, card.chip), self.shop.home.store.card(card.family, card.uid)
        names = self.shop.counter_names()
        held = {} if row is None else {names[key]: pair[0] for key, pair in row.counters.items() if key in names}
        return {
            "id": card.id, "label": card.label, "family": card.family, "ours": True, "on_card": None if said is None else said[0].get(_STAMPS),
            "board": self._board_said.get(card.id), "ledger": held.get(_STAMPS), "in_doubt": bool(self.shop.home.store.doubts(card.family, card.uid)),
        }  # fmt: skip

    # What a person does

    def press(self, button):
        """Press a button of the terminal."""
        self.shop.board.press(button)

    def power(self, on):
        """Put the power plug in, or pull it. Pulling never waits."""
        if not on:
            self.shop.board.pull_power()
            return
        if self.shop.board.is_on:
            return
        self.shop.reader.drain()
        self.shop.board.power()
        self.hub.publish("power", {"on": True, "told": True})

    def network(self, on):
        """Plug the network in, or pull it."""
        (self.shop.plug if on else self.shop.unplug)()
        self.hub.publish("network", {"on": self.shop.is_plugged, "told": True})

    def choose(self, language, mode):
        """The terminal's language and mode; it gets them with its next sync."""
        self.shop.choose(language, mode)
        self.hub.publish("settings", self.shop.chosen())

    def hold(self, card_id, mishap=None):
        """Hold a card to the terminal; it is taken away after the answer. mishap: None, "card" or "power". Problem 404, 409."""
        card = next((one for one in self.shop.cards if one.id == card_id), None)
        if card is None:
            raise Problem(404, "CARD_UNKNOWN", "The demo has no such card.", "GET /board/state lists them.")
        if not self._hand.acquire(blocking=False):
            raise Problem(409, "HAND_FULL", "A card is held to the terminal already.", "Wait until it is taken away.")
        threading.Thread(target=self._held, args=(card, mishap), name="demo hand", daemon=True).start()

    def _held(self, card, mishap):
        try:
            self._present(card, mishap, SHOWN_S)
        finally:
            self._hand.release()

    def _present(self, card, mishap, shown_s):
        shop, after = self.shop, self.shop.board.number
        self._lying = card.id
        self.hub.publish("spot", {"card": card.id})
        try:
            shop.lay(card, (mishap, card.middle(), "answer-lost") if mishap else None)
            if shop.board.is_on:
                shop.answer(after, GIVE_UP_S)
            time.sleep(shown_s)
        finally:
            shop.reader.remove()
            self._lying = None
            self.hub.publish("spot", {"card": None})
            self._dirty.set()

    def busy_hour(self, count):
        """So many taps in a row, card after card. Problem 409 while a card is held."""
        if not self._hand.acquire(blocking=False):
            raise Problem(409, "HAND_FULL", "A card is held to the terminal already.", "Wait until it is taken away.")
        threading.Thread(target=self._row, args=(count,), name="demo hand", daemon=True).start()

    def _row(self, count):
        spot, cards = self.shop.reader.spot, [card for card in self.shop.cards if card.ours]
        before, spot.delay_s = spot.delay_s, 0.0
        try:
            for n in range(count):
                if self._closed or not self.shop.board.is_on:
                    break
                self._busy = count - n
                self.hub.publish("busy", {"left": self._busy})
                self._present(cards[n % len(cards)], None, 0)
        finally:
            spot.delay_s, self._busy = before, 0
            self._hand.release()
            self.hub.publish("busy", {"left": 0})


