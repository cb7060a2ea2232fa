"""What an offer gives: standing rates, cliffs between bands, offers that pay twice, units that differ. Each: Case -> findings."""

from cardos.offers.basket import ANY
from cardos.offers.money import half_up
from host_tools.offers.explain.owners import price_rules, rows_of_condition

WHOLE_BP = 10000
CLIFF_WARN_BP = 1000  # a drop of a tenth of the price at the edge is more than a nudge


def standing_rates(case):
    """F06: rates that hold day after day, from the limit on. A pass that the customer paid for is none."""
    for place, what, rate_bp in _standing(case):
        if rate_bp >= case.standing_bp:
            sentence = "%s gives %s as %s: a standing rate of %s or more eats the profit of many customers who would have come anyway." % (
                case.title(place), case.speech.rate(rate_bp), what, case.speech.rate(case.standing_bp))  # fmt: skip
            yield case.finding("STANDING_RATE", place, "warning", sentence, "Lower the rate, or limit it to days, goods or a minimum basket.")


def _standing(case):
    """[(offer, what it is, rate)] of what customers get again and again."""
    for phase, rule in case.rules:
        place = rule["offer"]
        if phase == "prices":
            yield from _standing_price(case, rule)
        elif phase == "earn" and rule["op"] == "points":
            for rate_bp in [rule["bp"], *rule.get("partners", {}).values()]:
                unit = case.pack["counters"][rule["c"]].get("unit", 0)
                yield place, "points", rate_bp * unit // rule["worth"]
        elif phase == "earn" and rule["op"] == "steps":
            unit = case.pack["counters"][rule["c"]].get("unit", 0)
            times = max(rule.get("times_bp", [WHOLE_BP]))
            yield place, "points", rule["per"] * unit * times // rule["step"]
        elif phase == "earn" and rule["op"] == "share":
            yield place, "a gift to %s" % rule["to"], rule["bp"]
        elif phase == "roll" and rule["op"] == "month-benefit":
            yield place, "a discount of the next month" if rule.get("rate") else "a voucher", max((bp for _, bp in rule["bands"]), default=0)


def _standing_price(case, rule):
    place = rule["offer"]
    if rule["op"] == "code":
        for code in rule["codes"]:
            yield place, "the code %s" % code[0], code[1]
    elif rule["op"] == "marginal":
        yield place, "its highest step", max((bp for _, bp in rule["bands"]), default=0)
    elif rule["op"] == "rate" and not _is_paid_for(rule):
        highest = [_highest(source) for source in rule["rates"]]
        standing = [bp for bp, source in zip(highest, rule["rates"]) if source["is"] != "birthday"]  # one day a year is not standing
        yield place, "its highest rate", (sum(standing) if rule.get("sum") else max(standing, default=0))


def _is_paid_for(rule):
    return "when" in rule and _mentions(rule["when"], "good")


def _mentions(condition, word):
    if condition[0] in ("all", "any"):
        return any(_mentions(part, word) for part in condition[1:])
    return condition[0] == word


def _highest(source):
    if "bands" in source:
        return max((bp for _, bp in source["bands"]), default=0)
    bp = source.get("bp", 0)
    return max(bp, default=0) if isinstance(bp, list) else bp


def cliffs(case):
    """Baskets where a little more costs less: the amounts are computed as the till computes them."""
    for phase, rule in case.rules:
        if phase == "prices" and rule["op"] == "rate":
            for source in rule["rates"]:
                if source["is"] == "basket":
                    yield from _cliffs_of(case, rule["offer"], _edges(source, 1), _others(rule), "", _steps_remedy(case, source["bands"]))
        elif phase == "prices" and rule["op"] == "code":
            for code, bp, _, _, _, least, _ in rule["codes"]:
                if least:
                    yield from _cliffs_of(case, rule["offer"], [(least, 0, bp)], lambda bp: bp, " with the code %s" % code)
        elif phase == "roll" and not rule.get("rate") and rule["op"] == "month-benefit":
            yield from _voucher_cliffs(case, rule)


