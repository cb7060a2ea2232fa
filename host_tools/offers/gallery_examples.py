"""The worked numbers of the gallery: a few events for each example, played through the books with the example's own parameters.

`gallery_events.json` has them by row id in a short form: "buy": ["QTY GOODS PRICE", ...] with the price in minor units, "return":
"QTY ITEM", "refund": index, "tap": true, "report": what. Nothing of the answers is written down: they are computed.
"""

import json
from pathlib import Path

from cardos.offers.book import Book
from cardos.offers.events import event_from_json
from host_tools.offers.explain import next_prompt
from host_tools.offers.explain.speech import Speech
from host_tools.offers.replay import begin

EVENTS = Path(__file__).with_name("gallery_events.json")
_LABELS = {"group_to": "through", "phone": "number"}
_PLAIN = ("card", "redeem", "code", "spend", "cashier", "partner", "phone")


def worked(pack, row):
    """[(when, what is done, what comes of it, the card afterwards)] of a row's example, in English. row: "a01"."""
    about = json.loads(EVENTS.read_text("utf-8")).get(row)
    if about is None:
        return []
    events = [_event(pack, short) for short in about["events"]]
    book = Book(pack)
    day = event_from_json(events[0])["day"]
    begin(book, "A", {"customer": "member", **{key: about[key] for key in ("customer", "start") if key in about}}, day)
    for name, other in about.get("cards", {}).items():
        begin(book, name, other, day)
    speech = Speech(pack)
    return [(_when(short), _done(speech, short), *_came(speech, event, book.play(event))) for short, event in zip(about["events"], events)]


def _event(pack, short):
    at = short["at"] if "T" in short["at"] else short["at"] + "T10:00"
    event = {"at": at, **{key: short[key] for key in _PLAIN if key in short}}
    if "buy" in short:
        return {**event, "on": "sale", "currency": pack["currency"], "lines": [_line(text) for text in short["buy"]]}
    if "return" in short:
        qty, item = short["return"].split()
        return {**event, "on": "return", "qty": int(qty), "item": item}
    if "refund" in short:
        lines = [{"sku": text.split()[1], "qty": int(text.split()[0])} for text in short.get("lines", ())]
        return {**event, "on": "refund", "of": short["refund"], **({"lines": lines} if lines else {})}
    for word, field in (("referral", "friend"), ("migrate", "to"), ("report", "what")):
        if word in short:
            return {**event, "on": word, field: short[word]}
    for word in ("enrol", "donate", "claim", "grant"):
        if word in short:
            return {**event, "on": word, **short[word]}
    return {**event, "on": "tap"}


def _line(text):
    qty, goods, price, *companion = text.split()
    return {"sku": goods, "category": goods, "qty": int(qty), "unit_price": int(price), **({"for": "companion"} if companion else {})}


def _when(short):
    return short["at"].replace("T", " ")


def _done(speech, short):
    """The event in words."""
    told = next(say(speech, short) for word, say in _TELL.items() if word in short)
    who = "card %s: " % short["card"] if short.get("card") else "no card: " if "card" in short else ""
    more = ["code %s" % short["code"]] if "code" in short else []
    more += ["asks for %s" % short["redeem"]] if "redeem" in short else []
    more += ["pays with %s" % speech.count(units, name) for name, units in short.get("spend", {}).items()]
    more += ["at the %s" % short["partner"]] if "partner" in short else []
    more += ["number %s" % short["phone"]] if "phone" in short else []
    more += ["%s gives %s" % (short["cashier"]["id"], speech.rate(short["cashier"]["discount_bp"]))] if "cashier" in short else []
    return who + ", ".join([told, *more])


def _bought(speech, short):
    lines = [text.split() for text in short["buy"]]
    told = []
    for qty, goods, price, *companion in lines:
        many = "" if qty == "1" else "%s × " % qty
        told.append("%s%s at %s%s" % (many, goods, speech.money(int(price), True), " for a companion" if companion else ""))
    return "buys %s" % speech.listed(told) if told else "buys nothing"


def _times(text):
    qty, name = text.split()
    return "%s × %s" % (qty, name)


def _given(speech, short):
    return "head office gives %s" % ", ".join(str(value) for value in short["grant"].values())


_TELL = {
    "buy": _bought, "return": lambda speech, short: "brings back %s" % _times(short["return"]),
    "refund": lambda speech, short: "brings back %s" % (speech.listed(map(_times, short["lines"])) if "lines" in short else "everything"),
    "enrol": lambda speech, short: ", ".join(["joins", *["%s %s" % (_LABELS.get(key, key), value) for key, value in short["enrol"].items()]]),
    "donate": lambda speech, short: "gives %s to %s" % (short["donate"]["amount"], short["donate"]["to"]),
    "claim": lambda speech, short: "found it for %s" % speech.money(short["claim"]["found_price"], True),
    "grant": _given, "referral": lambda speech, short: "brings card %s" % short["referral"],
    "migrate": lambda speech, short: "head office moves the card to version %s" % short["migrate"],
    "report": lambda speech, short: "report: %s" % short["report"].replace("-", " "), "tap": lambda speech, short: "shows the card",
}  # fmt: skip


def _came(speech, event, result):
    """(what came of it, the card afterwards), from the answer alone."""
    if "refused" in result:
        return "refused: `%s`" % result["refused"], ""
    out = ["pays %s" % speech.money(result["paid"], True)] if "paid" in result else []
    out += ["%s off" % speech.money(result["discount"], True)] if result.get("discount") else []
    out += ["gets %s back" % speech.money(result["refunded"], True)] if "refunded" in result else []
    out += ["%s" % reward for reward in result.get("rewards") or ()]
    out += ["earns %s" % speech.count(units, name) for name, units in (result.get("earned") or {}).items() if units > 0]
    out += ["spent %s" % speech.count(units, name) for name, units in (result.get("spent") or {}).items()] if event["on"] != "donate" else []
    out += ["%s wait" % speech.count(units, name) for name, units in (result.get("queued") or {}).items()]
    out += ["declined: `%s`" % result["declined"]] if "declined" in result else []
    out += ["opens %s" % speech.listed(result["entitlements"])] if result.get("entitlements") else []
    out += [str(result[word]) for word in ("segment", "score") if word in result]
    out += ["%s: %s" % (key, _reported(speech, value)) for key, value in (result.get("report") or {}).items()]
    if result.get("next") and event["on"] == "sale":
        edge = result["next"]
        out.append("the till: “%s”" % next_prompt(speech.pack, edge["band_at"], edge["rate_bp"], _missing(speech.pack, event, result, edge)))
    return "; ".join(out), _card(speech, event, result)


def _reported(speech, value):
    if isinstance(value, dict):
        return "%s in %s" % (speech.money(value["amount"], True), "1 sale" if value["count"] == 1 else "%d sales" % value["count"])
    return speech.money(value, True)


def _missing(pack, event, result, edge):
    """What is missing to the next band, in its own units."""
    rule = pack["next"][0]
    held = result["counters"][pack["counters"][rule["c"]]["name"]] if "c" in rule else sum(line["qty"] * line["unit_price"] for line in event["lines"])
    return edge["band_at"] - held


def _card(speech, event, result):
    if event.get("card", "A") is None:
        return ""
    labels, out = speech.words["labels"], []
    for name, value in (result.get("counters") or {}).items():
        shown = "–" if value is None else speech.money(value, True) if name == "carry" else value
        out.append("%s: %s" % (labels.get(name, name), shown))
    return ", ".join(out)
