"""Templates that give and take points (rows C), levels (rows D), and what is shared with friends and partners (rows E and F)."""

from host_tools.offers.schema_fields import (
    BP, COUNT, COUNT_OR_NONE, DAYS_MAX, GRANT, NAME, NAMES, WINDOW, amount, bp, category, per_step, point_value, step, tiers, unit,
)  # fmt: skip
from host_tools.offers.schema_types import OMIT, REQUIRED, TIMES_BP_MAX, Choice, Field, Flag, ListOf, Number, Record, TableOf, rising

EARN = bp("earn_bp", "points on the money paid")


def _days_unless_never(out, path, problems):
    if "valid_days" not in out:
        if out["mode"] != "never":
            problems.add((*path, "valid_days"), "this key is missing.", 'Add valid_days = … (days, the earning day included), or mode = "never".')
        out["valid_days"] = 0


def _levels_rise(out, path, problems):
    levels = out["tiers"]
    rising([level["at"] for level in levels], (*path, "tiers"), problems, ("at",))
    names = [level["name"] for level in levels]
    for index, name in enumerate(names):
        if name in names[:index]:
            problems.add((*path, "tiers", index, "name"), "%s stands twice." % name, "Give each level its own name.")


def _invitation_apart(out, path, problems):
    if out["invitation_tier"] in out["tiers"]:
        problems.add((*path, "invitation_tier"), "%s is also a level that can be earned." % out["invitation_tier"], "Give it a name of its own.")


def _known_tiers(key, complete):
    """A check that the table `key` names levels of `tiers` only; every level when `complete`, else the others get nothing."""

    def check(out, path, problems):
        for name in out[key]:
            if name not in out["tiers"]:
                problems.add((*path, key, name), "there is no such level.", "Known: %s." % ", ".join(out["tiers"]))
        for name in out["tiers"]:
            if name not in out[key]:
                if complete:
                    problems.add((*path, key), "the level %s is missing." % name, "Add %s = …." % name)
                else:
                    out[key][name] = []

    return check


def _card_sku_to_buy(out, path, problems):
    if "card_sku" not in out:
        if out["mode"] == "buy":
            problems.add((*path, "card_sku"), "this key is missing.", "Add card_sku = … (the card as an article).")
        out["card_sku"] = ""


LEVEL = Record((
    Field("name", NAME, "the level's name"),
    Field("at", COUNT_OR_NONE, "miles needed", unit="miles"),
    Field("times_bp", Number(0, TIMES_BP_MAX), "factor on what is earned, 10000 = once"),
))  # fmt: skip

