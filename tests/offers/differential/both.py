"""The same work on both interpreters: CPython here, MicroPython in one process that answers line after line."""

import json
import random
import subprocess
from pathlib import Path

from cardos.cbor import decode
from tests.offers.differential.cases import random_work
from tests.offers.differential.play import play

ROOT = Path(__file__).resolve().parents[3]
WORKER = Path(__file__).with_name("worker.py")
CASES_A_PACK, EVENTS_A_BOOK = 16, 12
A_LINE = CASES_A_PACK + EVENTS_A_BOOK
HEAP = "heapsize=8m"  # an 8-byte word needs twice a board's; a line of work holds a pack and 28 events at once
BYTES_MAX = 1 << 30


class MicroPython:
    """A worker that lives as long as the `with`."""

    def __init__(self, program):
        command = [str(program), "-X", HEAP, str(WORKER), str(ROOT)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def play(self, line):
        """The bytes that MicroPython answers to a line of work (JSON)."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        try:
            return bytes.fromhex(answer)
        except ValueError:
            raise AssertionError("MicroPython said %r %s" % (answer, self._process.stdout.read())) from None

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def lines_of_work(seed, count):
    """(name, JSON line) of so many packs; a line can be made again from its name alone."""
    for number in range(count):
        name = "%s:%d" % (seed, number)
        yield name, json.dumps(random_work(random.Random(name), CASES_A_PACK, EVENTS_A_BOOK))


def first_difference(line, ours, theirs):
    """The first case or event that differs, with both answers, for a person."""
    work, ours, theirs = json.loads(line), decode(ours, bytes_max=BYTES_MAX), decode(theirs, bytes_max=BYTES_MAX)
    for case, here, there in zip(work["cases"], ours[0], theirs[0]):
        if here != there:
            return {"pack": work["pack"], "case": case, "cpython": opened(here), "micropython": opened(there)}
    return {"pack": work["pack"], "events": work["events"], "cpython": opened(ours[1]), "micropython": opened(theirs[1])}


def opened(answer):
    return decode(answer, bytes_max=BYTES_MAX) if isinstance(answer, bytes) else answer


def raised(line, answer):
    """[(error, case or events), ...] of what raised in an answer."""
    work, answer = json.loads(line), decode(answer, bytes_max=BYTES_MAX)
    found = [(done[1], case) for case, done in zip(work["cases"], answer[0]) if not isinstance(done, bytes)]
    return found + ([(answer[1][1], work["events"])] if not isinstance(answer[1], bytes) else [])


def outcomes(answer):
    """A word for each case and event: "ok", what was refused or declined; to see that work meets the rules."""
    answer = decode(answer, bytes_max=BYTES_MAX)
    done = [opened(case)[1] for case in answer[0]] + opened(answer[1])
    return [effects.get("refused") or effects.get("declined") or "ok" for effects in done]


def run(program, seed, count):
    """Play at least `count` cases on both; {"cases", "ok": cases that went through, "words": set of outcomes}. AssertionError with the difference."""
    cases = ok = 0
    words = set()
    with MicroPython(program) as micropython:
        for name, line in lines_of_work(seed, -(-count // A_LINE)):
            ours = play(json.loads(line))
            assert not raised(line, ours), "%s: %r" % (name, raised(line, ours))
            theirs = micropython.play(line)
            assert ours == theirs, "%s: %s" % (name, json.dumps(first_difference(line, ours, theirs), default=bytes.hex))
            told = outcomes(ours)
            cases += len(told)
            ok += told.count("ok")
            words.update(told)
    return {"cases": cases, "ok": ok, "words": words}
