"""Templates that change prices or count goods: stamps and items (rows A), rates by spend, passes and groups (rows B), codes (rows E)."""

from host_tools.offers.schema_fields import (
    BP, CODES, COUNT, DAYS, FREE_UNITS, NAME, NAMES, amount, bp, category, point_value, unit,
)  # fmt: skip
from host_tools.offers.schema_types import (
    AMOUNT_MAX, BP_MAX, COUNTER_MAX, ONE_UNIT, Bands, Choice, Day, Field, Flag, ListOf, Number, Periods, Record, TableOf, rising,
)  # fmt: skip

COUPONS_MAX = 32  # a bit each in the card's coupon field


def _lifetime_bands_fit(out, path, problems):
    if out["mode"] == "lifetime":
        for index, band in enumerate(out["bands"]):
            if band[0] > COUNTER_MAX:
                remedy = "In mode lifetime bands are in units of spend_unit: raise spend_unit."
                problems.add((*path, "bands", index), "no card can count up to %d." % band[0], remedy)


def _rates_fit(out, path, problems):
    if out["rate_bp"] + out["birthday_extra_bp"] > BP_MAX:
        problems.add((*path, "birthday_extra_bp"), "rate_bp and birthday_extra_bp come to more than 100 %.", "Lower one of them.")


def _versions_rise(out, path, problems):
    versions = out["versions"]
    rising([version["version"] for version in versions], (*path, "versions"), problems, ("version",))
    rising([version["from"] for version in versions], (*path, "versions"), problems, ("from",))


VERSION = Record((
    Field("version", Number(1, 255), "number of the rule, rising"),
    Field("from", Day(), "its first day"),
    Field("stamps_needed", COUNT, "stamps of a full set", unit="stamps"),
))  # fmt: skip

