"""Thirty days on five boards and a daemon with shared cards: torn taps, cut power, wrong clocks, a network that loses and repeats, a
board that exists twice and one that was stolen. Every difference ends as a case, balances converge, in any order of folding.

A sample by the printed seed; STAMPD_BOARD_DAYS says how many months are lived instead (`STAMPD_BOARD_DAYS=200`).
"""

import os
import shutil
from pathlib import Path

import pytest

from tests.simulation.boards import month
from tests.simulation.boards.known_bad import KNOWN_BAD
from tests.simulation.boards.replica import check_replica
from tests.simulation.boards.truth import Broken
from tests.simulation.boards.world import World
from tests.whole_system.shop_lab import memory_disk

MONTHS = int(os.environ.get("STAMPD_BOARD_DAYS", "1"))
WANTED = ("board: earned", "board: redeemed", "board: undone", "board: in_doubt", "board: settled_landed", "board: power cut", "shop: done", "sync: good")


@pytest.fixture
def lived():
    """lived(seed, **month): a month that was lived, in a world that is cleared away afterwards; `Broken` passes."""
    made = []

    def live(seed, **days):
        folder = Path(memory_disk())
        world = World(folder, seed)
        made.append((world, folder))
        month.live(world, **days)
        return world, folder

    yield live
    for world, folder in made:
        world.close()
        shutil.rmtree(folder)


def _in_short(world):
    return "%d told done, %s, network %s" % (len(world.told), world.differences, sum(world.wire.faults.values()) - world.wire.faults["good"])


@pytest.mark.timeout(0 if MONTHS > 1 else 300)
def test_every_difference_is_a_case_and_balances_converge(seed, lived, record_property):
    for number in range(seed, seed + MONTHS):
        try:
            world, folder = lived(number)
            check_replica(world, folder / "second.sqlite", world.rng)
        except Broken as broken:
            raise AssertionError("month %d: %s" % (number, broken)) from broken
        assert all(world.words.get(word) for word in WANTED), world.words
        record_property("tears", "boards, 30 days of seed %d: %s" % (number, _in_short(world)))


@pytest.mark.parametrize("bad", KNOWN_BAD, ids=lambda bad: bad.__name__)
def test_the_month_is_seen_to_fail_for(bad, lived, monkeypatch):
    bad(monkeypatch)
    for seed in range(3):
        try:
            world, folder = lived(seed, days=12, taps=8)
            check_replica(world, folder / "second.sqlite", world.rng)
        except (Broken, AssertionError):  # seen
            return
    raise AssertionError("nothing was seen of it: %s" % bad.__doc__)


def test_the_same_short_months_hold_without_it(lived):
    for seed in range(3):
        world, folder = lived(seed, days=12, taps=8)
        check_replica(world, folder / "second.sqlite", world.rng)
