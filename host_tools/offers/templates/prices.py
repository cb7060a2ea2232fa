"""Prices: second item, bands, marginal bands, standing rates, codes, companion, discount by hand."""

from typing import Any

from cardos.calendar import parse_date
from cardos.errors import BadInput
from cardos.offers.basket import code_text
from host_tools.offers.builder import ITEM

CARD = ["card"]


def nth_unit(builder, offer, p):
    """Every nth unit of a set costs less; points on top for a card."""
    rule: dict[str, Any] = {"op": "nth", "on": [p["category"]], "nth": p["nth"], "bp": p["off_bp"]}
    if p["card_required"]:
        rule["unless"] = [[["not", CARD], "CARD_REQUIRED"]]
    builder.price(rule, ITEM)
    if p["earn_bp"]:
        row = builder.row("points", unit=p["point_value"])
        builder.add("earn", {"op": "points", "c": row, "bp": p["earn_bp"], "worth": p["point_value"], "on": ["*"]})


def bands_rate(bands, over, row=None):
    """A rate source by basket, or by what a counter holds."""
    source: dict[str, Any] = {"is": "basket" if row is None else "spent", "bands": [list(band) for band in bands]}
    if row is not None:
        source["c"] = row
    if over:
        source["over"] = True
    return source


def next_rule(bands, over, row=None):
    """What tells the next band."""
    rule: dict[str, Any] = {"bands": [list(band) for band in bands]}
    if row is not None:
        rule["c"] = row
    if over:
        rule["over"] = True
    return rule


def basket_bands(builder, offer, p):
    """The rate of the highest step reached, by this basket or by everything bought before."""
    over = p["compare"] == ">"
    row = spend_row(builder, "lifetime_spend", "lifetime", p["spend_unit"]) if p["mode"] == "lifetime" else None
    builder.price({"op": "rate", "on": ["*"], "rates": [bands_rate(p["bands"], over, row)]})
    if row is not None:
        builder.add("status", {"op": "spend", "c": row})
    builder.next.append(next_rule(p["bands"], over, row))


def spend_row(builder, name, kind, unit):
    """A row that counts money in units, with a second counter for the rest below one unit where there can be any."""
    return builder.row(name, kind, ids=2 if unit > 1 else 1, per=unit)


def fixed_progressive(builder, offer, p):
    """A card's rate and basket steps: the better of the two, or both added."""
    rule: dict[str, Any] = {"op": "rate", "on": ["*"], "rates": [{"is": "fixed", "bp": p["fixed_bp"]}, bands_rate(p["bands"], False)]}
    if p["combine"] == "sum":
        rule["sum"] = True
    builder.price(rule)
    builder.next.append(next_rule(p["bands"], False))


def marginal_units(builder, offer, p):
    """Each further unit bought in the calendar year is cheaper."""
    row = builder.row("units_year", "year")
    builder.price({"op": "marginal", "on": [p["category"]], "c": row, "bands": [list(band) for band in p["bands"]]}, ITEM)
    builder.add("status", {"op": "units", "c": row, "on": [p["category"]]})
    builder.next.append(next_rule(p["bands"], False, row))


def companion(builder, offer, p):
    """Units marked for a companion cost less beside a main line."""
    builder.price({"op": "companion", "on": [p["category"]], "bp": p["companion_off_bp"], "units": p["max_companions"]}, ITEM)


def manual_discount(builder, offer, p):
    """A cashier may give a limited discount, with a right and a reason."""
    builder.single("manual", p["max_bp"])
    builder.price({"op": "rate", "on": ["*"], "rates": [{"is": "manual"}], "manual": True})


def code_rule(builder, p):
    """The codes of an offer as one rule."""
    codes = []
    for name in sorted(p["codes"]):
        code, said = p["codes"][name], code_text(name)
        if said in builder.codes:
            raise BadInput("the code %s stands twice in the pack" % said, "Give one of them another text; capitals and small letters are the same.", "OFFER")
        builder.codes.append(said)
        through = parse_date(code["through"]) if code.get("through") else 0
        start = parse_date(code["from"]) if code.get("from") else 0
        codes.append([said, code["bp"], start, through, list(code["categories"]), code["min_basket"], list(code["excluded_skus"])])
    return {"op": "code", "codes": codes}


def code(builder, offer, p):
    """A code that anyone may say between two dates."""
    builder.price(code_rule(builder, p))


def codes_best_of(builder, offer, p):
    """A code and a standing rate for former customers exclude each other; a fixed sum off a machine comes on top."""
    row = builder.row("purchases")
    former = ["all", CARD, ["at-least", row, 1]]
    repeat = {"op": "rate", "on": list(p["repeat_categories"]), "rates": [{"is": "fixed", "bp": p["repeat_bp"]}], "when": former}
    off = {"op": "off", "on": [p["machine_category"]], "amount": p["machine_off"], "when": former}
    builder.price({"best": [{"all": [code_rule(builder, p), off]}, {"all": [repeat, off]}]})  # the best sum, fixed sum included
    builder.add("status", {"op": "count", "c": row})


TEMPLATES = {
    "nth-unit": nth_unit, "basket-bands": basket_bands, "fixed-progressive": fixed_progressive, "marginal-units": marginal_units,
    "companion": companion, "manual-discount": manual_discount, "code": code, "codes-best-of": codes_best_of,
}  # fmt: skip
