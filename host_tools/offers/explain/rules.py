"""Sentences of the rules, one function an operation of `pack_words.FIELDS`: (speech, rule) -> [sentence, ...]."""

from host_tools.offers.explain import clauses

FREE_BP = 10000


def told(speech, phase, rule):
    """The sentences of a rule."""
    return RULES["%s.%s" % (phase, rule["op"])](speech, rule)


def limits(speech, rule):
    """[(sentence key, clause)] of "when" and "unless"."""
    when = _who(speech, rule)[1]
    out = [("when", clauses.condition(speech, when))] if when else []
    return out + [("unless", clauses.condition(speech, condition)) for condition, _ in rule.get("unless", ())]


def _without_card(rule):
    """A rule's "when", without the card where its rates say it already."""
    when = rule.get("when")
    if not when or not all(source["is"] not in ("basket", "manual") and not source.get("all") for source in rule.get("rates", [{"is": "basket"}])):
        return when
    if when == ["card"]:
        return None
    parts = [part for part in when[1:] if part != ["card"]] if when[0] == "all" else [when]
    return ["all", *parts] if parts else None


def _who(speech, rule):
    """(whom the sentence itself names: "pass", "regular" or None, what is left of "when" to be told beside it)."""
    when = _without_card(rule)
    if rule["op"] not in ("rate", "off") or (rule["op"] == "rate" and [source["is"] for source in rule["rates"]] != ["fixed"]):
        return None, when
    parts = (when[1:] if when[0] == "all" else [when]) if when else []
    for part in parts:
        who = _named(speech, rule, part)
        if who:
            rest = [other for other in parts if other is not part and other != ["card"]]
            return who, rest[0] if len(rest) == 1 else ["all", *rest] if rest else None
    return None, when


def _named(speech, rule, part):
    key = clauses.condition_key(speech, part)
    if key == "good.valid_to" and rule["op"] == "rate":
        return "pass"
    return "regular" if key == "at-least.purchases" and part[2] == 1 else None


def _free_units(speech, rule):
    versions = rule.get("versions") or [[1, 0, rule.get("cost", 0)]]
    slots = {
        "units": speech.count(rule["units"], "units"), "goods": speech.goods(rule["on"]), "goods_of": speech.goods(rule["on"], True),
        "times": speech.count(rule["sets"], "times"),
    }  # fmt: skip
    out = [speech.say("rewards.free-units", cost=speech.counted(versions[0][2], rule["c"]), **slots)]
    for _, start, cost in versions[1:]:
        out.append(speech.say("rewards.free-units.version", date=speech.date(start), cost=speech.counted(cost, rule["c"])))
    return out if rule.get("auto") else [*out, speech.say("rewards.asked")]


def _gifts(speech, rule):
    gifts = [speech.part("gift", name=speech.name(name), cost=speech.counted(cost, rule["c"])) for name, cost, _ in rule["gifts"]]
    return [speech.say("rewards.gifts", gifts=speech.listed(gifts, "or")), *([speech.say("rewards.auto")] if rule.get("auto") else [])]


def _coupons(speech, rule):
    count, dates = speech.count(rule["count"], "coupons"), speech.dates(0, rule["through"])
    return [speech.say("rewards.coupons", count=count, money=speech.money(rule["off"]), dates=dates)]


def _off_or_free(speech, key, rule, **slots):
    return [speech.say(key + (".free" if rule["bp"] >= FREE_BP else ""), rate=speech.rate(rule["bp"]), **slots)]


def _nth(speech, rule):
    return _off_or_free(speech, "prices.nth", rule, goods_of=speech.goods(rule["on"], True), nth=speech.ordinal(rule["nth"]))


def _marginal(speech, rule):
    steps = [
        speech.part("marginal" if start else "marginal_all", rate=speech.rate(bp), n=speech.number(start), units=speech.count(start, "units"))
        for start, bp in rule["bands"] if bp
    ]  # fmt: skip
    return [speech.say("prices.marginal", goods_of=speech.goods(rule["on"], True), bands=speech.listed(steps))]


def _companion(speech, rule):
    return _off_or_free(speech, "prices.companion", rule, goods_of=speech.goods(rule["on"], True), companions=speech.count(rule["units"], "companions"))


