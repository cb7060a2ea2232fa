"""The JSON that scripts and the till get: built from outcomes and journal entries, in the shapes of docs/commands.md."""

from cardos.calendar import date_text
from cardos.offers.evaluate import rolled
from cardos.offers.holdings import Holdings
from cardos.offers.standing import coupons_left, entitlements, expiries, next_band, progress, view
from host_tools.daemon.words import words

def blank_answer(outcome, operation, sale=None):
    """Every key of the shape, empty."""
    return {
        "outcome": outcome, "operation": operation, "sale": sale, "card_number": None, "sequence": None, "paid": 0, "discount": 0,
        "earned": {}, "spent": {}, "counters": {}, "rewards": [], "refunded": 0, "next": None, "refused": None, "declined": None,
        "settled": [],
        "exchanges": 0, "bytes_out": 0, "bytes_in": 0,
    }  # fmt: skip


def named_counters(pack, state):
    """{name: value} of the pack's own counters that are numbers; one the card does not carry yet is 0. state: {id: (value, day)}."""
    return {name: value for name, value in view(pack, Holdings(pack["counters"], state, 0)).items() if isinstance(value, int)}


def expiry_days(pack, state):
    """{name: "YYYY-MM-DD" or None}: the first day on which something of a counter ends."""
    return {name: date_text(day) if day else None for name, day in expiries(pack, Holdings(pack["counters"], state, 0)).items()}


def standing(pack, state, day):
    """What a till shows of a card beside its records: {"counters", "levels", "progress", "spendable", "coupons", "entitlements", "next"}.

    levels: {name: text or None} (a level, a last good day). spendable: [{"counter", "units", "unit"}], what can be used as
    money, unit in minor units. coupons: reward ids. next: {"band_at", "rate_bp"}; absent where the card
    has none (a sale may have one by its own sum).
    """
    held = rolled(pack, state, day)
    shown = view(pack, held)
    edge = next_band(pack, held)
    spendable = [
        {"counter": about["name"], "units": max(0, held.usable(row)), "unit": about["unit"]}
        for row, about in enumerate(pack["counters"]) if about.get("unit")
    ]  # fmt: skip
    return {
        "counters": {name: value for name, value in shown.items() if isinstance(value, int)},
        "levels": {name: value for name, value in shown.items() if not isinstance(value, int)},
        "progress": progress(pack, held), "spendable": spendable, "coupons": coupons_left(pack, held),
        "entitlements": entitlements(pack, held), **({"next": {"band_at": edge[0], "rate_bp": edge[1]}} if edge else {}),
    }  # fmt: skip


def put_card(answer, pack, face, day):
    """What the card shows now: number, sequence, counters, progress."""
    answer["card_number"] = face.card_number
    answer["sequence"] = face.sequence
    answer.update(standing(pack, face.counters, day))
    return answer


def put_entry(answer, pack, entry, landed):
    """What a journal entry says was done (landed) or asked for (in doubt: nothing is counted yet)."""
    details = entry["details"]
    answer["operation"] = entry["operation"]
    answer["sale"] = entry["sale"] or details.get("sale") or answer["sale"]
    answer["card_number"] = entry["card_number"]
    if details.get("ref") is not None:
        answer["ref"] = details["ref"]  # a refund's own
    answer["paid"] = details.get("paid", 0)
    answer["discount"] = details.get("discount", 0)
    answer["declined"] = details.get("declined")
    if landed:
        answer["sequence"] = entry["sequence"]
        answer["earned"] = details.get("earned", {})
        answer["spent"] = details.get("spent", {})
        answer["rewards"] = details.get("rewards", [])
        answer["refunded"] = details.get("refunded", 0)
        edge = details.get("next")
        answer["next"] = {"band_at": edge[0], "rate_bp": edge[1]} if edge else None
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
    held = standing_text(pack, face.counters, day) if face is not None else ""
    if answer["declined"]:
        said = "No reward on this card today." if answer["declined"] == "LIMIT" else words(answer["declined"])[0]
        held = "%s %s" % (said, held[:1].upper() + held[1:])
    if answer["operation"] == "refund":
        digits = pack["minor_digits"]
        return "Refund %s %s. %s" % (_money(answer.get("refunded", 0), digits), pack["currency"], held)
    if answer["operation"] in _DONE_WORDS:
        return _DONE_WORDS[answer["operation"]] + held
    if face is not None and face.status in ("blocked", "replaced"):
        return "This card is %s. %s" % (face.status, held)
    if rewards:
        return "%s! %s" % (rewards[0].upper() + rewards[1:], held)
    return held[0].upper() + held[1:] if held else "Done."


def said_by_offers(pack, entry, language):
    """What the offers that gave something in this sale have to say, in the shop's language, else in English."""
    told = entry["details"].get("offers", ())
    words_of = [offer.get("message", {}) for offer in pack["offers"] if offer["id"] in told]
    return [message.get(language) or message.get("en", "") for message in words_of if message]


def with_earlier_refunds(answer, pack):
    """The message, and a sentence for each other refund that this tap found on the card: nobody named its money yet."""
    said = [answer["message"].rstrip(". ") + "."]
    for item in answer["settled"]:
        if item.get("refunded") and (answer["outcome"] != "done" or item["ref"] != answer.get("ref")):
            money = "%s %s" % (_money(item["refunded"], pack["minor_digits"]), pack["currency"])
            said.append("An earlier refund of sale %s had reached the card: pay out its %s, unless that was done." % (item["sale"], money))
    return " ".join(said) if len(said) > 1 else answer["message"]


def standing_text(pack, state, day):
    """Where a card stands in half a sentence: "7 of 10 stamps, 3 to go; 120 points"."""
    held = rolled(pack, state, day)
    lines = progress(pack, held)
    told = {line["counter"] for line in lines}
    parts = [_standing(line) for line in lines]
    if len(lines) > 2:  # a list of goods: what the card holds once, and what it can have
        ready = [line["reward"] for line in lines if line["ready"]]
        parts = ["%d %s" % (held_of, name) for name, held_of in {line["counter"]: line["stamps"] for line in lines}.items()]
        parts += ["ready: " + ", ".join(ready)] if ready else []
    versions = {about["name"] for about in pack["counters"] if about["kind"] == "version"}  # for scripts; no person asks for it
    for name, value in view(pack, held).items():
        if name not in told | versions and value:
            parts.append("%s %s" % (value, name.replace("_", " ")) if isinstance(value, int) else "%s %s" % (name.replace("_", " "), value))
    return "; ".join(parts)


def _standing(line):
    if line["ready"]:
        return "%d of %d %s: %s ready" % (line["stamps"], line["needed"], line["counter"], line["reward"])
    return "%d of %d %s, %d to go" % (line["stamps"], line["needed"], line["counter"], line["needed"] - line["stamps"])


def _money(minor, digits):
    return "%d.%0*d" % (minor // 10**digits, digits, minor % 10**digits) if digits else str(minor)
