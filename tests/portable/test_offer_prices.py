"""Price effects and how they stack: best, first, all; one rounding each; reasons that are told."""

from cardos.offers.evaluate import evaluate
from cardos.offers.pack import check_pack
from tests.portable.offer_packs import DAY, fixed, line, pack_of, row, rule, sale


def sold(prices, *lines, counters=(), state=None, **more):
    """(lines' prices, effects) of a sale under a tree of price effects."""
    codes = more.pop("codes", [])
    manual = {"manual": more.pop("manual")} if "manual" in more else {}
    pack = check_pack(pack_of(counters, prices, codes=codes, **manual))
    _, effects = evaluate(pack, state or {}, sale(*lines, **more))
    if "refused" in effects:
        return None, effects
    return [one[3] for one in effects["receipt"]["lines"]], effects


def off(amount, *names, **more):
    return rule("off", on=list(names) or ["*"], amount=amount, **more)


def test_effects_cascade_and_each_is_rounded_once():
    assert sold([fixed(1000), fixed(1000)], line(999))[0] == [809]  # 999 - 100, then 899 - 90
    assert sold([fixed(500)], line(333), line(333), line(334))[0] == [316, 317, 317]  # 50 in all; the last line's remainder is the largest, then the first's
    assert sold([off(100), fixed(5000)], line(301))[0] == [100]  # half of 201 is rounded up
    assert sold([fixed(5000), off(100)], line(301))[0] == [50]


def test_a_price_never_falls_below_zero():
    assert sold([off(1000), off(1000)], line(999))[0] == [0]
    assert sold([fixed(10000), fixed(10000)], line(5, 2))[0] == [0]


def test_best_takes_what_saves_most_money_and_first_what_saves_anything():
    assert sold([{"best": [fixed(500), off(60), fixed(400)]}], line(1000))[0] == [940]
    assert sold([{"best": [fixed(500), off(40), fixed(400)]}], line(1000))[0] == [950]
    assert sold([{"first": [off(0), fixed(100), fixed(500)]}], line(1000))[0] == [990]
    assert sold([{"best": [off(0)]}], line(1000))[0] == [1000]


def test_on_a_tie_the_earlier_member_stands():
    tree = [{"best": [off(50, "coffee"), off(50, "cake")]}]
    assert sold(tree, line(100), line(100, category="cake"))[0] == [50, 100]


def test_groups_stand_in_groups():
    tree = [{"best": [{"all": [fixed(1000), off(50)]}, {"first": [off(120), fixed(9000)]}]}]
    assert sold(tree, line(1000))[0] == [850]  # 100 and 50 save more than 120
    assert sold(tree, line(500))[0] == [380]  # 50 and 50 save less
    deep = [{"all": [{"best": [{"first": [off(0), off(7)]}, off(5)]}, off(1)]}]
    assert sold(deep, line(100))[0] == [92]


def test_every_nth_unit_is_cheaper_dearest_first():
    nth = rule("nth", on=["promo"], nth=2, bp=5000)
    assert sold([nth], line(900, category="promo"), line(500, category="promo"))[0] == [739, 411]  # 250 over 1400
    assert sold([nth], line(500, 3, category="promo"))[0] == [1250]
    assert sold([nth], line(500, 1, category="promo"), line(100))[0] == [500, 100]


def test_further_units_are_cheaper_beyond_their_step():
    counters = [row("units_year", 1, "year")]
    marginal = rule("marginal", c=0, bands=[[0, 0], [10, 1000], [12, 5000]])
    for before, price in ((0, 500), (5, 500), (6, 490), (7, 480), (8, 430), (9, 380), (10, 330), (12, 250), (100, 250)):
        assert sold([marginal], line(100, 5), counters=counters, state={1: (before, DAY + 10)})[0] == [price], before
    assert sold([marginal], line(100, 20), counters=counters, state={1: (100, DAY + 10)}, card=False)[0] == [2000 - 20 - 400]


def test_companions_need_a_card_and_a_main_line():
    rules = [rule("companion", on=["fare"], bp=10000, units=1)]
    own, other = line(500, category="fare"), line(700, category="fare", sku="b")
    other["for"] = "companion"
    assert sold(rules, own, other)[0] == [500, 200]  # at most the main fare
    for lines, more, code in (((other,), {}, "NOT_ELIGIBLE"), ((own, other), {"card": False}, "CARD_REQUIRED"), ((own,), {}, None)):
        prices, effects = sold(rules, *lines, **more)
        assert sum(prices) == sum([one["unit_price"] for one in lines]) and effects.get("declined") == code


def test_rates_are_the_largest_or_the_sum():
    sources = [{"is": "fixed", "bp": 500}, {"is": "basket", "bands": [[1000, 700], [2000, 1000]]}]
    best, both = rule("rate", rates=sources), rule("rate", rates=sources, sum=True)
    assert [sold([best], line(price))[0][0] for price in (999, 1000, 1999, 2000)] == [949, 930, 1859, 1800]
    assert [sold([both], line(price))[0][0] for price in (999, 1000, 2000)] == [949, 880, 1700]
    assert sold([best], line(1000), card=False)[0] == [930] and sold([best], line(900), card=False)[0] == [900]
    over = rule("rate", rates=[{"is": "basket", "bands": [[1000, 700]], "over": True}])
    assert [sold([over], line(price))[0][0] for price in (1000, 1001)] == [1000, 931]


