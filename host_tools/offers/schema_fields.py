"""The words that templates share: types with their ranges, and fields that mean the same in every template."""

from host_tools.offers.schema_types import (
    AMOUNT_MAX, BP_MAX, COUNTER_MAX, FIRST_DAY, LAST_DAY, ONE_UNIT, REQUIRED, Day, Field, ListOf, Number, Record, TableOf, Text,
)  # fmt: skip

BP = Number(0, BP_MAX)
AMOUNT = Number(0, AMOUNT_MAX)
SOME_AMOUNT = Number(1, AMOUNT_MAX)  # what is divided by
COUNT = Number(1, COUNTER_MAX)
COUNT_OR_NONE = Number(0, COUNTER_MAX)
NAME = Text(words="name")
NAMES = ListOf(NAME)
DAYS_MAX = 36_525  # a hundred years
DAYS = Number(1, DAYS_MAX)

MINOR = "minor units"
RATE = "1/100 %"


def category(about="the category of lines that the offer looks at"):
    return Field("category", NAME, about)


def bp(name, about, default=REQUIRED):
    """A rate in 1/100 of a per cent."""
    return Field(name, BP, about, default, RATE)


def amount(name, about, default=REQUIRED):
    """Money in minor units of the offer's currency."""
    return Field(name, AMOUNT, about, default, MINOR)


def point_value(default=REQUIRED):
    return Field("point_value", SOME_AMOUNT, "what one point is worth", default, MINOR)


def unit(name, about):
    """What one unit of a counter of money stands for; one whole unit of the currency when it is not written."""
    return Field(name, SOME_AMOUNT, about, ONE_UNIT, MINOR)


def step(about="money paid for one step"):
    return Field("step", SOME_AMOUNT, about, REQUIRED, MINOR)


def per_step(name="per_step", about="gain for each whole step", type_=COUNT):
    return Field(name, type_, about)


def tiers(fewest=1, most=16, about="the levels, lowest first"):
    return Field("tiers", ListOf(NAME, fewest, most, repeats=False), about)


FREE_UNITS = (
    Field("per_qty", COUNT, "paid units for one stamp", 1, "units"),
    Field("free_qty", COUNT, "units that a full set makes free", 1, "units"),
    Field("max_free_per_sale", COUNT_OR_NONE, "full sets that one sale may use", 1),
)


def in_order(out, path, problems):
    """from is not after through."""
    if out["from"] > out["through"]:
        problems.add((*path, "through"), "%s is before %s." % (out["through"], out["from"]), "Write the last good day, on or after `from`.")


FROM = Field("from", Day(), "first day")
THROUGH = Field("through", Day(), "last day")
WINDOW = Record((FROM, THROUGH, Field("times", Number(1, 100), "factor on what is earned")), in_order)
GRANT = Record((Field("points", COUNT, "points given once per card"), FROM, THROUGH), in_order)
CODE = Record(
    (
        bp("bp", "the code's rate"),
        Field("from", Day(), "first day", FIRST_DAY),
        Field("through", Day(), "last day; without it the code has no end", LAST_DAY),
        Field("categories", ListOf(NAME, 1), 'the categories that it lowers; "*" is all', lambda: ["*"]),
        amount("min_basket", "smallest basket, before the discount", 0),
        Field("excluded_skus", NAMES, "articles that block the code for the whole basket", list),
    ),
    in_order,
)
CODES_MAX = 64


def code_key(code):
    """A code as tills compare it: blanks trimmed, ASCII letters raised to capitals, others left alone."""
    return "".join(chr(ord(letter) - 32) if "a" <= letter <= "z" else letter for letter in code.strip())


CODES = Field("codes", TableOf(CODE, 1, canonical=code_key, key_word="code", most=CODES_MAX), "the codes that customers may say")
