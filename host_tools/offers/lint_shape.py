"""What can be reached, what ends and what is counted. Each rule: Case -> findings."""

from cardos.bytes import I24_MAX
from cardos.offers.basket import AMOUNT_MAX
from host_tools.offers.explain.speech import FOREVER
from host_tools.offers.state import needs_of, too_much

WHOLE_BP = 10000


def currency_mix(case):
    """Offers in another currency, or counted with other digits, than the pack."""
    for place, offer in enumerate(case.offers):
        currency, digits = offer.parameters.get("currency"), offer.parameters.get("minor_digits")
        if currency not in (None, case.pack["currency"]) or digits not in (None, case.pack["minor_digits"]):
            sentence = "\"%s\" is in %s, its pack in %s." % (offer.id, _money_of(currency, digits), _money_of(case.pack["currency"], case.pack["minor_digits"]))
            yield case.finding("CURRENCY_MIX", place if place < len(case.pack["offers"]) else None, "error", sentence, "Make a pack for each currency.")


def _money_of(currency, digits):
    return "%s%s" % (currency or "no currency", "" if digits is None else " with %d digits" % digits)


def counters(case):
    """More counters than cards carry, or than the cheapest card in use does."""
    told = too_much(case.pack, case.profile)
    if told:
        yield case.finding("TOO_MANY_COUNTERS", None, "error", told, "Leave out offers, or issue cards that hold more.")
    elif case.profile is None and needs_of(case.pack) > 3:
        sentence = "This pack needs %d counters: cards of 144 bytes and NTAG 424 DNA hold 3." % needs_of(case.pack)
        yield case.finding("TOO_MANY_COUNTERS", None, "note", sentence, "Use NTAG215, NTAG216 or DESFire, or leave out offers.")


def codes_without_end(case):
    """Codes travel: one without a last day is a price for everybody for ever."""
    for _, rule in case.rules:
        for code, _, _, end, *_ in rule.get("codes", ()):
            if not end or end >= FOREVER:
                sentence = "The code %s has no last day: it will be passed on for ever." % code
                yield case.finding("CODE_WITHOUT_END", rule["offer"], "warning", sentence, "Add through = the last good day.")


def ended(case):
    """What has ended before today gives nothing any more."""
    date = case.speech.date
    for _, rule in case.rules:
        ends = [("The code %s" % code[0], code[3]) for code in rule.get("codes", ()) if code[3]]
        if rule["op"] == "coupons" and rule["through"]:
            ends.append(("The coupon book", rule["through"]))
        if rule["op"] == "campaign":
            ends.append(("The campaign %s" % rule["id"], rule["through"]))
        ends += [("Extra earning", end) for _, end, _ in rule.get("windows", ())]
        whole = _last_day(rule.get("when"))
        if whole is not None:
            ends.append((case.title(rule["offer"]), whole))
        for what, end in ends:
            if end < case.today:
                yield case.finding("ENDED", rule["offer"], "warning", "%s ended on %s." % (what, date(end)), "Give it new dates, or leave it out.")


def _last_day(condition):
    if condition and condition[0] == "all":
        days = [day for day in map(_last_day, condition[1:]) if day is not None]
        return min(days, default=None)
    return condition[2] if condition and condition[0] == "days" else None


def unreachable(case):
    """Rewards that cost more than anybody can have, bands that no counter can reach, levels that nobody gives."""
    for phase, rule in case.rules:
        if phase == "rewards":
            yield from _reward(case, rule)
        for bands, row, over in _bands(rule):
            yield from _out_of_reach(case, rule, bands, row, over)
    for row, about in enumerate(case.pack["counters"]):
        if about["kind"] == "derived":
            for name, start in zip(about["names"], about["at"]):
                if start and _most(case, about["of"]) < start:
                    sentence = "Nobody can reach the level %s: it asks for %d of %s." % (name, start, case.speech.label(about["of"]))
                    yield case.finding("UNREACHABLE", case.owners[row], "warning", sentence, "Lower its threshold, or let a rule earn that counter.")


def _reward(case, rule):
    costs = [(rule.get("id"), rule.get("cost"))] if rule["op"] == "free-units" else [(gift[0], gift[1]) for gift in rule.get("gifts", ())]
    costs = [(rule["id"], version[2]) for version in rule["versions"]] if "versions" in rule else costs
    for name, cost in costs:
        if cost and cost > _most(case, rule["c"]):
            counter = case.speech.label(rule["c"])
            sentence = "Nobody can take the reward %s: it costs %d of %s, and a card can have at most %d." % (name, cost, counter, _most(case, rule["c"]))
            yield case.finding("UNREACHABLE", rule["offer"], "warning", sentence, "Lower its price, or let a rule earn that counter.")


def _most(case, row):
    """The most that one card can ever hold of a counter: without limit where sales earn it, else what is given once."""
    rules = case.pack["rules"]
    fills = [rule["c"] for rule in rules["earn"] if _earns(rule)]
    fills += [rule["c"] for rule in rules["status"] if rule["op"] in ("count", "units", "spend")]
    fills += [rule["c"] for rule in rules["events"] if rule["op"] in ("return", "switch")]
    fills += [rule["to"] for rule in rules["roll"] if rule["op"] == "month-benefit"]
    fills += [rules[word]["c"] for word in ("referral", "guarantee") if word in rules]
    if row in fills or case.pack["counters"][row]["kind"] in ("level", "fact"):
        return I24_MAX
    once = sum(entry["points"] for entry in rules.get("welcome", ()) if entry["c"] == row)
    return once + sum(rule["points"] for rule in rules["events"] if rule["op"] == "campaign" and rule["c"] == row)


