"""The boards of a home: pairing and its end, certificates, what they told, and their journals as far as these are folded.

Made by `Store` as `store.boards`; each method that writes is one transaction. Terminals are numbers of 16 bits here; the forks of a
cloned board are told apart by a number beside.
"""

import json
from collections import namedtuple

from host_tools.store.board_cases import BoardCases
from host_tools.store.board_register import TERMINAL_MAX, has_boards
from host_tools.store.fold import Fold
from host_tools.store.kept import keep, open_case_once
from host_tools.store.ledger import canonical
from host_tools.store.predecessors import check_predecessors
from host_tools.store.troubles import LedgerRule

REFUSED_MAX = 200  # batches of a revoked board that are kept as evidence; more say nothing new
RECENT_MAX = 256  # requests of a board that are known again
LATE_MIN = 10  # minutes that a request may be older than the newest one of its board: the clock of a board is set at each sync
_START = 8  # bytes of a request's digest


class BoardRow(
    namedtuple(
        "BoardRow",
        ["terminal", "name", "serial", "public_key", "status", "paired_at", "certificate_from", "certificate_until", "certificate_says",
         "lines", "forks", "seen_at", "state"],
    )
):  # fmt: skip
    """One board. public_key: 32 bytes; status: paired | revoked | cloned; certificate_*: minutes since 2026-01-01 UTC and its limits;
    lines: of its own journal that are folded; forks: how many other journals of its identity there are; seen_at, state: of its last
    request, None when there was none."""


