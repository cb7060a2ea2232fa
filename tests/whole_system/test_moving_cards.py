"""Cards that move freely between a board, a PC/SC reader and an nfcpy reader of one shop: the real firmware with its emulated PN532, Debian's
pcscd with vpcd, and nfcpy's driver on another emulated PN532.

Three cards are at the three places at once and change places at each step; a card's memory is one file that the next place opens. Ten
rounds, with rewards, sales taken back, and taps torn at each place, which settle there: some at once, some after the card has been
elsewhere. After every step what was told, the card itself and our own count are equal; at the end the ledger too, which heard the board's
part through the line server meanwhile.
"""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from host_tools.boards.demo.agreement import differences, flash_of
from host_tools.boards.demo.demo_reader import Stop
from host_tools.boards.demo.demo_shop import ANSWER_S, MISSED_S, DemoShop
from host_tools.boards.demo.spot import Mishap
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.soft_hardware import faces
from host_tools.soft_hardware.card_file import CardFile
from host_tools.soft_hardware.pn532 import Pn532Server
from host_tools.soft_hardware.vpcd import VpcdServer
from tests import needs, soft_lab
from tests.readers.conftest import private_pcscd

ROUNDS = 10
WAIT_S = 15.0
DRAIN_S = 20.0
MOVING = ("ntag215", "ntag424", "desfire-ev2")
REWARD, PRICE = 10, 350
WRITES = (b"\xa2", b"\x90\x8d", b"\x90\xc7")  # a page; an NTAG 424's record; a DESFire's commit
SELL, REDEEM, UNDO, TORN = "sell", "redeem", "undo", "torn"


class Card:
    """One card's file, and how many stamps it must hold."""

    def __init__(self, shop, demo_card, path):
        self._shop, self.demo_card, self.path = shop, demo_card, path
        self.family = demo_card.family
        CardFile.create(path, demo_card.chip)
        self.stamps = self.says()

    def memory(self):
        return soft_lab.memory(self.path)

    def says(self):
        """The stamps that the card itself says."""
        self.demo_card.chip = self.memory()
        return self._shop.card_says(self.demo_card)[0]["stamps"]


class BoardPlace:
    """The board: its answers are words on the display."""

    name = terminal = "board"

    def __init__(self, shop):
        self._shop = shop

    def tap(self, card, wish, tear=None):
        """(what was done, stamps told or None, writes of the tap). tear: None, or (number of the write at which it leaves, mode)."""
        board, reader, writes = self._shop.board, self._shop.reader, []
        if wish in (REDEEM, UNDO):
            after = board.number
            board.press(wish)
            assert board.wait_for(("idle",), after, ANSWER_S), self._shop.complaint()

        def watch(frame):
            writes.extend([1] if bytes(frame).startswith(WRITES) else [])
            return tear is not None and bool(writes) and len(writes) == tear[0] and bytes(frame).startswith(WRITES)

        after = board.number
        with CardFile(card.path) as file:
            reader.put(file.card, Mishap(watch, tear[1] if tear else "not-sent", None))
            said = self._shop.answer(after, ANSWER_S)
            reader.remove()
            assert said is not None, self._shop.complaint()
            assert reader.spot.wait_until_missed(MISSED_S)
        done = {"earned": "done", "offer": "done", "redeemed": "done", "undone": "done", "in_doubt_reward": "in_doubt"}.get(said.word, said.word)
        return done, said.facts.get("counters", {}).get("stamps"), len(writes)


class HomePlace:
    """A reader of the shop's own machine. present(file, tears): the card lies there meanwhile."""

    terminal = "home"

    def __init__(self, shop, name, reader, present):
        self._shop, self.name, self._reader, self._present = shop, name, reader, present

    def tap(self, card, wish, tear=None):
        """As the board's; what is counted are exchanges."""
        with self._present(card.path, [tear] if tear else []):
            asked = Wish(kind=wish, amount=PRICE) if wish == SELL else Wish(kind=wish)
            answer = TapDesk(self._shop.home).perform(asked, self._reader, wait_s=WAIT_S)
        if answer["outcome"] == "done" and answer["settled"]:
            return "settled and done", answer["counters"]["stamps"], answer["exchanges"]
        return answer["refused"] or answer["outcome"], (answer["counters"] or {}).get("stamps"), answer["exchanges"]


@contextlib.contextmanager
def lying(served, make_server):
    """A card served by a thread of its own; gone at the end."""
    ready, stop = threading.Event(), Stop()
    thread = threading.Thread(target=make_server(served, stop, ready.set).run, daemon=True)
    thread.start()
    try:
        assert ready.wait(WAIT_S)
        yield
    finally:
        stop.set()
        thread.join(WAIT_S)
        stop.close()
        served.close()


@contextlib.contextmanager
def the_places(shop, folder):
    """Board, PC/SC reader, nfcpy reader."""
    from host_tools.readers.nfcpy_link import NfcpyReader
    from host_tools.readers.pcsc import PcscReader

    line = str(folder / "serial")

    def on_serial(path, tears):
        return lying(faces.served_on_pn532(path, tears=tears), lambda served, stop, ready: Pn532Server(served, line, stop=stop, on_ready=ready))

    with private_pcscd(["Lane 0"]) as pcscd:

        def on_pcsc(path, tears):
            return lying(
                faces.served_on_vpcd(path, tears=tears),
                lambda served, stop, ready: VpcdServer(served, "127.0.0.1", pcscd.ports[0], stop=stop, on_ready=ready),
            )

        with PcscReader(pcscd.reader_names[0]) as lane, NfcpyReader(line) as serial:

            @contextlib.contextmanager
            def until_gone(path, tears):
                with on_pcsc(path, tears):
                    yield
                assert lane.wait_for_removal(WAIT_S)

            yield BoardPlace(shop), HomePlace(shop, "pcsc", lane, until_gone), HomePlace(shop, "nfcpy", serial, on_serial)


