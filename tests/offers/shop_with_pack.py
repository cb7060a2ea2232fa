"""A pack running in a home, and an acceptance event as the wish that people would make of it. For tests of desk, daemon and commands."""

import json
from datetime import datetime
from pathlib import Path

from host_tools.daemon.wishes import Cashier, Line, Returned
from host_tools.offers.replay import pack_of_row
from host_tools.offers.signing import sign_pack

ROWS = {row["id"]: row for row in json.loads(Path(__file__).with_name("offers.json").read_text("utf-8"))["rows"]}


def row_pack(row_id, number=2, replaced=None):
    """The pack of an acceptance row, under a number that a new home takes."""
    return {**pack_of_row(ROWS[row_id], replaced), "number": number}


def run_pack(home, pack):
    """The home runs this pack from its next tap on."""
    home.packs.install(sign_pack(pack, home.keys), "the test's pack")
    return pack


def clock_at(home, at):
    """The home's clock stands at a local moment, as events tell it."""
    moment = datetime.fromisoformat(at).astimezone()
    home.clock = lambda: moment


def wish_of(event, references):
    """The keywords of a `Wish` for an event. references: {index of the sale event: REF}."""
    pair = (event.get("terminal"), event.get("txn"))
    reference = "T%d-%d" % pair if None not in pair else None
    if event["on"] == "refund":
        returned = [Returned(line["sku"], line["qty"], line.get("reward", False)) for line in event.get("lines", ())]
        return {"kind": "refund", "sale": references.get(event["of"], "nowhere"), "returned": returned}
    if event["on"] == "tap":
        return {"kind": "show"}
    if event["on"] != "sale":
        said = {key: value for key, value in event.items() if key not in ("at", "expect", "card", "terminal", "txn", "name")}
        return {"kind": "event", "event": said, "sale": reference}
    if not event["lines"] and event.get("redeem"):
        return {"kind": "redeem", "redeem": event["redeem"], "sale": reference}
    lines = [Line(line["sku"], line["category"], line["qty"], line["unit_price"], line.get("for") == "companion") for line in event["lines"]]
    wish = {"kind": "sell", "lines": lines, "redeem": event.get("redeem", "auto"), "sale": reference, "spend": event.get("spend", {})}
    for key in ("code", "partner"):
        if event.get(key):
            wish[key] = event[key]
    if event.get("cashier"):
        wish["cashier"] = Cashier(**{**event["cashier"], "reason": event["cashier"].get("reason") or ""})
    return wish


def result_of(answer):
    """An answer of desk or command with the keys of "expect"."""
    if answer["outcome"] == "refused":
        return {"refused": answer["refused"], "counters": {**answer.get("counters", {}), **answer.get("levels", {})}}
    assert answer["outcome"] == "done", answer
    keys = ("paid", "discount", "earned", "spent", "rewards", "refunded", "next", "declined", "replayed")
    return {**{key: answer[key] for key in keys if key in answer}, "counters": {**answer.get("counters", {}), **answer.get("levels", {})}}
