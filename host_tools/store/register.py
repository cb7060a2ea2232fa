"""The register: cards, transactions and cases as the events leave them. The same code serves a live call and a rebuild.

`last_seen` only rises: the highest sequence known done or landed, with the first 4 bytes of its MAC. What may be written
at all is in `rules`; here everything that the ledger holds is applied.
"""

import json
import re
from collections import namedtuple
from itertools import zip_longest

from host_tools.store import board_register
from host_tools.store.ledger import canonical

LANDED = ("done", "landed")
MARKS = ("active", "blocked", "replaced", "needs_repair")
TABLES = ("transactions", "cards", "card_numbers", "cases", "days", "newest", *board_register.TABLES)
STEP_MAX = 64  # sequence numbers that boards' records of one card may lie apart and still follow one another; a home's own need no such proof
_KEYS_OF_THREE = ("board_lines",)  # tables whose rows two columns do not tell apart
MAC_START = 4
NO_MAC = bytes(MAC_START)

_COUNT = re.compile(r" x(\d+)$")


class CardRow(
    namedtuple(
        "CardRow",
        ["family", "uid", "card_number", "status", "issued", "issued_at", "last_seen_sequence", "last_seen_mac", "counters", "taps", "updated_at"],
    )
):
    """What this home knows of one card.

    uid: bytes; status: new | active | blocked | replaced | needs_repair; issued: its issue is known as done here;
    last_seen_sequence: 0 when no record is known; last_seen_mac: 4 bytes; counters: {"id": [value, expiry day]} after the
    last done record, keys as text; taps: records done or landed.
    """


def card_row(row):
    """The `CardRow` of a row of `cards`, None of None."""
    if row is None:
        return None
    status = "needs_repair" if row["needs_repair"] and row["status"] in ("new", "active") else row["status"]
    return CardRow(
        row["family"], bytes(row["uid"]), row["card_number"], status, row["issued_at"] is not None, row["issued_at"],
        row["last_seen_sequence"], bytes(row["last_seen_mac"]), json.loads(row["counters"]), row["taps"], row["updated_at"],
    )  # fmt: skip


def apply_event(connection, number, event):
    """Carries one event of the ledger into the register. KeyError for a kind of event that this program does not know."""
    _APPLY[event["kind"]](connection, number, event)
    if "chain" in event:
        board_register.apply_line(connection, event)


def replay(connection, events):
    """Empties the register of `connection` and fills it from (number, event, …)."""
    for table in TABLES:
        connection.execute("DELETE FROM %s" % table)
    for number, event, *_ in events:
        apply_event(connection, number, event)


