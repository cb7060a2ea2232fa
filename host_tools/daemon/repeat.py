"""The exact command that repeats a wish whose card was told to change and was not heard."""

import json
import shlex


def repeat_command(wish, entry):
    """The exact command that repeats an in-doubt wish as the same transaction."""
    details = entry["details"]
    if entry["operation"] == "refund":
        of = "--receipt " + shlex.quote(wish.receipt) if wish.receipt else "--sale %s" % details.get("sale")
        return "stampd card refund %s" % of + "".join(" --line " + shlex.quote(_returned_text(line)) for line in wish.returned)
    if "on" in details:
        return "stampd card event %s --sale %s" % (shlex.quote(json.dumps(wish.event)), entry["sale"])
    if entry["operation"] == "undo":
        return "stampd card undo --sale %s" % details.get("sale")
    if entry["operation"] in ("earn", "redeem"):
        command = ["stampd card %s --sale %s" % ("redeem" if wish.kind == "redeem" else "sell", entry["sale"])]
        if wish.kind != "redeem":
            for line in details["lines"]:
                command.append("--line " + shlex.quote(_line_text(line)))
            if not details["lines"]:
                digits = len(str(10 ** _digits(details))) - 1
                amount = details["amount"]
                text = "%d.%0*d" % (amount // 10**digits, digits, amount % 10**digits) if digits else str(amount)
                command.append("--amount " + text)
            if details["rewards"]:
                command.append("--redeem " + ("auto" if wish.redeem == "none" else wish.redeem))
            command.extend("--spend %s=%d" % pair for pair in sorted(details.get("spent", {}).items()))
            command.extend("--%s %s" % (word, shlex.quote(details[word])) for word in ("code", "partner") if details.get(word))
            command.extend(_by_hand(details.get("cashier")))
        return " ".join(command)
    if entry["operation"] == "migrate":
        return "stampd card rotate --epoch %d" % details["epoch"]
    reason = details.get("reason")
    return "stampd card " + entry["operation"] + (" --reason " + shlex.quote(reason) if reason else "")


def _by_hand(cashier):
    """The options of a discount by hand; whole and hundredths of a per cent."""
    if not cashier:
        return []
    given = ["--discount %d.%02d" % divmod(cashier["discount_bp"], 100)] if cashier["discount_bp"] else []
    return ["--cashier " + shlex.quote(cashier["id"]), *given, *(["--reason " + shlex.quote(cashier["reason"])] if cashier["reason"] else [])]


def _line_text(line):
    text = "%s:%s:%d:%d" % (line["sku"], line["category"], line["qty"], line["unit_price"])
    return text + ":companion" if line.get("for") == "companion" else text


def _returned_text(line):
    return "%s:%d%s" % (line.sku, line.qty, ":reward" if line.reward else "")


def _digits(details):
    from host_tools.settings import MINOR_DIGITS

    return MINOR_DIGITS.get(details.get("currency"), 2)
