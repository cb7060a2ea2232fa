"""What may enter the ledger at all. Asked inside the writing transaction, before the event is appended.

* one intent a (terminal, transaction); one open, done or landed intent a REF of sales, or of refunds; one such undo a transaction;
* one outcome an intent, and a landed one names its record;
* a card number, once named by an issue intent, belongs to that UID for ever; a card is issued once;
* two records of one card with one sequence, or a link that does not fit its neighbour, become a case (never an error:
  the record is on the card already).
"""

from cardos.errors import BadInput
from host_tools.store.register import LANDED, claim_of
from host_tools.store.troubles import LedgerRule

OPERATIONS = ("issue", "earn", "redeem", "undo", "refund", "block", "unblock", "migrate", "replace", "repair")
OUTCOMES = ("done", "landed", "not_landed")


def refuse_intent(connection, entry):
    """Raises when the rules forbid this intent; asks nothing but the register. Codes: see the raises."""
    check_kinds(entry)
    key = (entry["terminal"], entry["transaction"])
    one = connection.execute
    if one("SELECT 1 FROM transactions WHERE terminal = ? AND number = ?", key).fetchone():
        raise LedgerRule("Transaction %d of terminal %d is in the ledger already." % (key[1], key[0]), "", "TRANSACTION_EXISTS")
    for refuse, _ in _PARTS:
        refuse(connection, entry)


def conflicts(connection, entry):
    """[(code, what of the entry is left out)…] of an entry that is kept in any case, because a card may carry it."""
    found = []
    for refuse, left_out in _PARTS:
        try:
            refuse(connection, entry)
        except LedgerRule as rule:  # told as a case
            found.append((rule.code, left_out))
    return found


def _refuse_claim(connection, entry):
    if connection.execute("SELECT 1 FROM transactions WHERE claim = ?", (claim_of(entry),)).fetchone():  # of NULL: nothing
        raise LedgerRule("The %s is in the ledger already." % _claimed(entry), "", "SALE_EXISTS")


def _claimed(entry):
    return "refund " + entry["details"]["ref"] if entry["operation"] == "refund" else "sale " + entry["sale"]


def check_kinds(entry):
    """SQLite would keep a number as text and text as a number; an entry says what it means."""
    if entry["operation"] not in OPERATIONS:
        raise BadInput("The ledger knows no operation %r." % (entry["operation"],))
    for name in ("terminal", "transaction", "card_number", "sequence", "minute"):
        if type(entry[name]) is not int or entry[name] < 0:
            raise BadInput("A journal entry's %s is a number, not %r." % (name, entry[name]))
    for name, kind in (("sale", str), ("undoes", int)):
        if entry.get(name) is not None and type(entry[name]) is not kind:
            raise BadInput("A journal entry's %s is not %r." % (name, entry[name]))


def _refuse_undo(connection, entry):
    if entry["operation"] != "undo":
        return
    key = (entry["terminal"], entry.get("undoes"))
    undone = connection.execute("SELECT state, operation, family, uid FROM transactions WHERE terminal = ? AND number = ?", key).fetchone()
    if undone is None or undone["state"] not in LANDED or undone["operation"] not in ("earn", "redeem"):
        raise LedgerRule("There is no finished sale in transaction %s to undo." % (key[1],), "", "NOT_A_SALE")
    if (undone["family"], bytes(undone["uid"])) != (entry["family"], bytes.fromhex(entry["uid"])):
        raise LedgerRule("Transaction %s was made with another card." % (key[1],), "", "NOT_A_SALE")
    if connection.execute("SELECT 1 FROM transactions WHERE operation = 'undo' AND terminal = ? AND undoes = ? AND state <> 'not_landed'", key).fetchone():
        raise LedgerRule("Transaction %s is undone already." % (key[1],), "", "ALREADY_UNDONE")


def _refuse_issue(connection, entry):
    if entry["operation"] != "issue":
        return
    card = (entry["family"], bytes.fromhex(entry["uid"]))
    owner = connection.execute("SELECT family, uid FROM card_numbers WHERE card_number = ?", (entry["card_number"],)).fetchone()
    if owner is not None and (owner["family"], bytes(owner["uid"])) != card:
        raise LedgerRule("Card number %d belongs to another card." % entry["card_number"], "Take the next number.", "CARD_NUMBER_TAKEN")
    if connection.execute("SELECT 1 FROM cards WHERE family = ? AND uid = ? AND issued_at IS NOT NULL", card).fetchone():
        raise LedgerRule("This card was issued already.", "Use `stampd card show` or `stampd card repair`.", "ALREADY_ISSUED")


_PARTS = ((_refuse_undo, "undoes"), (_refuse_claim, "claim"), (_refuse_issue, "number"))


def refuse_outcome(connection, event):
    """Raises when the rules forbid this outcome; returns the transaction's row."""
    row = connection.execute("SELECT * FROM transactions WHERE terminal = ? AND number = ?", (event["terminal"], event["transaction"])).fetchone()
    if row is None:
        raise LedgerRule("There is no transaction %s of terminal %s." % (event["transaction"], event["terminal"]), "", "UNKNOWN_TRANSACTION")
    if row["state"] != "open":
        raise LedgerRule("Transaction %d is settled already, as %s." % (row["number"], row["state"]), "", "OUTCOME_EXISTS")
    if event["outcome"] not in OUTCOMES:
        raise BadInput("The ledger knows no outcome %r." % (event["outcome"],))
    if event["outcome"] in LANDED and (event["sequence"] != row["sequence"] or event["mac"] is None):
        raise LedgerRule("Transaction %d has record %d; its outcome must name it and its MAC." % (row["number"], row["sequence"]), "", "OUTCOME_RECORD")
    return row


def contradictions(connection, row, mac):
    """Cases that a record which is about to count as landed makes with its neighbours: [(kind, sequence, (terminal, transaction) of the other)…]."""
    found = []
    others = connection.execute(
        "SELECT terminal, number, sequence, mac, previous FROM transactions WHERE uid = ? AND family = ? AND sequence BETWEEN ? AND ?"
        " AND state IN ('done', 'landed')",
        (row["uid"], row["family"], row["sequence"] - 1, row["sequence"] + 1),
    ).fetchall()
    for other in others:
        whose = (other["terminal"], other["number"])
        if other["sequence"] == row["sequence"]:
            found.append(("SAME_SEQUENCE", row["sequence"], whose))
        elif other["sequence"] < row["sequence"] and other["mac"] != row["previous"]:
            found.append(("BROKEN_CHAIN", row["sequence"], whose))
        elif other["sequence"] > row["sequence"] and other["previous"] != mac:
            found.append(("BROKEN_CHAIN", other["sequence"], whose))
    return found
