"""Writing one event: into the chain and into the register, inside the caller's transaction."""

import json

from host_tools.store import register, rules
from host_tools.store.ledger import append, canonical


def keep(connection, event):
    """Appends an event and carries it into the register. Returns its number."""
    number = append(connection, event)
    register.apply_event(connection, number, event)
    return number


def open_case(connection, kind, detail, at, mark=None):
    """Opens a case; returns its number. mark: of the board's line that it was, or None."""
    keep(connection, {"at": at, "case": kind, "detail": plain(detail), "kind": "case", **(mark or {})})
    return connection.execute("SELECT max(id) FROM cases").fetchone()[0]


def open_case_once(connection, kind, detail, at):
    """Opens a case unless there ever was one of this kind with this detail. True when it is new."""
    detail = plain(detail)
    if connection.execute("SELECT 1 FROM cases WHERE kind = ? AND detail = ?", (kind, canonical(detail))).fetchone():
        return False
    open_case(connection, kind, detail, at)
    return True


def keep_outcome(connection, event, row, own_terminal):
    """Settles the open transaction `row`, and opens the cases that a landed record makes with its neighbours. Returns their kinds."""
    landed = event["outcome"] in register.LANDED
    clashes = rules.contradictions(connection, row, bytes.fromhex(event["mac"])) if landed else ()
    keep(connection, event)
    for kind, sequence, other in clashes:
        detail = {
            "card_number": row["card_number"], "family": row["family"], "uid": bytes(row["uid"]).hex().upper(),
            "sequence": sequence, "transactions": sorted((row["number"], other[1])),
        }  # fmt: skip
        if (row["terminal"], other[0]) != (own_terminal, own_terminal):
            detail["of"] = sorted([[row["terminal"], row["number"]], list(other)])
        open_case(connection, kind, detail, event["at"])
    return [kind for kind, _, _ in clashes]


def plain(value):
    """The value as JSON gives it back. TypeError, ValueError for what JSON does not hold."""
    return json.loads(canonical(value))
