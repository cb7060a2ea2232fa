"""A wish under a REF again: the exact command that repeats it, and what of it differs from what the ledger holds."""

import json
import shlex

from host_tools.daemon.wishes import Returned


def repeat_command(wish, entry):
    """The command that repeats a wish whose card was told to change and was not heard, as the same transaction.

    Its words are the wish's, its REF is the journal entry's: given to a shell of this home, it makes the same wish.
    """
    return shlex.join(["stampd", "card", *_words(wish, entry)])


def _words(wish, entry):
    details = entry["details"]
    if wish.kind == "refund":
        ref = details.get("ref")
        return ["refund", *_option("sale", wish.sale), *_option("receipt", wish.receipt), *_lines(map(_returned_text, wish.returned)), *_option("ref", ref)]
    if wish.kind == "event":
        return ["event", json.dumps(wish.event), *_option("sale", entry["sale"])]
    if wish.kind == "undo":
        return ["undo", *_option("sale", details.get("sale"))]
    if wish.kind == "sell":
        return ["sell", *_option("sale", entry["sale"]), *_sale_words(wish, details)]
    if wish.kind == "redeem":
        return ["redeem", *_option("sale", entry["sale"]), *_option("reward", None if wish.redeem in ("none", "auto") else wish.redeem)]
    if wish.kind == "rotate":
        return ["rotate", "--epoch", str(details["epoch"])]
    opening = [word for name, units in sorted(wish.opening.items()) for word in ("--opening", "%s=%d" % (name, units))]
    return [wish.kind, *opening, *(["--open"] if wish.open_writes else []), *_option("reason", wish.reason)]


def _sale_words(wish, details):
    words = _lines(map(_line_text, wish.lines)) if wish.lines else _option("amount", _amount_text(wish.amount, details))
    if wish.redeem != "none":
        words += ["--redeem", wish.redeem]
    for name, units in sorted(wish.spend.items()):
        words += ["--spend", "%s=%d" % (name, units)]
    words += _option("code", wish.code) + _option("partner", wish.partner)
    cashier = wish.cashier
    if cashier is not None:  # per cent, in whole and hundredths
        given = "%d.%02d" % divmod(cashier.discount_bp, 100) if "manual-discount" in cashier.rights else None
        words += _option("cashier", cashier.id) + _option("discount", given) + _option("reason", cashier.reason)
    return words


def _option(name, value):
    return ["--" + name, value] if value else []


def _lines(texts):
    return [word for text in texts for word in ("--line", text)]


def _line_text(line):
    text = "%s:%s:%d:%d" % (line.sku, line.category, line.qty, line.unit_price)
    return text + ":companion" if line.companion else text


def _returned_text(line):
    return "%s:%d%s" % (line.sku, line.qty, ":reward" if line.reward else "")


def _amount_text(amount, details):
    from host_tools.settings import MINOR_DIGITS

    digits = MINOR_DIGITS.get(details.get("currency"), 2)
    return "%d.%0*d" % (amount // 10**digits, digits, amount % 10**digits) if digits else str(amount)


def differences(wish, entry):
    """Words for what of a repeated wish is not as the entry of its REF has it: "kind", "amount", "lines", "spend", …; [] when nothing is.

    Of a reward the ledger knows that one was given, not by which name; of an event, which one it was and its amount.
    """
    details = entry["details"]
    if wish.kind == "refund":
        asked = [Returned(**line) for line in details.get("asked") or []]
        told = {"sale": wish.sale in (None, details.get("sale")), "lines": wish.returned == asked}
    elif wish.kind == "event":
        told = {"kind": wish.event["on"] == details.get("on"), "amount": wish.event.get("amount") in (None, details.get("amount"))}
    else:
        plain = [(line["sku"], line["category"], line["qty"], line["unit_price"], line.get("for") == "companion") for line in details.get("lines", [])]
        lines = [(line.sku, line.category, line.qty, line.unit_price, line.companion) for line in wish.lines]
        redeems, given = wish.redeem != "none" or wish.kind == "redeem", bool(details.get("rewards"))
        told = {
            "kind": "on" not in details, "amount": wish.total() == details.get("amount", 0) if wish.kind == "sell" else not details.get("amount"),
            "lines": wish.kind == "redeem" or lines == plain, "spend": {name: n for name, n in wish.spend.items() if n} == details.get("spent", {}),
            "reward": redeems if given else wish.redeem in ("none", "auto"), "code": (wish.code or None) == details.get("code"),
        }  # fmt: skip
    return [word for word, same in told.items() if not same]
