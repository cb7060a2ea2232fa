"""What a tap costs the board's processor: instructions of MicroPython's unix port, counted by valgrind (callgrind) between marks.

`terminal_start.py` calls `time.ticks_cpu` at each border between parts of the firmware; callgrind writes its counts there and begins anew.
So a count holds no start, no import and no waiting, but the collections of a heap as small as a board's. What the operating system
does for it, writing files above all, is not counted.

From instructions to a board's milliseconds: MicroPython's own benchmark of n queens (tests/perf_bench/bm_nqueens.py; lists, sets,
generators and calls, as our code has) takes 26.7 million instructions for six queens on this interpreter, counted the same way. Six
queens count 1000 there, and boards do so many of these a second, measured by MicroPython's developers:

    RP2350  3708   pull request 19352, before newlib nano         ESP32 at 240 MHz  2232   pull request 7850
    RP2040  1859   from RP2350's, by bm_chaos of the same pull request, 154.11 to 307.38

Pystone, counted likewise (43,064 instructions; 1732 a second on an ESP32, issue 6565), gives that ESP32 a quarter more. So an estimate may be
off by 40 % either way. AES and SHA-256 are C on boards too and are in it; waiting for reader, card and flash is not.
"""

import re
import shutil
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from tests.benchmarks.terminal_board import BenchBoard
from tests.benchmarks.terminal_memory import COMMAND

MARK = "time_ticks_cpu"  # the C function behind `time.ticks_cpu`
WAIT_S = 240.0  # callgrind is some fifty times slower than the processor
INSTRUCTIONS_OF_QUEENS = 26.7e6
QUEENS_A_SECOND = {"RP2040": 1.859, "RP2350": 3.708, "ESP32": 2.232}
DESK = "desk"  # what only this board does
CRYPTOGRAPHY = re.compile(r"aes|sha256|cryptolib|hashlib|mbedtls")
MEMORY = re.compile(r"^(gc_|m_malloc|m_realloc|m_free|m_new|m_del|mp_gc|py_gc)")

# instructions: {part: count}. cryptography, memory: how many of them, DESK's left out, were in C functions of AES and SHA-256, and of the heap.
Counted = namedtuple("Counted", ["instructions", "cryptography", "memory"])


def is_there():
    """Whether this machine can count."""
    return shutil.which("valgrind") is not None


def measure(families):
    """{family: `Counted`} of the second earning tap of a new card of each, at one board."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        counts = folder / "counts"
        counting = ["--tool=callgrind", "--dump-before=" + MARK, "--compress-strings=no", "--compress-pos=no", "--callgrind-out-file=%s" % counts]
        command = ["env", "BENCH_INSTRUCTIONS=1", "valgrind", *counting, *COMMAND]
        found, file = {}, 0  # file: of the last mark
        with BenchBoard(folder, command=command) as bench:
            for place, family in enumerate(families):
                bench.issue(family)
                if place == 0:
                    bench.power(WAIT_S)
                for _ in range(2):
                    bench.tap("earned", timeout_s=WAIT_S)
                    parts = [part for part, _ in bench.next_line("marks", WAIT_S)]
                    begun, file = file + 1, file + 1 + len(parts)  # a tap of n counts has n + 1 marks; a mark's file holds what was before it
                found[family] = _sum(parts, [Path("%s.%d" % (counts, begun + 1 + number)) for number in range(len(parts))])
            bench.pull_power()
    return found


def _sum(parts, files):
    found, cryptography, memory = {}, 0, 0
    for part, file in zip(parts, files):
        functions = _functions(file.read_text("latin-1"))
        found[part] = found.get(part, 0) + sum(functions.values())
        if part == DESK:
            continue
        cryptography += sum(count for name, count in functions.items() if CRYPTOGRAPHY.search(name))
        memory += sum(count for name, count in functions.items() if MEMORY.search(name))
    return Counted(found, cryptography, memory)


def _functions(text):
    """{function: its own instructions} of one callgrind file (valgrind manual, "Callgrind Format Specification")."""
    found, name, is_call = {}, "", False
    for line in text.splitlines():
        if line.startswith("fn="):
            name = line[3:]
        elif line.startswith("calls="):
            is_call = True  # the next line is what the called function cost
        elif line[:1].isdigit() and name:
            if not is_call:
                found[name] = found.get(name, 0) + int(line.split()[1])
            is_call = False
    return found


def milliseconds(instructions, chip):
    """How long a board's processor is estimated to take."""
    return instructions / INSTRUCTIONS_OF_QUEENS / QUEENS_A_SECOND[chip] * 1000


if __name__ == "__main__":
    for word, counted in measure(sys.argv[1:]).items():
        print(word, counted)
