"""Durable taps a second into the ledger (intent, then outcome), beside a bare SQLite insert of the same events.

Bare means: the same pragmas, the same two transactions a tap, the same bytes into one plain table; no chain, no rules, no
register. Blocks of both alternate on one disk, so that a slow disk slows both.
"""

import hashlib
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from host_tools.store import Store
from host_tools.store.ledger import canonical
from tests.benchmarks.line import Line
from tests.benchmarks.one_card import Shape, lab

GOAL = 0.5
BLOCKS, TAPS_A_BLOCK = 40, 15  # short blocks: a disk that falters for a moment meets both sides
CARDS = 50  # taps go round these cards, as customers come
AT = "2026-03-01T10:00:00Z"
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON", "trusted_schema = OFF")


def real_entry(folder):
    """The journal entry of an earning tap, as the desk makes it."""
    with lab(folder, Shape("ntag215", 1, True, True, True)) as one:
        one.tap("issue")
        return one.tap("sell", amount=450, sale="till-1-000001").entry


class Taps:
    """Entries like `template`, round CARDS cards, each chained to its card's last."""

    def __init__(self, template):
        self._template = template
        self._last = {}
        self._made = 0

    def next(self):
        """(entry, its record's 8 MAC bytes)."""
        self._made += 1
        uid = "04%012x" % (self._made % CARDS)
        sequence, previous = self._last.get(uid, (0, bytes(4)))
        mac = hashlib.sha256(b"%d" % self._made).digest()[:8]
        self._last[uid] = sequence + 1, mac[:4]
        fields = {
            "transaction": self._made, "uid": uid, "card_number": self._made % CARDS + 1, "sequence": sequence + 1, "previous_sequence": sequence,
            "previous": previous.hex(), "sale": "till-1-%06d" % self._made,
        }  # fmt: skip
        return self._template | fields, mac


def ledger_tap(store, taps):
    """One tap, durable twice."""
    entry, mac = taps.next()
    store.record_intent(entry, AT)
    store.record_outcome(entry["transaction"], "done", at=AT, sequence=entry["sequence"], record_mac=mac)


class Bare:
    """What SQLite does with the same events when nobody asks it for more."""

    def __init__(self, path):
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute("PRAGMA " + pragma)
        self._connection.execute("CREATE TABLE events(number INTEGER PRIMARY KEY, body TEXT NOT NULL, hash BLOB NOT NULL) STRICT")

    def tap(self, taps):
        entry, mac = taps.next()
        self._insert({"at": AT, "entry": entry, "kind": "intent"})
        self._insert({
            "at": AT, "kind": "outcome", "mac": mac[:4].hex(), "outcome": "done", "sequence": entry["sequence"], "terminal": entry["terminal"],
            "transaction": entry["transaction"],
        })  # fmt: skip

    def _insert(self, event):
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO events(body, hash) VALUES(?, ?)", (canonical(event), bytes(32)))
        self._connection.execute("COMMIT")

    def close(self):
        self._connection.close()


def _rate(action, *arguments):
    """(a second, a second of CPU) over one block."""
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(TAPS_A_BLOCK):
        action(*arguments)
    return TAPS_A_BLOCK / (time.perf_counter() - started), TAPS_A_BLOCK / (time.process_time() - cpu)


def measure():
    """[((taps a second, a CPU second) of the ledger, the same of bare SQLite), ...], one pair a block; the first warms up."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        template = real_entry(folder / "home")
        bare, bare_taps, taps = Bare(folder / "bare.sqlite"), Taps(template), Taps(template)
        with Store.open(folder / "ledger.sqlite") as store:
            pairs = [(_rate(ledger_tap, store, taps), _rate(bare.tap, bare_taps)) for _ in range(BLOCKS + 1)]
        bare.close()
    return pairs[1:]


def lines():
    pairs = measure()
    ratio = statistics.median(ours[0] / bare[0] for ours, bare in pairs)
    cpu = statistics.median(bare[1] / ours[1] for ours, bare in pairs)
    return [
        Line("durable taps a second, over a bare SQLite insert of the same events", "%.2f" % ratio, "over %.1f" % GOAL, ratio > GOAL),
        Line("CPU of those taps, over the bare insert's", "%.1f" % cpu, "", None),
        Line("  durable taps a second: ledger, bare", "%.0f, %.0f" % tuple(statistics.median(pair[side][0] for pair in pairs) for side in (0, 1)), "", None),
    ]


if __name__ == "__main__":
    for line in lines():
        print(line.text())