def _rate(speech, rule):
    about, who = {"goods": speech.goods(rule["on"]), "except": speech.except_(rule.get("without", ()))}, _who(speech, rule)[0]
    if who:
        return _off_or_free(speech, "prices.rate.pass", rule["rates"][0], **about) if who == "pass" else [
            speech.say("prices.rate.regular", rate=speech.rate(rule["rates"][0]["bp"]), **about)]
    if [source["is"] for source in rule["rates"]] == ["group"]:
        return [speech.say("prices.rate.group", items=clauses.by_name(speech, rule["rates"][0]), **about)]
    key = "prices.rate" if len(rule["rates"]) == 1 else "prices.rate.sum" if rule.get("sum") else "prices.rate.best"
    sources = speech.listed([clauses.source(speech, about) for about in rule["rates"]])
    return [speech.say(key, source=sources, **about)]


def _off(speech, rule):
    return [speech.say("prices.off.regular" if _who(speech, rule)[0] else "prices.off", money=speech.money(rule["amount"]), goods=speech.goods(rule["on"]))]


def _code(speech, rule):
    out = []
    for code, bp, start, end, names, least, without in rule["codes"]:
        out.append(speech.say(
            "prices.code", code=speech.name(code), rate=speech.rate(bp), goods=speech.goods(names), dates=speech.dates(start, end),
            least=speech.part("least", money=speech.money(least)) if least else "",
            without=speech.part("without", x=speech.listed(map(speech.name, without), "or")) if without else "",
        ))  # fmt: skip
    return out


def _base(speech, rule):
    return (".gross" if rule.get("gross") else ""), {"for_goods": speech.paid_for(rule["on"]), "except": speech.except_(rule.get("without", ()))}


def _points(speech, rule):
    what = speech.many(speech.pack["counters"][rule["c"]]["name"])
    gross, goods = _base(speech, rule)
    if "partners" in rule:
        items = [speech.part("partner", name=speech.name(name), rate=speech.rate(rule["partners"][name])) for name in sorted(rule["partners"])]
        out = [speech.say("earn.points.partners", what=what, items=speech.listed(items))]
    else:
        out = [speech.say("earn.points" + gross, what=what, rate=speech.rate(rule["bp"]), **goods)]
    for name in sorted(rule.get("extra", ())):
        out.append(speech.say("earn.points.extra", name=speech.name(name), count=speech.counted(rule["extra"][name], rule["c"])))
    return out


def _steps(speech, rule):
    gross, goods = _base(speech, rule)
    if not rule["per"]:
        return []
    out = [speech.say("earn.steps" + gross, money=speech.money(rule["step"]), count=speech.counted(rule["per"], rule["c"]), **goods)]
    if "levels" in rule:
        names = speech.pack["counters"][rule["levels"]]["names"]
        items = [speech.part("times", name=speech.name(name), factor=speech.factor(bp)) for name, bp in zip(names, rule["times_bp"])]
        out.append(speech.say("earn.steps.levels", items=speech.listed(items)))
    for start, end, times in rule.get("windows", ()):
        slots = {"dates": speech.span(start, end), "label": speech.bare_label(rule["c"]), "times": speech.count(times, "times")}
        out.append(speech.say("earn.steps.window.double" if times == 2 else "earn.steps.window", **slots))
    return [*out, speech.say("earn.steps.carry")] if "carry" in rule else out


def _stamps(speech, rule):
    key = "earn.stamps" if rule["per"] == 1 else "earn.stamps.per"
    slots = {"n": speech.number(rule["per"]), "units": speech.count(rule["per"], "units"), "goods_of": speech.goods(rule["on"], True)}
    out = [speech.say(key, count=speech.counted(1, rule["c"]), **slots)]
    return [*out, speech.say("earn.stamps.amount")] if rule.get("amount") else out


def _friend(speech, rule):
    friend, referrer = speech.counted(rule["friend"], rule["c"]), speech.counted(rule["referrer"], rule["c"])
    return [speech.say("earn.friend", money=speech.money(rule["least"]), friend=friend, referrer=referrer)]


def _share(speech, rule):
    return [speech.say("earn.share", rate=speech.rate(rule["bp"]), name=speech.name(rule["to"]))]


def _units(speech, rule):
    return [speech.say("status.units", goods_of=speech.goods(rule["on"], True), label=speech.label(rule["c"]))]


def _pass(speech, rule):
    return [speech.say("status.pass", name=speech.name(rule["sku"]), days=speech.count(rule["days"], "days"))]


