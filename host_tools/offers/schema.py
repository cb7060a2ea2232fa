"""The templates of offers and their parameters: one table for the check of files and rows, for the docs and for `offers check`.

    check_parameters("cashback", {"currency": "EUR", "earn_bp": 500, "point_value": 100}, "row C03")
      -> {"currency": "EUR", "minor_digits": 2, "earn_bp": 500, "point_value": 100, "earn_base": "net"}

Parameters come back plain (int, text, bool, list, dict; days as ISO text), complete with their defaults and bounded, codes trimmed
and in capitals. A template is a row of `TEMPLATES`; its parameters are named as in the acceptance rows.
"""

from typing import Any, Callable, NamedTuple

from host_tools.offers import schema_points, schema_prices
from host_tools.offers.diagnostics import Problems, nearest, shown
from host_tools.offers.schema_custom import FIELDS_OF_CUSTOM
from host_tools.offers.schema_economics import CALCS, one_margin
from host_tools.offers.schema_types import OMIT, Choice, Field, Number, Pattern, take_fields
from host_tools.settings import MINOR_DIGITS


class MinorDigits(Number):
    """Digits after the point that money has somewhere: 0, 2 or 3."""

    def __init__(self):
        super().__init__(0, 3, "0, 2 or 3")

    def take(self, value, path, problems):
        value = super().take(value, path, problems)
        return problems.add(path, "1 digit after the point is no money.", "Write 0, 2 or 3, or leave it out.") if value == 1 else value


_THREE = Pattern("[A-Z]{3}", "three capitals", 'Write three capital letters, as "EUR".')
CURRENCY = Field("currency", _THREE, "ISO 4217 code of the money; in a pack the pack gives it")
DIGITS = Field("minor_digits", MinorDigits(), "digits after the point; the currency's own when not written", OMIT)
MONEY_FIELDS = (CURRENCY, DIGITS)
NO_MONEY = ("economics",)  # templates that need no currency


class Template(NamedTuple):
    """One template: what it is called, does and takes. `check(parameters, path, problems)` looks at them together."""

    kind: str
    title: str
    sentence: str
    fields: tuple[Field, ...]
    check: Callable[[dict[str, Any], tuple, Problems], None] | None = None


TEMPLATES = {kind: Template(kind, *row) for kinds in (schema_prices.KINDS, schema_points.KINDS) for kind, row in kinds.items()}
TEMPLATES["economics"] = Template("economics", "Calculation", "A calculation about an offer, with no card and no till.", ())
TEMPLATES["custom"] = Template("custom", "Rules of your own", "Rules for experts, in the evaluator's own operations.", FIELDS_OF_CUSTOM)
KINDS = tuple(TEMPLATES)


def minor_digits_of(currency):
    """Digits after the point of a currency (ISO 4217)."""
    return MINOR_DIGITS.get(currency, 2)


def check_parameters(kind, parameters, where):
    """The plain, complete parameters of a template. `where` names the input ("row A01"). OfferProblems (BadInput) with all that is wrong."""
    problems = Problems(where)
    out = take_parameters(kind, parameters, problems)
    problems.raise_any()
    return out


def take_parameters(kind, table, problems, also_known=(), money=None):
    """As check_parameters, but adds to `problems`. `also_known` are keys of the file that are no parameters; `money` gives currency
    and minor_digits to an offer that does not say its own."""
    if not isinstance(kind, str) or kind not in TEMPLATES:
        problems.add(("template",), "there is no template %s." % shown(kind), nearest(kind, KINDS) or "Known: %s." % ", ".join(KINDS))
        return {}
    if not isinstance(table, dict):
        problems.add((), "the parameters are %s." % shown(table), "Write a table of names and values.")
        return {}
    if kind in NO_MONEY:
        return _economics(table, problems, also_known)
    template = TEMPLATES[kind]
    names = [field.name for field in template.fields]
    before = len(problems.found)
    out = take_fields(MONEY_FIELDS, {**(money or {}), **_part(table, MONEY_FIELDS)}, (), problems)
    out.setdefault("minor_digits", minor_digits_of(out.get("currency")))
    out.update(take_fields(template.fields, table, (), problems, (*also_known, "currency", "minor_digits"), out))
    if template.check and len(problems.found) == before and all(name in out for name in names if _needed(template, name)):
        template.check(out, (), problems)
    return out


def _needed(template, name):
    return any(field.name == name and field.default is not OMIT for field in template.fields)


def _part(table, fields):
    return {field.name: table[field.name] for field in fields if field.name in table}


def _economics(table, problems, also_known):
    calc = table.get("calc")
    if not isinstance(calc, str) or calc not in CALCS:
        if "calc" not in table:
            problems.add(("calc",), "this key is missing.", 'Add calc = "%s" or another of: %s.' % ("discount", ", ".join(CALCS)))
        else:
            Choice(*CALCS).take(calc, ("calc",), problems)
        return {}
    before = len(problems.found)
    optional = tuple(field._replace(default=OMIT) for field in MONEY_FIELDS)
    fields = (Field("calc", Choice(*CALCS), "the formula"), *optional, *CALCS[calc][2])
    out = take_fields(fields, table, (), problems, also_known)
    if len(problems.found) == before:
        one_margin(calc, out, (), problems)
    return out