def _earns(rule):
    """True when a rule of phase earn can give something into its counter."""
    if rule["op"] == "share":
        return False
    if rule["op"] in ("stamps", "steps"):
        return rule["op"] == "stamps" or bool(rule["per"])
    return any(rule.get(field) for field in ("bp", "partners", "extra", "friend", "referrer"))


def _bands(rule):
    """[(bands, row or None, over)] of a rule and its rates."""
    out = [(rule["bands"], rule.get("c"), False)] if "bands" in rule else []
    return out + [(source["bands"], source.get("c"), source.get("over")) for source in rule.get("rates", ()) if "bands" in source]


def _out_of_reach(case, rule, bands, row, over):
    most = AMOUNT_MAX if row is None else I24_MAX
    before = None
    for start, bp in bands:
        edge = start + (1 if over else 0)
        if edge > most:
            what = case.speech.money(most) if row is None else "%d in its counter" % most
            sentence = "Nobody can reach the step that begins at %d: the most is %s." % (start, what)
            yield case.finding("UNREACHABLE", rule["offer"], "warning", sentence, "Leave the step out.")
        elif before is not None and bp <= before:
            sentence = "The step that begins at %d gives %s, no more than the one before it." % (start, case.speech.rate(bp))
            yield case.finding("NO_EFFECT", rule["offer"], "note", sentence, "Leave the step out, or raise its rate.")
        before = bp


def far_away(case):
    """Where points end: how much a customer must spend before they do, to reach the cheapest reward."""
    for phase, rule in case.rules:
        about = case.pack["counters"][rule["c"]] if phase == "rewards" else {}
        if about.get("kind") not in ("lots", "sliding") or rule["op"] == "coupons":
            continue
        cost = rule.get("cost") or min(gift[1] for gift in rule["gifts"])
        spend = [_spend_for(cost, earn) for earn in case.pack["rules"]["earn"] if earn["c"] == rule["c"] and earn["op"] in ("points", "steps") and _earns(earn)]
        if spend and min(spend) > AMOUNT_MAX:
            yield case.finding("UNREACHABLE", rule["offer"], "warning", "No customer can spend enough for the cheapest reward.", "Lower its price.")
        elif spend and about["kind"] == "lots":
            sentence = "For the cheapest reward a customer must spend %s within %d days, before the first points end." % (
                case.speech.money(min(spend)), about["days"])  # fmt: skip
            yield case.finding("FAR_AWAY", rule["offer"], "note", sentence, "Check that an ordinary customer can do that.")


def _spend_for(cost, earn):
    """Minor units that bring `cost` points, without bonuses."""
    if earn["op"] == "steps":
        return -(-cost // earn["per"]) * earn["step"]
    best = max([earn["bp"], *earn.get("partners", {}).values()])
    return -(-cost * WHOLE_BP * earn["worth"] // best) if best else 0


def no_expiry(case):
    """Points and stamps without an end are owed for ever."""
    collected = {rule["c"] for phase, rule in case.rules if phase == "rewards" and rule["op"] != "coupons"} | {
        row for row, about in enumerate(case.pack["counters"]) if about.get("unit")}  # fmt: skip
    for row in sorted(collected):
        about = case.pack["counters"][row]
        if about["kind"] in ("plain", "pending"):
            sentence = "The counter %s never ends: what customers do not spend stays a debt of the shop." % case.speech.label(row)
            yield case.finding("NO_EXPIRY", case.owners[row], "note", sentence, "Say how long they are good, or decide that they are good for ever.")


def no_effect(case):
    """Rules that give nothing."""
    for phase, rule in case.rules:
        told = _nothing(rule) if phase in ("prices", "earn", "rewards", "roll") else None
        if told:
            sentence = "%s has a rule that does nothing: %s." % (case.title(rule["offer"]), told)
            yield case.finding("NO_EFFECT", rule["offer"], "note", sentence, "Raise it above zero, or leave the rule out.")
    if case.pack["rules"].get("manual") == 0:
        yield case.finding("NO_EFFECT", None, "note", "Staff may give at most 0 %.", "Raise max_bp, or leave the offer out.")


def _nothing(rule):
    if rule["op"] in ("nth", "companion") and not rule["bp"]:
        return "it takes off 0 %"
    if (rule["op"] == "off" and not rule["amount"]) or (rule["op"] == "coupons" and not rule["off"]):
        return "it takes off nothing"
    if rule["op"] == "code" and not all(code[1] for code in rule["codes"]):
        return "a code takes off 0 %"
    if rule["op"] == "share" and not rule["bp"]:
        return "it gives 0 %"
    if rule["op"] in ("points", "steps", "friend") and not _earns(rule):
        return "it earns nothing"
    if "bands" in rule and not any(bp for _, bp in rule["bands"]):
        return "all its steps give 0 %"
    if rule["op"] == "rate" and not any(_can_give(source) for source in rule["rates"]):
        return "its rate is 0 %"
    return None


def _can_give(source):
    if "bands" in source:
        return any(bp for _, bp in source["bands"])
    bp = source.get("bp", 1)  # "held" and "manual" carry no rate of their own
    return any(bp) if isinstance(bp, list) else bool(bp)


FIRST = (currency_mix, counters)
RULES = (codes_without_end, ended, unreachable, far_away, no_expiry, no_effect)