def _edges(source, unit):
    """[(first amount of the new rate, old rate, new rate)]; over: the edge itself still has the old rate."""
    before, out = 0, []
    for start, bp in source["bands"]:
        out.append(((start + (1 if source.get("over") else 0)) * unit, before, bp))
        before = bp
    return out


def _others(rule):
    """What the rule's own fixed rates make of a band's rate; without a card where the rule asks for none: there the step is higher."""
    asks_card = "when" in rule and _mentions(rule["when"], "card")
    fixed = sum(source["bp"] for source in rule["rates"] if source["is"] == "fixed" and (asks_card or source.get("all")))
    return (lambda bp: min(WHOLE_BP, bp + fixed)) if rule.get("sum") else (lambda bp: max(bp, fixed))


def _price(gross, bp):
    return gross - half_up(gross * bp, WHOLE_BP)


def _steps_remedy(case, bands):
    """What helps against a jump between bands: the till's prompt, where it is not there already."""
    if any(rule["bands"] == bands for rule in case.pack["next"]):
        return "The till tells how much is missing; smaller steps make the jump smaller."
    return "Let the till tell how much is missing, or make the steps smaller."


def _cliffs_of(case, place, edges, rate_of, with_what="", remedy="Make the code's minimum or its rate smaller, if that is not meant."):
    for start, old_bp, new_bp in edges:
        if start < 2 or rate_of(new_bp) <= rate_of(old_bp):
            continue
        below, at = _price(start - 1, rate_of(old_bp)), _price(start, rate_of(new_bp))
        if at >= below:
            continue
        first = _first_dearer(start, rate_of(old_bp), at)
        money = case.speech.money
        sentence = "A basket of %s costs %s, one of %s costs %s%s: from %s on a customer pays less by buying more." % (
            money(start - 1), money(below), money(start), money(at), with_what, money(first))  # fmt: skip
        severity = "warning" if (below - at) * WHOLE_BP >= CLIFF_WARN_BP * start else "note"
        yield case.finding("CLIFF", place, severity, sentence, remedy)


def _first_dearer(start, old_bp, at):
    """The smallest basket below an edge that costs more than the one at the edge."""
    low, high = 0, start - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _price(middle, old_bp) > at else (middle + 1, high)
    return low


def _voucher_cliffs(case, rule):
    """A month in which a little more spend brings so much more voucher that it costs less in the end."""
    per, unit = case.pack["counters"][rule["c"]]["per"], case.pack["counters"][rule["to"]].get("unit", 0)
    money, before = case.speech.money, 0
    for start, bp in rule["bands"]:
        old, new = max(0, start - 1) * before // WHOLE_BP * unit, start * bp // WHOLE_BP * unit
        if start and new - old > per:
            sentence = "A month of %s brings a voucher of %s, one of %s brings %s: the last %s pay for themselves." % (
                money((start - 1) * per), money(old), money(start * per), money(new), money(per))  # fmt: skip
            yield case.finding("CLIFF", rule["offer"], "note", sentence, _steps_remedy(case, rule["bands"]))
        before = bp


def pays_twice(case):
    """Two offers that earn into one counter on the same goods, and two standing rates of which one comes on top of the other."""
    earns = [rule for phase, rule in case.rules if phase == "earn" and rule["op"] in ("points", "steps", "stamps") and _gives(rule)]
    for place, rule in enumerate(earns):
        for other in earns[place + 1 :]:
            if rule["c"] == other["c"] and _meet(rule, other):
                sentence = "%s and %s both give %s for the same sale." % (
                    case.title(rule["offer"]), case.title(other["offer"]), case.speech.label(rule["c"]))  # fmt: skip
                yield case.finding("PAYS_TWICE", other["offer"], "warning", sentence, "Leave one out, or give them different goods or days.")
    tops = [(list(price_rules([node])), node) for node in case.pack["prices"]]
    for place, (rules, _) in enumerate(tops):
        for others, _ in tops[place + 1 :]:
            yield from _cascade(case, rules, others)


