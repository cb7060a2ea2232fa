"""The firmware on an emulated RP2040: MicroPython's own image boots, mounts the compiled files and tests itself.

    STAMPD_RP2040_UF2=RPI_PICO_W-….uf2 make test TESTS=tests/terminal/test_rp2040_emulated.py

The image comes from MicroPython's download page and is in no package, so this runs only where a person gives one. An image for the
Pico W (its name says so) gets that board's radio; any other the Pico's flash. The emulator is some fifty times slower than the
board, has one core, and its `machine.UART` hangs: the board has an MFRC522 in mind and no display. The flash image itself is looked
at without it, on the unix port.
"""

import asyncio
import dataclasses
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import needs
from tests.house_rules.test_terminal import reachable

IMAGE_MAKER = Path(__file__).with_name("littlefs_image.py")
UF2 = os.environ.get("STAMPD_RP2040_UF2", "")
BLOCKS = {"pico": 352, "pico_w": 212}  # of the file system, as stock images lay out the flash
PICO2_BLOCKS, JOURNAL_BLOCKS = 640, 128
BOOT_S_MAX, TEST_S_MAX = 120, 1500
ROOTS = ("terminal.self_test", "terminal.boards.pico_w", "terminal.boards.which")  # the whole tree does not fit beside itself
PARTS = {"reader": "mfrc522", "display": "none", "light": "none", "buttons": "none", "buzzer": False, "watchdog": False}

# Runs on the board. The terminal's parts are loaded as /main.py loads them, from slot a.
WHAT_THE_BOARD_IS = """
import gc, json, sys
sys.path.insert(0, "/a")
gc.collect()
free = gc.mem_free()
from terminal.boards.which import board_file
from terminal.boards.pico_w import open_board
board = open_board("/data")
reader = board.new_reader()
gc.collect()
print(json.dumps({"file": board_file(), "abilities": board.abilities, "troubles": board.troubles, "id": len(board.unique_id()),
                  "reader": type(reader).__name__, "free": free, "used": free - gc.mem_free()}))
"""
SELF_TEST = """
import asyncio, json, time
from terminal import self_test
start = time.ticks_ms()
found = asyncio.run(self_test.run(None, None))
print(json.dumps({"ms": time.ticks_diff(time.ticks_ms(), start), "found": [list(row) for row in found]}))
"""


def micropython():
    return needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")


def flash_image(folder, board, blocks, roots=()):
    """Path of a littlefs image of so many blocks with a board's firmware in slot a; of it only what `roots` need, where they are given."""
    firmware = needs.needs_module("host_tools.boards.firmware")
    tree, image = folder / "flash", folder / "flash.img"
    wanted = {path.with_suffix(".mpy").as_posix() for path in reachable(*roots).values()}
    for name, data in firmware.compiled(board):
        if roots and name not in wanted:
            continue
        path = tree / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tree / "data").mkdir()
    (tree / "data" / "board.json").write_text(json.dumps(PARTS))
    subprocess.run([micropython(), "-X", "heapsize=32m", str(IMAGE_MAKER), "make", str(tree), str(image), str(blocks)], check=True, timeout=60)
    return image


@pytest.mark.parametrize("board", ["pico-w", "pico2-w"])
def test_the_firmware_is_in_the_flash_image_and_loads_from_it(tmp_path, board):
    """On the unix port. A Pico 2 W has room for a second slot and the whole journal; a Pico W has not, which is
    why its firmware is frozen into the image (docs/boards.md)."""
    blocks = PICO2_BLOCKS
    image = flash_image(tmp_path, board, blocks)
    code = ("import os, sys\nsys.path.insert(0, '/flash/a')\nfrom terminal.boards import %s as board\n"
            "print(board.NAME, os.statvfs('/flash')[3], board.__file__)" % board.replace("-", "_"))
    done = subprocess.run([micropython(), "-X", "heapsize=16m", str(IMAGE_MAKER), "run", str(image), code], capture_output=True, text=True, timeout=60,
                          cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    name, free, path = done.stdout.split()
    assert name == board and path.startswith("/flash/a/")
    slot = blocks - int(free)
    if board == "pico2-w":
        assert 2 * slot + JOURNAL_BLOCKS <= PICO2_BLOCKS
    else:
        assert 2 * slot + JOURNAL_BLOCKS > BLOCKS["pico_w"], "a second slot fits now: say so in docs/boards.md"


def on_the_board(uf2, image, *codes):
    """What each piece of code printed last, as JSON, one after the other on one board that was just started."""
    boards = needs.needs_module("rp2040py.boards", "pip install rp2040py")
    device = needs.needs_module("rp2040py.device", "pip install rp2040py")
    name = "pico_w" if "PICO_W" in Path(uf2).name.upper() else "pico"
    spec = boards.resolve_firmware(boards.BOARDS[name], "micropython", str(uf2))
    spec = dataclasses.replace(spec, layout=dataclasses.replace(spec.layout, fs_blockcount=BLOCKS[name]))

    async def boot():
        board = device.MicroPythonDevice(board=spec, filesystem=image(BLOCKS[name]))
        await board.astart(BOOT_S_MAX)
        try:
            return [await board.aexec(code, TEST_S_MAX) for code in codes]
        finally:
            board.stop()

    said = []
    for out, trouble in asyncio.run(boot()):
        assert not trouble.strip(), trouble.decode(errors="replace")
        said.append(json.loads(out.decode().strip().splitlines()[-1]))
    return said


@pytest.mark.timeout(BOOT_S_MAX + 2 * TEST_S_MAX)
def test_the_firmware_tests_itself_on_an_emulated_board(tmp_path):
    if not UF2:
        needs.skip("no RP2040 firmware image given", "STAMPD_RP2040_UF2=FILE.uf2, from MicroPython's download page")
    uf2 = needs.needs_file(UF2, "the image that STAMPD_RP2040_UF2 names", "give its whole path")
    is_, tested = on_the_board(uf2, lambda blocks: flash_image(tmp_path, "pico-w", blocks, ROOTS), WHAT_THE_BOARD_IS, SELF_TEST)
    assert is_["id"] == 8 and is_["reader"] == "Mfrc522" and not is_["troubles"]
    assert is_["file"] == "pico_w" or "PICO_W" not in uf2.name.upper()
    failed = [row for row in tested["found"] if not row[1]]
    assert tested["found"] and not failed, failed
    print("\nfree at the start %d bytes, the board's file and its reader %d bytes, self test %d ms of the board's own time"
          % (is_["free"], is_["used"], tested["ms"]))