class Boards:
    """The boards in a ledger. own_terminal: the home's number."""

    def __init__(self, database, own_terminal):
        self._database = database
        self._own = own_terminal

    # Reading

    def of(self, terminal):
        """The `BoardRow` of a terminal number, or None."""
        with self._database.reading() as connection:
            return _board_row(connection.execute(_BOARDS + " WHERE b.terminal = ?", (terminal,)).fetchone())

    def all(self):
        """Every `BoardRow`, by number. None in a ledger of an older version that is only read."""
        with self._database.reading() as connection:
            if not has_boards(connection):
                return []
            return [_board_row(row) for row in connection.execute(_BOARDS + " ORDER BY b.terminal")]

    def next_terminal(self):
        """The lowest number that no home, no board and no transaction of this ledger ever had. LedgerRule BOARD_NUMBERS_USED_UP."""
        with self._database.reading() as connection:
            return self._next_terminal(connection)

    def _next_terminal(self, connection):
        taken = {row[0] & TERMINAL_MAX for row in connection.execute("SELECT terminal FROM boards UNION SELECT DISTINCT terminal FROM transactions")}
        number = max(taken | {self._own}) + 1
        if number > TERMINAL_MAX:
            number = next((free for free in range(1, TERMINAL_MAX + 1) if free not in taken and free != self._own), 0)
        if not number:
            raise LedgerRule("All terminal numbers of this shop are used up.", "", "BOARD_NUMBERS_USED_UP")
        return number

    def stopped(self):
        """([(family, UID)…] of cards that are blocked or replaced, newest change first, [revoked terminals] rising): what a stop list says."""
        with self._database.reading() as connection:
            cards = connection.execute(
                "SELECT family, uid FROM cards WHERE status IN ('blocked', 'replaced') ORDER BY updated_at DESC, family, uid"
            ).fetchall()
            boards = connection.execute("SELECT terminal FROM boards WHERE status = 'revoked' ORDER BY terminal").fetchall()
        return [(row["family"], bytes(row["uid"])) for row in cards], [row[0] for row in boards]

    def events_of(self, terminal, count):
        """The newest `count` events that are lines of a board's journal, newest first, as dicts."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT body FROM events WHERE json_extract(body, '$.board') = ? AND json_extract(body, '$.kind') <> 'board_refused'"
                " ORDER BY number DESC LIMIT ?", (terminal, count),
            ).fetchall()  # fmt: skip
        return [json.loads(body) for (body,) in rows]

    # Pairing

    def pair(self, name, public_key, at, terminal=None):
        """Takes a board in under the next free number, or again under its own. Returns (terminal, serial).

        LedgerRule BOARD_NAME_TAKEN, BOARD_UNKNOWN, BOARD_REVOKED, BOARD_NUMBERS_USED_UP.
        """
        with self._database.writing() as connection:
            others = connection.execute("SELECT terminal FROM boards WHERE name = ? AND status <> 'revoked'", (name,)).fetchall()
            if any(row["terminal"] != terminal for row in others):
                raise LedgerRule("There is a board named %s already." % name, "Take another name, or revoke that one.", "BOARD_NAME_TAKEN")
            serial = 1
            if terminal is None:
                terminal = self._next_terminal(connection)
            else:
                row = _known(connection, terminal)
                if row["status"] == "revoked":
                    raise LedgerRule("Board %d is revoked." % terminal, "Give it a new number: provision it without one.", "BOARD_REVOKED")
                serial = row["serial"] + 1
            keep(connection, {
                "at": at, "kind": "board", "name": name, "public_key": bytes(public_key).hex(), "serial": serial, "terminal": terminal, "what": "paired",
            })  # fmt: skip
            connection.execute("INSERT OR IGNORE INTO predecessors_checked SELECT 1, coalesce(max(number), 0) FROM events")
        return terminal, serial

    def rename(self, terminal, name, at):
        """Gives a board another name. LedgerRule BOARD_UNKNOWN."""
        self._say(terminal, {"at": at, "name": name, "what": "renamed"})

    def revoke(self, terminal, reason, at):
        """Ends a board: nothing that it sends is folded from here on. Once is enough. LedgerRule BOARD_UNKNOWN."""
        self._say(terminal, {"at": at, "reason": reason, "what": "revoked"}, unless="revoked")

    def restore(self, terminal, at):
        """Takes a revocation back, or says that a cloned board is one again. LedgerRule BOARD_UNKNOWN."""
        self._say(terminal, {"at": at, "what": "restored"}, unless="paired")

    def certify(self, terminal, since, until, says, at):
        """Notes the certificate that this board has from here on; minutes since 2026-01-01 UTC. says: what it allows. LedgerRule BOARD_UNKNOWN."""
        self._say(terminal, {"at": at, "from": since, "says": says, "until": until, "what": "certificate"})

    def _say(self, terminal, event, unless=None):
        with self._database.writing() as connection:
            if _known(connection, terminal)["status"] != unless:
                keep(connection, {**event, "kind": "board", "terminal": terminal})

    # Sync

    def fold(self, terminal, serial, before, chain, lines, at, take_gap=False):
        """One batch into the ledger, in one transaction; returns `fold.Folded`. LedgerRule BOARD_UNKNOWN, BOARD_REVOKED, BOARD_SERIAL."""
        with self._database.writing() as connection:
            board = _known(connection, terminal)
            if board["status"] == "revoked":
                raise LedgerRule("Board %d is revoked." % terminal, "", "BOARD_REVOKED")
            if board["serial"] != serial:
                raise LedgerRule("Board %d was provisioned anew since." % terminal, "Provision this one again.", "BOARD_SERIAL")
            return Fold(connection, self._own, board, at).batch(before, chain, lines, take_gap)

    def heard(self, terminal, at, state, is_drained, digest=b"", minute=None):
        """Notes a request of a board. state: dict of what it says of itself. is_drained: it had nothing to send. digest: of the request;
        minute: now, by the home's clock, None: unknown.

        A request that was heard before, or is older than one of this board's with a sure clock, is somebody's tape and is not noted; one of
        an unsure clock tells nothing of what the board has still to send. Opens cases MISSING_INTENT where every board has told what it
        knew of a record; returns how many.
        """
        with self._database.writing() as connection:
            facts = _facts(connection, terminal, at)
            recent, start = bytes(facts["recent"]), bytes(digest[:_START])
            if start and start in [recent[place : place + _START] for place in range(0, len(recent), _START)]:
                return 0
            newest, is_sure = facts["newest"], state.get("sure", True)
            if minute is not None and newest > minute + LATE_MIN:  # this shop's clock was wrong, and so was what it told its boards
                newest = 0
            if is_sure and state.get("minute", newest) < newest - LATE_MIN:
                return 0
            is_drained = is_drained and is_sure
            events = connection.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0]
            told = facts["heard"] if is_drained else facts["told"]
            connection.execute(
                "UPDATE board_facts SET seen_at = ?, state = ?, heard = ?, told = ?, recent = ?, newest = ? WHERE terminal = ?",
                (at, canonical(state), events, told, (recent + start)[-_START * RECENT_MAX :], max(newest, state.get("minute", 0) if is_sure else 0), terminal),
            )
            return check_predecessors(connection, at) if is_drained else 0

    def suspect(self, terminal, kind, detail, at):
        """Opens a case about a board, once for this detail."""
        with self._database.writing() as connection:
            BoardCases(connection, terminal, at).once(kind, {**detail, "terminal": terminal})

    def lines_of(self, terminal):
        """{fork: its newest line that is folded} of all journals of a board's identity."""
        with self._database.reading() as connection:
            return dict(connection.execute("SELECT fork, lines FROM board_forks WHERE terminal = ?", (terminal,)).fetchall())

    def offered_before(self, terminal, digest, at):
        """True when the last batch that was not taken was this one; notes it. digest: bytes."""
        with self._database.writing() as connection:
            before = bytes(_facts(connection, terminal, at)["offered"])
            connection.execute("UPDATE board_facts SET offered = ? WHERE terminal = ?", (digest, terminal))
        return before == digest

    def keep_refused(self, terminal, before, count, digest, at):
        """A batch of a revoked board, proven by its key and not folded: kept as evidence, once each. digest: of its chain's end."""
        with self._database.writing() as connection:
            facts = _facts(connection, terminal, at)
            if bytes(facts["offered"]) == digest or facts["refused"] >= REFUSED_MAX:
                return
            connection.execute("UPDATE board_facts SET offered = ?, refused = refused + 1 WHERE terminal = ?", (digest, terminal))
            keep(connection, {"at": at, "board": terminal, "count": count, "digest": digest.hex(), "first": before + 1, "kind": "board_refused"})
            open_case_once(connection, "REVOKED_BOARD", {"terminal": terminal, "serial": _known(connection, terminal)["serial"]}, at)


