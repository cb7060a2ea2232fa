"""`make mutation`: change the evaluator in every way that cosmic-ray knows, one change at a time; the tests must notice.

    python -m tests.mutation                        every target, and the page docs/mutation.md
    python -m tests.mutation refund money           only these
    python -m tests.mutation --again                only what was not killed last time, against the tests of now; all of a file whose code has changed
    --jobs N                                        processes at once (1)

Results are kept in build/mutation.json. Exit code 1 when less than 95 % of the mutants are killed or a survivor is not argued.
"""

import argparse
import ast
import gc
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutation import checks, page
from tests.mutation.mutants import load_instead, mutants_of, mutated, users_of

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "mutation.json"
TARGETS = (
    "money", "holdings", "basket", "prices", "rewards", "earn", "status", "card_events", "evaluate", "refund", "claims", "reports", "book", "standing",
)  # fmt: skip
KILLED_LEAST = 0.95
MEMORY_MAX = 2 << 30
SECONDS_LEAST = 6
FIRST = 60  # checks that killed last are tried first
NOT_LOADED = "does not load"


def source_of(target):
    return (ROOT / "cardos" / "offers" / (target + ".py")).read_text("utf-8")


def code_of(text):
    """A source without comments and docstrings, for comparing; what is played for one text holds for another of the same code."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def trial(found, target, text, first):
    """In a process of its own: the name of the check that killed, or None."""
    sys.stdout = sys.stderr = open(os.devnull, "w")
    try:
        load_instead("cardos.offers." + target, text)
        __import__("cardos.offers." + target)
    except Exception:  # noqa: BLE001 - however it ends, it was noticed
        return NOT_LOADED
    return checks.first_failing(found, first)


def in_child(work, seconds):
    """Fork; (process id, pipe) of a child that writes what work() returns. It ends after so many seconds of CPU."""
    here, there = os.pipe()
    child = os.fork()
    if child:
        os.close(there)
        return child, here
    os.close(here)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    try:
        os.write(there, json.dumps(work()).encode())
    finally:
        os._exit(0)


def answer(child, pipe):
    """(what the child wrote or None, it was stopped)."""
    with open(pipe, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return (json.loads(told) if told else None), os.WIFSIGNALED(status)


class Run:
    """All mutants of some targets, several at once."""

    def __init__(self, jobs):
        self.checks = checks.all_checks()
        gc.collect()
        gc.freeze()
        self.jobs, self.open = jobs, {}
        child = in_child(lambda: trial(self.checks, "money", source_of("money"), ()), 600)
        told, stopped = answer(*child)
        if told or stopped:
            raise SystemExit("Without any change this fails already: %s" % told)
        used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        self.seconds = max(SECONDS_LEAST, 5 * used)
        print("%d checks; all of them take %.1f s" % (len(self.checks), used), flush=True)

    def play(self, target, work):
        """[entry, ...] of the mutants (operator, occurrence) of a target."""
        text, entries, waiting = source_of(target), [], list(reversed(work))
        last = [name for name in self.checks if name.startswith("test_mutants_%s::" % target)]  # tried first
        users_of("cardos.offers." + target)  # read once, not in each process
        while waiting or self.open:
            while waiting and len(self.open) < self.jobs:
                name, occurrence = waiting.pop()
                child, pipe = in_child(lambda name=name, occurrence=occurrence: self.one(target, text, name, occurrence, last), self.seconds)
                self.open[child] = (pipe, name, occurrence)
            child = next(iter(self.open))
            pipe, name, occurrence = self.open.pop(child)
            told, stopped = answer(child, pipe)
            if told is None:
                told = {**self.mutant(text, name, occurrence), "by": None, "outcome": "timed out"}
            elif told["outcome"] == "killed" and told["by"] != NOT_LOADED:
                last[:] = [told["by"]] + [other for other in last if other != told["by"]][:FIRST]
            entries.append({**told, "name": name})
        return entries

    def mutant(self, text, name, occurrence):
        """What a mutant is, worked out in a process of its own."""
        return answer(*in_child(lambda: mutated(text, name, occurrence)[1]._asdict(), 60))[0]

    def one(self, target, text, name, occurrence, last):
        changed, mutant = mutated(text, name, occurrence)
        by = trial(self.checks, target, changed, last)
        return {**mutant._asdict(), "by": by, "outcome": "killed" if by else "survived"}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    os.nice(10)
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    run = Run(chosen.jobs)
    for target in chosen.targets or TARGETS:
        text, old = source_of(target), kept.get(target)
        work = mutants_of(text)
        if chosen.again and old and code_of(old["source"]) == code_of(text):
            entries = [entry for entry in old["mutants"] if entry["outcome"] == "killed"]
            work = [(entry["name"], entry["occurrence"]) for entry in old["mutants"] if entry["outcome"] != "killed"]
        else:
            entries = []
        started = time.monotonic()
        entries = entries + run.play(target, work)
        entries.sort(key=lambda entry: (entry["line"], entry["name"], entry["occurrence"]))  # no ties: name and occurrence are one mutant
        kept[target] = {"source": text, "mutants": entries}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept, indent=0), "utf-8")
        print(target, dict(Counter(entry["outcome"] for entry in entries)), "%.0f s" % (time.monotonic() - started), flush=True)
    shown = {target: kept[target] for target in TARGETS if target in kept}
    return page.finish(shown, not chosen.targets, KILLED_LEAST, checks.ROWS_PER_KIND)


if __name__ == "__main__":
    sys.exit(main())
