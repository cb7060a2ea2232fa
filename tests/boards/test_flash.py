"""Flashing: onto a folder and, through real mpremote, onto an emulated board; cut everywhere; what a board refuses."""

import sys

import pytest

from host_tools.boards.devices import BoardTrouble
from host_tools.boards.firmware import launcher, mpy_version
from host_tools.boards.flashing import HEAP_MIN, flash, plan, refuse_full, refuse_unfit
from host_tools.boards.folder_device import FolderDevice
from host_tools.boards.mpremote_device import MpremoteDevice
from tests.boards.bench import Cut, plugged_in, small_release, start_folder


@pytest.fixture
def two_releases(monkeypatch, home, keys):
    return [small_release(monkeypatch, home, keys, number) for number in (1, 2)]


def put_on(device, release):
    """Look and flash; the plan."""
    found = plan(device, release, device.facts())
    flash(device, release, found)
    return found


def files_of(device):
    return {path: entry.size for path, entry in device.listing("/").items()}


def test_a_first_flash_starts(tmp_path, two_releases, micropython):
    device = FolderDevice(tmp_path / "flash")
    found = put_on(device, two_releases[0])
    assert found.slot == "a" and device.read("/slot") == b"a0" and device.read("/main.py") == launcher()
    assert start_folder(device.folder, micropython) == "release 1"
    again = plan(device, two_releases[0], device.facts())
    assert again.is_there and not again.send and not again.drop


def test_an_update_goes_to_the_other_slot_and_leaves_nothing_old(tmp_path, two_releases, micropython):
    device = FolderDevice(tmp_path / "flash")
    for release, slot in ((two_releases[0], "a"), (two_releases[1], "b"), (two_releases[0], "a"), (two_releases[1], "b")):
        assert put_on(device, release).slot == slot
        assert start_folder(device.folder, micropython) == "release %d" % release.number
        there = {path for path in files_of(device) if path.startswith("/%s/" % slot)}
        assert there == {"/%s/%s" % (slot, path) for path, _ in release.files} | {"/%s/manifest" % slot}


def test_what_is_there_is_not_sent_again(tmp_path, two_releases):
    device = FolderDevice(tmp_path / "flash")
    put_on(device, two_releases[0])
    put_on(device, two_releases[1])
    device.write("/slot", b"a=")
    found = plan(device, two_releases[1], device.facts())
    assert found.slot == "b" and not found.send
    flash(device, two_releases[1], found)
    assert device.read("/slot") == b"b0"


def test_a_flash_that_is_cut_anywhere_starts_the_old_release_or_the_new(tmp_path, two_releases, micropython):
    old, new = two_releases
    for writes in range(100):
        device = FolderDevice(tmp_path / str(writes))
        put_on(device, old)
        device.write("/b/terminal/leftover.mpy", b"of a third release")
        try:
            put_on(Cut(device, writes), new)
            break
        except BoardTrouble as trouble:
            assert trouble.code == "BOARD_LOST" and "same command" in trouble.hint
        assert start_folder(device.folder, micropython) == "release 1"
        put_on(device, new)
        assert start_folder(device.folder, micropython) == "release 2" and device.read("/b/terminal/leftover.mpy") is None
    assert writes > 8, "the whole flash took so few writes"


def test_the_first_flash_cut_anywhere_starts_nothing_half(tmp_path, two_releases, micropython):
    for writes in range(100):
        device = FolderDevice(tmp_path / str(writes))
        try:
            put_on(Cut(device, writes), two_releases[0])
            break
        except BoardTrouble:
            assert "release" not in start_folder(device.folder, micropython) or device.read("/a/manifest.part") is None
        put_on(device, two_releases[0])
        assert start_folder(device.folder, micropython) == "release 1"


def test_real_mpremote_flashes_an_emulated_board(tmp_path, link, two_releases):
    with plugged_in(tmp_path / "flash.img", link):
        device = MpremoteDevice(link)
        assert device.facts().port == "unix" and device.facts().mpy == mpy_version()
        refuse_full(device, device.facts(), plan(device, two_releases[0], device.facts()))
        assert put_on(device, two_releases[0]).slot == "a"
        assert put_on(device, two_releases[1]).slot == "b"
        device.restart()
        device.close()
        device = MpremoteDevice(link)
        assert device.read("/slot") in (b"b0", b"b1") and device.read("/main.py") == launcher()
        device.close()