_BOARDS = (
    "SELECT b.*, f.lines, (SELECT count(*) - 1 FROM board_forks o WHERE o.terminal = b.terminal) AS forks, x.seen_at, x.state"
    " FROM boards b JOIN board_forks f ON f.terminal = b.terminal AND f.fork = 0 LEFT JOIN board_facts x ON x.terminal = b.terminal"
)


def _board_row(row):
    if row is None:
        return None
    return BoardRow(
        row["terminal"], row["name"], row["serial"], bytes(row["public_key"]), row["status"], row["paired_at"], row["certificate_from"],
        row["certificate_until"], json.loads(row["certificate_says"]), row["lines"], row["forks"], row["seen_at"],
        json.loads(row["state"]) if row["state"] else None,
    )  # fmt: skip


def _known(connection, terminal):
    row = connection.execute("SELECT * FROM boards WHERE terminal = ?", (terminal,)).fetchone()
    if row is None:
        raise LedgerRule("There is no board %s." % terminal, "See `stampd board list`.", "BOARD_UNKNOWN")
    return row


def _facts(connection, terminal, at):
    """The row of what changes at each sync, made when it is missing."""
    connection.execute(
        "INSERT OR IGNORE INTO board_facts(terminal, seen_at, state, heard, told, offered, refused) VALUES(?, ?, 'null', 0, 0, x'', 0)", (terminal, at)
    )
    return connection.execute("SELECT * FROM board_facts WHERE terminal = ?", (terminal,)).fetchone()

