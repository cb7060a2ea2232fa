"""Boards for the store's tests: real journals in memory, and cards that are a number, a link and what they hold.

A tap follows the protocol: settle what this journal holds open, write the intent, change the card or not, write the outcome or not.
"""

import hashlib
import itertools
import os

from cardos.records import journal_line
from cardos.records.fields import EARN, REDEEM, UNDO
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.journal_line import DONE, LANDED, NOT_LANDED
from cardos.records.record import Counter, Record
from terminal.journal import Journal
from tests.portable.journal_bench import MemoryFiles, head_mac

AT = "2026-11-22T10:00:00Z"
KEY = bytes(range(32))
ALL = 1 << 30
UNTIL = 1 << 23
SAYS = {"operations": ["earn", "redeem", "undo"], "amount_max": 20000, "rewards_max": {"A": 3, "B": 2, "C": 1}, "unsure_taps_max": 200, "epochs": [1]}
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a folder where fsync costs nothing
MINUTE = 469000
FAMILY = "ntag215"
GENESIS = journal_line.GENESIS

_minutes = itertools.count(MINUTE)  # no two taps fall in one, so that two records of clones are two


class Card:
    """A card in the world: its newest record, and every record it ever had in order."""

    def __init__(self, number):
        self.number, self.uid = number, bytes([4, number, 3, 4, 5, 6, 7])
        self.records = []

    @property
    def sequence(self):
        return self.records[-1][0].sequence if self.records else 0

    @property
    def mac(self):
        return mac_of(self, self.records[-1][0])[:4] if self.records else bytes(4)

    @property
    def stamps(self):
        return self.records[-1][0].values()[1][0] if self.records else 0

    def take(self, record):
        self.records.append((record,))

    def holds(self, record):
        return any(record.body() == held.body() for (held,) in self.records)


def mac_of(card, record):
    return hashlib.sha256(card.uid + record.body()).digest()[:8]


class Terminal:
    """What boards and the home do alike: the next record of a card, and settling by what the card shows."""

    def record(self, card, operation, change):
        return Record(1, operation, 0, 1, card.sequence + 1, next(_minutes), self.terminal, self.next, card.mac, (Counter(1, card.stamps + change, 0),))

    def entry(self, card, operation, change, undoes=None, sale=None):
        record = self.record(card, operation, change)
        return make_entry(
            record, FAMILY, card.uid, card.number, sale or "t%d-%d" % (self.terminal, self.next), card.sequence, {1: (card.stamps, 0)}, undoes,
            {"earned": {"stamps": max(change, 0)}, "rewards": ["free coffee"] if operation == REDEEM else []},
        )  # fmt: skip

    def verdict(self, card, entry):
        """Whether an open entry landed, as the card tells (None: it may still come); an earned stamp that is still missing is written now."""
        record = entry_record(entry)
        if not card.holds(record) and card.mac.hex() == entry["previous"] and entry["operation"] == "earn":
            if entry.get("only_looked_at"):
                return None, record
            card.take(record)
        return card.holds(record), record


class Board(Terminal):
    """A board with its journal. files: of another board, for a clone."""

    def __init__(self, terminal, files=None, serial=1):
        self.terminal, self.serial = terminal, serial
        self.files = files or MemoryFiles()
        self.restart()

    def restart(self):
        self.journal = Journal(self.files, self.terminal, head_mac, 60, 32, 900)

    def clone(self):
        return Board(self.terminal, MemoryFiles(self.files.content), self.serial)

    @property
    def next(self):
        return self.journal.next_transaction

    def settle(self, card):
        for entry in self.journal.recall(FAMILY, card.uid).doubts:
            landed, record = self.verdict(card, entry)
            self.outcome(entry, LANDED if landed else NOT_LANDED, mac_of(card, record))

    def outcome(self, entry, outcome, mac):
        self.journal.outcome(entry["transaction"], outcome, entry["sequence"], None if outcome == NOT_LANDED else mac, None, MINUTE)

    def tap(self, card, operation=EARN, change=1, torn=None, undoes=None, sale=None):
        """One tap. torn: None, "before" the card took it, or "after"; then no outcome is written. Returns the entry."""
        self.settle(card)
        entry = self.entry(card, operation, change, undoes, sale)
        self.journal.intend(entry)
        if torn != "before":
            card.take(entry_record(entry))
        if torn is None:
            self.outcome(entry, DONE, mac_of(card, entry_record(entry)))
        return entry

    def undo(self, card, sale):
        back = sale["counters_before"].get("1", [0, 0])[0] - card.stamps
        return self.tap(card, UNDO, back, undoes=sale["transaction"])

    # Sync

    def batch(self, first=None, size=ALL):
        return self.journal.batch(self.journal.stored + 1 if first is None else first, size)

    def sync(self, store, size=ALL, first=None, gap=False, receipt=True):
        """Sends one batch; returns `Folded`, or None when there is nothing."""
        if first is None and self.journal.stored >= self.journal.count:
            return None
        before, chain, lines = self.batch(first, size)
        found = store.fold(self.terminal, self.serial, before, chain, lines, AT, take_gap=gap)
        if receipt and found.new is not None:
            self.journal.stored_up_to(min(found.stored, self.journal.count))
        return found

    def lines(self, *lines, before=None, chain=None):
        """(lines before, chain before, lines) of lines that no honest journal has, behind what it holds."""
        count, head, _ = self.journal.head()
        return count if before is None else before, head if chain is None else chain, list(lines)


class Home(Terminal):
    """The shop's own terminal, on a store."""

    def __init__(self, store):
        self.store, self.terminal = store, store.terminal

    @property
    def next(self):
        return self.store.next_transaction()

    def issue(self, card):
        entry = {**self.entry(card, EARN, 0), "operation": "issue", "sale": None, "details": {}}
        self.store.record_intent(entry, AT)
        card.take(entry_record(entry))
        self.say(card, entry, "done")

    def say(self, card, entry, outcome):
        mac = None if outcome == "not_landed" else mac_of(card, entry_record(entry))
        self.store.record_outcome(
            entry["transaction"], outcome, at=AT, sequence=entry["sequence"], record_mac=mac, terminal=entry["terminal"]
        )

    def settle(self, card):
        """A card lies here: its doubts end, those of boards too."""
        for entry in self.store.doubts(FAMILY, card.uid):
            landed, _ = self.verdict(card, entry)
            if landed is not None:
                self.say(card, entry, "landed" if landed else "not_landed")

    def tap(self, card, operation=EARN, change=1, torn=None, sale=None):
        self.settle(card)
        entry = self.entry(card, operation, change, sale=sale)
        self.store.record_intent(entry, AT)
        if torn != "before":
            card.take(entry_record(entry))
        if torn is None:
            self.say(card, entry, "done")
        return entry


def paired(store, count=1):
    """So many boards, taken in."""
    boards = [Board(store.boards.pair("board %d" % number, KEY, AT)[0]) for number in range(count)]
    for board in boards:
        store.boards.certify(board.terminal, 0, UNTIL, SAYS, AT)
    return boards


def kinds(store):
    return [case["kind"] for case in store.cases()]
