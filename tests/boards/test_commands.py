"""`stampd board` as a person types it: dry runs that write nothing, one JSON document, hints, refusals."""

import json
import stat

import pytest

from host_tools.boards.folder_device import FolderDevice
from tests.boards.bench import plugged_in


@pytest.fixture
def shop(home, stampd):
    stampd("keys", "init", "--test")
    return home


PASSING = (".sqlite-shm", ".sqlite-wal")  # a ledger that is looked at has them beside it


def tree(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix not in PASSING and path.name != "lock"}


def test_from_nothing_to_a_board_in_the_list(shop, stampd, tmp_path):
    flash = tmp_path / "flash"
    before = tree(shop)
    dry = stampd("board", "flash", "--folder", flash, "--dry-run", "--json").json
    assert dry["dry_run"] and dry["files"] == len(dry["sent"]) - 1 and not flash.exists() and tree(shop) == before
    done = stampd("board", "flash", "--folder", flash, "--board", "desk", "--json").json
    assert done["outcome"] == "done" and done["slot"] == "a" and done["release"] == 1 and (flash / "main.py").is_file()
    assert stampd("board", "flash", "--folder", flash, "--board", "desk", "--json").json["sent"] == []
    (tmp_path / "wifi").write_text("shop\na long password\n")
    before = tree(shop), tree(flash)
    stampd("board", "provision", "--folder", flash, "--name", "counter", "--wifi-file", tmp_path / "wifi", "--dry-run")
    assert (tree(shop), tree(flash)) == before
    made = stampd("board", "provision", "--folder", flash, "--name", "counter", "--wifi-file", tmp_path / "wifi", "--reader", "mfrc522", "--json")
    assert made.json["terminal"] == 2 and made.json["name"] == "counter" and "long password" not in made.out + made.err
    assert stat.S_IMODE((flash / "data" / "vault").stat().st_mode) == 0o600
    assert json.loads((flash / "data" / "board.json").read_text()) == {"reader": "mfrc522"}
    rows = stampd("board", "list", "--json").json["boards"]
    assert [(row["terminal"], row["name"], row["status"]) for row in rows] == [(2, "counter", "paired")]
    assert "counter" in stampd("board", "list").out and "no lines yet" in stampd("board", "logs", "counter").out
    code = "import sys; sys.path.insert(0, 'a'); import terminal.main; print(terminal.main.__file__)"
    assert FolderDevice(flash).run(code).split() == [b"a/terminal/main.mpy"]


def test_over_a_cable(shop, stampd, tmp_path, link):
    with plugged_in(tmp_path / "flash.img", link):
        said = stampd("board", "flash", "--port", link, "--board", "desk")
        assert "files" in said.out and "terminal/main.mpy" in said.err
        assert stampd("board", "provision", "--port", link, "--name", "bar", "--json").json["serial"] == 1
        again = stampd("board", "provision", "--port", link, "--name", "bar", "--json", code=1).json
        assert again["refused"] == "BOARD_PROVISIONED" and "--renew" in again["hint"]
        assert stampd("board", "provision", "--port", link, "--renew", "--json").json["serial"] == 2


def test_an_update_through_the_sync(shop, stampd):
    before = tree(shop)
    assert stampd("board", "update", "--dry-run", "--json").json["before"] is None and tree(shop) == before
    assert stampd("board", "update", "--json").json["release"] == 1
    assert (shop / "boards" / "release.stampdrelease").stat().st_size < 400_000
    assert stampd("board", "list", "--json").json["release"] == 1


def test_a_board_that_is_revoked(shop, stampd, tmp_path):
    stampd("board", "flash", "--folder", tmp_path / "flash", "--board", "desk")
    stampd("board", "provision", "--folder", tmp_path / "flash", "--name", "counter")
    before = tree(shop)
    stampd("board", "revoke", "counter", "--reason", "stolen", "--dry-run")
    assert tree(shop) == before
    assert stampd("board", "list", "--json").json["boards"][0]["status"] == "paired"
    stampd("board", "revoke", "counter", "--reason", "stolen")
    assert stampd("board", "list", "--json").json["boards"][0]["status"] == "revoked"
    assert stampd("board", "revoke", "nobody", "--reason", "stolen", "--json", code=1).json["refused"] == "BOARD_UNKNOWN"


@pytest.mark.parametrize("words, code", (
    (("board", "flash", "--port", "/dev/no-such-port"), "BOARD_NONE"),
    (("board", "provision", "--port", "/dev/no-such-port", "--name", "x"), "BOARD_NONE"),
    (("board", "provision", "--name", "x", "--renew", "--force"), "BAD_INPUT"),
    (("board", "logs", "7"), "BOARD_UNKNOWN"),
))  # fmt: skip
def test_what_goes_wrong_says_what_to_do(shop, stampd, words, code):
    said = stampd(*words, "--json", code=1).json
    assert said["refused"] == code and said["message"] and said["hint"]


def test_no_shop_yet(home, stampd):
    assert stampd("board", "list", "--json", code=1).json["refused"] == "NO_HOME"
    assert stampd("board", "flash", "--folder", home / "flash", "--json", code=1).json["refused"] == "KEYS_MISSING"


def test_the_words_of_parts_are_those_that_boards_know():
    from host_tools.cli import board
    from terminal.boards.common import WORDS

    for key, words in (("reader", board.READERS), ("display", board.DISPLAYS), ("light", board.LIGHTS), ("buttons", board.BUTTONS)):
        assert tuple(word for word, _ in WORDS[key]) == words
