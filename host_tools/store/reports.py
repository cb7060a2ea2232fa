"""Reading the register for the till, the owner and the taps. No function here writes.

A sale's shape everywhere: {"entry", "state": open | done | landed | not_landed, "undone": bool, "at", "settled_at"}.
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from cardos.records.certificate import OPERATIONS as BOARD_OPERATIONS
from host_tools.store.board_register import TERMINAL_MAX, has_boards
from host_tools.store.register import LANDED, card_row, change, claim_of

DOUBTS_OF_A_BOARD = 8  # on one card: an honest one has one or two, and each may cost a tap some frames

_ENTRY = "SELECT t.*, e.body FROM transactions t JOIN events e ON e.number = t.event "
_LANDED = "t.state IN ('done', 'landed')"
_UNDONE = (
    "EXISTS(SELECT 1 FROM transactions u WHERE u.operation = 'undo' AND u.terminal = t.terminal AND u.undoes = t.number"
    " AND u.state <> 'not_landed' AND u.state <> 'open')"  # worded so that the partial index serves
)


def _counted(connection):
    """The condition of a record that counts: landed, and not kept aside as evidence (of a board, beyond what it may do)."""
    if not has_boards(connection, "records_aside"):  # a ledger of an older version that is only read
        return _LANDED
    return _LANDED + " AND NOT EXISTS(SELECT 1 FROM records_aside a WHERE a.terminal = t.terminal AND a.number = t.number)"


def entry_of(row):
    """The journal entry in a row that carries the event's body."""
    return json.loads(row["body"])["entry"]


def _shape(connection, row):
    if row is None:
        return None
    undone = connection.execute("SELECT %s FROM transactions t WHERE t.terminal = ? AND t.number = ?" % _UNDONE, (row["terminal"], row["number"])).fetchone()[0]
    return {"entry": entry_of(row), "state": row["state"], "undone": bool(undone), "at": row["at"], "settled_at": row["settled_at"]}


def sale(connection, ref):
    """The newest sale of this REF; one that did not land only when there is no other. None when unknown."""
    row = connection.execute(_ENTRY + "WHERE t.claim = ?", (ref,)).fetchone()
    if row is None:
        row = connection.execute(
            _ENTRY + "WHERE t.sale = ? AND t.state = 'not_landed' AND t.operation <> 'undo' ORDER BY t.event DESC LIMIT 1", (ref,)
        ).fetchone()
    return _shape(connection, row)


def refund(connection, ref):
    """The refund of this REF of its own that is open, done or landed; None when there is none."""
    return _shape(connection, connection.execute(_ENTRY + "WHERE t.claim = ?", (claim_of({"operation": "refund", "details": {"ref": ref}}),)).fetchone())


def refunded(connection, family, uid, origin):
    """`details["back"]` of the newest landed refund of a sale on a card, or None. origin: [terminal, transaction] of the sale."""
    where = "WHERE t.uid = ? AND t.family = ? AND t.operation = 'refund' AND " + _counted(connection)
    rows = connection.execute(_ENTRY + where + " ORDER BY t.event DESC", (uid, family))
    for row in rows:
        details = entry_of(row)["details"]
        if details.get("origin") == origin:
            return details["back"]
    return None


def last_sale(connection, terminal, family, uid):
    """The done or landed earn or redeem of a terminal on this card with the highest sequence, undone or not."""
    return _shape(
        connection,
        connection.execute(
            _ENTRY + "WHERE t.uid = ? AND t.family = ? AND t.terminal = ? AND t.operation IN ('earn', 'redeem') AND " + _LANDED
            + " ORDER BY t.sequence DESC, t.event DESC LIMIT 1",
            (uid, family, terminal),
        ).fetchone(),
    )


def sales_of_day(connection, begins, ends, limit):
    """The newest sales done or landed from `begins` to before `ends` (UTC texts), newest first."""
    rows = connection.execute(
        "SELECT t.*, e.body FROM (SELECT terminal, min(first_number) AS first_number FROM days WHERE day >= ? AND day <= ? GROUP BY terminal) d"
        " JOIN transactions t ON t.terminal = d.terminal AND t.number >= d.first_number JOIN events e ON e.number = t.event"
        " WHERE t.at >= ? AND t.at < ? AND t.operation IN ('earn', 'redeem') AND " + _counted(connection) + " ORDER BY t.event DESC LIMIT ?",
        (begins[:10], ends[:10], begins, ends, limit),
    )  # fmt: skip
    return [_shape(connection, row) for row in rows]


def sales_of_card(connection, family, uid, limit):
    """The newest sales of a card done or landed, newest first."""
    rows = connection.execute(
        _ENTRY + "WHERE t.uid = ? AND t.family = ? AND t.operation IN ('earn', 'redeem') AND " + _counted(connection) + " ORDER BY t.event DESC LIMIT ?",
        (uid, family, limit),
    )
    return [_shape(connection, row) for row in rows]


def transaction(connection, terminal, number):
    """One transaction, or None."""
    return _shape(connection, connection.execute(_ENTRY + "WHERE t.terminal = ? AND t.number = ?", (terminal, number)).fetchone())


