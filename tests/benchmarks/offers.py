"""Offers: how fast a sale is decided, what a pack keeps alive on a board, how large packs are; beside plain Python and another engine.

    python -m tests.benchmarks.offers
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from cardos.cbor import encode
from cardos.offers.pack import worst_case
from host_tools.offers.state import needs_of
from host_tools.offers.replay import pack_of_row
from host_tools.offers.signing import sign_pack
from host_tools.provisioning.keys import test_keys
from tests import needs
from tests.benchmarks import offers_peer, offers_sale
from tests.benchmarks.heap import ROOT, RUN_MAX_S
from tests.benchmarks.line import Line, missing
from tests.benchmarks.other_clients import FOLDER_VARIABLE

SCRIPT = ROOT / "tests" / "benchmarks" / "offers_micropython.py"
ROWS = ROOT / "tests" / "offers" / "offers.json"
BLOCKS, TIMES = 9, 400
MICROPYTHON_TIMES = (100, 2)  # for the ordinary sale and the longest
PACK_BYTES_MAX = 4 * 1024
DECODE_MAX = 20 * 1024  # kept on a board, for the shop of six offers
SALE = "a sale of 3 lines in a shop of 6 offers"


def seconds(way, state, event):
    """CPU of one decision."""
    started = time.process_time()
    for _ in range(TIMES):
        way(state, event)
    return (time.process_time() - started) / TIMES


def side_by_side(ways):
    """{name: [seconds, ...] a block}; blocks of all alternate."""
    event = offers_sale.portable(offers_sale.SALE)
    for way in ways.values():
        seconds(way, offers_sale.STATE, event)
    found = {name: [] for name in ways}
    for _ in range(BLOCKS):
        for name, way in ways.items():
            found[name].append(seconds(way, offers_sale.STATE, event))
    return found


def peer():
    """The other engine's way, or why there is none."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and folder not in sys.path:
        sys.path.append(folder)  # at the end: what stampd itself uses stays as it is
    if importlib.util.find_spec("zen") is None:
        return None
    return offers_peer.peer()


def speed(pack):
    """(lines, our median seconds) of the ordinary sale on CPython."""
    ways, other = {"ours": offers_sale.ours(pack), "plain": offers_sale.plain}, peer()
    if other:
        ways["peer"] = other
    found = side_by_side(ways)
    middle = {name: statistics.median(times) for name, times in found.items()}

    def ratio(base):
        return "%.1f" % statistics.median(mine / other for mine, other in zip(found["ours"], found[base]))

    lines = [
        Line("evaluations a second on CPython, %s" % SALE, "%.0f" % (1 / middle["ours"]), "", None),
        Line("its CPU over the same rules written in plain Python", ratio("plain"), "", None),
    ]
    what = "its CPU over the same decision by %s" % offers_peer.NAME
    lines.append(Line(what, ratio("peer"), "", None) if other else missing(what, "needs %s" % offers_peer.NAME))
    lines.append(Line("  microseconds of CPU", ", ".join("%s %.0f" % (name, took * 1e6) for name, took in middle.items()), "", None))
    return lines, middle["ours"]


def on_micropython(program, pack):
    """What `offers_micropython` prints of the shop's pack, its ordinary sale and the longest."""
    work = {
        "payload": encode(pack).hex(), "state": [[key, *held] for key, held in offers_sale.STATE.items()], "times": MICROPYTHON_TIMES,
        "events": [offers_sale.portable(sale) for sale in (offers_sale.SALE, offers_sale.long_sale())],
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(work, file)
        file.flush()
        command = [str(program), "-X", "heapsize=2m", str(SCRIPT), str(ROOT), file.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_MAX_S, cwd=ROOT)
    if done.returncode:
        raise RuntimeError("MicroPython ended with %d: %s" % (done.returncode, (done.stdout + done.stderr)[-600:]))
    return json.loads(done.stdout.splitlines()[-1])


def memory(pack, cpython_seconds):
    program = needs.find_program("micropython")
    if program is None:
        return [missing("evaluations a second on MicroPython, %s" % SALE, "needs micropython (make setup brings it on x86-64 Linux)")]
    told = on_micropython(program, pack)
    sale, longest = told["events"]
    lines_of_sale, bound = "a sale of %d lines" % offers_sale.LINES_LONG, worst_case(pack)
    return [
        Line("evaluations a second on MicroPython (unix), %s" % SALE, "%.0f" % (1e6 / sale["us"]), "", None),
        Line("its time over CPython's", "%.1f" % (sale["us"] / 1e6 / cpython_seconds), "", None),
        Line("milliseconds of the longest sale it takes on MicroPython, %s" % lines_of_sale, "%.1f" % (longest["us"] / 1000), "", None),
        Line("rules and conditions of that pack; steps of %s at most" % lines_of_sale, "%d; %d" % (bound["nodes"], bound["steps"]), "", None),
        Line("live heap of that pack on MicroPython, kB", "%.1f" % (told["pack"] / 1024), "under %d" % (DECODE_MAX // 1024), told["pack"] < DECODE_MAX),
        Line("free heap that decoding it gets by with, kB", "%.1f" % (told["decode_room"] / 1024), "", None),
        *[
            Line("%s, kB: 3 lines, %d lines" % (what, offers_sale.LINES_LONG), "%.1f, %.1f" % (sale[key] / 1024, longest[key] / 1024), "", None)
            for what, key in (
                ("free heap that one evaluation gets by with", "room"), ("the same with all its garbage", "allocated"),
                ("free heap that a refund of everything gets by with", "refund_room"), ("the same with all its garbage", "refund_allocated"),
            )
        ],
        Line("  milliseconds of decoding the pack on MicroPython", "%.1f" % (told["decode_us"] / 1000), "", None),
    ]  # fmt: skip


def sizes(pack):
    """Signed bytes of the shop's pack; bytes and counters of a pack of each row alone."""
    keys = test_keys()
    size = len(sign_pack({**pack, "scheme": keys.scheme}, keys))
    found = [Line("signed pack of the shop of 6 offers, bytes", "%d" % size, "under %d" % PACK_BYTES_MAX, size < PACK_BYTES_MAX)]
    rows = [row for row in json.loads(ROWS.read_text("utf-8"))["rows"] if row.get("sequences")]
    packs = {row["id"]: pack_of_row(row) for row in rows}
    for letter in sorted({name[0] for name in packs}):
        names = [name for name in packs if name[0] == letter]
        bytes_of = ", ".join("%s %d" % (name, len(sign_pack({**packs[name], "scheme": keys.scheme}, keys))) for name in names)
        counters = ", ".join("%s %d" % (name, needs_of(packs[name])) for name in names)
        found.append(Line("signed pack of one offer, bytes, rows %s" % letter, bytes_of, "", None))
        found.append(Line("counters on the card, rows %s" % letter, counters, "", None))
    return found


def lines():
    pack = offers_sale.shop_pack()
    found, cpython_seconds = speed(pack)
    return found + memory(pack, cpython_seconds) + sizes(pack)


if __name__ == "__main__":
    for line in lines():
        print(line.text())
