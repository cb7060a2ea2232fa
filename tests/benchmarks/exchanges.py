"""Exchanges, bytes and modelled air time of each tap on each family, beside the budget and the floor of the protocol.

    python -m tests.benchmarks.exchanges            print them; only those of some families: their names
    python -m tests.benchmarks.exchanges --update   write exchanges.json again

Bytes are counted twice: as APDUs on the PC/SC layer (what answers and traces count) and as frames without CRC on the air.
NTAG213 and NTAG216 are spoken to with the same frames as NTAG215.
"""

import json
import sys
import tempfile
from itertools import product
from pathlib import Path

from cardos.exchange import CLASSIC, ISO_DEP, TYPE2
from cardos.crypto import tdes
from cardos.soft_cards.registry import families
from host_tools.tracing.air_time import EEPROM_MS, FRAME_SIZE, exchanges_ms
from host_tools.tracing.names import Words, work_done
from tests.benchmarks import floors
from tests.benchmarks.line import Line
from tests.benchmarks.one_card import PAGE_FAMILIES, Shape, lab

TABLE = Path(__file__).with_name("exchanges.json")
COLUMNS = ("exchanges", "apdu_bytes_out", "apdu_bytes_in", "air_bytes_out", "air_bytes_in", "card_exchanges")

# At most so many commands that reach the card in an earning tap, n = 1 and n = 3 (docs/architecture.md, exchange budget). NTAG21x
# with FAST_READ. An EV1 takes and gives 59 bytes a frame: three counters need two frames more, one to read and one to write.
BUDGET = {
    "ntag215": (14, 17), "ntag215, open": (13, 16), "ultralight-c": (22, 28), "ultralight-aes": (18, 21),
    "ntag424": (5, 5), "ntag424-lrp": (5, 5), "desfire-ev1": (7, 9), "desfire-ev2": (8, 8), "desfire-ev3": (8, 8),
}  # fmt: skip
AIR_RATIO_MAX = 1.15
RATES = (106, 424, 848)  # of ISO-DEP cards; page cards and Classic speak at 106 only

SKIPPED, WHOLE = "equal pages skipped", "all pages written"
OTHER_FAMILIES = ("ultralight-c", "ultralight-aes", "classic-1k", "ntag424", "ntag424-lrp", "desfire-ev1", "desfire-ev2", "desfire-ev3")
EARNS = ("first earn", "earn")

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


def shapes(only=()):
    """Every kind of card and reader that is measured: {name: Shape}. A password needs a reader with direct commands. only: families."""
    found = {}
    for counters, password, fast_read, skip in product((1, 3), (True, False), (True, False), (True, False)):
        if password and not fast_read:
            continue
        words = ["ntag215", "n=%d" % counters, "password" if password else "open", "FAST_READ" if fast_read else "READ only"]
        found[", ".join(words + [SKIPPED if skip else WHOLE])] = Shape("ntag215", counters, password, skip, fast_read)
    for family, counters in product([name for name in OTHER_FAMILIES if name in families()], (1, 3)):
        if family == "ultralight-c" and not tdes.AVAILABLE:
            continue
        name = "%s, n=%d" % (family, counters)
        if family in PAGE_FAMILIES:
            for skip in (True, False):
                found["%s, %s" % (name, SKIPPED if skip else WHOLE)] = Shape(family, counters, True, skip, True)
        else:
            found[name] = Shape(family, counters, True, True, True)
    return {name: shape for name, shape in found.items() if not only or shape.family in only}


def measure(only=()):
    """{shape name: {tap name: Tap}} for one day of each shape, and nothing of it left behind. only: families."""
    found = {}
    for name, shape in shapes(only).items():
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
            sent, got = (sum(len(frame[side] or b"") for frame in tap.air) for side in (0, 1))
            answer = tap.answer
            table[name][label] = [answer["exchanges"], answer["bytes_out"], answer["bytes_in"], sent, got, len(tap.air)]
    return table


def kind_of(family):
    """As `Link.card_kind`."""
    return TYPE2 if family in PAGE_FAMILIES else CLASSIC if family == "classic-1k" else ISO_DEP


