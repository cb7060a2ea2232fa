"""The emulated board as mpremote's own command line meets it: its REPL, its files, its program, its unplugging."""

import json
import subprocess
import sys
import time

import pytest

from host_tools.boards.firmware import launcher
from tests.boards.bench import plugged_in

LOOP = b"import time\nwith open('/starts', 'a') as file:\n    file.write('x')\nwhile True:\n    time.sleep(0.05)\n"


def mpremote(link, *words, code=0):
    """Run mpremote; what it printed, without carriage returns."""
    done = subprocess.run([sys.executable, "-m", "mpremote", "connect", link, *words], capture_output=True, text=True, timeout=30)
    assert done.returncode == code, done.stdout + done.stderr
    return (done.stdout + done.stderr).replace("\r", "")


@pytest.fixture(params=("flash", "flash.img"))
def flash(request, tmp_path):
    """A board's flash: a folder, and a littlefs image."""
    return tmp_path / request.param


def test_code_is_run_and_its_errors_are_told(flash, link):
    with plugged_in(flash, link):
        assert mpremote(link, "exec", "print(6 * 7)") == "42\n"
        assert "ZeroDivisionError" in mpremote(link, "exec", "1 / 0", code=1)
        assert mpremote(link, "eval", "[1, 'zwei']") == "[1, 'zwei']\n"


def test_files_go_there_and_back(flash, link, tmp_path):
    (tmp_path / "here").write_bytes(bytes(range(256)) * 40)
    with plugged_in(flash, link):
        mpremote(link, "fs", "mkdir", ":/a", "+", "fs", "cp", str(tmp_path / "here"), ":/a/there")
        assert "there" in mpremote(link, "fs", "ls", ":/a")
        mpremote(link, "fs", "cp", ":/a/there", str(tmp_path / "back"))
        mpremote(link, "fs", "rm", ":/a/there", "+", "fs", "rmdir", ":/a")
        assert "there" not in mpremote(link, "fs", "ls", ":/")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "here").read_bytes()


def test_code_longer_than_a_window_of_a_paste(flash, link, tmp_path):
    long = "numbers = [%s]\nprint(sum(numbers))\n" % ", ".join(map(str, range(3000)))
    (tmp_path / "long.py").write_text(long)
    with plugged_in(flash, link):
        assert mpremote(link, "run", str(tmp_path / "long.py")) == "%d\n" % sum(range(3000))


def test_a_soft_reset_forgets_names_and_keeps_files(flash, link):
    with plugged_in(flash, link):
        assert mpremote(link, "exec", "a = 1", "+", "exec", "print(a)") == "1\n"
        assert mpremote(link, "exec", "a = 1; open('/kept', 'w').close()", "+", "soft-reset", "+", "exec", "print('a' in globals())") == "False\n"
        assert "kept" in mpremote(link, "fs", "ls")


def test_main_starts_with_the_power_and_makes_way_for_a_host(flash, link):
    with plugged_in(flash, link):
        mpremote(link, "exec", "file = open('/main.py', 'wb'); file.write(%r); file.close()" % LOOP)
    with plugged_in(flash, link):
        time.sleep(0.3)
        assert mpremote(link, "exec", "print(open('/starts').read())") == "x\n"
    with plugged_in(flash, link):
        time.sleep(0.3)
        assert mpremote(link, "exec", "print(open('/starts').read())") == "xx\n"


def test_a_board_that_is_unplugged(flash, link):
    with plugged_in(flash, link, lines_left=2) as board:
        done = subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", link, "exec", "print(1)", "+", "exec", "print(2)", "+", "exec", "print(3)"],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert done.returncode != 0 and done.stdout.split()[:2] == ["1", "2"] and "3" not in done.stdout.split()
    assert board.is_cut and board.lines == 2


def test_mip_installs_from_a_package_file(flash, link, tmp_path):
    """As from package.json: pairs of target and source, relative to the file."""
    here = tmp_path / "project"
    (here / "terminal").mkdir(parents=True)
    (here / "terminal" / "main.py").write_text("def main(root):\n    print('main of', repr(root))\n")
    (here / "terminal" / "launcher.py").write_bytes(launcher())
    urls = [["main.py", "terminal/launcher.py"], ["terminal/main.py", "terminal/main.py"]]
    (here / "package.json").write_text(json.dumps({"version": "1", "urls": urls}))
    with plugged_in(flash, link):
        mpremote(link, "mip", "install", "--target", "/", str(here / "package.json"))
        assert mpremote(link, "exec", "exec(open('/main.py').read())") == "main of ''\n"
