"""The sync of a board that was long without network: ENTRIES taps, by the real sync on MicroPython's unix port, over TCP, into a real ledger.

The journal is filled beforehand, with entries of the size of a real sale's; filling and opening it are not counted.
"""

import json
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

from host_tools.boards.line_server import LineServer
from host_tools.boards.provisioning import link_key
from host_tools.boards.register import pair
from host_tools.boards.sync_desk import SyncDesk
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from terminal.journal import Journal
from tests.benchmarks.ledger_rate import real_entry
from tests.portable.journal_bench import head_mac
from tests.store.board_bench import Board
from tests.store.board_bench import Card as StoreCard
from tests.store.board_bench import Home as Till

ENTRIES = 10_000
CARDS = 50
SEGMENTS, SEGMENT_SIZE = 1600, 4096
SCRIPT = Path(__file__).with_name("terminal_sync_board.py")
ROOT = Path(__file__).resolve().parents[2]
RUN_MAX_S = 900

# lines: of the journal, two a tap. up, down: bytes, with the lengths before each message. shop_s, board_s: seconds of CPU.
Synced = namedtuple("Synced", ["entries", "lines", "line_bytes", "requests", "batches", "signatures", "up", "down", "shop_s", "board_s", "cases"])


class Filled(Board):
    """A board whose taps are as long as real ones."""

    def __init__(self, terminal, serial, details):
        self._details = details
        super().__init__(terminal, serial=serial)

    def restart(self):
        self.journal = Journal(self.files, self.terminal, head_mac, SEGMENTS, CARDS + 14, SEGMENT_SIZE)

    def entry(self, *what, **more):
        return {**super().entry(*what, **more), "details": self._details}


class Listening:
    """A desk whose messages are counted."""

    def __init__(self, desk):
        self._desk = desk
        self.requests = self.up = self.down = 0

    def answer(self, message):
        answer = self._desk.answer(message)
        self.requests, self.up, self.down = self.requests + 1, self.up + 4 + len(message), self.down + 4 + len(answer or b"")
        return answer


def measure(micropython, entries=ENTRIES):
    """A `Synced`. RuntimeError when the ledger does not hold every line afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        details = real_entry(folder / "sale")["details"]
        make_test_keys(folder / "home")
        with Home.open(folder / "home") as home:
            paired = pair(home, "counter")
            board, line_bytes = _fill(home, Filled(paired.terminal, paired.serial, details), entries)
            (folder / "journal").mkdir()
            for name, data in board.files.content.items():
                (folder / "journal" / name).write_bytes(data)
            told = {
                "scheme": home.keys.scheme, "terminal": paired.terminal, "serial": paired.serial, "seed": paired.seed.hex(),
                "certificate": home.keys.public_key("certificate").hex(), "link": link_key(home.keys, paired.terminal, paired.serial).hex(),
                "segments": SEGMENTS, "segment_size": SEGMENT_SIZE, "cards": CARDS + 14,
            }  # fmt: skip
            desk = Listening(SyncDesk(home))
            server = LineServer(desk, "127.0.0.1", 0)
            server.start()
            try:
                said, shop_s, board_s = _run(micropython, folder, {**told, "port": server.port})
            finally:
                server.stop()
            lines = board.journal.count
            if home.store.boards.of(paired.terminal).lines != lines or said["stored"] != lines:
                raise RuntimeError("the ledger has %d of %d lines; the board said %s" % (home.store.boards.of(paired.terminal).lines, lines, said))
            cases = len(home.store.cases())
    return Synced(entries, lines, line_bytes, desk.requests, said["batches"], said["signatures"], desk.up, desk.down, shop_s, board_s, cases)


def _fill(home, board, entries):
    till, cards = Till(home.store), [StoreCard(number) for number in range(1, CARDS + 1)]
    for card in cards:
        till.issue(card)
    for number in range(entries):
        board.tap(cards[number % CARDS])
    _, _, lines = board.journal.batch(1, 1 << 30)
    return board, sum(map(len, lines))


def _run(micropython, folder, told):
    """(what the board said, seconds of this process' CPU, seconds of the board's)."""
    (folder / "told.json").write_text(json.dumps(told))
    command = [micropython, "-X", "heapsize=64m", str(SCRIPT), str(ROOT), str(folder)]
    with open(folder / "errors", "w") as errors, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True) as board:
        try:
            if board.stdout.readline() != "ready\n":
                raise RuntimeError("the board did not open its journal: %s" % (folder / "errors").read_text()[-600:])
            shop, before = time.process_time(), _cpu_s(board.pid)
            board.stdin.write("go\n")
            board.stdin.flush()
            said = board.stdout.readline()
            said += "" if said.startswith("{") else board.stdout.read()
            shop_s, board_s = time.process_time() - shop, _cpu_s(board.pid) - before
            board.stdin.close()
        finally:
            board.kill()
    if not said.startswith("{"):
        raise RuntimeError("the board ended: %s%s" % (said, (folder / "errors").read_text()[-600:]))
    return json.loads(said), shop_s, board_s


def _cpu_s(pid):
    """Seconds of CPU that a process has had (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    from tests import needs

    print(measure(needs.find_program("micropython")))
