"""The journal on the real littlefs of MicroPython, its power cut at the flash; and what a tap costs that flash."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import needs

ROOT = Path(__file__).resolve().parents[2]
TAPS = 500
CUTS = 120  # of about 6600 places; `make tears` cuts them all
RUN_MAX_S = 1800

pytestmark = pytest.mark.timeout(RUN_MAX_S + 60)


@pytest.fixture(scope="module")
def day(request):
    """What the run told."""
    micropython = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    cuts = "all" if request.config.getoption("--tears") == "all" else str(CUTS)
    script = ROOT / "tests" / "terminal" / "power_cut.py"
    words = [micropython, "-X", "heapsize=64m", script, ROOT, TAPS, cuts, request.config.stampd_seed]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=RUN_MAX_S, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_no_cut_of_a_day_on_littlefs_breaks_a_promise(day, record_property):
    tried = sum(day["tried"].values())
    record_property("tears", "board journal on littlefs: %d of %d" % (tried, day["places"]))
    assert min(day["tried"].values()) >= min(CUTS // 4, tried // 4)


def test_a_tap_costs_the_flash_no_more_than_the_decision_says(day):
    """docs/decisions/0026-board-journal.md"""
    assert day["journal_bytes"] <= 340, day
    assert day["erases"] <= 2.3, day
    assert day["programs"] <= 24, day
