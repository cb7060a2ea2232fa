"""The cases that a board's lines open: bounded, because whoever holds its keys can say anything, and a thousand cases hide the one that counts.

Of one kind a board opens at most `A_DAY` cases a day; then one case BOARD_CASES says that there were more. The lines themselves are all kept.
"""

from host_tools.store.board_register import TERMINAL_MAX
from host_tools.store.kept import keep, open_case, open_case_once
from host_tools.store.ledger import canonical

A_DAY = 50
# What a terminal itself finds at a card (`cardos.taps`, `terminal.journal`); whatever else one says is told as BOARD_SAYS.
KINDS = ("STALE_CARD", "SAME_SEQUENCE", "BROKEN_CHAIN", "COUNTER_AHEAD", "CHANNEL_DOWNGRADE", "WRONG_SEAL")
_KIND_MAX = 40


class BoardCases:
    """Of one batch. terminal: the board's; at: now, UTC text."""

    def __init__(self, connection, terminal, at):
        self._connection, self._terminal, self._at = connection, terminal, at

    def once(self, kind, detail):
        """Opens a case unless there was one of this kind and detail, or too many of this kind today; the kinds that were opened."""
        if self._known(kind, detail):
            return []
        if self._is_full(kind):
            return self._too_many()
        open_case(self._connection, kind, detail, self._at, {"told_by": self._terminal})
        return [kind]

    def said(self, kind, detail, mark):
        """As `once` for a case line of the board's own; mark: its place, which the case's event then carries. None for a kind that is no word."""
        if not isinstance(kind, str) or not 0 < len(kind) <= _KIND_MAX or not kind.isascii() or not kind.isprintable():
            return None
        if kind not in KINDS:
            kind, detail = "BOARD_SAYS", {**detail, "kind": kind}
        if self._known(kind, detail):
            return []
        if self._is_full(kind):
            self._too_many()
            return []
        open_case(self._connection, kind, detail, self._at, {**mark, "told_by": self._terminal})
        return [kind]

    def close_missing(self, entry, card_number):
        """The intent of a record that was said to have none has come: the case ends."""
        detail = {"card_number": card_number, "family": entry["family"], "sequence": entry["sequence"], "uid": entry["uid"].upper()}
        row = self._connection.execute(
            "SELECT id FROM cases WHERE kind = 'MISSING_INTENT' AND detail = ? AND closed_at IS NULL", (canonical(detail),)
        ).fetchone()
        if row is not None:
            note = "Its intent came with the lines of board %d." % self._terminal
            keep(self._connection, {"at": self._at, "id": row["id"], "kind": "case_closed", "note": note})

    def _known(self, kind, detail):
        return self._connection.execute("SELECT 1 FROM cases WHERE kind = ? AND detail = ?", (kind, canonical(detail))).fetchone() is not None

    def _is_full(self, kind):
        found = self._connection.execute(
            "SELECT count(*) FROM cases c JOIN events e ON e.number = c.event WHERE c.kind = ? AND c.at >= ? AND json_extract(e.body, '$.told_by') = ?",
            (kind, self._at[:10], self._terminal & TERMINAL_MAX),
        ).fetchone()[0]
        return found >= A_DAY

    def _too_many(self):
        is_new = open_case_once(self._connection, "BOARD_CASES", {"terminal": self._terminal, "day": self._at[:10]}, self._at)
        return ["BOARD_CASES"] if is_new else []