def _cascade(case, rules, others):
    for rule in rules:
        for other in others:
            if _is_standing(rule) and _is_standing(other) and _meet(rule, other):
                sentence = "%s and %s are in no group: one comes on top of the other." % (case.title(rule["offer"]), case.title(other["offer"]))
                remedy = "Put both into one group with mode = \"best\", if only the better one is meant."
                yield case.finding("PAYS_TWICE", other["offer"], "warning", sentence, remedy)


def _gives(rule):
    return rule.get("bp") or rule.get("partners") or rule.get("extra") or (rule["op"] == "stamps") or rule.get("per")


def _is_standing(rule):
    if rule.get("manual"):
        return False
    return rule["op"] == "code" or (rule["op"] == "rate" and any(_highest(source) or source["is"] == "held" for source in rule["rates"]))


def _meet(rule, other):
    """True when two rules of different offers can apply to one line on one day."""
    if rule["offer"] == other["offer"]:
        return False
    mine, theirs = _goods(rule), _goods(other)
    if ANY not in mine and ANY not in theirs and not set(mine) & set(theirs):
        return False
    (start, end), (other_start, other_end) = _days(rule), _days(other)
    return start <= other_end and other_start <= end and not _exclude(rule.get("when"), other.get("when"))


def _goods(rule):
    return [name for code in rule["codes"] for name in code[4]] if rule["op"] == "code" else rule["on"]


def _days(rule):
    """The days on which a rule's own "when", or all its codes, can hold."""
    start, end = 0, 0xFFFF
    for part in _parts(rule.get("when")):
        if part[0] == "days":
            start, end = max(start, part[1]), min(end, part[2])
    if rule["op"] == "code":
        start = max(start, min(code[2] for code in rule["codes"]))
        end = min(end, max(code[3] or 0xFFFF for code in rule["codes"]))
    return start, end


def _parts(condition):
    if not condition:
        return []
    return condition[1:] if condition[0] == "all" else [condition]


def _exclude(one, other):
    """True when one asks for what the other excludes."""
    mine, theirs = _parts(one), _parts(other)
    return any(["not", part] in theirs for part in mine) or any(["not", part] in mine for part in theirs)


def units_differ(case):
    """A monthly voucher is counted as spend units times a rate, in voucher units: other units change what a rate means."""
    for phase, rule in case.rules:
        if phase == "roll" and rule["op"] == "month-benefit" and not rule.get("rate"):
            per, unit = case.pack["counters"][rule["c"]]["per"], case.pack["counters"][rule["to"]].get("unit", 0)
            if per != unit:
                bp = max((bp for _, bp in rule["bands"]), default=0)
                money, rate = case.speech.money, case.speech.rate
                sentence = "%s counts spend in %s and vouchers in %s: %s of the spend becomes %s." % (
                    case.title(rule["offer"]), money(per), money(unit), rate(bp), rate(bp * unit // per))  # fmt: skip
                yield case.finding("UNITS_DIFFER", rule["offer"], "warning", sentence, "Make voucher_unit equal to spend_unit.")


def level_spent(case):
    """A level that follows a counter falls when that counter is spent."""
    spent = {rule["c"]: rule["offer"] for phase, rule in case.rules if phase == "rewards" or rule["op"] == "donate"}
    for about in case.pack["counters"]:
        if about["kind"] != "derived":
            continue
        of = about["of"]
        place = spent.get(of, case.owners[of] if case.pack["counters"][of].get("unit") else None)
        if place is not None:
            sentence = "The level follows %s, which is also spent: whoever takes a reward falls to a lower level." % case.speech.label(of)
            yield case.finding("LEVEL_SPENT", place, "warning", sentence, "Give the level a counter of its own, or the reward.")
    for _, rule in case.rules:
        for row in rows_of_condition(rule["when"]) if "when" in rule else ():
            if row in spent and case.pack["counters"][row]["kind"] != "level":
                sentence = "%s asks for %s, which is also spent." % (case.title(rule["offer"]), case.speech.label(row))
                yield case.finding("LEVEL_SPENT", rule["offer"], "note", sentence, "Check that a customer who takes a reward may lose this.")


RULES = (standing_rates, cliffs, pays_twice, units_differ, level_spent)
