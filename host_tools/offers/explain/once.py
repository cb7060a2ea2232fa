"""Sentences of what a pack has once, and of the counters: one function a word of `pack_words.SINGLES` and `pack_words.ROWS`."""


def _welcome(speech, value):
    return [_welcomed(speech, entry, entry.get("from", 0), entry.get("through", 0)) for entry in value]


def _welcomed(speech, entry, start, end):
    dates = {"dates": speech.dates(start, end)} if start or end else {}
    return speech.say("welcome.dates" if dates else "welcome", count=speech.counted(entry["points"], entry["c"]), **dates)


def _membership(speech, value):
    return [speech.say("membership.sku", name=speech.name(value["sku"])) if value.get("sku") else speech.say("membership")]


def _segment(speech, value):
    return [speech.say("segment", times=speech.count(value["cycles"], "times"), visits=speech.count(value["visits"], "visits"), least=value["visits"])]


def _score(speech, value):
    money = speech.money(value["per_point"] * speech.pack["counters"][value["c"]]["per"])
    return [speech.say("score", money=money, service=value["service"], year=value["year"])]


SINGLES = {
    "flags": lambda speech, value: [speech.say("flags")],
    "gifts": lambda speech, value: [speech.say("gifts")] if value else [],
    "manual": lambda speech, value: [speech.say("manual", rate=speech.rate(value))],
    "phones": lambda speech, value: [speech.say("phones")] if value else [],
    "welcome": _welcome,
    "facts": lambda speech, value: [speech.say("facts", names=speech.listed([speech.words["facts"].get(name, name) for name in sorted(value)]))],
    "membership": _membership,
    "referral": lambda speech, value: [speech.say("referral", friends=speech.count(value["cap"], "friends"))],
    "guarantee": lambda speech, value: [speech.say("guarantee", n=value["days"], days=speech.count(value["days"], "days"))],
    "segment": _segment,
    "score": _score,
}


def _ends(key):
    def sentences(speech, row, about):
        return [speech.say(key, label=speech.label(row))]
    return sentences


def _plain(speech, row, about):
    endless = [speech.say("row.plain", label=speech.label(row))] if about.get("unit") or _is_collected(speech, row) else []
    return [*endless, *_debt(speech, row, about)]


def _is_collected(speech, row):
    """True for what customers collect to spend; a note of the offer, as the number of purchases, is none."""
    rules = speech.pack["rules"]
    return any(rule["c"] == row and rule["op"] != "coupons" for rule in (*rules["rewards"], *(rule for rule in rules["earn"] if "c" in rule)))


def _sliding(speech, row, about):
    return [speech.say("row.sliding", label=speech.label(row), days=speech.count(about["days"], "days")), *_debt(speech, row, about)]


def _debt(speech, row, about):
    return [speech.say("row.debt", label=speech.label(row))] if about.get("debt") else []


def _lots(speech, row, about):
    return [speech.say("row.lots", label=speech.label(row), lots=speech.count(len(about["ids"]), "lots"), days=speech.count(about["days"], "days"))]


def _pending(speech, row, about):
    wait = speech.say("row.pending", n=about["days"], days=speech.count(about["days"], "days")) if about["days"] else speech.say("row.pending.now")
    return [wait, speech.say("row.plain", label=speech.label(row))]


def _spend(key):
    def sentences(speech, row, about):
        return [speech.say(key, label=speech.label(row), money=speech.money(about["per"]))]
    return sentences


def _level(speech, row, about):
    return [speech.say("row.level", names=speech.listed(map(speech.name, about["names"])))]


def _derived(speech, row, about):
    item = speech.words["sentences"]["row.derived.item"]
    items = [item.format(name=speech.name(name), n=start) for name, start in zip(about["names"], about["at"])]
    return [speech.say("row.derived", label=speech.label(about["of"]), items=speech.listed(items))]


ROWS = {
    "plain": _plain, "sliding": _sliding, "until": _ends("row.until"), "lots": _lots, "pending": _pending, "month": _spend("row.month"),
    "lifetime": _spend("row.lifetime"), "year": _ends("row.year"), "level": _level, "derived": _derived, "date": _ends("row.date"),
    "bits": _ends("row.bits"), "fact": _ends("row.fact"), "version": _ends("row.version"),
}  # fmt: skip


def counter(speech, row):
    """The sentences of a counter: when it ends, how it is kept, what it is worth as money. Nothing for a note that a rule tells."""
    about, rules = speech.pack["counters"][row], speech.pack["rules"]
    noted = [rule.get(field) for rule in rules["status"] if rule["op"] in ("use", "visit") for field in ("c", "last")]
    carried = [rule.get("carry") for rule in rules["earn"]]
    if row == rules.get("flags"):
        return SINGLES["flags"](speech, row)
    if row in rules.get("facts", {}).values() or row in noted or row in carried:
        return []
    out = ROWS[about["kind"]](speech, row, about)
    return [*out, speech.say("row.money", label=speech.label(row), money=speech.money(about["unit"]))] if about.get("unit") else out
