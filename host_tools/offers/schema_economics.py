"""Template `economics`: calculations about an offer, with no card and no till. `calc` chooses the formula and so its inputs."""

from host_tools.offers.schema_fields import BP, COUNT_OR_NONE, NAME, amount, bp
from host_tools.offers.schema_types import AMOUNT_MAX, BP_MAX, OMIT, Field, Flag, ListOf, Number, Pair, Record

MARKUP_MAX = 100 * BP_MAX  # a hundred times the cost
MANY_MAX = 10_000  # customers or sums in one file

MARGIN_KEYS = ("margin_bp", "markup_bp", "cost")
_MARGIN = (
    amount("price", "selling price of one unit"),
    bp("margin_bp", "profit as a share of the price (one of the three)", OMIT),
    Field("markup_bp", Number(0, MARKUP_MAX), "profit as a share of the cost (one of the three)", OMIT, "1/100 %"),
    amount("cost", "cost of one unit (one of the three)", OMIT),
)
_COUNT = Number(0, AMOUNT_MAX)
CUSTOMER = Record((
    Field("purchases", COUNT_OR_NONE, "purchases made"), amount("spend", "money spent"), Field("active", Flag(), "still comes"),
))  # fmt: skip
RATE = Pair(NAME, BP, "`[name, rate_bp]`")

# calc: (title, sentence, fields)
CALCS = {
    "discount": ("Cost of a discount", "Profit before and after a standing discount.", (*_MARGIN, bp("discount_bp", "the discount"))),
    "bonus": ("Cost of a bonus", "The same when points are spent on later purchases.", (
        *_MARGIN, bp("bonus_bp", "points as a share of the price"), Field("purchases", _COUNT, "purchases looked at", OMIT),
        Field("bonuses_spent", _COUNT, "how many of their bonuses are spent; all when it is not written", OMIT),
        bp("redemption_bp", "share that is ever spent", OMIT),
    )),
    "liability": ("Points not spent yet", "What the points on all cards may still cost.", (
        Field("outstanding_points", _COUNT, "points on all cards"), amount("point_value", "what one point is worth"),
        bp("redemption_bp", "share that is ever spent", OMIT),
    )),
    "uplift": ("Volume that makes up for a discount", "Growth of units that keeps the profit.", (*_MARGIN, bp("discount_bp", "the discount"))),
    "kpi": ("Key figures", "Repeat rate, active share, churn, share of the top customers, growth against a control group.", (
        Field("customers", ListOf(CUSTOMER, 0, MANY_MAX, True), "each customer's purchases and spend"),
        Field("control_spend", ListOf(_COUNT, 0, MANY_MAX, True), "spend of each customer of the control group", OMIT, "minor units"),
        bp("top_bp", "share of customers that counts as the top", OMIT),
    )),
    "lint": ("Warning on standing rates", "Standing rates from a limit on are listed.", (
        Field("standing_rates", ListOf(RATE, 0, 200, True), "each rate with its name"), bp("warn_from_bp", "the limit, itself warned", 2000),
    )),
}  # fmt: skip


def one_margin(calc, out, path, problems):
    """The margin is said once: as a share of the price, as a mark-up on the cost, or by the cost."""
    given = [key for key in MARGIN_KEYS if key in out]
    if any(field.name == "margin_bp" for field in CALCS[calc][2]) and len(given) != 1:
        what = "the margin is said in %d ways (%s)." % (len(given), ", ".join(given)) if given else "the margin is missing."
        problems.add((*path, given[1] if given else "margin_bp"), what, "Write exactly one of %s." % ", ".join(MARGIN_KEYS))
