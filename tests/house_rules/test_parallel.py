"""A run in two processes is the same run: its units exist, its counts come together, its draws are those of one process."""

import os
import re
import subprocess
import sys

import pytest

from tests import parallel
from tests.bits import tally as bits_tally
from tests.house_rules.sources import ROOT
from tests.tears import tally as tears_tally

A_FEW = ("tests/bits/test_journal.py", "tests/records", "-k", "ntag215 or page")
SECTION = " bits ="


def test_every_file_that_is_named_is_there():
    for name in (*parallel.SECONDS, *parallel.SPLIT):
        assert (ROOT / name).is_file(), name


def test_a_unit_is_a_file_or_one_test():
    whole, split = "tests/readers/test_watch.py", parallel.SPLIT[0]
    assert parallel.unit_of(whole + "::test_a[x::y]") == whole
    assert parallel.unit_of(split + "::test_a[x::y]") == split + "::test_a[x::y]"


@pytest.mark.parametrize("tally", [bits_tally, tears_tally], ids=["bits", "tears"])
def test_what_another_process_counted_is_added(tally, monkeypatch):
    for name, counts in [(name, counts) for name, counts in vars(tally).items() if isinstance(counts, dict) and not name.startswith("__")]:
        monkeypatch.setattr(tally, name, type(counts)())  # this run's own counts are kept out
    more = ({"done": 2},) if tally is bits_tally else ()
    tally.count("a part", 2, 5, *more)
    once = tally.counted()
    tally.add(once)
    assert once[0] == {"a part": 2} and [counts.get("a part") for counts in tally.counted()][:2] == [4, 10]


def _run(processes):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--seed=7", "-n", str(processes), *A_FEW]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SECTION in done.stdout
    return done.stdout


def test_one_process_and_two_tell_the_same():
    one, two = _run(0), _run(2)
    assert one.count("seed 7 ") == two.count("seed 7 ") == 1
    told = [[line for line in text.partition(SECTION)[2].splitlines()[1:-1] if line] for text in (one, two)]
    assert told[0] == told[1] and len(told[0]) > 2
    closing = [re.search(r"^=* ?([0-9]+ passed).* in [0-9.]+s", text.splitlines()[-1])[1] for text in (one, two)]  # as .ci/run looks for it
    assert closing[0] == closing[1]
