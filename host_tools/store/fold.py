"""A board's journal becomes part of the ledger: its lines, each once, in their order, whatever they contradict.

A line's place is proven by the chain: a batch extends the journal whose chain it continues, lines that are here already are only
compared, and lines that part from ours are another journal of the same identity (a clone, or a flash image that was put back):
a fork, folded under terminal numbers of its own. Nothing that a card may carry is left out: an entry that contradicts the
ledger is kept without the claim or link that it may not have, and a case tells a person. What the board's certificate does not allow is
kept aside, as evidence (`fold_checks`): it changes no card's status, number or newest record, and no settlement writes it.
"""

import sqlite3
from collections import namedtuple

from cardos.errors import BadInput
from cardos.records import journal_line
from cardos.records.journal_entry import entry_record
from cardos.records.journal_line import GENESIS, fields_of, link, unpack_intent
from host_tools.store import register, rules
from host_tools.store.board_cases import BoardCases
from host_tools.store.board_register import terminal_of
from host_tools.store.fold_checks import beyond, checked, is_of_its_own, number
from host_tools.store.kept import keep, keep_outcome, plain
from host_tools.store.troubles import LedgerRule

FORKS_MAX = 64  # journals of one identity: more is somebody's play, and each costs a look at every batch
_MAC = register.MAC_START
_NOT_OURS = (BadInput, TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, RecursionError, sqlite3.IntegrityError)

# What became of a batch. stored: every line up to it is held, of the journal that the batch belongs to. fork: 0 for the board's own.
# cases: kinds of the cases it opened. new: how many lines were not here before; None when the batch was not taken, because what comes before it is not here.
Folded = namedtuple("Folded", ["stored", "fork", "cases", "new"])


