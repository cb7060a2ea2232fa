"""Exchanges, bytes and modelled air time of each tap on NTAG215, beside the budget and the floor of the protocol.

    python -m tests.benchmarks.exchanges            print them
    python -m tests.benchmarks.exchanges --update   write exchanges.json again

Bytes are counted twice: as APDUs on the PC/SC layer (what answers and traces count) and as frames without CRC on the air.
"""

import json
import sys
import tempfile
from itertools import product
from pathlib import Path

from cardos.families import ntag21x
from cardos.families.type2 import PAGE
from cardos.records.record import slot_size
from tests.benchmarks.air_time import EEPROM_MS, frames_ms, needed_frames
from tests.benchmarks.line import Line
from tests.benchmarks.one_card import Shape, lab

TABLE = Path(__file__).with_name("exchanges.json")
COLUMNS = ("exchanges", "apdu_bytes_out", "apdu_bytes_in", "air_bytes_out", "air_bytes_in")

# At most so many exchanges for an earning tap with FAST_READ: {(counters, password): n} (docs/architecture.md, exchange budget).
BUDGET = {(1, True): 14, (3, True): 17, (1, False): 13, (3, False): 16}
AIR_RATIO_MAX = 1.15

SKIPPED, WHOLE = "equal pages skipped", "all pages written"

# The day of one card. "first earn" writes over a blank slot, where nothing may be skipped; "earn" is every later one.
DAY = (
    ("issue", "issue", {}),
    ("first earn", "sell", {"amount": 450}),
    (None, "sell", {"amount": 450}),
    ("earn", "sell", {"amount": 450}),
    ("redeem", "sell", {"amount": 450, "redeem": "auto"}),
    ("undo", "undo", {}),
    ("show", "show", {}),
)


def shapes():
    """Every kind of card and reader that is measured: {name: Shape}. A password needs a reader with direct commands."""
    found = {}
    for counters, password, fast_read, skip in product((1, 3), (True, False), (True, False), (True, False)):
        if password and not fast_read:
            continue
        words = ["n=%d" % counters, "password" if password else "open", "FAST_READ" if fast_read else "READ only"]
        found[", ".join(words + [SKIPPED if skip else WHOLE])] = Shape(counters, password, skip, fast_read)
    return found


def measure():
    """{shape name: {tap name: Tap}} for one day of each shape, and nothing of it left behind."""
    found = {}
    for name, shape in shapes().items():
        with tempfile.TemporaryDirectory() as folder, lab(folder, shape) as one:
            day = found[name] = {}
            for label, kind, wish in DAY:
                options = {"open_writes": True} if kind == "issue" and not shape.password else {}
                tap = one.tap(kind, **wish, **options)
                if label:
                    day[label] = tap
    return found


def counts(measured):
    """The committed table: {shape: {tap: [numbers as in COLUMNS]}}."""
    table = {}
    for name, day in measured.items():
        table[name] = {}
        for label, tap in day.items():
            sent, got = (sum(len(frame[side]) for frame in tap.air) for side in (0, 1))
            answer = tap.answer
            table[name][label] = [answer["exchanges"], answer["bytes_out"], answer["bytes_in"], sent, got]
    return table


def air(shape, tap):
    """{EEPROM ms: (modelled ms, floor ms)} of a tap that changed one record."""
    slot_pages = slot_size(shape.counters) // PAGE
    last = ntag21x.PAGE_SLOTS + 2 * slot_pages - 1
    floor = needed_frames(ntag21x.PAGE_ISSUER, last, slot_pages, tap.written_pages, shape.password)
    return {ms: (frames_ms(tap.air, ms), frames_ms(floor, ms)) for ms in EEPROM_MS}


def dump(table):
    """The table as text, one tap a line."""
    blocks = []
    for name, day in table.items():
        lines = ['    %s: %s' % (json.dumps(label), json.dumps(numbers)) for label, numbers in day.items()]
        blocks.append("  %s: {\n%s\n  }" % (json.dumps(name), ",\n".join(lines)))
    return '{\n  "columns": %s,\n%s\n}\n' % (json.dumps(COLUMNS), ",\n".join(blocks))


def committed():
    """The committed table without its column names; {} when there is none."""
    if not TABLE.exists():
        return {}
    table = json.loads(TABLE.read_text("utf-8"))
    table.pop("columns")
    return table


def lines(measured):
    """Table lines (what, found, goal, met or None) for what the shop really writes, with the cost of not skipping beside it."""
    found = []
    for name, shape in shapes().items():
        if not shape.skip_equal:
            continue
        whole = measured[name.replace(SKIPPED, WHOLE)]
        budget = BUDGET[shape.counters, shape.password] if shape.fast_read else None
        for label in ("first earn", "earn"):
            tap, most = measured[name][label], whole[label].answer["exchanges"]
            what = "%s, %s: exchanges (all pages written)" % (label, name.removesuffix(", " + SKIPPED))
            met = None if budget is None else max(tap.answer["exchanges"], most) <= budget
            found.append(Line(what, "%d (%d)" % (tap.answer["exchanges"], most), "at most %d" % budget if budget else "", met))
    for name, shape in shapes().items():
        if not (shape.skip_equal and shape.fast_read):
            continue
        for label in ("first earn", "earn", "redeem", "undo"):
            low, high = [spent / floor for spent, floor in air(shape, measured[name][label]).values()]
            what = "%s, %s: time on the air over its floor" % (label, name.removesuffix(", " + SKIPPED))
            found.append(Line(what, "%.2f to %.2f" % (min(low, high), max(low, high)), "at most %.2f" % AIR_RATIO_MAX, max(low, high) <= AIR_RATIO_MAX))
    return found


def page(measured):
    """The committed numbers as a Markdown table."""
    text = ["| card and reader | tap | exchanges | APDU bytes out / in | bytes on the air out / in |", "|---|---|---|---|---|"]
    for name, day in counts(measured).items():
        for label, (n, out, back, air_out, air_back) in day.items():
            text.append("| %s | %s | %d | %d / %d | %d / %d |" % (name, label, n, out, back, air_out, air_back))
    return "\n".join(text)


def main(arguments):
    measured = measure()
    if "--update" in arguments:
        TABLE.write_text(dump(counts(measured)), "utf-8")
    for line in lines(measured):
        print(line.text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
