"""Records on cards that nobody told us of: a landed record names its predecessor, and some terminal has to have journaled that.

While a board has not told everything it wrote before a tap, a missing predecessor says nothing. Order is that of the ledger, never
of a clock: when a board asks with nothing left to send, all it wrote before its last request but one was answered is here.
"""

import json

from host_tools.store.kept import open_case_once
from host_tools.store.register import LANDED

_AT_ONCE = 5000  # events at one sync: a till waits for none of it longer than a moment
_ELSEWHERE = ("issue", "repair")  # they begin a chain, or leave numbers out


def check_predecessors(connection, at):
    """Asks for the predecessors of every record that landed before all boards told what they had. Returns how many cases it opened."""
    told = connection.execute(
        "SELECT min(coalesce(f.told, 0)) FROM boards b LEFT JOIN board_facts f ON f.terminal = b.terminal WHERE b.status <> 'revoked'"
    ).fetchone()[0]
    row = connection.execute("SELECT event FROM predecessors_checked").fetchone()
    checked = row[0] if row else 0
    if told is None or told <= checked:
        return 0
    opened, told = 0, min(told, checked + _AT_ONCE)
    outcomes = connection.execute(
        "SELECT body FROM events WHERE number > ? AND number <= ? AND json_extract(body, '$.kind') = 'outcome' ORDER BY number", (checked, told)
    ).fetchall()
    for (body,) in outcomes:
        event = json.loads(body)
        for terminal, number in _landed_at(connection, event):
            opened += _check(connection, terminal, number, at)
    connection.execute("INSERT INTO predecessors_checked VALUES(1, ?) ON CONFLICT(one) DO UPDATE SET event = excluded.event", (told,))
    return opened


def _landed_at(connection, event):
    """[(terminal, transaction)] to ask about after an outcome: itself, or, where it did not land, what landed behind its place."""
    key = (event["terminal"], event["transaction"])
    if event["outcome"] in LANDED:
        return [key]
    return [
        (row["terminal"], row["number"])
        for row in connection.execute(
            "SELECT n.terminal, n.number FROM transactions t JOIN transactions n ON n.uid = t.uid AND n.family = t.family"
            " AND n.sequence = t.sequence + 1 AND n.state IN ('done', 'landed') WHERE t.terminal = ? AND t.number = ?", key,
        )
    ]  # fmt: skip


def _check(connection, terminal, number, at):
    row = connection.execute(
        "SELECT t.family, t.uid, t.sequence, t.operation, c.card_number, c.issued_at FROM transactions t JOIN cards c ON c.family = t.family AND c.uid = t.uid"
        " WHERE t.terminal = ? AND t.number = ?", (terminal, number),
    ).fetchone()  # fmt: skip
    if row is None or row["operation"] in _ELSEWHERE or row["sequence"] <= 1 or row["issued_at"] is None:
        return 0
    before = row["sequence"] - 1
    known = connection.execute(
        "SELECT 1 FROM transactions WHERE uid = ? AND family = ? AND sequence = ? AND state <> 'not_landed'", (row["uid"], row["family"], before)
    ).fetchone()
    if known:
        return 0
    detail = {"card_number": row["card_number"], "family": row["family"], "sequence": before, "uid": bytes(row["uid"]).hex().upper()}
    return int(open_case_once(connection, "MISSING_INTENT", detail, at))
