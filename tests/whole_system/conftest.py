"""Whole-system tests: a shop with TEST keys and one card on an emulated PN532, worked by commands only."""

import contextlib
import json
import shutil

import pytest

from tests import needs, soft_lab
from tests.whole_system.shop_lab import Shop, blank, memory_disk

NOW = ("--test-now", "2026-03-01T10:00", "--test-seed", "1")


class Counter:
    """A shop's counter: `run` gives the JSON of a `stampd card` command at this counter's reader."""

    def __init__(self, stampd, folder, home):
        self._stampd, self._folder = stampd, folder
        self.home = home
        self.card = folder / "card.json"
        self.attach = "pn532:%s" % (folder / "reader")
        self.blank()

    def blank(self, uid="04A1B2C3D4E5F6", family="ntag215"):
        """Another card, blank, takes the place of the one that lies there."""
        self._stampd("softcard", "new", "--force", "--family", family, "--uid", uid, self.card)

    def words(self, *words):
        return ("card", *words, "--reader", self.attach, *NOW, "--json")

    def run(self, *words, code=0, home=None):
        env = {} if home is None else {"STAMPD_HOME": str(home)}
        return self._stampd(*self.words(*words), code=code, env=env).json

    @contextlib.contextmanager
    def serving(self, *options):
        """The card lies on the reader, with these options of `softcard serve`."""
        with soft_lab.serving(self.card, self.attach, *options) as server:
            yield server

    def events(self):
        """The ledger's events by `ledger export`."""
        return [json.loads(line)["event"] for line in self._stampd("ledger", "export").out.splitlines()]

    def cases(self):
        return [event["case"] for event in self.events() if event["kind"] == "case"]

    def memory(self):
        return self.card.read_bytes()


@pytest.fixture
def counter(tmp_path, home, stampd):
    """A `Counter` at a home with TEST keys; its card is blank and not on the reader yet."""
    needs.needs_module("nfc")
    stampd("keys", "init", "--test")
    return Counter(stampd, tmp_path, home)


@pytest.fixture
def shop():
    """A `Shop` on a memory disk."""
    folder = memory_disk()
    shop = Shop(folder)
    yield shop
    shop.close()
    shutil.rmtree(folder)


@pytest.fixture
def card():
    return blank()


@pytest.fixture
def issued(shop, card):
    """A card with 4 stamps of paper and 2 sold: both slots carry a done record."""
    for words in ({"kind": "issue", "opening": {"stamps": 4}, "reason": "paper card"}, {}, {}):
        assert shop.tap(card, **words)["outcome"] == "done"
    return card


def refused(shop, card, code, outcome="refused", **wish):
    """The wish is refused with this code, a message and a hint; card and ledger stay as they were (a case may be added)."""
    before, intents = card.state(), _intents(shop)
    answer = shop.tap(card, **wish)
    assert (answer["outcome"], answer["refused"]) == (outcome, code), answer
    assert answer["message"] and answer["hint"], answer
    assert card.state() == before and _intents(shop) == intents
    return answer


def _intents(shop):
    return sum('"kind":"intent"' in line for line in shop.home.store.export("jsonl"))