def _year_level(speech, rule):
    names = speech.pack["counters"][rule["c"]]["names"]
    slots = {"units": speech.count(rule["over"], "units"), "n": speech.number(rule["over"]), "level": speech.name(names[rule["to"]])}
    if not rule["years"]:
        return [speech.say("status.year-level.same", **slots)]
    return [speech.say("status.year-level", years=speech.count(rule["years"], "years"), **slots)]


def _month_benefit(speech, rule):
    key = "roll.month-benefit.rate" if rule.get("rate") else "roll.month-benefit"
    return [speech.say(key, bands=clauses.bands(speech, rule["bands"], False, rule["c"]))]


def _return(speech, rule):
    text = rule["text"][5:] if rule["text"].startswith("gift ") else rule["text"]
    slots = {"n": speech.number(rule["needed"]), "units": speech.count(rule["needed"], "units")}
    return [speech.say("events.return", name=speech.name(rule["item"]), text=speech.name(text), **slots)]


def _donate(speech, rule):
    what = speech.many(speech.pack["counters"][rule["c"]]["name"])
    return [speech.say("events.donate", what=what, names=speech.listed(map(speech.name, rule["to"]), "or"), money=speech.money(rule["worth"]))]


def _campaign(speech, rule):
    slots = {"count": speech.counted(rule["points"], rule["c"]), "dates": speech.dates(rule["from"], rule["through"])}
    return [speech.say("events.campaign", name=speech.name(rule["id"]), **slots)]


def _level(speech, rule):
    names = speech.pack["counters"][rule["c"]]["names"]
    out = [speech.say("events.level.named" if rule.get("years") else "events.level", names=speech.listed(map(speech.name, names)))]
    if rule.get("years"):
        out.append(speech.say("events.level.years", years=speech.count(rule["years"], "years")))
    if "endless" in rule:
        out.append(speech.say("events.level.endless", level=speech.name(names[rule["endless"]])))
    return out


def _convert(speech, rule):
    sentences = speech.words["sentences"]
    items = [
        sentences["events.convert.item"].format(n=n, date=speech.date(start), cost=speech.counted(cost, rule["c"])) for n, start, cost in rule["versions"]
    ]  # fmt: skip
    return [speech.say("events.convert.finish" if rule.get("finish") else "events.convert", items=speech.listed(items))]


def _switch(speech, rule):
    return [speech.say("events.switch", rate=speech.rate(rule["bp"]))]


def next_step(speech, rule):
    """What the till tells about the next band."""
    return [speech.say("next")]


def perk(speech, rule):
    """What a date or a level opens."""
    if "levels" not in rule:
        return [speech.say("perk", names=speech.listed(map(speech.name, rule["names"])))] if rule.get("names") else []
    names = speech.pack["counters"][rule["c"]]["names"]
    opens = [(name, opened) for name, opened in zip(names, rule["levels"]) if opened]
    items = [speech.part("perks", name=speech.name(name), items=speech.listed(map(speech.name, opened))) for name, opened in opens]
    return [speech.say("perk.levels", items="; ".join(items))] if items else []


RULES = {
    "rewards.free-units": _free_units, "rewards.gifts": _gifts, "rewards.coupons": _coupons,
    "prices.nth": _nth, "prices.marginal": _marginal, "prices.companion": _companion, "prices.rate": _rate, "prices.off": _off, "prices.code": _code,
    "earn.points": _points, "earn.steps": _steps, "earn.stamps": _stamps, "earn.friend": _friend, "earn.share": _share,
    "status.spend": lambda speech, rule: [speech.say("status.spend", label=speech.label(rule["c"]))],
    "status.units": _units,
    "status.count": lambda speech, rule: [speech.say("status.count", label=speech.label(rule["c"]))],
    "status.issue": lambda speech, rule: [speech.say("status.issue", money=speech.money(rule["over"]))],
    "status.pass": _pass, "status.year-level": _year_level,
    "status.visit": lambda speech, rule: [speech.say("status.visit")],
    "status.use": lambda speech, rule: [speech.say("status.use")],
    "roll.month-benefit": _month_benefit,
    "roll.decay": lambda speech, rule: [speech.say("roll.decay", months=speech.count(rule["months"], "months"))],
    "events.return": _return, "events.donate": _donate, "events.campaign": _campaign, "events.level": _level, "events.convert": _convert,
    "events.switch": _switch, "next": next_step, "perk": perk,
}  # fmt: skip
