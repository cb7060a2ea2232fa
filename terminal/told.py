"""What an outcome says to the person at the board: the word for `signals`, and its facts."""

from cardos.exchange import Blocked, Done, InDoubt, NotOurs
from cardos.offers.evaluate import rolled
from cardos.offers.standing import progress, view

_GIVES = ("redeem", "undo", "refund")  # what they give away may be in somebody's hands already: not handed over while in doubt
LOST = ("CARDLOST", "READ_AGAIN")  # nothing has changed; the same card once more


def word_of(outcome, desk, pack, day, limit_word):
    """(word, facts) of what a tap returned. desk: the tap's `JournalDesk`. limit_word: code -> the code to say (`Authority.word`)."""
    if isinstance(outcome, Done):
        facts = standing(pack, outcome.card, day)
        if outcome.entry is None:
            return _without_change(desk, facts)
        return _done(outcome.entry, facts, limit_word)
    if isinstance(outcome, InDoubt):
        return in_doubt(outcome.entry)
    if isinstance(outcome, NotOurs):
        return "not_ours", {"code": outcome.reason}
    facts = standing(pack, outcome.card, day) if outcome.card is not None and outcome.card.sequence is not None else {}
    facts["code"] = limit_word(outcome.reason)
    if isinstance(outcome, Blocked):
        return "blocked", facts
    if outcome.reason == "ALREADY_STAMPED":
        return "guard", facts
    return ("lost" if outcome.reason in LOST else "refused"), facts


def in_doubt(entry):
    """(word, facts) of an entry whose answer was not heard."""
    return ("in_doubt_reward" if entry["operation"] in _GIVES else "in_doubt"), {}


def _without_change(desk, facts):
    for item in desk.settled:
        if item["outcome"] != "landed":
            facts["operation"] = item["operation"]
            return "settled_not_landed", facts
    if desk.settled:
        facts["operation"] = desk.settled[-1]["operation"]
        return "settled_landed", facts
    return ("offer" if facts.get("reward_ready") else "shown"), facts


def _done(entry, facts, limit_word):
    details = entry["details"]
    for name in ("earned", "rewards", "paid", "discount", "amount"):
        if details.get(name) is not None:
            facts[name] = details[name]
    if details.get("declined"):
        facts["code"] = limit_word(details["declined"])
    if entry["operation"] == "undo":
        return "undone", facts
    if details.get("rewards"):
        return "redeemed", facts
    return ("offer" if facts.get("reward_ready") else "earned"), facts


def standing(pack, face, day):
    """Facts on what a card holds: counters by name, and of the reward that is nearest now, needed, left, reward, reward_ready."""
    if face is None or face.sequence is None:
        return {}
    held = rolled(pack, face.counters, day)
    facts = {"counters": {name: value for name, value in view(pack, held).items() if isinstance(value, int)}}
    nearest = None
    for line in progress(pack, held):
        if nearest is None or line["ready"] > nearest["ready"] or line["needed"] - line["stamps"] < nearest["needed"] - nearest["stamps"]:
            nearest = line
    if nearest is not None:
        facts["now"], facts["needed"], facts["reward"] = nearest["stamps"], nearest["needed"], nearest["reward"]
        facts["left"] = max(0, nearest["needed"] - nearest["stamps"])
        facts["reward_ready"] = nearest["ready"] > 0
    return facts
