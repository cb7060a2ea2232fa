"""A shop on a memory disk whose ledger can be put back, and soft cards whose taps are cut: what tear tests stand on.

    shop = Shop(folder)
    card = blank()
    shop.tap(card, kind="issue")
    before = shop.save()
    answer = shop.tap(card, kind="sell", amount=450, tear=(5, "half:weak"))
    shop.put_back(before)

`put_back` copies a whole SQLite database over the open one (sqlite3's backup), so that thousands of cases share one home.
"""

import os
import sqlite3
import tempfile
import threading
from datetime import datetime, timezone
from pathlib import Path

from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card, new_card
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Line, Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.soft import SoftReader

UID = "04a1b2c3d4e5f6"
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=timezone.utc)
AMOUNT = 450
_PUTTING_BACK = threading.Lock()
PRESENTATIONS = 3  # after the last fault a tap works within so many


def memory_disk():
    """A new folder where fsync costs nothing, if this machine has such a place."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix="stampd-", dir=place)


def blank(family="ntag215", uid=UID, seed=1):
    """A chip as delivered; the noise of its weak pages is repeatable."""
    return new_card(family, bytes.fromhex(uid), noise=Noise(seed))


def copy_of(card, seed=1):
    """Another chip with the same memory."""
    return load_card(card.state(), noise=Noise(seed))


class Shop:
    """One home with TEST keys, its desk and a soft reader."""

    def __init__(self, folder, settings=None, now=NOW):
        folder = Path(folder)
        make_test_keys(folder)
        self.home = Home.open(folder, settings=settings, test_now=now)
        self.desk = TapDesk(self.home)
        self.empty = self.save()

    def close(self):
        self.home.close()

    def save(self):
        """The ledger as it stands: an in-memory copy, which any thread may put back, one at a time."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.backup(copy)
        return copy

    def put_back(self, copy):
        """Make the ledger what it was at `save`, in this shop or another one with these keys."""
        with _PUTTING_BACK:
            copy.backup(self._connection)

    @property
    def _connection(self):
        return self.home.store._database.connection

    def tap(self, card, *, tear=None, **wish):
        """The answer to one wish for one presentation of `card`. tear: (exchange, mode)."""
        return self.present(card, make_wish(**wish), tear)

    def present(self, card, wish, tear=None, tracing=False):
        reader = SoftReader()
        if tear is not None:
            reader.pull_after(*tear)
        reader.put(card)
        try:
            return self.desk.perform(wish, reader, wait_s=0, tracing=tracing)
        finally:
            reader.remove()


def make_wish(kind="sell", **more):
    """A `Wish`; a sell without amount or lines is one coffee."""
    if kind == "sell" and "lines" not in more:
        more.setdefault("amount", AMOUNT)
    return Wish(kind=kind, **more)


def coffees(count, price=AMOUNT):
    """The one line of a sale of so many coffees."""
    return [Line("latte", "coffee", count, price)]