def budget_of(shape):
    """At most so many exchanges for an earning tap, or None."""
    if not shape.fast_read:
        return None
    pair = BUDGET.get(shape.family if shape.password else shape.family + ", open")
    return pair and pair[shape.counters // 3]


def heard(shape, tap):
    """The frames of a tap as the model takes them: [(work, out, back), ...]."""
    kind = kind_of(shape.family)
    words = Words(kind)
    return [(work_done(kind, words.said(out).work, back), len(out), None if back is None else len(back)) for out, back in tap.air]


def air(shape, tap):
    """{(rate, EEPROM ms): (modelled ms, floor ms)} of a tap that changed one record."""
    kind = kind_of(shape.family)
    floor = floors.frames(shape.family, shape.counters, tap.written_pages, shape.password)
    found = {}
    for rate, ms in product(RATES if kind == ISO_DEP else RATES[:1], EEPROM_MS):
        how = {"rate": rate, "eeprom_ms": ms, "frame_size": floors.FSC.get(shape.family, FRAME_SIZE)}
        found[rate, ms] = exchanges_ms(kind, heard(shape, tap), **how), exchanges_ms(kind, floor, **how)
    return found


def has_floor(shape):
    """Whether the time on the air is compared: not for readers without FAST_READ, nor for Classic, whose copy is written after the person was told."""
    return shape.fast_read and shape.skip_equal and shape.family != "classic-1k"


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
    return _exchange_lines(measured) + _air_lines(measured)


def _exchange_lines(measured):
    found = []
    for name, shape in shapes().items():
        if name not in measured:
            continue
        if not shape.skip_equal:
            continue
        whole, budget = measured[name.replace(SKIPPED, WHOLE)], budget_of(shape)
        for label in EARNS:
            spent, most = len(measured[name][label].air), len(whole[label].air)
            what = "%s, %s: exchanges%s" % (label, _short(name), " (all pages written)" if most != spent else "")
            met = None if budget is None else max(spent, most) <= budget
            text = "%d (%d)" % (spent, most) if most != spent else "%d" % spent
            found.append(Line(what, text, "at most %d" % budget if budget else "", met))
    return found


def _air_lines(measured):
    found = []
    for name, shape in shapes().items():
        if name not in measured or not has_floor(shape):
            continue
        taps = [air(shape, measured[name][label]) for label in ("first earn", "earn", "redeem", "undo")]
        ratios = [spent / floor for times in taps for spent, floor in times.values()]
        what = "earn, redeem and undo, %s: time on the air over its floor" % _short(name)
        found.append(Line(what, _span(min(ratios), max(ratios), "%.2f"), "at most %.2f" % AIR_RATIO_MAX, max(ratios) <= AIR_RATIO_MAX))
        found.append(_time_line(name, taps[1]))
    return found


def _time_line(name, times):
    """Milliseconds by the model: the same on every machine, so the page keeps them."""
    rates = sorted({rate for rate, _ in times})
    sides = []
    for side in (0, 1):
        at_rates = [[pair[side] for (at, _), pair in times.items() if at == rate] for rate in rates]
        sides.append(" / ".join(_span(min(found), max(found), "%.0f") for found in at_rates))
    what = "earn, %s: modelled ms on the air at %s kbit/s" % (_short(name), " / ".join(map(str, rates)))
    return Line(what, sides[0] if sides[0] == sides[1] else "%s (floor %s)" % tuple(sides), "", None)


def _short(name):
    return name.removesuffix(", " + SKIPPED)


def _span(low, high, form):
    low, high = form % low, form % high
    return low if low == high else "%s to %s" % (low, high)


def page(measured):
    """The committed numbers as a Markdown table."""
    text = ["| card and reader | tap | exchanges | of the card | APDU bytes out / in | bytes on the air out / in |", "|---|---|---|---|---|---|"]
    for name, day in counts(measured).items():
        for label, (n, out, back, air_out, air_back, of_card) in day.items():
            text.append("| %s | %s | %d | %d | %d / %d | %d / %d |" % (name, label, n, of_card, out, back, air_out, air_back))
    return "\n".join(text)


def main(arguments):
    only = [word for word in arguments if not word.startswith("--")]
    measured = measure(only)
    if "--update" in arguments:
        table = committed()
        table.update(counts(measured))
        TABLE.write_text(dump({name: table[name] for name in shapes() if name in table}), "utf-8")
    for line in lines(measured):
        print(line.text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
