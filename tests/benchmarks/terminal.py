"""The stand-alone terminal: what the firmware takes of a board, in bytes, instructions, exchanges and flash.

Budgets are in `terminal_budgets`, where `make test` finds them too.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from host_tools.boards import firmware
from host_tools.boards.demo.board_process import HEAP
from tests import needs
from tests.benchmarks import exchanges, terminal_budgets, terminal_instructions, terminal_memory, terminal_sync
from tests.benchmarks.line import Line, missing
from tests.benchmarks.terminal_board import FAMILIES, BenchBoard, row_of

ROOT = Path(__file__).resolve().parents[2]
POWER_CUT = ROOT / "tests" / "terminal" / "power_cut.py"
COUNTED_FAMILIES = ("ntag215", "ultralight-aes", "ntag424", "desfire-ev2")
PARTS = ("reader", "cards and offers", "journal", "signals")  # of a tap; what only the desk board does is left out
DAY_TAPS, SEED = 500, 1
RUN_MAX_S = 300
JOURNAL_BYTES_MAX, ERASES_MAX, PAGES_MAX = 340, 2.3, 24  # docs/decisions/0026-board-journal.md
UP_MAX = 1.1


def lines():
    found = _firmware()
    micropython = needs.find_program("micropython")
    if micropython is None:
        return [*found, missing("a tap on the board's interpreter", "needs micropython (make setup brings it on x86-64 Linux)")]
    return [*found, *_days(), *_allocated(), *_instructions(), *_journal(micropython), *_sync(micropython)]


def _firmware():
    found = []
    for board in firmware.BOARDS:
        files, most = firmware.compiled(board), terminal_budgets.FIRMWARE_BYTES[board]
        size = sum(len(data) for _, data in files)
        found.append(Line("firmware of %s: bytes of .mpy (files)" % board, "%d (%d)" % (size, len(files)), "at most %d" % most, size <= most))
    path, largest = max(((path, len(data)) for path, data in firmware.compiled(firmware.ANY)), key=lambda pair: pair[1])
    most = terminal_budgets.MODULE_BYTES
    found.append(Line("its largest file, bytes", "%d (%s)" % (largest, path), "at most %d" % most, largest <= most))
    return found


def _days():
    """Live heap, and exchanges, of one card's day on each family."""
    heaps, taps = [], []
    with tempfile.TemporaryDirectory() as folder, BenchBoard(Path(folder)) as bench:
        for family in FAMILIES:
            started, most, frames, till = terminal_memory.day(bench, family)
            if not heaps:
                heaps.append(_heap_line("waiting for its first card", started, terminal_budgets.LIVE_AT_START))
            heaps.append(_heap_line("at most after a tap, %s" % family, most, terminal_budgets.LIVE_AFTER_TAP[family]))
            taps.append(_exchanges_line(family, frames, till))
    return heaps + taps


def _heap_line(what, size, most):
    return Line("live heap of the firmware (%s), kB, %s" % (HEAP, what), "%.0f" % (size / 1024), "at most %.0f" % (most / 1024), size <= most)


def _exchanges_line(family, frames, till):
    labels = terminal_budgets.LABELS
    mine = tuple(frames[label] for label in labels)
    table = exchanges.committed()[row_of(family)]
    rows = mine, [till[label] for label in labels], [table[label][5] for label in labels]
    text = "%s (till %s; issuer %s)" % tuple(" ".join(map(str, row)) for row in rows)
    is_met = frames == till and mine == terminal_budgets.EXCHANGES[family]
    return Line("exchanges at a board, %s, %s" % (", ".join(labels), family), text, "those of the till", is_met)


def _allocated():
    found = []
    for family in COUNTED_FAMILIES:
        parts = terminal_memory.allocated(family)
        text = "%.0f (%s)" % (sum(parts[part] for part in PARTS) / 1024, ", ".join("%s %.0f" % (part, parts[part] / 1024) for part in PARTS))
        found.append(Line("allocated by an earning tap of the firmware, kB, %s" % family, text, "", None))
    return found


def _instructions():
    what = "instructions of an earning tap on the unix port, millions"
    if not terminal_instructions.is_there():
        return [missing(what, "needs valgrind (apt-get install valgrind)")]
    found = []
    for family, counted in terminal_instructions.measure(COUNTED_FAMILIES).items():
        whole = sum(counted.instructions[part] for part in PARTS)
        shares = ["%s %.0f %%" % (part, 100 * counted.instructions[part] / whole) for part in PARTS]
        text = "%.1f (%s; in them: memory %.0f %%, AES and SHA-256 %.1f %%)" % (
            whole / 1e6, ", ".join(shares), 100 * counted.memory / whole, 100 * counted.cryptography / whole,
        )  # fmt: skip
        found.append(Line("%s, %s" % (what, family), text, "", None))
        estimates = ["%s %.0f" % (chip, terminal_instructions.milliseconds(whole, chip)) for chip in terminal_instructions.QUEENS_A_SECOND]
        found.append(Line("estimated from them, ms of a board's processor, %s" % family, ", ".join(estimates), "", None))
    return found


def _journal(micropython):
    command = [micropython, "-X", "heapsize=64m", str(POWER_CUT), str(ROOT), str(DAY_TAPS), "0", str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_MAX_S, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError("MicroPython ended with %d: %s" % (done.returncode, (done.stdout + done.stderr)[-600:]))
    day = json.loads(done.stdout)
    return [
        Line("journal of a tap, bytes", "%.0f" % day["journal_bytes"], "at most %d" % JOURNAL_BYTES_MAX, day["journal_bytes"] <= JOURNAL_BYTES_MAX),
        Line("flash of a tap on littlefs: erases of 4 KB", "%.1f" % day["erases"], "at most %.1f" % ERASES_MAX, day["erases"] <= ERASES_MAX),
        Line("flash of a tap on littlefs: programmed pages of 256 bytes", "%.0f" % day["programs"], "at most %d" % PAGES_MAX, day["programs"] <= PAGES_MAX),
        Line("flash of a tap on littlefs: bytes written; syncs of the device", "%.0f; %.1f" % (day["flash_bytes"], day["syncs"]), "", None),
    ]


def _sync(micropython):
    synced = terminal_sync.measure(micropython)
    what, over = "sync of %d entries" % synced.entries, synced.up / synced.line_bytes
    return [
        Line(what + ": lines, bytes of lines", "%d, %d" % (synced.lines, synced.line_bytes), "", None),
        Line(what + ": batches, signatures", "%d, %d" % (synced.batches, synced.signatures), "one signature a batch", synced.batches == synced.signatures),
        Line(what + ": bytes up, over those of its lines", "%.3f" % over, "under %.1f" % UP_MAX, over < UP_MAX),
        Line(what + ": bytes down", "%d" % synced.down, "", None),
        Line(what + ": seconds of CPU, shop, board on the unix port", "%.1f, %.1f" % (synced.shop_s, synced.board_s), "", None),
        Line(what + ": cases in the ledger", "%d" % synced.cases, "none", synced.cases == 0),
    ]  # fmt: skip


if __name__ == "__main__":
    for line in lines():
        print(line.text())
