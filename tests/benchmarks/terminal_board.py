"""A board on the bench: the firmware on MicroPython's unix port as a process, an emulated PN532 or MFRC522, soft cards, a shop.

    with BenchBoard(folder) as bench:
        bench.issue("ntag215")
        bench.power()
        tap = bench.tap("earned")
        bench.heap()

The board has no network, so its clock stands at the minute of its certificate; cards are issued a day and seven minutes before.
"""

import json
import sys
import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta

from cardos.records.certificate import trusted_certificate
from cardos.soft_cards.registry import new_card
from host_tools.boards.demo.board_process import HEAP, BoardProcess
from host_tools.boards.demo.demo_reader import DemoReader
from host_tools.boards.demo.demo_shop import BETWEEN
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.making import make_board
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.soft import SoftReader
from host_tools.settings import Settings
from tests.benchmarks.one_card import STAMPS_NEEDED, STEP, UID

ANSWER_S = 20.0
MAC_SIZE = 16  # behind a kept file
MINUTE_0 = datetime(2026, 1, 1, tzinfo=UTC)
READ_PAGE_0 = b"\x30\x00"  # how a board looks whether a Type 2 card still lies there; no tap reads that page so
OPTIONS = 'mode = "stamp"\namount = 450\nguard_s = 0\nlimits = false\nquiet = true\n[sync]\nhow = "none"\n'
FAMILIES = ("ntag215", "ultralight-aes", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2")  # one of each protocol

# The day of a card at the board, as `exchanges.DAY` has it: (label there, what is pressed, what it says, the wish at the host).
DAY = (
    ("first earn", None, "earned", Wish(kind="sell", amount=450)),
    ("earn", None, "earned", Wish(kind="sell", amount=450)),
    (None, None, "offer", Wish(kind="sell", amount=450)),
    ("redeem", "redeem", "redeemed", Wish(kind="redeem")),
    ("undo", "undo", "undone", Wish(kind="undo")),
)

# frames: how many reached the card in a presentation, without looks whether it is still there.
Tap = namedtuple("Tap", ["word", "facts", "frames"])


class Heard:
    """A soft card whose frames are counted."""

    def __init__(self, card):
        self.card, self.frames = card, []
        transceive = card.transceive

        def heard(frame):
            self.frames.append(bytes(frame))
            return transceive(frame)

        card.transceive = heard

    def count(self):
        """How many frames a tap had; the looks behind it are left out."""
        frames, self.frames = self.frames, []
        while frames and frames[-1] == READ_PAGE_0:
            frames.pop()
        return len(frames)


class BenchBoard:
    """One shop, one board, one card at a time. Closed with `close`, or used in a `with`."""

    def __init__(self, folder, chip="pn532", heap=HEAP, command=None):
        """heap: MicroPython's. command: what is run instead of the desk board's processor, a list that the board's folder follows."""
        make_test_keys(folder / "shop")
        self.home = Home.open(folder / "shop", settings=Settings(counters=1, stamps_needed=STAMPS_NEEDED))
        self.reader = DemoReader(folder / "reader", chip)
        self.device = FolderDevice(folder / "board")
        options = folder / "shop" / "boards"
        options.mkdir()
        number = self.home.store.boards.next_terminal()
        (options / ("%d.toml" % number)).write_text(OPTIONS)
        make_board(self.home, self.device, "counter", board="desk")
        self.device.write("/data/desk.json", json.dumps({"reader": self.reader.named, "gone_every_ms": 5}).encode())
        self._folder, self._number, self._fresh = folder, number, 0
        self.begun = MINUTE_0 + timedelta(minutes=trusted_certificate(self.device.read("/data/kept/certificate")[:-MAC_SIZE])["from"])
        self._twin = None
        self._errors = open(folder / "errors", "w")
        self._told, self._change = [], threading.Condition()
        self.board = BoardProcess(folder / "board", on_line=self._hear, errors=self._errors)
        self.board._command = [*(command or [sys.executable, "-m", "host_tools.boards.desk_interpreter"]), str(folder / "board"), "-X", "heapsize=" + heap]
        self.heard = None

    def close(self):
        self.board.close()
        self._errors.close()
        self.reader.close()
        self.home.close()
        if self._twin is not None:
            self._twin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def complaint(self):
        """What went wrong, for whoever reads a failed run."""
        return "%s\n%s\n%s" % (self.board.said()[-3:], self.board.log[-5:], (self._folder / "errors").read_text()[-800:])

    # The shop

    def issue(self, family):
        """A new card of the family lies in the hand; nothing is written to it by a board yet."""
        self._fresh += 1
        card = new_card(family, UID[:-1] + bytes([self._fresh]))
        self.home.clock = lambda: self.begun - STEP
        self._at(TapDesk(self.home), card, Wish(kind="issue"))
        self.heard = Heard(card)

    def twin(self):
        """(desk, card) of a till with the board's number, at its minute, with a copy of the card."""
        from cardos.soft_cards.registry import load_card

        if self._twin is None:
            make_test_keys(self._folder / "twin")
            settings = Settings(terminal=self._number, counters=1, stamps_needed=STAMPS_NEEDED)
            self._twin = Home.open(self._folder / "twin", settings=settings, test_now=self.begun)
        return TapDesk(self._twin), load_card(json.loads(json.dumps(self.heard.card.state())))

    def host_exchanges(self, desk, card, wish):
        """How many exchanges a tap has at the till."""
        return self._at(desk, card, wish)["exchanges"]

    @staticmethod
    def _at(desk, card, wish):
        reader = SoftReader()
        reader.put(card)
        answer = desk.perform(wish, reader, wait_s=0)
        reader.remove()
        if answer["outcome"] != "done":
            raise AssertionError(answer)
        return answer

    # The board

    def power(self, timeout_s=ANSWER_S):
        """Give it power and wait until it is ready."""
        self.reader.drain()
        after = self.board.number
        self.board.power()
        if self.board.wait_for(("idle",), after, timeout_s) is None:
            raise AssertionError(self.complaint())

    def pull_power(self):
        self.board.pull_power()

    def tap(self, expected, press=None, timeout_s=ANSWER_S):
        """Hold the card to the board until it answers: a `Tap`. press: a button before it."""
        after = self.board.number
        if press:
            self.board.press(press)
            if self.board.wait_for(("idle",), after, timeout_s) is None:
                raise AssertionError(self.complaint())
            after = self.board.number
        self.heard.frames = []
        self.reader.put(self.heard.card)
        said = self.board.wait_for_other(BETWEEN, after, timeout_s)
        self.reader.remove()
        was_missed = self.reader.spot.wait_until_missed(timeout_s) or self.reader.chip == "mfrc522"  # whose field does not tell who looked
        if said is None or said.word != expected or not was_missed:
            raise AssertionError("%r %s" % (said, self.complaint()))
        return Tap(said.word, said.facts, self.heard.count())

    def heap(self):
        """Bytes alive on the board's heap now, after a collection."""
        self.board._tell({"heap": True})
        return self.next_line("heap")[0]

    def next_line(self, word, timeout_s=ANSWER_S):
        """The next line of the board with this word in it, taken out."""
        with self._change:
            found = self._change.wait_for(lambda: [line for line in self._told if word in line], timeout_s)
            if not found:
                raise AssertionError("the board does not say %r\n%s" % (word, self.complaint()))
            self._told.remove(found[0])
        return found[0][word]

    def _hear(self, line):
        if "heap" in line or "marks" in line:
            with self._change:
                self._told.append(line)
                self._change.notify_all()


def row_of(family):
    """The name of a family's row in the committed table of exchanges, as its board meets it."""
    if family.startswith("ntag21"):
        return "ntag215, n=1, password, FAST_READ, equal pages skipped"
    return "%s, n=1%s" % (family, ", equal pages skipped" if family.startswith("ultralight") else "")
