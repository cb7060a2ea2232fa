"""The driver as a board runs it: asyncio, a clock that nobody holds, and another task beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("mfrc522_real_time.py")
EXPECTED = "iso-dep 04a1b2c3d4e5f6 ['0404023000110591af', '0404020102110591af'] True False True\n"


@pytest.mark.parametrize("interpreter", ["python", "micropython"])
def test_a_card_comes_and_goes(interpreter):
    command = [sys.executable] if interpreter == "python" else [
        needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)"), "-X", "heapsize=1m"]
    done = subprocess.run([*command, SCRIPT, ROOT], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == EXPECTED, done.stdout + done.stderr