@pytest.mark.parametrize("image", (False, True))
def test_a_board_that_is_unplugged_in_the_middle_goes_on(tmp_path, link, two_releases, image, tears_all):
    """At lines of code (a folder as flash), at erases and writes of blocks (littlefs in an image)."""
    old, new = two_releases
    cut = 0
    for number in range(3, 2000, 1 if tears_all else 11 if image else 13):
        flash_at = tmp_path / ("%d.img" % number if image else str(number))
        with plugged_in(flash_at, link):
            device = MpremoteDevice(link)
            put_on(device, old)
            device.close()
        with plugged_in(flash_at, link, **{"blocks_left" if image else "lines_left": number}) as board:
            try:
                device = MpremoteDevice(link)
                put_on(device, new)
            except BoardTrouble as trouble:
                assert trouble.code in ("BOARD_LOST", "BOARD_NO_MICROPYTHON", "BOARD_NONE")
                cut += 1
            finally:
                device.close()
        if not board.is_cut:
            break
        with plugged_in(flash_at, link):
            device = MpremoteDevice(link)
            assert device.read("/slot")[:1] == b"a" or not plan(device, new, device.facts()).send
            put_on(device, new)
            assert plan(device, new, device.facts()).is_there and device.read("/slot")[:1] == b"b"
            device.close()
    assert cut > 3


def test_a_full_flash_is_told_and_the_board_works_on(tmp_path, link, two_releases):
    with plugged_in(tmp_path / "flash.img", link, image_blocks=20):
        device = MpremoteDevice(link)
        with pytest.raises(BoardTrouble) as caught:
            refuse_full(device, device.facts(), plan(device, two_releases[0], device.facts()))
        assert caught.value.code == "BOARD_FULL"
        with pytest.raises(BoardTrouble) as caught:
            device.write("/large", bytes(range(256)) * 600)
        assert caught.value.code == "BOARD_FULL" and device.listing("/") == {}
        device.write("/small", b"fits")
        assert device.read("/small") == b"fits"
        device.close()


@pytest.mark.parametrize("changed, code", (
    ({"version": (1, 22, 0)}, "BOARD_VERSION"), ({"mpy": 5}, "BOARD_MPY"), ({"mpy": 7}, "BOARD_MPY"), ({"mpy": None}, "BOARD_MPY"),
    ({"port": "rp2", "heap": 190_000}, "BOARD_SMALL"), ({"port": "esp32", "heap": HEAP_MIN - 1}, "BOARD_SMALL"), ({"port": "rp2", "heap": HEAP_MIN}, None),
    ({"port": "rp2", "heap": 190_000, "is_frozen": True}, None),
))  # fmt: skip
def test_what_a_board_must_have(tmp_path, changed, code):
    facts = FolderDevice(tmp_path).facts()._replace(**changed)
    if code is None:
        refuse_unfit(facts, mpy_version())
        return
    with pytest.raises(BoardTrouble) as caught:
        refuse_unfit(facts, mpy_version())
    assert caught.value.code == code and caught.value.hint


def test_frozen_firmware_takes_the_launcher_only(tmp_path, two_releases):
    device = FolderDevice(tmp_path / "flash")
    put_on(device, two_releases[0])
    device.remove("/main.py")
    found = plan(device, two_releases[1], device.facts()._replace(is_frozen=True))
    assert found.slot is None and [path for path, _ in found.send] == ["/main.py"]
    flash(device, two_releases[1], found)
    assert set(files_of(device)) == {"/main.py"}


@pytest.mark.parametrize("make, code", (
    (lambda link: None, "BOARD_NONE"),
    (lambda link: open(link, "w").close(), "BOARD_NO_MICROPYTHON"),
))  # fmt: skip
def test_ports_without_a_board(tmp_path, link, make, code):
    make(link)
    with pytest.raises(BoardTrouble) as caught:
        MpremoteDevice(link)
    assert caught.value.code in (code, "BOARD_BUSY") and caught.value.hint


def test_a_port_that_somebody_else_has(tmp_path, link):
    with plugged_in(tmp_path / "flash", link):
        first = MpremoteDevice(link)
        with pytest.raises(BoardTrouble) as caught:
            MpremoteDevice(link)
        assert caught.value.code == "BOARD_BUSY"
        first.close()


def test_without_mpremote_it_says_what_to_install(tmp_path, link, monkeypatch):
    monkeypatch.setitem(sys.modules, "mpremote.transport", None)
    with pytest.raises(BoardTrouble) as caught:
        MpremoteDevice(link)
    assert caught.value.code == "BOARD_TOOLS" and "stampd[boards]" in caught.value.hint
