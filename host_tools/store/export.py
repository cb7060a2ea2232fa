"""The ledger for other programs: JSON lines of all events (chain checkable again), or CSV of all transactions.

JSON line: {"event": {…}, "hash": hex, "number": n}. The event, written canonically, hashes as `ledger` says.
No whole MAC stands in the ledger, so none stands in an export.
"""

import csv
import io

from cardos.errors import BadInput
from host_tools.store.ledger import canonical, every_event

CSV_COLUMNS = (
    "terminal", "transaction", "at", "card_number", "family", "uid", "operation", "sale", "undoes",
    "state", "settled_at", "sequence", "stamps", "rewards", "paid", "discount",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that a spreadsheet would run
_BATCH = 500


def export_lines(database, kind):
    """Yields lines without line ends. kind: 'jsonl' or 'csv'."""
    if kind == "jsonl":
        return _json_lines(database)
    if kind == "csv":
        return _csv_lines(database)
    raise BadInput("There is no export format %r." % (kind,), "Use jsonl or csv.")


def _json_lines(database):
    for number, event, digest in every_event(database):
        yield canonical({"event": event, "hash": bytes(digest).hex(), "number": number})


def _csv_lines(database):
    yield _csv_line(CSV_COLUMNS)
    after = (-1, 0)
    while True:
        with database.reading() as connection:
            rows = connection.execute(
                "SELECT t.terminal, t.number, t.at, t.card_number, t.family, lower(hex(t.uid)), t.operation, t.sale, t.undoes, t.state,"
                " t.settled_at, t.sequence, t.stamps, t.rewards, json_extract(e.body, '$.entry.details.paid'),"
                " json_extract(e.body, '$.entry.details.discount') FROM transactions t JOIN events e ON e.number = t.event"
                " WHERE (t.terminal, t.number) > (?, ?) ORDER BY t.terminal, t.number LIMIT ?",
                (*after, _BATCH),
            ).fetchall()
        for row in rows:
            yield _csv_line(row)
        if len(rows) < _BATCH:
            return
        after = tuple(rows[-1][:2])


def _csv_line(cells):
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_harmless(cell) for cell in cells])
    return line.getvalue()


def _harmless(cell):
    return "'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
