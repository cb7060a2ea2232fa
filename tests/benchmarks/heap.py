"""What one EV2 tap keeps alive on MicroPython (unix port, whose words have 8 bytes: a board's have 4, so this is the worse case)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from cardos.taps.sell import sell
from tests import needs
from tests.benchmarks.line import Line, missing

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("heap_tap.py")
LIVE_MAX = 48 * 1024
FAMILIES = ("desfire-ev2", "ntag424")
WHAT = "live heap of one earning tap on MicroPython, kB"
RUN_MAX_S = 120


def told(family):
    """What a shop knows of a card of this family before a sale, and what the card answers in it: issued and sold to once, here."""
    code = (
        "import json, sys; sys.argv = ['', %r, '']; sys.path.insert(0, %r); from tests.benchmarks import heap; print(json.dumps(heap.recorded(%r)))"
        % (str(ROOT), str(ROOT), family)
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=RUN_MAX_S, cwd=ROOT, check=True)
    return json.loads(done.stdout)


def recorded(family):
    """`told`, in a process of its own: the portable shop keeps its random numbers in its module."""
    from tests.benchmarks.heap_tap import Fixed
    from tests.portable import shop as portable_shop

    shop = portable_shop.Shop(family)
    shop.issue()
    shop.tap(sell(shop.terms(), portable_shop.sale(), "R-1"))
    before = {
        "family": family, "landed": list(shop.landed), "next_number": shop.next_number,
        "known": [(sequence, mac.hex(), previous.hex()) for sequence, mac, previous in shop.known],
    }  # fmt: skip
    answers, transceive = [], shop.card.transceive
    shop.card.transceive = lambda frame: answers.append(transceive(frame)) or answers[-1]
    portable_shop.nonces = Fixed().take
    done = shop.tap(sell(shop.terms(), portable_shop.sale(), "R-2"))
    return {**before, "answers": [answer.hex() for answer in answers], "ats": shop.found.ats.hex(), "record_mac": done.record_mac.hex()}


def measure(micropython, family):
    """(live bytes at most between its steps, with the garbage of a step, bytes allocated in all)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(told(family), file)
        file.flush()
        command = [micropython, "-X", "heapsize=8m", str(SCRIPT), str(ROOT), file.name]
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
        live, most, allocated = measure(micropython, family)
        text = "%.1f (%.1f with the garbage of a step)" % (live / 1024, most / 1024)
        found.append(Line("%s, %s" % (WHAT, family), text, "under %d" % (LIVE_MAX // 1024), live < LIVE_MAX))
        found.append(Line("allocated by it in all, kB, %s" % family, "%.0f" % (allocated / 1024), "", None))
    return found


if __name__ == "__main__":
    for line in lines():
        print(line.text())
