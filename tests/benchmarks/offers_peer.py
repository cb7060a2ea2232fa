"""The shop's sale as a decision of zen-engine: rules as data that an engine runs, the nearest thing that PyPI has.

Of what installs, zen-engine (decision tables and expressions in JSON, an engine in Rust) is nearest: rules are data, not code, and one engine
runs them wherever they are wanted. business-rules and durable_rules call back into Python for every action, rule-engine has conditions only,
and django-oscar's offers need Django, its models and a database. None knows cards, receipts, refunds or whole cents; the decision below
works in the engine's decimals, and has no lines' shares and no refund.

Not needed to run or test stampd: STAMPD_OTHER_CLIENTS names a folder into which it was installed (pip install --target FOLDER zen-engine).
"""

import json

NAME = "zen-engine"
CODE_FROM, CODE_THROUGH = 2982, 3051


def table(name, rows):
    """A decision table: (condition, rate) in the order in which they are tried."""
    rules = [{"_id": "%s%d" % (name, place), "i": condition, "o": rate} for place, (condition, rate) in enumerate(rows)]
    content = {"hitPolicy": "first", "inputs": [{"id": "i", "name": "when"}], "outputs": [{"id": "o", "name": name, "field": name}],
               "rules": rules, "passThrough": True}  # fmt: skip
    return {"id": name, "name": name, "type": "decisionTableNode", "content": content}


def expressions(name, pairs):
    entries = [{"id": "%s%d" % (name, place), "key": key, "value": value} for place, (key, value) in enumerate(pairs)]
    return {"id": name, "name": name, "type": "expressionNode", "content": {"expressions": entries, "passThrough": True}}


BEFORE = (
    ("gross", "sum(map(lines, #.qty * #.unit_price))"),
    ("coffees", "filter(lines, #.category == 'coffee')"),
    ("free", "stamps >= 9 and len($.coffees) > 0 ? 1 : 0"),
    ("value", "$.gross - ($.free == 1 ? min(map($.coffees, #.unit_price)) : 0)"),
    ("gifts", "len(filter(lines, #.category == 'gift-card')) > 0 ? sum(map(filter(lines, #.category == 'gift-card'), #.qty * #.unit_price)) : 0"),
    ("code_bp", "code == 'SPRING10' and day >= %d and day <= %d and none(lines, #.sku == 'gift-card') ? 1000 : 0" % (CODE_FROM, CODE_THROUGH)),
)
AFTER = (
    ("bands_off", "floor((value * band_bp + 5000) / 10000)"),
    ("code_off", "floor((value * code_bp + 5000) / 10000)"),
    ("group_off", "floor(((value - gifts) * group_bp + 5000) / 10000)"),
    ("off", "max([$.bands_off, $.code_off, $.group_off])"),
    ("spent", "min([spend, value - $.off])"),
    ("paid", "value - $.off - $.spent"),
    ("discount", "gross - value + $.off"),
    ("stamps_now", "stamps - 9 * free + (len(coffees) > 0 ? sum(map(coffees, #.qty)) : 0) - free"),
    ("points_now", "points - $.spent + floor($.paid * 300 / 10000)"),
)


def decision():
    """The JSON of the whole decision."""
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"}, expressions("before", BEFORE),
        table("band_bp", (("gross >= 8000", "800"), ("gross >= 4000", "500"), ("", "0"))),
        table("group_bp", (("group == 2", "1500"), ("group == 1", "1000"), ("", "0"))),
        expressions("after", AFTER), {"id": "out", "name": "out", "type": "outputNode"},
    ]  # fmt: skip
    pairs = zip(nodes, nodes[1:])
    edges = [{"id": "e%d" % place, "sourceId": one["id"], "targetId": other["id"], "type": "edge"} for place, (one, other) in enumerate(pairs)]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


def peer():
    """(state, portable event) -> what is told. ImportError where the engine is not installed."""
    import zen

    from tests.benchmarks.offers_sale import GROUP, POINTS, STAMPS

    made = zen.ZenEngine().create_decision(zen.ZenDecisionContent(decision()) if hasattr(zen, "ZenDecisionContent") else decision())

    def decide(state, event):
        said = made.evaluate({
            "lines": event["lines"], "stamps": state[STAMPS][0], "points": state[POINTS][0], "group": state[GROUP][0], "day": event["day"],
            "code": event.get("code", "").strip().upper(), "spend": event.get("spend", {}).get("points", 0),
        })["result"]  # fmt: skip
        return tuple(int(said[key]) for key in ("paid", "discount", "free", "stamps_now", "points_now"))

    return decide
