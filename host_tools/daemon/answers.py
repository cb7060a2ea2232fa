"""The JSON that scripts and the till get: built from outcomes and journal entries, in the shapes of docs/commands.md."""

from cardos.offers.evaluate import counter_names, progress
from cardos.records.fields import day_text
from host_tools.daemon.words import words

def blank_answer(outcome, operation, sale=None):
    """Every key of the shape, empty."""
    return {
        "outcome": outcome, "operation": operation, "sale": sale, "card_number": None, "sequence": None, "paid": 0, "discount": 0,
        "earned": {}, "counters": {}, "rewards": [], "refused": None, "declined": None, "settled": [],
        "exchanges": 0, "bytes_out": 0, "bytes_in": 0,
    }  # fmt: skip


def named_counters(pack, state):
    """{name: value} of the pack's own counters; one the card does not carry yet is 0. state: {id: (value, day)}."""
    return {name: state.get(key, (0, 0))[0] for key, name in sorted(counter_names(pack).items())}


def expiry_days(pack, state):
    """{name: "YYYY-MM-DD" or None}."""
    return {name: day_text(state.get(key, (0, 0))[1]) for key, name in sorted(counter_names(pack).items())}


def put_card(answer, pack, face, day):
    """What the card shows now: number, sequence, counters, progress."""
    answer["card_number"] = face.card_number
    answer["sequence"] = face.sequence
    answer["counters"] = named_counters(pack, face.counters)
    answer["progress"] = progress(pack, face.counters, day)
    return answer


def put_entry(answer, pack, entry, landed):
    """What a journal entry says was done (landed) or asked for (in doubt: nothing is counted yet)."""
    details = entry["details"]
    answer["operation"] = entry["operation"]
    answer["sale"] = entry["sale"] or details.get("sale") or answer["sale"]
    answer["card_number"] = entry["card_number"]
    answer["paid"] = details.get("paid", 0)
    answer["discount"] = details.get("discount", 0)
    answer["declined"] = details.get("declined")
    if landed:
        answer["sequence"] = entry["sequence"]
        answer["earned"] = details.get("earned", {})
        answer["rewards"] = details.get("rewards", [])
        state = {int(key): tuple(pair) for key, pair in entry["counters_after"].items()}
        answer["counters"] = named_counters(pack, state)
    return answer


def refusal(code, operation, sale=None, outcome="refused", message=None, hint=None):
    """An answer that changed nothing."""
    answer = blank_answer(outcome, operation, sale)
    answer["refused"] = code
    said, advice = words(code)
    answer["message"] = message or said
    answer["hint"] = advice if hint is None else hint
    return answer


_DONE_WORDS = {
    "undo": "Undone. ", "block": "This card is blocked now. ", "unblock": "The block is lifted. ", "migrate": "The card has its new keys. ",
}  # fmt: skip


def done_message(answer, pack, face, day):
    """One sentence about what the card holds now, for the till and the terminal."""
    rewards = ", ".join(answer["rewards"])
    lines = progress(pack, face.counters, day) if face is not None else []
    held = "; ".join(_standing(line) for line in lines)
    if answer["declined"] == "LIMIT":
        held = "No reward on this card today. " + held[:1].upper() + held[1:]
    if answer["operation"] in _DONE_WORDS:
        return _DONE_WORDS[answer["operation"]] + held
    if face is not None and face.status in ("blocked", "replaced"):
        return "This card is %s. %s" % (face.status, held)
    if rewards:
        return "%s! %s" % (rewards[0].upper() + rewards[1:], held)
    return held[0].upper() + held[1:] if held else "Done."


def _standing(line):
    if line["ready"]:
        return "%d of %d %s: %s ready" % (line["stamps"], line["needed"], line["counter"], line["reward"])
    return "%d of %d %s, %d to go" % (line["stamps"], line["needed"], line["counter"], line["needed"] - line["stamps"])
