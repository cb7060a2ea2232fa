"""A database that is corrupt, read-only or in other hands, a disk that is full: a clear message, nothing half-written."""

import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests import needs
from tests.whole_system.conftest import refused
from tests.whole_system.promises import World, violations
from tests.whole_system.shop_lab import UID, Shop, blank


@pytest.fixture
def used_home(home, stampd):
    """A home with a ledger of one card, on disk and closed."""
    stampd("keys", "init", "--test")
    shop = Shop(home)
    card = blank()
    shop.tap(card, kind="issue")
    shop.tap(card)
    shop.close()
    return home


@pytest.mark.parametrize("damage", ("noise", "cut", "empty", "text"))
def test_a_corrupt_ledger(used_home, stampd, damage):
    ledger = used_home / "ledger.sqlite"
    raw = ledger.read_bytes()
    bad = {"noise": raw[:100] + bytes(b ^ 0xFF for b in raw[100:]), "cut": raw[: len(raw) // 3], "empty": b"", "text": b"not a database" * 100}[damage]
    ledger.write_bytes(bad)
    answer = stampd("card", "sell", "--amount", "4.50", "--reader", "pn532:/nowhere", "--wait", "0", "--json", code=1).json
    assert answer["refused"] == "LEDGER_CORRUPT" and answer["message"] and "backup" in answer["hint"].lower() + answer["message"].lower()
    assert ledger.read_bytes() == bad
    said = stampd("card", "show", "--reader", "pn532:/nowhere", code=1)
    assert "Traceback" not in said.err + said.out


def test_a_read_only_ledger(shop, issued):
    """The file system turned read-only under a running shop: refused before the card is changed."""
    shop.home.store._database.connection.execute("PRAGMA query_only = ON")
    try:
        refused(shop, issued, "LEDGER_READ_ONLY")
        assert shop.tap(issued, kind="show")["counters"] == {"stamps": 6}
    finally:
        shop.home.store._database.connection.execute("PRAGMA query_only = OFF")
    assert shop.tap(issued)["counters"] == {"stamps": 7}


@pytest.fixture
def small_disk():
    """A disk of 512 KB, mounted by root in a folder of its own."""
    if os.geteuid() != 0:
        needs.skip("needs root to mount a small disk", "run the tests as root")
    folder = tempfile.mkdtemp(prefix="stampd-small-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        os.rmdir(folder)
        needs.skip("this machine does not let root mount a small disk", "allow mount in the container")
    yield Path(folder)
    subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)


def test_a_full_disk(small_disk):
    """Whenever the disk fills: refused before the card is changed, or in doubt and settled when there is room again."""
    shop, card = Shop(small_disk / "home"), blank()
    world = World([shop.home], {UID: card})
    world.heard(shop.tap(card, kind="issue"))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        free = os.statvfs(small_disk)
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - 16384)))
    told, sold = [], 0
    for number in range(200):
        before = card.state()
        answer = shop.tap(card, sale="R-%d" % number)
        world.heard(answer)
        if answer["outcome"] == "done":
            sold += 1
            continue
        told.append(answer)
        assert answer["message"] and "space" in (answer["message"] + answer["hint"]).lower(), answer
        if answer["outcome"] == "refused":
            assert answer["refused"] == "DISK_FULL" and card.state() == before
        if len(told) == 3:
            break
    assert told and not violations(world)
    ballast.unlink()
    doubts = len(shop.home.store.all_doubts())
    last = shop.tap(card, sale="after")
    world.heard(last)
    assert (last["outcome"], last["counters"]) == ("done", {"stamps": sold + doubts + 1})
    assert not violations(world, at_the_end=True)
    shop.close()


def test_a_ledger_in_another_programs_hands(shop, issued):
    """A second writer that holds the file: a clear refusal, nothing half-written."""
    other = sqlite3.connect(shop.home.path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        refused(shop, issued, "LEDGER_BUSY")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert shop.tap(issued)["outcome"] == "done"


def test_a_home_that_cannot_be_made(stampd):
    missing = stampd("keys", "init", "--test", code=1, env={"STAMPD_HOME": "/proc/nowhere"})
    assert missing.err and "Traceback" not in missing.err
