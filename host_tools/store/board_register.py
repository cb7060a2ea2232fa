"""The part of the register that is about boards: who they are, and how much of their journals is folded here.

    board         what: paired | renamed | certificate | revoked | restored | fork, terminal, and what that says
    board_line    why: again | agrees | unreadable | conflict | gap: a line of a board without an effect of its own, raw where it may be needed
    board_refused a revoked board's batch, as evidence: its place and its lines' digest

Every event that is a board's line carries `board` (terminal), `fork`, `line` (number) and `chain` (hex) beside its own keys.
"""

from host_tools.store.ledger import canonical

TABLES = ("boards", "board_forks", "board_lines", "records_aside")
FORK_SHIFT = 16
TERMINAL_MAX = 0xFFFF


def terminal_of(terminal, fork):
    """The number under which a fork's transactions stand in the ledger; on cards it is the low 16 bits of it."""
    return terminal | fork << FORK_SHIFT


def has_boards(connection, table="boards"):
    """False in a ledger of an older version that is only read."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is not None


def is_board(connection, terminal):
    """True for a number under which a board's journal, or a clone's of it, stands in the ledger."""
    return connection.execute("SELECT 1 FROM boards WHERE terminal = ?", (terminal & TERMINAL_MAX,)).fetchone() is not None


def apply_line(connection, event):
    """A board's line was folded."""
    key = (event["board"], event["fork"])
    connection.execute("INSERT INTO board_lines VALUES(?, ?, ?, ?)", (*key, event["line"], bytes.fromhex(event["chain"])))
    connection.execute("UPDATE board_forks SET lines = ? WHERE terminal = ? AND fork = ?", (event["line"], *key))


def apply_board(connection, number, event):
    """Something became of a board itself."""
    _WHAT[event["what"]](connection, event["terminal"], event)


def _paired(connection, terminal, event):
    connection.execute(
        "INSERT INTO boards VALUES(?, ?, ?, ?, 'paired', ?, 0, 0, '{}') ON CONFLICT(terminal) DO UPDATE SET name = excluded.name,"
        " serial = excluded.serial, public_key = excluded.public_key, status = 'paired', paired_at = excluded.paired_at,"
        " certificate_from = 0, certificate_until = 0, certificate_says = '{}'",
        (terminal, event["name"], event["serial"], bytes.fromhex(event["public_key"]), event["at"]),
    )
    connection.execute("INSERT OR IGNORE INTO board_forks VALUES(?, 0, NULL, 0, 0)", (terminal,))


def _renamed(connection, terminal, event):
    connection.execute("UPDATE boards SET name = ? WHERE terminal = ?", (event["name"], terminal))


def _certificate(connection, terminal, event):
    connection.execute(
        "UPDATE boards SET certificate_from = ?, certificate_until = ?, certificate_says = ? WHERE terminal = ?",
        (event["from"], event["until"], canonical(event["says"]), terminal),
    )


def _revoked(connection, terminal, event):
    connection.execute("UPDATE boards SET status = 'revoked' WHERE terminal = ?", (terminal,))


def _restored(connection, terminal, event):
    connection.execute("UPDATE boards SET status = 'paired' WHERE terminal = ?", (terminal,))


def _fork(connection, terminal, event):
    connection.execute("INSERT INTO board_forks VALUES(?, ?, ?, ?, ?)", (terminal, event["fork"], event["parent"], event["since"], event["since"]))
    connection.execute("UPDATE boards SET status = 'cloned' WHERE terminal = ? AND status = 'paired'", (terminal,))


_WHAT = {
    "paired": _paired,
    "renamed": _renamed,
    "certificate": _certificate,
    "revoked": _revoked,
    "restored": _restored,
    "fork": _fork,
}
