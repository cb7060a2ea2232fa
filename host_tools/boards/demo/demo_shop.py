"""The demo's whole table: a shop with TEST keys, a board provisioned for it, cards, and the cables that a person may pull.

    shop.plug(), shop.unplug()            the network between board and shop
    shop.board.power(), .pull_power()     the board's power
    shop.hold(card, mishap)               one card held to the board until it has said what became of it
"""

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cardos.errors import StampdError
from cardos.offers.standing import counter_names
from host_tools.boards.demo.board_process import BoardProcess
from host_tools.boards.demo.cards import card_says, issue_cards
from host_tools.boards.demo.demo_board import LOOPBACK, make_demo_board, write_options
from host_tools.boards.demo.demo_reader import DemoReader
from host_tools.boards.demo.flash_journal import lines_written
from host_tools.boards.demo.spot import Mishap
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.line_server import LineServer
from host_tools.boards.sync_desk import SyncDesk
from host_tools.daemon.tap_desk import TapDesk
from host_tools.home import Home
from host_tools.settings import Settings

ANSWER_S = 10.0  # a busy machine; a tap takes a tenth of a second

MISSED_S = 2.0  # until the board has seen that the card is gone; it looks every few milliseconds

# What a board says while it is not answering a card.
BETWEEN = ("idle", "reading", "starting", "amount", "updating", "reader_gone")


class DemoTrouble(StampdError):
    code = "DEMO_FAILED"


class DemoShop:
    """Everything in one temporary folder. Closed with `close`, or used in a `with`."""

    def __init__(self, folder, *, reader="pn532", delay_s=0.0, on_line=None, told=None, restarts=False):
        """reader: a chip of `demo_reader`. delay_s: the time of an exchange. on_line, restarts: as `BoardProcess`; told(): the ledger has
        heard something."""
        self.folder = Path(folder)
        self._told = told
        self._plug_lock = threading.Lock()
        self._line: LineServer | None = None
        self.board: Any = None  # a `BoardProcess`, once the rest stands
        self._port = 0
        self._chosen = {"language": "en", "mode": "stamp"}
        with ExitStack() as opened:
            self.home = _new_home(self.folder / "shop")
            opened.callback(self.home.close)
            self.cards = issue_cards(TapDesk(self.home))
            self.reader = opened.enter_context(DemoReader(self.folder / "reader", reader, delay_s))
            self.plug()
            opened.callback(self.unplug)
            self.device = FolderDevice(self.folder / "board")
            self.terminal = make_demo_board(self.home, self.device, self._port, self.reader.named)
            self._errors = opened.enter_context(open(self.folder / "board.errors", "w", encoding="utf-8"))
            self.board = BoardProcess(self.device.folder, on_line=on_line, errors=self._errors, restarts=restarts)
            opened.callback(self.board.close)
            self._opened = opened.pop_all()

    def close(self):
        """Stop everything; the folder is the caller's."""
        self._opened.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Cables

    @property
    def is_plugged(self):
        """Whether the board reaches the shop."""
        return self._line is not None

    def plug(self):
        """Connect board and shop."""
        with self._plug_lock:
            if self._line is None:
                line = LineServer(SyncDesk(self.home, self._told), LOOPBACK, self._port)
                line.start()
                self._line, self._port = line, line.port
        if self.board is not None:
            self.board.network(True)

    def unplug(self):
        """Pull the network cable."""
        with self._plug_lock:
            if self._line is not None:
                self._line.stop()
                self._line = None
        if self.board is not None:
            self.board.network(False)

    def power(self):
        """Give the board its power and wait until it is ready for a card. Raises DemoTrouble."""
        self.reader.drain()
        after = self.board.number
        self.board.power()
        if self.board.wait_for(("idle",), after, ANSWER_S) is None:
            raise DemoTrouble("The terminal did not start.", self.complaint())

    def complaint(self):
        """The last of what the interpreter complained of, "" for nothing."""
        self._errors.flush()
        said = (self.folder / "board.errors").read_text("utf-8").strip().splitlines()[-4:]
        return " / ".join([*self.board.log[-3:], *said])

    # A hand with a card

    def lay(self, card, spoilt=None):
        """Lay a card down. spoilt: None, or (what leaves: "card" or "power", when: as `Mishap.at`, the tear mode)."""
        mishap = None
        if spoilt is not None:
            what, at, mode = spoilt
            mishap = Mishap(at, mode, self.board.pull_power if what == "power" else None)
        self.reader.put(card.chip, mishap)

    def hold(self, card, spoilt=None, timeout_s=ANSWER_S):
        """Hold a card to the board until it answers, take it away, and wait until the board has seen that: its `Said`, or None when the power
        went. Raises DemoTrouble."""
        after = self.board.number
        self.lay(card, spoilt)
        said = self.answer(after, timeout_s)
        self.reader.remove()
        if said is None and self.board.is_on:
            raise DemoTrouble("The terminal did not answer %s's card." % card.label, self.complaint())
        if said is not None:
            self.reader.spot.wait_until_missed(MISSED_S)
        return said

    def answer(self, after, timeout_s):
        """The first thing behind number `after` that the board said of a card; None when there was none."""
        return self.board.wait_for_other(BETWEEN, after, timeout_s)

    # What everybody knows

    @property
    def journal_folder(self):
        """Where the board keeps its journal."""
        return self.folder / "board" / "data" / "journal"

    def card_says(self, card):
        """See `cards.card_says`."""
        return card_says(self.home, card.chip)

    def counter_names(self):
        """{"1": "stamps"}: how the pack calls the counters of the ledger's rows."""
        return {str(key): name for key, name in counter_names(self.home.pack).items()}

    def lines_told(self):
        """How many lines of the board's journal the ledger has."""
        return self.home.store.boards.of(self.terminal).lines

    def journal_numbers(self):
        """{"lines", "stored", "waiting"}: written by the board, in the ledger, on the way."""
        stored = self.lines_told()
        lines = lines_written(self.journal_folder)
        lines = stored if lines is None else max(lines, stored)
        return {"lines": lines, "stored": stored, "waiting": lines - stored}

    def today(self):
        """The till's numbers of today."""
        return self.home.store.today(self.home.local_day())

    # The terminal's settings

    def chosen(self):
        """{"language", "mode"} as they were chosen here."""
        return dict(self._chosen)

    def choose(self, language, mode):
        """The board gets them with its next sync."""
        self._chosen = {"language": language, "mode": mode}
        write_options(self.home, self.terminal, self._port, language, mode)


def _new_home(path):
    from host_tools.provisioning.new_keys import make_test_keys

    make_test_keys(path)
    return Home.open(path, settings=Settings(shop="Corner Coffee"))
