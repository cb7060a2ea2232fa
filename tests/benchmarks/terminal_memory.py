"""What a tap allocates on the board's interpreter, part by part of the firmware; and what is alive on its heap, in a board's room.

Allocated is counted on a heap that is never full, so that nothing is collected in between; all of it that does not stay alive is
garbage, which a board's collector has to sweep in between. Words of the unix port have 8 bytes and a board's 4: most of it is half there.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.benchmarks.terminal_board import DAY, BenchBoard

COMMAND = [sys.executable, "-m", "tests.benchmarks.terminal_interpreter"]
HEAP = "64m"
LOOKS = 3


def allocated(family):
    """{part: bytes} that the second earning tap of a new card allocates; see `terminal_start.PARTS`."""
    with tempfile.TemporaryDirectory() as folder, BenchBoard(Path(folder), heap=HEAP, command=COMMAND) as bench:
        bench.issue(family)
        bench.power()
        bench.tap("earned")
        bench.next_line("marks")
        bench.tap("earned")
        found = Counter()
        for part, size in bench.next_line("marks"):
            found[part] += size
    return dict(found)


def day(bench, family):
    """A new card's day at a board that was just started: (live bytes at its start, live bytes at most after a tap, {label: exchanges},
    {label: exchanges of a till that met the card the same way})."""
    bench.issue(family)
    bench.power()
    started, most, frames, till = _live(bench), 0, {}, {}
    desk, card = bench.twin()
    for label, press, word, wish in DAY:
        tap = bench.tap(word, press)
        till[label], frames[label] = bench.host_exchanges(desk, card, wish), tap.frames
        most = max(most, _live(bench))
    bench.pull_power()
    return started, most, frames, till


def _live(bench):
    """The least of a few looks: what a stack or a register still points at stays alive by chance."""
    return min([bench.heap() for _ in range(LOOKS)])
