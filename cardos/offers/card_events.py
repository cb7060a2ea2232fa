"""The events of a card that are no sales: joining, returning empties, giving points away, campaign credits, levels, new versions.

Each function takes (pack, holdings, event), changes the holdings and returns effects as `cardos.offers.evaluate` describes
them, or raises `Refusal`. `CARD_EVENTS` has them by the event's word.
"""

from cardos.offers.basket import Look, stands
from cardos.offers.refusal import Refusal
from cardos.offers.rewards import set_cost, version_of
from cardos.offers.standing import next_band

NOBODY = 0  # a group or birthday that was never written


def enrol(pack, holdings, event):
    """Join a card: a birthday or group is written, the welcome points are given, once."""
    rules = pack["rules"]
    if _has_joined(rules, holdings, event):
        raise Refusal("ALREADY_ENROLLED")
    membership = rules.get("membership")
    if membership is not None and "sku" in membership:
        raise Refusal("CARD_MUST_BE_BOUGHT")
    _write_facts(rules.get("facts", {}), pack, holdings, event)
    if rules.get("flags") is not None:
        holdings.set_bit(rules["flags"], 0, True)
    earned = {}
    for welcome in welcomes(rules, event["day"]):
        holdings.add(welcome["c"], welcome["points"])
        earned[welcome["c"]] = earned.get(welcome["c"], 0) + welcome["points"]
    return {"earned": earned}


def welcomes(rules, day):
    """The welcome points that joining gives on a day: those of offers that have ended are left out."""
    return [one for one in rules.get("welcome", ()) if one.get("from", day) <= day <= one.get("through", day)]


def _rules(pack, holdings, event, word):
    """The rules of a word that stand at this moment."""
    seen = Look(holdings, event)
    return [rule for rule in pack["rules"]["events"] if rule["op"] == word and stands(rule, seen)]


def _first(rules, code):
    if not rules:
        raise Refusal(code)
    return rules[0]


def _has_joined(rules, holdings, event):
    if rules.get("flags") is not None:
        return holdings.bit(rules["flags"], 0)
    if "joined" in event:
        return event["joined"]
    facts = rules.get("facts", {})
    return not facts or any([_is_written(holdings, facts[name]) for name in facts])


def _is_written(holdings, row):
    """True for a birthday or group that is there; a group whose last day has passed can be written anew."""
    value, through = holdings.get(row)
    return value != NOBODY and not (through and through < holdings.day)


def _write_facts(facts, pack, holdings, event):
    if event.get("group") is not None and "group" in facts:
        names = pack["counters"][facts["group"]]["names"]
        if event["group"] not in names:
            raise Refusal("GROUP_UNKNOWN")
        holdings.put(facts["group"], names.index(event["group"]) + 1, event.get("group_to") or 0)
    if event.get("birthday") and "birthday" in facts:
        holdings.put(facts["birthday"], event["birthday"])


def return_empties(pack, holdings, event):
    """Empties are counted; each full set gives a gift."""
    rule = _first([rule for rule in _rules(pack, holdings, event, "return") if rule["item"] == event["item"]], "NOT_ELIGIBLE")
    if event["qty"] < 1:
        raise Refusal("BAD_AMOUNT")
    total = holdings.get(rule["c"])[0] + event["qty"]
    sets = total // rule["needed"] if total > 0 else 0
    holdings.put(rule["c"], total - sets * rule["needed"])
    return {"earned": {rule["c"]: event["qty"]}, "rewards": ["%s x%d" % (rule["text"], sets)] if sets else []}


def donate(pack, holdings, event):
    """Points go to a charity."""
    if event["amount"] < 1:
        raise Refusal("BAD_AMOUNT")
    rule = _first([rule for rule in _rules(pack, holdings, event, "donate") if event["to"] in rule["to"]], "CHARITY_UNKNOWN")
    if event["amount"] > holdings.usable(rule["c"]):
        raise Refusal("OVERDRAW")
    holdings.take(rule["c"], event["amount"])
    return {"spent": {rule["c"]: event["amount"]}, "shares": {"charity": [event["to"], event["amount"] * rule["worth"]]}}