# kind: (title, sentence, fields, check of the whole or None)
KINDS = {
    "cashback": ("Cashback", "A share of the money paid comes back as points, which pay from the next sale on.", (
        EARN, point_value(), Field("earn_base", Choice("net", "gross"), "money paid, or the price before points are used", "net"),
    ), None),
    "step-points": ("Points per step", "A number of points for every whole step of money paid.", (
        step(), per_step("points_per_step", "points for each whole step"), point_value(),
        Field("carry", Flag(), "keep the rest below a step for the next sale", False),
    ), None),
    "catalogue": ("Catalogue", "A counter with its own name buys things from a list.", (
        Field("counter", NAME, "the counter's name"), step(), per_step(),
        Field("catalogue", TableOf(COUNT, 1, key_word="reward"), "price of each reward in the counter"),
    ), None),
    "point-expiry": ("Points that end", "Points with a last day: in dated lots, with one moving date, or without an end.", (
        Field("mode", Choice("buckets", "sliding", "never"), "dated lots, one moving date, no end"),
        Field("valid_days", Number(0, DAYS_MAX), "days, the earning day included", OMIT, "days"), EARN, point_value(),
    ), _days_unless_never),
    "pending-points": ("Points that wait", "Earned points can be used after some days.", (
        EARN, point_value(), Field("pending_days", Number(0, 3660), "waiting days", REQUIRED, "days"),
    ), None),
    "welcome-window": ("Welcome, multiplied days, dated credit", "Joining gives points, some days multiply them, a campaign gives credit.", (
        Field("welcome", COUNT_OR_NONE, "points at joining", 0, "points"), step(), per_step(type_=COUNT_OR_NONE), point_value(),
        Field("windows", ListOf(WINDOW, 0, 32), "days with a factor; the largest counts where they overlap", list),
        Field("grants", TableOf(GRANT, most=32, key_word="campaign"), "credit, once per card and campaign", dict),
    ), None),
    "charity": ("Charity", "Points are given to a charity, or the shop gives a share of each sale to the first of the list.", (
        Field("charities", ListOf(NAME, 1, 32), "names to choose from"), point_value(), bp("shop_bp", "the shop's own share of each sale", 0),
    ), None),
    "phone-claim": ("Number instead of a card", "A sale with a telephone number and no card earns; enrolment credits it.", (
        EARN, point_value(),
    ), None),
    "tier-earn": ("Levels with a multiplier", "Miles lift the level, the level multiplies further miles.", (
        Field("tiers", ListOf(LEVEL, 1, 16, True), "the levels, lowest first"), step(), per_step(),
    ), _levels_rise),
    "tier-decay": ("Step down when absent", "One level is lost for a number of whole calendar months without a visit.", (
        tiers(), Field("months_per_level", Number(1, 1200), "missed months for one step down", unit="months"),
    ), None),
    "year-status": ("Yearly status", "More than a number of units in a calendar year gives a level.", (
        category("the category whose units count"), Field("over", COUNT_OR_NONE, "units that must be exceeded", unit="units"),
        tiers(2, 2, "the ordinary level and the earned one"), Field("holds_years", Number(0, 100), "further calendar years", 1, "years"),
        Field("invitation_tier", NAME, "a level that is only granted"),
    ), _invitation_apart),
    "tier-perks": ("Perks by level", "A level opens named entitlements.", (
        tiers(), Field("entitlements", TableOf(NAMES, key_word="level"), "names to show for each level"),
    ), _known_tiers("entitlements", False)),
    "score": ("Score", "Points for spend, for each service and for each full year.", (
        unit("spend_unit", "money that counts as one"), Field("spend_per_point", COUNT, "units of spend for one point"),
        Field("per_service", COUNT_OR_NONE, "points for a service"), Field("per_year", COUNT_OR_NONE, "points for a full year"),
    ), None),
    "simple-or-status": ("Simple or by level", "One switch: the same rate for all, or a rate for each level.", (
        Field("mode", Choice("simple", "status"), "which of the two"), bp("simple_bp", "rate for all"), tiers(),
        Field("status_bp", TableOf(BP, key_word="level"), "rate of each level", unit="1/100 %"),
    ), _known_tiers("status_bp", True)),
    "referral": ("Bring a friend", "Both get points at the first sale of the friend.", (
        Field("referrer_points", COUNT_OR_NONE, "points for who brings"), Field("friend_points", COUNT_OR_NONE, "points for the friend"),
        Field("cap_per_month", Number(0, 100_000), "friends a month"), amount("min_sale", "smallest first sale, money paid", 0), point_value(),
    ), None),
    "coalition": ("Several shops", "Each partner has its own rate; listed articles add points; partners settle.", (
        Field("partners", TableOf(BP, 1, key_word="partner"), "rate of each partner", unit="1/100 %"),
        Field("bonus_skus", TableOf(COUNT, key_word="article"), "points added for each unit", dict, "points"), point_value(),
    ), None),
    "price-guarantee": ("Price guarantee", "The difference to a cheaper offer elsewhere is credited, once for each receipt line.", (
        Field("window_days", Number(0, 3660), "days after the sale", unit="days"), point_value(1),
    ), None),
    "enrolment": ("Joining", "The card is bought, or joining is free; before that nothing is earned.", (
        Field("mode", Choice("buy", "free"), "bought or free"), Field("card_sku", NAME, "the card as an article", OMIT), EARN, point_value(),
    ), _card_sku_to_buy),
    "switch-to-points": ("From discount to points", "A discount card becomes a points card with an opening balance from past spend.", (
        bp("discount_bp", "rate before the change"), bp("opening_bp", "share of past spend as opening points"), EARN, point_value(),
        unit("spend_unit", "money that counts as one"),
    ), None),
}  # fmt: skip