class Journey:
    """The three cards on their way. `steps` are told by `step`: three taps at once, one at each place."""

    def __init__(self, shop, cards, places, rng):
        self._shop, self._cards, self._places, self._rng = shop, cards, places, rng
        self._pool = ThreadPoolExecutor(len(places))
        self._length = {}  # (place, card): what its last whole sale there counted
        self.taps = self.torn = self.in_doubt = 0
        self.open = set()  # (terminal, card): torn there and not settled there yet; the two readers of the shop's machine are one terminal

    def step(self, turn, what, mode=None):
        """Each card at its place of this turn."""
        places = self._places[turn % 3 :] + self._places[: turn % 3]
        jobs = [self._pool.submit(self._tap, place, card, what, mode) for place, card in zip(places, self._cards)]
        for job in jobs:
            job.result()

    def _tap(self, place, card, what, mode):
        at, before = (place.name, card.family), card.stamps
        mine, boards = (place.terminal, card.family), ("board", card.family)
        tear = self._tear(at, mode) if what == TORN else None
        told, stamps, count = place.tap(card, SELL if what == TORN else what, tear)
        says = (at, what, tear, told, stamps, before)
        self.taps += 1
        self.torn += what == TORN
        now = card.says()
        if what == TORN:
            assert told in ("done", "in_doubt", "lost", "CARD_LOST", "WRONG_PASSWORD"), says  # half of a password's answer is a NAK
            assert now in ((before + 1,) if told == "done" else (before,) if told != "in_doubt" else (before, before + 1)), says
            if told == "in_doubt":
                self.in_doubt += 1
                self.open.add(mine)
        elif what == SELL and mine in self.open:
            self.open.discard(mine)
            if at[0] == "board":  # the tap that settles sells nothing
                assert told == "settled_landed" and now in (before, before + 1), says
            else:
                assert told == "settled and done" and now in (before + 1, before + 2), says
            assert stamps == now, says
        else:
            # The ledger knew the board's doubt, or of its tap the intent only: a batch may end between an intent and its outcome.
            heard = told == "settled and done" and mine != boards
            assert (told == "done" or heard) and stamps == now, says
            if what == SELL:
                self._length[at] = count
                assert now == before + 1, says
            elif what == REDEEM:
                assert now == before - REWARD, says
            else:
                assert now == before - 1, says
        card.stamps = now

    def _tear(self, at, mode):
        """Where a sale is torn. mode: "answer-lost" is the last write that this card had there, which lands; None: anywhere, anyhow."""
        first = at[0] == "board"  # writes count from 1, exchanges from 0
        last = self._length[at] - 1 + first
        if mode is not None:
            return last, mode
        return self._rng.randint(first, last), self._rng.choice(("not-sent", "not-executed", "half", "answer-lost"))


@pytest.fixture
def shop(tmp_path):
    soft_lab.needs_pcscd()
    needs.needs_module("smartcard")
    needs.needs_module("nfc")
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    with DemoShop(tmp_path / "shop") as shop:
        shop.power()
        yield shop


def test_three_cards_move_between_three_readers(shop, tmp_path, rng, record_property):
    moving = [card for card in shop.cards if card.ours and card.family in MOVING]
    cards = [Card(shop, card, tmp_path / (card.family + ".json")) for card in moving]
    with the_places(shop, tmp_path) as places:
        journey = Journey(shop, cards, places, rng)
        for number in range(ROUNDS):
            for turn in range(3):
                if number == 2:  # a sale, and at once what takes it back
                    journey.step(turn, SELL)
                    journey.step(turn, UNDO)
                elif number in (4, 8) and turn == number // 4 - 1:  # a reward for each card; at the next place in the second round of it
                    journey.step(turn, REDEEM)
                elif number == 5:  # torn anywhere, and the same card again
                    journey.step(turn, TORN)
                    journey.step(turn, SELL)
                elif number == 6 and turn == 0:  # torn where it lands; the card is elsewhere before it comes back to this place
                    journey.step(turn, TORN, "answer-lost")
                else:
                    journey.step(turn, SELL)
        assert not journey.open and journey.in_doubt >= 3
        for card in cards:  # the last one to see each card is the board, whose flash is compared below
            place = places[0]
            assert place.tap(card, SELL)[:2] == ("done", card.stamps + 1)
            card.stamps += 1
    agree(shop, cards)
    record_property("tears", "cards that move, %d torn taps of %d" % (journey.torn, journey.taps))


def agree(shop, cards):
    """Cards, ledger and the board's flash say what was counted here."""
    assert soft_lab.wait_until(lambda: not shop.journal_numbers()["waiting"], DRAIN_S), (shop.journal_numbers(), shop.board.log)
    shop.board.pull_power()
    for card in cards:
        row = shop.home.store.card(card.family, card.demo_card.uid)
        held = {name: row.counters[key][0] for key, name in shop.counter_names().items() if key in row.counters}
        assert (card.says(), held["stamps"]) == (card.stamps, card.stamps)
    flash = flash_of(shop.device)
    assert not flash.doubts and differences(shop, flash, told=True) == []