def grant(pack, holdings, event):
    """Head office gives a campaign credit, once per card and inside its dates, or a level."""
    if event.get("tier") is not None:
        return _grant_level(pack, holdings, event)
    rule = _first([rule for rule in _rules(pack, holdings, event, "campaign") if rule["id"] == event.get("campaign")], "CAMPAIGN_UNKNOWN")
    if not rule["from"] <= event["day"] <= rule["through"]:
        raise Refusal("CAMPAIGN_CLOSED")
    flags = pack["rules"]["flags"]
    if holdings.bit(flags, rule["bit"]):
        raise Refusal("ALREADY_GRANTED")
    holdings.set_bit(flags, rule["bit"], True)
    holdings.add(rule["c"], rule["points"])
    return {"earned": {rule["c"]: rule["points"]}}


def _grant_level(pack, holdings, event):
    levels = [rule for rule in _rules(pack, holdings, event, "level") if event["tier"] in pack["counters"][rule["c"]]["names"]]
    rule = _first(levels, "NOT_ELIGIBLE")
    level = pack["counters"][rule["c"]]["names"].index(event["tier"])
    held = holdings.level(rule["c"])
    if level == held == rule.get("endless"):
        raise Refusal("ALREADY_GRANTED")
    if level <= held:
        raise Refusal("NOT_ELIGIBLE")
    end = event.get("tier_to") or 0
    if not end and rule.get("years") is not None and level != rule.get("endless"):
        from cardos.calendar import date_of, year_end

        end = year_end(date_of(event["day"])[0] + rule["years"])
    holdings.put(rule["c"], level, end)
    return {}


def migrate(pack, holdings, event):
    """A card goes to a newer version of an offer by a word of head office."""
    rule = _first(_rules(pack, holdings, event, "convert") + _rules(pack, holdings, event, "switch"), "VERSION_UNKNOWN")
    return _convert(rule, holdings, event) if rule["op"] == "convert" else _switch(rule, holdings, event)


def _convert(rule, holdings, event):
    """Stamps under a new version: {"c", "v", "versions": [[number, from, cost], ...], "policy"}."""
    known = [version for version in rule["versions"] if version[0] == event["to"]]
    if not known:
        raise Refusal("VERSION_UNKNOWN")
    old = version_of(rule, holdings)
    if event["to"] <= old:
        raise Refusal("ALREADY_MIGRATED")
    if event["day"] < known[0][1]:
        raise Refusal("CAMPAIGN_CLOSED")
    stamps = holdings.get(rule["c"])[0]
    if rule.get("finish"):
        if stamps > 0:
            raise Refusal("NOT_ELIGIBLE")
    else:
        holdings.put(rule["c"], -(-stamps * known[0][2] // set_cost(rule, holdings)))  # rounded up, for the customer
    holdings.put(rule["v"], event["to"])
    return {}


def _switch(rule, holdings, event):
    """A discount card becomes a points card: {"c", "v", "spend": lifetime row, "bp", "worth"}."""
    if event["to"] not in (1, 2):
        raise Refusal("VERSION_UNKNOWN")
    if event["to"] == 1 or holdings.get(rule["v"])[0] >= 2:
        raise Refusal("ALREADY_MIGRATED")
    spent = holdings.usable(rule["spend"]) * holdings.rows[rule["spend"]]["per"]
    points = spent * rule["bp"] // (10000 * rule["worth"])
    holdings.add(rule["c"], points)
    holdings.put(rule["v"], 2)
    return {"earned": {rule["c"]: points}}


def tap(pack, holdings, event):
    """The card is only looked at; what was due has been rolled."""
    return {"next": next_band(pack, holdings)}


def credit(pack, holdings, event):
    """The books give a card what it earned elsewhere (a queue under a phone number, a friend's first sale): "units" {row: n}.

    Negative units are taken back and stop at zero; "short" tells what could not be taken.
    """
    short = {}
    for row in sorted(event["units"]):
        if event["units"][row] >= 0:
            holdings.add(row, event["units"][row])
        else:
            short[row] = holdings.take_back(row, 0, -event["units"][row])
    return {"earned": event["units"], "short": short}


CARD_EVENTS = {
    "enrol": enrol, "return": return_empties, "donate": donate, "grant": grant, "migrate": migrate, "tap": tap, "credit": credit,
}  # fmt: skip