def rows(connection):
    """Yields (table, row…) of the whole register in a fixed order: what a rebuild must give again."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}  # an older ledger that is only read has fewer
    for table in TABLES:
        if table not in there:
            continue
        for row in connection.execute("SELECT * FROM %s ORDER BY 1, 2%s" % (table, ", 3" if table in _KEYS_OF_THREE else "")):
            yield (table, *row)


def same(one, other):
    """True when two connections hold the same register."""
    return all(a == b for a, b in zip_longest(rows(one), rows(other)))


def claim_of(entry):
    """What no second entry may take as long as this one is open or landed: the REF of a sale, or of a refund; None of the others.

    A refund's begins with a word and a blank, which no REF of a sale has: the two are kept apart.
    """
    if entry["operation"] == "refund":
        reference = entry.get("details", {}).get("ref")
        return None if reference is None else "refund " + reference
    return None if entry["operation"] == "undo" else entry.get("sale")


def _apply_intent(connection, number, event):
    entry = event["entry"]
    uid = bytes.fromhex(entry["uid"])
    left_out = event.get("left_out", ())  # of a board's entry that contradicts the ledger: it is on a card all the same
    is_aside = bool(event.get("aside"))  # of a board's entry that is evidence only
    sale, claim = entry.get("sale"), None if is_aside or "claim" in left_out else claim_of(entry)
    undoes = None if is_aside or "undoes" in left_out else entry.get("undoes")
    connection.execute(
        "INSERT INTO transactions VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, NULL, ?, ?, ?, ?, ?, NULL)",
        (
            entry["terminal"], entry["transaction"], number, entry["family"], uid, entry["card_number"], entry["operation"],
            sale, claim, undoes, entry["sequence"], bytes.fromhex(entry["previous"]),
            canonical(entry.get("counters_after") or {}), 0 if is_aside else _earned(entry), 0 if is_aside else rewards_of(entry), event["at"],
        ),
    )  # fmt: skip
    if is_aside:
        connection.execute("INSERT INTO records_aside VALUES(?, ?)", (entry["terminal"], entry["transaction"]))
    if "board" not in event:  # a board's clock may be wrong by years; this home's own must not follow it
        connection.execute(
            "INSERT INTO newest VALUES(1, ?) ON CONFLICT(one) DO UPDATE SET minute = excluded.minute WHERE excluded.minute > minute", (entry["minute"],)
        )
    connection.execute(
        "INSERT INTO days VALUES(?, ?, ?) ON CONFLICT(day, terminal) DO UPDATE SET first_number = excluded.first_number"
        " WHERE excluded.first_number < first_number",
        (event["at"][:10], entry["terminal"], entry["transaction"]),
    )
    if entry["operation"] == "issue" and not is_aside and "number" not in left_out:
        connection.execute("INSERT OR IGNORE INTO card_numbers VALUES(?, ?, ?, ?)", (entry["card_number"], entry["family"], uid, number))
        connection.execute(
            "INSERT INTO cards VALUES(?, ?, ?, 'new', 0, 0, NULL, 0, ?, '{}', 0, ?)"
            " ON CONFLICT(family, uid) DO UPDATE SET card_number = excluded.card_number, updated_at = excluded.updated_at",
            (entry["family"], uid, entry["card_number"], NO_MAC, event["at"]),
        )


def _earned(entry):
    """Units earned: of the answer when it names them, else of the counters."""
    if entry["operation"] not in ("earn", "redeem"):
        return 0
    earned = entry.get("details", {}).get("earned")
    if isinstance(earned, dict):
        return sum(n for n in earned.values() if isinstance(n, int))
    return sum(n for n in change(entry).values() if n > 0)


def rewards_of(entry):
    """Rewards given; "free coffee x2" counts two."""
    rewards = entry.get("details", {}).get("rewards") or ()
    matches = [_COUNT.search(reward) if isinstance(reward, str) else None for reward in rewards]
    return sum(int(match[1]) if match else 1 for match in matches)


def change(entry):
    """{counter id as text: by how much} an entry changes; counters that stay are left out."""
    before, after = entry.get("counters_before") or {}, entry.get("counters_after") or {}
    deltas = {key: after.get(key, (0, 0))[0] - before.get(key, (0, 0))[0] for key in sorted(set(before) | set(after))}
    return {key: delta for key, delta in deltas.items() if delta}


def _apply_outcome(connection, number, event):
    mac = bytes.fromhex(event["mac"]) if event["mac"] is not None else None
    key = (event["terminal"], event["transaction"])
    connection.execute(
        "UPDATE transactions SET state = ?, mac = ?, settled_at = ? WHERE terminal = ? AND number = ?", (event["outcome"], mac, event["at"], *key)
    )
    if event["outcome"] in LANDED:
        _land(connection, connection.execute("SELECT * FROM transactions WHERE terminal = ? AND number = ?", key).fetchone(), mac, event["at"])
    else:
        connection.execute("UPDATE transactions SET claim = NULL WHERE terminal = ? AND number = ?", key)


def _land(connection, row, mac, at):
    if connection.execute("SELECT 1 FROM records_aside WHERE terminal = ? AND number = ?", (row["terminal"], row["number"])).fetchone():
        return
    key = (row["family"], row["uid"])
    card = connection.execute("SELECT * FROM cards WHERE family = ? AND uid = ?", key).fetchone()
    if card is None:  # a card that another home of this scheme issued
        connection.execute("INSERT INTO cards VALUES(?, ?, ?, 'active', 0, 0, NULL, 0, ?, '{}', 0, ?)", (*key, row["card_number"], NO_MAC, at))
        card = connection.execute("SELECT * FROM cards WHERE family = ? AND uid = ?", key).fetchone()
    operation, sequence = row["operation"], row["sequence"]
    status, status_sequence, issued_at, needs_repair = card["status"], card["status_sequence"], card["issued_at"], card["needs_repair"]
    if operation in _STATUS_AFTER and sequence >= status_sequence:
        status, status_sequence = _STATUS_AFTER[operation], sequence
    elif status == "new" and operation != "repair":
        status = "active"
    if operation == "issue":
        issued_at = issued_at or at
    if operation == "repair":
        needs_repair = 0
    seen = _newest_seen(connection, card, row)
    connection.execute(
        "UPDATE cards SET status = ?, status_sequence = ?, needs_repair = ?, issued_at = ?, last_seen_sequence = ?, last_seen_mac = ?,"
        " counters = ?, taps = taps + 1, updated_at = ? WHERE family = ? AND uid = ?",
        (
            status, status_sequence, needs_repair, issued_at, seen["sequence"], seen["mac"], seen["counters"], at, *key,
        ),
    )  # fmt: skip


def _newest_seen(connection, card, row):
    """{"sequence", "mac", "counters"} of a card's newest record that counts, now that `row` has landed.

    A board's record counts where it follows, `STEP_MAX` numbers apart at most, on one that counts: who holds a stolen board's keys could
    else name any number, and the card would be stale for ever. What lies further on counts as soon as what is between came, in any order.
    """
    seen = {"sequence": card["last_seen_sequence"], "mac": card["last_seen_mac"], "counters": card["counters"]}
    if row["sequence"] > seen["sequence"] and not board_register.is_board(connection, row["terminal"]):
        seen = row
    while True:
        further = connection.execute(
            "SELECT sequence, mac, counters FROM transactions t WHERE uid = ? AND family = ? AND sequence BETWEEN ? AND ? AND state IN ('done', 'landed')"
            " AND NOT EXISTS(SELECT 1 FROM records_aside a WHERE a.terminal = t.terminal AND a.number = t.number) ORDER BY sequence DESC, event LIMIT 1",
            (row["uid"], row["family"], seen["sequence"] + 1, seen["sequence"] + STEP_MAX),
        ).fetchone()
        if further is None:
            return {name: seen[name] for name in ("sequence", "mac", "counters")}
        seen = further


_STATUS_AFTER = {"issue": "active", "block": "blocked", "unblock": "active", "replace": "replaced"}


def _apply_mark(connection, number, event):
    key = (event["family"], bytes.fromhex(event["uid"]))
    if event["mark"] == "needs_repair":
        connection.execute("UPDATE cards SET needs_repair = 1, updated_at = ? WHERE family = ? AND uid = ?", (event["at"], *key))
    else:
        connection.execute("UPDATE cards SET status = ?, updated_at = ? WHERE family = ? AND uid = ?", (event["mark"], event["at"], *key))


def _apply_case(connection, number, event):
    connection.execute(
        "INSERT INTO cases SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, NULL, NULL FROM cases",
        (number, event["case"], canonical(event["detail"]), event["at"]),
    )


def _apply_case_closed(connection, number, event):
    connection.execute("UPDATE cases SET closed_at = ?, note = ? WHERE id = ?", (event["at"], event["note"], event["id"]))


def _apply_nothing(connection, number, event):
    """An event that is history and evidence only."""


_APPLY = {
    "intent": _apply_intent,
    "outcome": _apply_outcome,
    "mark": _apply_mark,
    "case": _apply_case,
    "case_closed": _apply_case_closed,
    "board": board_register.apply_board,
    "board_line": _apply_nothing,
    "board_refused": _apply_nothing,
}