# kind: (title, sentence, fields, check of the whole or None)
KINDS = {
    "stamp-card": ("Stamp card", "Paid units of a category give stamps; a full set of stamps makes units free.", (
        category(), Field("stamps_needed", COUNT, "stamps of a full set", unit="stamps"), *FREE_UNITS,
    ), None),
    "nth-unit": ("Every nth unit", "Units of a category are ordered from dear to cheap and every nth is reduced; points may run on top.", (
        category(), Field("nth", Number(1, 1000), "2 = every second unit", unit="units"), bp("off_bp", "reduction of that unit"),
        Field("card_required", Flag(), "only with a card", False), bp("earn_bp", "points on the money paid", 0), point_value(ONE_UNIT),
    ), None),
    "points-product": ("Points for a product", "A fixed number of points makes one unit of a category free.", (
        Field("reward_id", NAME, "what the till names in redeem"), category("the category of the free unit"),
        Field("cost_points", COUNT, "price of the reward", unit="points"), bp("earn_bp", "points on the money paid"), point_value(),
    ), None),
    "container-return": ("Empties for a gift", "Returned empties are counted; a full set gives a gift.", (
        Field("item", NAME, "what is brought back"), Field("needed", COUNT, "empties of a full set", unit="empties"), Field("gift", NAME, "the gift's name"),
    ), None),
    "coupon-book": ("Coupon book", "Numbered coupons, each good once for a fixed sum off the basket.", (
        Field("coupons", Number(1, COUPONS_MAX), "coupons in the book"), amount("off", "what one coupon takes off"),
        Field("valid_through", Day(), "last good day"),
    ), None),
    "month-benefit": ("Last month decides", "What was spent in a calendar month gives a voucher or a rate for the next one.", (
        Field("mode", Choice("amount", "rate"), "a voucher or a discount rate", "amount"),
        Field("bands", Bands(COUNTER_MAX), "rate by the month's spend, in units of spend_unit"),
        unit("spend_unit", "money that counts as one"), unit("voucher_unit", "what one unit of the voucher is worth"),
    ), None),
    "issued-card": ("Card after a big purchase", "One purchase above a sum gives the card a standing rate; more on the birthday, nothing in sale seasons.", (
        amount("issue_over", "the purchase must be above it"), bp("rate_bp", "the standing rate"),
        bp("birthday_extra_bp", "added on the birthday", 0), Field("sale_periods", Periods(), "days on which the card rests", list),
    ), _rates_fit),
    "basket-bands": ("Bands by basket or by lifetime", "The rate of the highest band reached applies to the whole basket.", (
        Field("mode", Choice("basket", "lifetime"), "this basket, or everything bought before", "basket"),
        Field("bands", Bands(AMOUNT_MAX), "rate by spend: minor units in mode basket, units of spend_unit in mode lifetime"),
        Field("compare", Choice(">=", ">"), "whether the edge itself counts", ">="), unit("spend_unit", "money that counts as one in mode lifetime"),
    ), _lifetime_bands_fit),
    "fixed-progressive": ("Card rate and bands", "A card's fixed rate and basket bands, the better one or both.", (
        bp("fixed_bp", "the card's rate"), Field("bands", Bands(AMOUNT_MAX), "rate by basket, from in minor units"),
        Field("combine", Choice("best", "sum"), "the larger rate, or both added", "best"),
    ), None),
    "marginal-units": ("Bands for further units in a year", "Each unit beyond a number bought in the calendar year gets the better rate, as tax bands do.", (
        category(), Field("bands", Bands(COUNTER_MAX), "rate by units bought before in the year"),
    ), None),
    "paid-pass": ("Bought pass", "Buying the pass opens a period with a discount on a category.", (
        Field("fee_sku", NAME, "the pass as an article"), Field("valid_days", DAYS, "length, day of purchase included", unit="days"),
        category("the category that it lowers"), bp("off_bp", "reduction"), Field("entitlements", NAMES, "names to show while it is valid", list),
    ), None),
    "group-price": ("Price by group", "A card's group has a rate until the group's last day.", (
        Field("groups", TableOf(BP, 1, key_word="group"), "rate of each group", unit="1/100 %"),
        Field("excluded_categories", NAMES, "categories that keep their price", list),
    ), None),
    "manual-discount": ("Discount by staff", "Somebody with the right may give a limited discount with a reason, and it is reported.", (
        bp("max_bp", "highest rate that may be given"),
    ), None),
    "codes-best-of": ("Codes against a standing rate", "The better of a code and the rate for former customers; a fixed sum off a category stacks.", (
        bp("repeat_bp", "rate for former customers"), Field("repeat_categories", NAMES, "where that rate applies"),
        Field("machine_category", NAME, "lines of the fixed sum"), amount("machine_off", "fixed sum, once per sale"), CODES,
    ), None),
    "code": ("Promo code", "Whoever says the code gets its rate, any number of times between its two days.", (CODES,), None),
    "companion": ("Companion", "Lines marked for a companion are reduced when a main line of the category is in the same sale.", (
        category(), bp("companion_off_bp", "reduction"), Field("max_companions", Number(0, 1000), "units in one sale", 1, "units"),
    ), None),
    "version-change": ("New version of a stamp card", "Old stamps are honoured when the rule changes.", (
        category(), *FREE_UNITS, Field("versions", ListOf(VERSION, 1, 32), "the rules with their first days"),
        Field("policy", Choice("finish-old", "convert"), "old cards finish their set, or are converted in the customer's favour", "finish-old"),
    ), _versions_rise),
    "shared-card": ("Shared card", "A card's rate with a limit on its use, or free use by a household.", (
        Field("mode", Choice("velocity", "household"), "limits, or none", "velocity"),
        Field("max_per_day", Number(1, 10_000), "sales a day with the rate"),
        Field("min_gap_s", Number(0, 2_678_400), "seconds between two of them", unit="seconds"), bp("rate_bp", "the card's rate"),
    ), None),
    "segment": ("Lapsed customers", "A customer who stays away longer than a multiple of the own rhythm has lapsed.", (
        Field("cycles", Number(1, 1000), "factor on the median gap between visits"),
        Field("min_visits", Number(2, 1000), "visit days needed before anything is said"),
    ), None),
}  # fmt: skip