class Fold:
    """One batch on its way in, inside the caller's transaction. own_terminal: the home's; at: when the daemon got it."""

    def __init__(self, connection, own_terminal, board, at):
        self._connection = connection
        self._own = own_terminal
        self._board = board  # its row
        self._terminal = board["terminal"]
        self._at = at
        self._fork = 0
        self._opening = BoardCases(connection, self._terminal, at)
        self.cases = []

    def batch(self, before, chain, lines, take_gap=False):
        """Folds what is new. before, chain: the number of lines before, the chain after the last of these. Returns `Folded`.

        take_gap: True takes a batch although what comes before it is not here, with a case: the board has lost those lines, or
        this ledger has. Raises `LedgerRule` (BOARD_FORKS).
        """
        chains = [chain]
        for line in lines:
            chains.append(link(chains[-1], line))
        forks = self._all("SELECT fork, parent, since, lines FROM board_forks WHERE terminal = ? ORDER BY fork", self._terminal)
        found = self._fitting(forks, before, chains)
        if found is None:
            held = forks[0]["lines"]
            if not take_gap:
                return Folded(held if held < before else 0, 0, [], None)
            self._gap(forks, before, chain)
            known = 0
        else:
            fork, known = found
            self._fork = fork["fork"]
            if known < len(lines) and fork["lines"] > before + known:
                self._part(forks, fork["fork"], before + known)
        for place in range(known, len(lines)):
            self._fold(lines[place], before + place + 1, chains[place + 1])
        return Folded(before + len(lines), self._fork, self.cases, len(lines) - known)

    def _all(self, query, *values):
        return self._connection.execute(query, values).fetchall()

    def _one(self, query, *values):
        return self._connection.execute(query, values).fetchone()

    # Which journal it is

    def _fitting(self, forks, before, chains):
        """(fork row, how many lines of the batch are here) of the journal that agrees longest; None when none has this chain there."""
        best, rank = None, None
        for fork in forks:
            if self._chain_at(forks, fork, before) != chains[0]:
                continue
            known = 0
            while known + 1 < len(chains) and self._chain_at(forks, fork, before + known + 1) == chains[known + 1]:
                known += 1
            this = (known, fork["lines"] <= before + known, -fork["fork"])
            if rank is None or this > rank:
                best, rank = (fork, known), this
        return best

    def _chain_at(self, forks, fork, number):
        """The chain of a journal after its line `number`; None when that line is not here."""
        if number == 0:
            return GENESIS
        while fork is not None:
            row = self._one("SELECT chain FROM board_lines WHERE terminal = ? AND fork = ? AND number = ?", self._terminal, fork["fork"], number)
            if row is not None:
                return bytes(row["chain"])
            parent = fork["parent"]
            fork = next((one for one in forks if one["fork"] == parent), None) if number <= fork["since"] else None
        return None

    def _part(self, forks, parent, since):
        """From line `since` on this is another journal of the same identity."""
        self._fork = forks[-1]["fork"] + 1
        if self._fork > FORKS_MAX:
            raise LedgerRule("Board %d exists more than %d times." % (self._terminal, FORKS_MAX), "Provision it anew, or revoke it.", "BOARD_FORKS")
        keep(self._connection, {
            "at": self._at, "fork": self._fork, "kind": "board", "parent": parent, "since": since, "terminal": self._terminal, "what": "fork",
        })  # fmt: skip
        self._case_once("BOARD_CLONED", {"terminal": self._terminal, "serial": self._board["serial"]})

    def _gap(self, forks, before, chain):
        """What comes before the batch is not here and never will be."""
        held = forks[0]["lines"]
        if before <= held:
            self._part(forks, 0, before)
        self._line(self._mark(before, chain), "gap", b"")
        self._case_once("BOARD_LINES_LOST", {"terminal": self._terminal, "fork": self._fork, "first": min(held, before - 1) + 1, "last": before})

    # One line

    def _mark(self, number, chain):
        return {"board": self._terminal, "chain": chain.hex(), "fork": self._fork, "line": number}

    def _line(self, mark, why, line):
        """Keeps a line that has no effect of its own. line: its bytes where somebody may need them, else b""."""
        event = {"at": self._at, "kind": "board_line", "why": why, **mark}
        if line:
            event["raw"] = line.hex()
        keep(self._connection, event)

    def _case_once(self, kind, detail):
        self.cases += self._opening.once(kind, detail)

    def _conflict(self, kind, line, mark, more):
        """A line that cannot be what it says: kept raw, and a case."""
        self._line(mark, "conflict", line)
        self._case_once(kind, {"terminal": self._terminal, "fork": self._fork, "line": mark["line"], **more})

    def _fold(self, line, number, chain):
        mark, cases = self._mark(number, chain), list(self.cases)
        self._connection.execute("SAVEPOINT line")
        try:
            fields = fields_of(line)
            kind = _FOLDS.get(fields[0])
            taken = kind is not None and kind(self, fields, line, mark)
        except _NOT_OURS:  # signed, but not as this version writes it: kept as it is, and the next one is folded
            taken = False
        if not taken:
            self._connection.execute("ROLLBACK TO line")
            self.cases = cases
        self._connection.execute("RELEASE line")
        if not taken:
            self._line(mark, "unreadable", line)
            self._case_once("BOARD_LINE_UNREADABLE", {"terminal": self._terminal, "fork": self._fork, "line": number})

    def _find(self, transaction):
        """The row of a transaction of this journal: of the fork's own, or of what it shares with its parents; None."""
        fork, limit = self._fork, None
        while True:
            row = self._one(
                "SELECT t.*, e.body, json_extract(e.body, '$.line') AS line FROM transactions t JOIN events e ON e.number = t.event"
                " WHERE t.terminal = ? AND t.number = ?", terminal_of(self._terminal, fork), transaction,
            )  # fmt: skip
            if row is not None and (limit is None or row["line"] <= limit):
                return row
            of = self._one("SELECT parent, since FROM board_forks WHERE terminal = ? AND fork = ?", self._terminal, fork)
            if of["parent"] is None:
                return None
            fork, limit = of["parent"], of["since"] if limit is None else min(limit, of["since"])

    def _intent(self, fields, line, mark):
        entry = checked(unpack_intent(fields, terminal_of(self._terminal, self._fork)))
        known = self._find(entry["transaction"])
        if known is not None:
            before = _entry_in(known)
            if before == {**entry, "terminal": before["terminal"]}:
                self._line(mark, "again", b"")
            else:
                self._conflict("TRANSACTION_EXISTS", line, mark, {"transaction": entry["transaction"]})
            return True
        event = {"at": self._at, "entry": entry, "kind": "intent", **mark}
        troubles = rules.conflicts(self._connection, entry)
        left_out = {part for _, part in troubles}
        if self._fork or not is_of_its_own(self._board, entry):  # a clone's references are its twin's, and those of others are not a board's
            left_out.add("claim")
        if left_out:
            event["left_out"] = sorted(left_out)
        try:
            entry_record(entry)
        except BadInput:  # a settlement would refuse it: it is for a person to look at
            event["unfit"] = True
            troubles.append(("RECORD_DOES_NOT_FIT", None))
        exceeded = beyond(self._connection, self._board, entry)
        if exceeded or "unfit" in event:
            event["aside"] = exceeded or ["record"]
        card = self._one("SELECT card_number FROM cards WHERE family = ? AND uid = ?", entry["family"], bytes.fromhex(entry["uid"]))
        keep(self._connection, event)
        if card is None:
            self._case_once("UNKNOWN_CARD", {"card_number": entry["card_number"], "family": entry["family"], "uid": entry["uid"].upper()})
        else:
            self._opening.close_missing(entry, card["card_number"])
        if exceeded:
            self._case_once("BOARD_AUTHORITY", {**self._about(entry), "beyond": exceeded})
        for code, part in troubles:
            if self._fork == 0 or part is None:  # a clone repeats references and undoes what its twin sold: BOARD_CLONED says so once
                self._case_once(code, self._about(entry))
        return True

    def _about(self, entry):
        return {
            "card_number": entry["card_number"], "terminal": entry["terminal"], "transaction": entry["transaction"],
            "sale": entry["sale"], "operation": entry["operation"],
        }  # fmt: skip

    def _outcome(self, fields, line, mark):
        _, transaction, _, said, sequence, mac, evidence = fields
        number(transaction)
        row, outcome = self._find(transaction), journal_line.OUTCOMES[number(said, len(journal_line.OUTCOMES) - 1)]
        landed = outcome in register.LANDED
        if row is None:
            self._conflict("UNKNOWN_TRANSACTION", line, mark, {"transaction": transaction})
        elif landed and (sequence != row["sequence"] or not isinstance(mac, bytes) or len(mac) != _MAC):
            self._conflict("OUTCOME_RECORD", line, mark, {"transaction": transaction})
        elif row["state"] == "open":
            event = {
                "at": self._at, "kind": "outcome", "mac": mac.hex() if landed else None, "outcome": outcome, "sequence": row["sequence"],
                "terminal": row["terminal"], "transaction": transaction, **mark,
            }  # fmt: skip
            if evidence:
                event["evidence"] = plain(evidence)
            self.cases += keep_outcome(self._connection, event, row, self._own)
        elif (row["state"] in register.LANDED) == landed and (not landed or bytes(row["mac"]) == mac):
            self._line(mark, "agrees", b"")
        else:
            self._conflict("CONTRADICTORY_OUTCOME", line, mark, {"transaction": transaction, "here": row["state"], "board": outcome})
        return True

    def _case(self, fields, line, mark):
        _, minute, kind, said = fields
        detail = dict(said) if isinstance(said, dict) else {"said": said}
        detail.update(terminal=terminal_of(self._terminal, self._fork), minute=number(minute))
        found = self._opening.said(kind, plain(detail), mark)
        if found is None:
            return False
        if not found:
            self._line(mark, "case", line)
        self.cases += found
        return True


_FOLDS = {
    journal_line.INTENT: Fold._intent,
    journal_line.DOUBT: Fold._intent,
    journal_line.OUTCOME: Fold._outcome,
    journal_line.CASE: Fold._case,
}


def _entry_in(row):
    from host_tools.store.reports import entry_of

    return entry_of(row)
