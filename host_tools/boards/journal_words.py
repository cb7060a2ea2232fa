"""A folded line of a board's journal in one line of words."""

_WHY = {
    "again": "said again", "agrees": "said what was known", "unreadable": "could not be read: see the cases",
    "conflict": "contradicts the ledger: see the cases", "gap": "what came before it is lost",
}  # fmt: skip


def line_text(event):
    """What an event that is a board's line says, with its number and when it came here."""
    fork = " (another journal of its identity, %d)" % event["fork"] if event["fork"] else ""
    return "%s  %6d  %s%s" % (event["at"], event["line"], _WORDS[event["kind"]](event), fork)


def _intent(event):
    entry = event["entry"]
    sale = " %s" % entry["sale"] if entry["sale"] else ""
    without = ", kept without its %s" % " and ".join(event["left_out"]) if event.get("left_out") else ""
    return "%s%s of card %d, transaction %d, record %d%s" % (
        entry["operation"], sale, entry["card_number"], entry["transaction"], entry["sequence"], without,
    )  # fmt: skip


def _outcome(event):
    return "transaction %d: %s" % (event["transaction"], event["outcome"].replace("_", " "))


_WORDS = {
    "intent": _intent,
    "outcome": _outcome,
    "case": lambda event: "case %s" % event["case"],
    "board_line": lambda event: "a line that %s" % _WHY[event["why"]],
}
