"""What each word of `signals` puts on the display: a screen as `terminal.displays.layout` draws it, made of facts.

Every fact may be missing or None; the screen then says less. Texts of the shop (its name, rewards) are shown as they are.
"""

from terminal.displays.font import CLOCK_UNSURE, JOURNAL_LOW, NO_NETWORK, TICK

STAMPS_MAX = 20  # a reward for more is counted in points: no dots, and no word for them
PLAIN = (
    "starting", "reading", "in_doubt", "in_doubt_reward", "not_ours", "lost", "reader_gone", "full", "expired", "revoked", "unsure",
    "updating",
)  # fmt: skip
WITH_CODE = ("self_test_failed", "trouble")
WITH_STANDING = ("earned", "offer", "shown", "redeemed", "undone", "guard", "blocked")
SETTLED = {"settled_landed": "landed", "settled_not_landed": "not_landed"}
_GIVES = ("redeem", "refund")


def screen_of(word, facts, settings, words):
    """(big, lines, dots, marks) of a word. settings: the settings map. words: `terminal.words.Words`. KeyError for an unknown word."""
    if word in PLAIN:
        return "", [words.text(word)], None, ""
    if word == "idle":
        return _idle(facts, settings, words)
    if word == "amount":
        return _money(words, settings, facts, facts.get("amount") or 0), [words.text("enter")], None, ""
    if word == "refused":
        code = facts.get("code")
        return "", [words.code(code) if code else words.text(word)], None, ""
    if word in WITH_CODE:
        code = facts.get("code")
        sentence = words.code(code) if code else ""
        return "", [words.text(word) if sentence in ("", code) else sentence, code if sentence == code else ""], None, ""
    if word in SETTLED:
        return "", [_settled(word, facts, words)], None, ""
    if word in WITH_STANDING:
        return _standing(word, facts, settings, words)
    raise KeyError(word)


def _idle(facts, settings, words):
    marks = ""
    for name, mark in (("offline", NO_NETWORK), ("unsure", CLOCK_UNSURE), ("journal_low", JOURNAL_LOW)):
        if facts.get(name):
            marks += mark
    wish = facts.get("wish")
    if isinstance(wish, int):
        return _money(words, settings, facts, wish), [words.text("tap_card")], None, marks
    if wish:
        return "", [words.text("wish." + wish)], None, marks
    is_typed = settings.get("mode") == "amount"
    return settings.get("shop") or "", [words.text("type_amount" if is_typed else "hold_card")], None, marks


def _settled(word, facts, words):
    key, operation = SETTLED[word], facts.get("operation")
    if operation in _GIVES:
        key += ".redeem"
    elif operation == "undo":
        key += ".undo"
    return words.text(key)


def _standing(word, facts, settings, words):
    """A screen with the card's count: "7/10", what happened, and what is left."""
    now, needed = facts.get("now"), facts.get("needed")
    dots = (now, needed) if now is not None and needed and needed <= STAMPS_MAX else None
    big = "%d/%d" % (now, needed) if now is not None and needed else _sum(facts)
    lines = []
    if word == "redeemed":
        lines = [reward_text(text) for text in facts.get("rewards") or ()] or [words.text("redeemed")]
        big, dots = TICK, None
    elif word == "offer":
        lines = [reward_text(facts.get("reward") or ""), words.text("ready")]
    elif word in ("undone", "guard", "blocked"):
        lines = [words.text(word)]
    elif now is not None and needed:
        lines = [_left(facts, words)]
    elif not big:
        lines = [words.text("counted" if word == "earned" else "empty")]
    if facts.get("code") and word != "guard":
        lines = [words.code(facts["code"])]
    if facts.get("discount") and facts.get("paid") is not None and word != "undone":
        lines.append(words.text("to_pay", _money(words, settings, facts, facts["paid"])))
    return big, lines, dots, ""


def _left(facts, words):
    """"3 to go", with what was earned before it when that is not one."""
    left = facts.get("left")
    if left is None:
        left = max(0, facts["needed"] - facts["now"])
    if not left:
        return reward_text(facts.get("reward") or "") or words.text("counted")
    line = words.stamps(left) if facts["needed"] <= STAMPS_MAX else words.text("left", left)
    earned = sum((facts.get("earned") or {}).values())
    return "+%d · %s" % (earned, line) if earned > 1 else line


def _sum(facts):
    """What a card holds where no reward counts towards anything: its only counter, or what was just earned."""
    counters = facts.get("counters") or {}
    if len(counters) == 1:
        return str(sum(counters.values()))
    earned = sum((facts.get("earned") or {}).values())
    return "+%d" % earned if earned > 0 else ""


def _money(words, settings, facts, minor):
    digits, currency = facts.get("digits"), facts.get("currency")
    if digits is None:
        digits = settings.get("digits", 2)
    return words.money(minor, digits, currency or settings.get("currency") or "")


def reward_text(text):
    """"free coffee x1" as people say it: "free coffee"; "x2" becomes "2 × free coffee"."""
    name, times = text[: text.rfind(" x")], text[text.rfind(" x") + 2 :]
    if " x" not in text or not times.isdigit():
        return text
    return name if times == "1" else "%s × %s" % (times, name)
