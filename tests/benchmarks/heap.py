"""What one EV2 tap keeps alive on MicroPython (unix port, whose words have 8 bytes: a board's have 4, so this is the worse case)."""

import subprocess
import sys
from pathlib import Path

from tests import needs
from tests.benchmarks.line import Line, missing

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("heap_tap.py")
LIVE_MAX = 48 * 1024
FAMILIES = ("desfire-ev2", "ntag424")
WHAT = "live heap of one earning tap on MicroPython, kB"
RUN_MAX_S = 120


def measure(micropython, family):
    """(live bytes at most, bytes allocated in all, bytes in use before the tap)."""
    command = [micropython, "-X", "heapsize=8m", str(SCRIPT), str(ROOT), family]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_MAX_S, cwd=ROOT)
    if done.returncode:
        raise RuntimeError("MicroPython ended with %d: %s" % (done.returncode, (done.stdout + done.stderr)[-600:]))
    return tuple(int(word) for word in done.stdout.split()[-3:])


def lines():
    micropython = needs.find_program("micropython")
    if micropython is None:
        return [missing(WHAT, "needs micropython (make setup brings it on x86-64 Linux)")]
    found = []
    for family in FAMILIES:
        live, allocated, _ = measure(micropython, family)
        found.append(Line("%s, %s" % (WHAT, family), "%.1f" % (live / 1024), "under %d" % (LIVE_MAX // 1024), live < LIVE_MAX))
        found.append(Line("allocated by it in all, kB, %s" % family, "%.0f" % (allocated / 1024), "", None))
    return found


if __name__ == "__main__":
    for line in lines():
        print(line.text())
    sys.exit(0)
