"""kill -9 at every journal point of a scripted day, and a restart: promises 1 to 7 hold, and each step has one effect.

The client does what a point of sale does: the same key after a lost answer, the same REF until the sale has an answer.
"""

import json
import multiprocessing
import shutil
from pathlib import Path

import httpx
import pytest

from cardos.soft_cards.registry import load_card, new_card
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.settings import Settings
from host_tools.soft_hardware.card_file import CardFile
from tests.daemon import killed_daemon
from tests.daemon.till import Till
from tests.whole_system.promises import World, open_doubts, violations
from tests.whole_system.shop_lab import memory_disk

SETTINGS = Settings(shop="Test Coffee", stamps_needed=2)
DAY = (
    {"kind": "issue"},
    {"kind": "sell", "amount": 350, "sale": "R-1"},
    {"kind": "sell", "amount": 350, "sale": "R-2"},
    {"kind": "redeem", "sale": "R-3"},
    {"kind": "undo", "sale": "R-3"},
    {"kind": "sell", "amount": 350, "sale": "R-4"},
)
STAMPS = 3  # on the card after that day, whatever was killed
ALREADY = ("ALREADY_ISSUED", "ALREADY_UNDONE")  # an earlier try of the same step did it
SERVES_WITHIN_S = 10  # promise 11
CARD_POINTS = 10  # how many of the card exchanges are killed at in a sampled run


class Shop:
    """The daemon as a process of its own, started again whenever it was killed."""

    def __init__(self, folder, context):
        self._context = context
        self.home, self.card = folder / "home", folder / "card.json"
        make_test_keys(self.home)
        CardFile.create(self.card, new_card("ntag215", bytes.fromhex("04a1b2c3d4e5f6")))
        self.kill_at = None
        self.kills = 0
        self.process = self.till = None

    def start(self):
        self.pipe, theirs = self._context.Pipe()
        arguments = (self.home, self.card, SETTINGS, self.kill_at, theirs)
        self.process = self._context.Process(target=killed_daemon.run, args=arguments)
        self.process.start()
        theirs.close()
        assert self.pipe.poll(SERVES_WITHIN_S), "it does not serve again"
        self.till = Till(*self.pipe.recv())

    def was_killed(self):
        """True, and it runs again, when it is dead; a living one's failure is a failure."""
        self.process.join(SERVES_WITHIN_S)
        if self.process.exitcode != -9:
            return False
        self.till.close()
        self.kills, self.kill_at = self.kills + 1, None
        self.start()
        return True

    def stop(self):
        """Ends it in order; the points that were passed."""
        self.process.terminate()
        names = self.pipe.recv()
        self.process.join(SERVES_WITHIN_S)
        assert self.process.exitcode == 0
        self.till.close()
        return names

    def step(self, number, wish):
        """One step of the day to its answer, through kills and doubts."""
        for attempt in range(5):
            answer = self._through_kills(number, attempt, wish)
            if answer["outcome"] == "done" or answer["refused"] in ALREADY:
                return answer
        raise AssertionError("no end: %r" % answer)

    def _through_kills(self, number, attempt, wish):
        while True:
            try:
                return self._try("step-%d-%d" % (number, attempt), wish)
            except httpx.TransportError:
                if not self.was_killed():
                    raise

    def _try(self, key, wish):
        intent = self.till.wish(key=key, **wish)
        shape = self.till.get("/api/v1/intents/" + intent["id"])
        if shape["state"] == "waiting":
            self.till.present()
            shape = self.till.finished(intent)
            self._take_away()
        if shape["answer"]["outcome"] == "in_doubt" or self.till.get("/api/v1/doubts"):
            self.till.present()
            self.till.until(lambda: self.till.get("/api/v1/doubts"), lambda doubts: not doubts)
            shape = self.till.finished(intent)
            self._take_away()
        return shape["answer"]

    def _take_away(self):
        self.till.remove()
        self.till.until(lambda: self.till.get("/api/v1/state")["readers"][0]["state"], lambda state: state == "empty")


def a_day(folder, context, kill_at):
    """The points that were passed, after the promises were looked at."""
    shop = Shop(folder, context)
    shop.kill_at = kill_at
    shop.start()
    said = [shop.step(number, wish) for number, wish in enumerate(DAY)]
    names = shop.stop()
    assert shop.kills == (kill_at is not None)
    with Home.open(shop.home, settings=SETTINGS) as home:
        card = load_card(json.loads(shop.card.read_text())["state"])
        world = World([home], {card.uid.hex(): card})
        for answer in said:
            world.heard(answer)
        assert violations(world) == []
        assert open_doubts(world, card.uid.hex()) == []
        assert home.store.card_by_number(1).counters["1"][0] == STAMPS
    return names


@pytest.fixture(scope="module")
def context():
    """Processes forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.daemon.killed_daemon", "host_tools.web.pages"])
    return context


@pytest.fixture
def quick_disk():
    """Where fsync costs nothing: a killed process loses nothing there that a disk would keep."""
    folder = Path(memory_disk())
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(900)
def test_killed_at_every_point(quick_disk, context, rng, tears_all):
    (quick_disk / "whole").mkdir()
    names = a_day(quick_disk / "whole", context, None)
    journal = [n for n, (kind, _) in enumerate(names) if kind == killed_daemon.STORE]
    cards = [n for n, (kind, _) in enumerate(names) if kind == killed_daemon.CARD]
    chosen = journal + (cards if tears_all else rng.sample(cards, CARD_POINTS))
    for point in sorted(chosen):
        folder = quick_disk / str(point)
        folder.mkdir()
        try:
            a_day(folder, context, point)
        except BaseException as trouble:
            trouble.add_note("killed at point %d, %s" % (point, names[point]))
            raise
    print("killed at %d of %d journal points and %d of %d exchanges" % (len(journal), len(journal), len(chosen) - len(journal), len(cards)))
