"""A card whose last change is in doubt came back, and nobody asked for anything else: settle it and say what became of it.

An earned stamp that had not landed is written now; a redemption or an undo that had not landed is only said so, and the
cashier is asked again: what it gives away may be in somebody's hands already (docs/card-format.md, section 6).
"""

import time

from cardos.errors import StampdError
from cardos.exchange import Done
from cardos.tap_runner import run
from cardos.taps.settle_only import settle_only
from host_tools.daemon import answers
from host_tools.daemon.journal_desk import JournalDesk, settled_item

_GIVES = ("redeem", "undo", "refund")
_NOT_LANDED = {
    "redeem": ("The reward was not taken from the card: do not hand it over.", "Ask the customer, and enter it again if it is still wanted."),
    "undo": ("The undo did not reach the card: the sale stands.", "Undo it again if it is still wanted."),
    "refund": ("The refund did not reach the card: nothing is paid back yet.", "Refund it again if it is still wanted."),
}
_NOTHING = ("This did not reach the card.", "Enter it again if it is still wanted.")


def settle_card(home, link):
    """Settle the doubts of the card behind `link`. Returns (face or None, desk): `desk.settled` tells what became known.

    Never raises for a card's or reader's trouble: what was not heard stays in doubt.
    """
    desk = JournalDesk(home)
    try:
        outcome = run(settle_only(home.terms()), link, desk, clock_ms=lambda: time.monotonic_ns() // 1000000)
    except StampdError:
        return None, desk
    return (outcome.card if isinstance(outcome, Done) else None), desk


def answer_of(home, found, face=None):
    """The answer of a wish from what the ledger says of its transaction now. found: what `store.transaction` gives."""
    entry, state, pack, day = found["entry"], found["state"], home.pack, home.terms().day
    operation = entry["operation"]
    sale = entry["sale"] or entry["details"].get("sale")
    if state == "open":
        answer = answers.put_entry(answers.blank_answer("in_doubt", operation, sale), pack, entry, False)
        answer["message"] = "It is not known whether the card changed%s." % (": do not hand over yet" if operation in _GIVES else "")
        answer["hint"] = "Present the card again."
    elif state == "not_landed":
        message, hint = _NOT_LANDED.get(operation, _NOTHING)
        answer = answers.refusal("NOT_LANDED", operation, sale, message=message, hint=hint)
        answer["card_number"] = entry["card_number"]
    else:
        answer = answers.put_entry(answers.blank_answer("done", operation, sale), pack, entry, True)
        answer["message"], answer["hint"] = answers.done_message(answer, pack, face, day), ""
    if state in ("landed", "not_landed"):
        answer["settled"] = [settled_item(entry, state)]
    if face is not None and face.sequence is not None:
        answer["progress"] = answers.standing(pack, face.counters, day)["progress"]
    return answer