def undo_of(connection, terminal, number):
    """The entry of the undo (open, done or landed) of a transaction, or None."""
    row = connection.execute(
        _ENTRY + "WHERE t.operation = 'undo' AND t.terminal = ? AND t.undoes = ? AND t.state <> 'not_landed'", (terminal, number)
    ).fetchone()
    return entry_of(row) if row else None


def doubts(connection, family=None, uid=None):
    """Entries of open intents, oldest first; of one card, or of all.

    Of one card only those that a settlement may look at: of each board the oldest `DOUBTS_OF_A_BOARD`, none that fits no record or is
    beyond what any board may do. A board's entry that the till must not write, because the board is not (any more) to be believed or
    its certificate does not allow it, carries "only_looked_at": True.
    """
    # "+": by the few open ones
    where, values = ("", ()) if uid is None else ("AND +t.uid = ? AND +t.family = ? ", (uid, family))
    rows = connection.execute(_ENTRY + "WHERE t.state = 'open' " + where + "ORDER BY t.event", values).fetchall()
    if uid is None or not has_boards(connection):
        return [entry_of(row) for row in rows]
    paired = {row["terminal"]: row["status"] == "paired" for row in connection.execute("SELECT terminal, status FROM boards")}
    counts: Counter[int] = Counter()
    found = []
    for row in rows:
        event, board = json.loads(row["body"]), row["terminal"] & TERMINAL_MAX
        entry = event["entry"]
        if "board" not in event:
            found.append(entry)
        elif "unfit" not in event and entry["operation"] in BOARD_OPERATIONS and counts[board] < DOUBTS_OF_A_BOARD:
            counts[board] += 1
            if not paired.get(board) or row["terminal"] != board or "aside" in event:
                entry["only_looked_at"] = True
            found.append(entry)
    return found


def familiar(connection, uid, families):
    """(family, newest entry that set the chip's keys or None, whether that one is not known to have landed) of a card, or None.

    families: those that it can be, by its kind. Two cards with one UID among them: None, because nothing is known for sure.
    """
    cards = [row for row in connection.execute("SELECT family FROM cards WHERE uid = ?", (uid,)) if row["family"] in families]
    if len(cards) != 1:
        return None
    card = cards[0]
    rows = connection.execute(
        _ENTRY + "WHERE t.uid = ? AND t.family = ? AND t.operation IN ('issue', 'migrate') ORDER BY t.event DESC", (uid, card["family"])
    )
    for row in rows:
        entry = entry_of(row)
        if entry["operation"] == "issue" or entry["details"].get("keys"):
            return card["family"], entry, row["state"] not in LANDED
    return card["family"], None, False


def only_family(connection):
    """The family of all cards in the register when they are of one, or None."""
    found = [row["family"] for row in connection.execute("SELECT DISTINCT family FROM cards LIMIT 2")]
    return found[0] if len(found) == 1 else None


def ledger_state(connection, family, uid):
    """(issue entry, newest landed entry) of a card, or None when this home has not issued it."""
    found = []
    for condition, order in (("AND t.operation = 'issue' ", "t.event DESC"), ("", "t.sequence DESC, t.event DESC")):
        row = connection.execute(
            _ENTRY + "WHERE t.uid = ? AND t.family = ? AND " + _counted(connection) + " " + condition + "ORDER BY " + order + " LIMIT 1", (uid, family)
        ).fetchone()
        if row is None:
            return None
        found.append(entry_of(row))
    return tuple(found)


def said_by_lost_boards(connection, family, uid):
    """True when the newest record that this ledger counts of a card is known from boards alone, and none of these is paired any more."""
    rows = connection.execute(
        "SELECT b.status FROM cards c JOIN transactions t ON t.uid = c.uid AND t.family = c.family AND t.sequence = c.last_seen_sequence"
        " LEFT JOIN boards b ON b.terminal = t.terminal & %d WHERE c.family = ? AND c.uid = ? AND " % TERMINAL_MAX + _counted(connection), (family, uid),
    ).fetchall()  # fmt: skip
    return bool(rows) and all(row["status"] in ("revoked", "cloned") for row in rows)


def believed_counters(connection, family, uid):
    """{"id": [value, expiry day]} after the newest record of a card that not only boards vouch for that are lost since; None: there is none."""
    row = connection.execute(
        "SELECT t.counters FROM transactions t LEFT JOIN boards b ON b.terminal = t.terminal & %d WHERE t.uid = ? AND t.family = ? AND t.sequence <="
        " (SELECT last_seen_sequence FROM cards c WHERE c.uid = t.uid AND c.family = t.family) AND coalesce(b.status, 'paired') = 'paired' AND "
        % TERMINAL_MAX + _counted(connection) + " ORDER BY t.sequence DESC, t.event LIMIT 1", (uid, family),
    ).fetchone()  # fmt: skip
    return None if row is None else json.loads(row["counters"])