def test_rates_from_what_a_card_holds():
    counters = [row("spend", 1, "lifetime", per=1), row("rate_bp", 2, "until"), row("birthday", 3, "fact"), row("tier", 4, "level", names=["a", "b"]),
                row("group", 5, "fact", names=["staff", "student"])]  # fmt: skip
    state = {1: (5000, 0), 2: (300, DAY + 5), 3: (301, 0), 4: (1, 0), 5: (2, DAY)}
    for source, price in (
        ({"is": "spent", "c": 0, "bands": [[5000, 1000]]}, 900), ({"is": "held", "c": 1}, 970), ({"is": "birthday", "c": 2, "bp": 200}, 980),
        ({"is": "level", "c": 3, "bp": [100, 400]}, 960), ({"is": "group", "c": 4, "bp": [3000, 1500]}, 850),
    ):  # fmt: skip
        assert sold([rule("rate", rates=[source])], line(1000), counters=counters, state=state)[0] == [price], source
        assert sold([rule("rate", rates=[source])], line(1000), counters=counters, card=False)[0] == [1000], source
    late = {5: (2, DAY - 1)}
    prices, effects = sold([rule("rate", rates=[{"is": "group", "c": 4, "bp": [3000, 1500]}])], line(1000), counters=counters, state=late)
    assert prices == [1000] and effects["declined"] == "GROUP_EXPIRED"


def test_codes_and_why_they_do_not_apply():
    code = ["SAVE", 1000, DAY - 1, DAY + 1, ["coffee"], 500, ["gift"]]
    rules = [rule("code", codes=[code])]
    for more, lines, outcome in (
        ({"code": " save "}, (line(1000),), None), ({}, (line(1000),), None), ({"code": "OTHER"}, (line(1000),), "CODE_UNKNOWN"),
        ({"code": "SAVE", "day": DAY - 2}, (line(1000),), "CODE_NOT_YET"), ({"code": "SAVE", "day": DAY + 2}, (line(1000),), "CODE_EXPIRED"),
        ({"code": "SAVE"}, (line(1000), line(1, sku="gift")), "EXCLUDED_ITEM"), ({"code": "SAVE"}, (line(499),), "MIN_BASKET"),
        ({"code": "SAVE"}, (line(500),), None), ({"code": "SAVE"}, (line(500, category="cake"),), "NOT_ELIGIBLE"),
        ({"code": "SAVE", "day": DAY - 1}, (line(1000),), None), ({"code": "SAVE", "day": DAY + 1, "card": False}, (line(1000),), None),
    ):  # fmt: skip
        prices, effects = sold(rules, *lines, codes=["SAVE"], **more)
        gross = sum([one["unit_price"] for one in lines])
        assert effects.get("declined") == outcome, (more, lines)
        assert sum(prices) == (gross - gross // 10 if outcome is None and "code" in more else gross), (more, lines)


def test_a_discount_by_hand_needs_a_right_a_limit_and_a_reason():
    rules = [rule("rate", rates=[{"is": "manual"}], manual=True)]

    def cashier(**more):
        about = {"id": "anna", "rights": ["manual-discount"], "discount_bp": 500, "reason": "late"}
        about.update(more)
        return about

    prices, effects = sold(rules, line(1000), manual=500, cashier=cashier())
    assert prices == [950] and effects["shares"] == {"manual": 50}
    for more, code in (({"rights": []}, "NO_RIGHT"), ({"discount_bp": 501}, "LIMIT"), ({"reason": " "}, "REASON_MISSING")):
        assert sold(rules, line(1000), manual=500, cashier=cashier(**more))[1] == {"refused": code}
    assert sold(rules, line(1000), manual=500, cashier=cashier(discount_bp=0, rights=[], reason=""))[0] == [1000]


def test_conditions():
    counters = [row("points", 1), row("pass", 2, "date"), row("uses", 3, "fact"), row("last", 4, "fact")]
    state = {1: (5, 0), 2: (1, DAY), 3: (2, DAY), 4: (35990, DAY)}
    for condition, stands in (
        (["card"], True), (["not", ["card"]], False), (["all", ["card"], ["at-least", 0, 5]], True), (["all", ["card"], ["at-least", 0, 6]], False),
        (["any", ["at-least", 0, 6], ["card"]], True), (["any", ["at-least", 0, 6]], False), (["good", 1], True), (["since", 3, 10], False),
        (["since", 3, 11], True), (["times", 2, 2], True), (["times", 2, 3], False), (["days", DAY, DAY], True), (["days", DAY + 1, DAY + 2], False),
        (["weekdays", 7], True), (["weekdays", 1, 2], False), (["hours", 600, 601], True), (["hours", 540, 600], False), (["basket", 1000], True),
        (["basket", 1001], False), (["has", "coffee"], True), (["has", "latte"], True), (["has", "cake"], False),
    ):  # fmt: skip
        assert sold([fixed(1000, when=condition)], line(1000), counters=counters, state=state)[0] == [900 if stands else 1000], condition
        told = sold([fixed(1000, unless=[[condition, "TOO_SOON"]])], line(1000), counters=counters, state=state)
        assert told[0] == [1000 if stands else 900] and told[1].get("declined") == ("TOO_SOON" if stands else None), condition