def highest_number(connection, terminal):
    """The highest card number of an issue here, or of a card that this terminal itself met; 0: none. What boards alone say counts for nothing."""
    issued = connection.execute("SELECT coalesce(max(card_number), 0) FROM card_numbers").fetchone()[0]
    met = connection.execute(
        "SELECT card_number FROM cards c WHERE card_number > ? AND EXISTS(SELECT 1 FROM transactions t WHERE t.uid = c.uid AND t.family = c.family"
        " AND t.terminal = ?) ORDER BY card_number DESC LIMIT 1", (issued, terminal),
    ).fetchone()  # fmt: skip
    return met[0] if met else issued


def redeemed(connection, terminal, family, uid, since, until):
    """How many rewards this terminal gave on a card between two moments (ISO UTC)."""
    row = connection.execute(
        "SELECT coalesce(sum(rewards), 0) AS given FROM transactions t WHERE terminal = ? AND uid = ? AND family = ? AND at >= ? AND at < ?"
        " AND state <> 'not_landed' AND NOT " + _UNDONE,
        (terminal, uid, family, since, until),
    ).fetchone()
    return row["given"]


def known_records(connection, family, uid):
    """[(sequence, first 4 MAC bytes, previous link)…] of done and landed records, lowest first."""
    rows = connection.execute(
        "SELECT sequence, mac, previous FROM transactions t WHERE uid = ? AND family = ? AND " + _LANDED + " ORDER BY sequence, event", (uid, family)
    )
    return [tuple(row) for row in rows]


def history(connection, family, uid):
    """[{"at", "terminal", "operation", "change": {counter id as text: delta}, "outcome", "source": "ledger", …}…], oldest first."""
    rows = connection.execute(_ENTRY + "WHERE t.uid = ? AND t.family = ? ORDER BY t.event", (uid, family))
    return [
        {
            "at": row["at"],
            "terminal": row["terminal"],
            "operation": row["operation"],
            "change": change(entry_of(row)),
            "outcome": "in_doubt" if row["state"] == "open" else row["state"],
            "source": "ledger",
            "sequence": row["sequence"],
            "transaction": row["number"],
            "sale": row["sale"],
        }
        for row in rows
    ]


def day_bounds(day_iso):
    """The UTC texts at which a day of this machine's time zone begins and ends; a day of a clock change has 23 or 25 hours."""
    day = datetime.fromisoformat(day_iso)
    return [moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (day, day + timedelta(days=1))]


def today(connection, begins, ends):
    """{"sales", "stamps", "rewards", "doubts", "undos"} of the entries written from `begins` to before `ends` (UTC texts).

    Sales, stamps and rewards are those done or landed and not undone since; doubts are those open now, of any day.
    """
    row = connection.execute(
        "SELECT coalesce(sum(sale), 0) AS sales, coalesce(sum(stamps), 0) AS stamps, coalesce(sum(rewards), 0) AS rewards,"
        " coalesce(sum(undo), 0) AS undos FROM (SELECT t.operation IN ('earn', 'redeem') AND NOT %s AS sale, t.operation = 'undo' AS undo,"
        " CASE WHEN %s THEN 0 ELSE t.stamps END AS stamps, CASE WHEN %s THEN 0 ELSE t.rewards END AS rewards"
        " FROM (SELECT terminal, min(first_number) AS first_number FROM days WHERE day >= ? AND day <= ? GROUP BY terminal) d"
        " JOIN transactions t ON t.terminal = d.terminal AND t.number >= d.first_number"
        " WHERE t.at >= ? AND t.at < ? AND %s)" % (_UNDONE, _UNDONE, _UNDONE, _counted(connection)),
        (begins[:10], ends[:10], begins, ends),
    ).fetchone()
    open_doubts = connection.execute("SELECT count(*) FROM transactions WHERE state = 'open'").fetchone()[0]
    return {"sales": row["sales"], "stamps": row["stamps"], "rewards": row["rewards"], "doubts": open_doubts, "undos": row["undos"]}


def cases(connection, open_only):
    """[{"id", "kind", "detail", "at", "closed_at", "note"}…], oldest first."""
    where = "WHERE closed_at IS NULL " if open_only else ""
    return [
        {"id": row["id"], "kind": row["kind"], "detail": json.loads(row["detail"]), "at": row["at"], "closed_at": row["closed_at"], "note": row["note"]}
        for row in connection.execute("SELECT * FROM cases " + where + "ORDER BY id")
    ]


def terminals(connection):
    """([numbers of the terminals that wrote this ledger themselves, lowest first], [numbers of its boards])."""
    boards = [row[0] for row in connection.execute("SELECT terminal FROM boards")] if has_boards(connection) else []
    own = [row[0] for row in connection.execute("SELECT DISTINCT terminal FROM transactions ORDER BY terminal")]
    return [terminal for terminal in own if terminal & TERMINAL_MAX not in boards], boards


def cards(connection):
    """Every card of the register by number."""
    return [card_row(row) for row in connection.execute("SELECT * FROM cards ORDER BY card_number, family, uid")]


__all__ = ["LANDED", "cards", "cases", "doubts", "entry_of", "history", "known_records", "last_sale", "sale", "today", "transaction", "undo_of"]
