"""What an owner should think about before an offer starts: each finding found where it is, and nowhere else."""

from pathlib import Path

import pytest

from host_tools.offers.checking import compiled
from host_tools.offers.compiler import compile_pack
from host_tools.offers.language import Offer
from host_tools.offers.lint import CODES, SEVERITIES, lint
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.schema import check_parameters
from tests.offers.every_word import every_word

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "offers"
TODAY = 2500  # 2026-11-05
MONEY = {"currency": "EUR", "minor_digits": 2}
BANDS = {"mode": "basket", "bands": [[10000, 500], [20000, 800]], "compare": ">=", "spend_unit": 100}
CASHBACK = {"earn_bp": 500, "point_value": 1, "earn_base": "net"}
STAMPS = {"category": "coffee", "stamps_needed": 10, "per_qty": 1, "free_qty": 1, "max_free_per_sale": 1}

NOTHING = {"welcome": 300, "step": 100, "per_step": 0, "point_value": 1, "windows": [], "grants": {}}


def offer(kind, name="a", **parameters):
    return Offer(id=name, kind=kind, names={"en": name.upper()}, parameters=check_parameters(kind, {**MONEY, **parameters}, name))


def look(*offers, groups=None, today=TODAY, **more):
    return lint(compile_pack(list(offers), groups=groups), offers, today=today, **more)


def codes(*offers, **more):
    return [finding["code"] for finding in look(*offers, **more)]


def one(code, *offers, **more):
    found = [finding for finding in look(*offers, **more) if finding["code"] == code]
    assert len(found) == 1, found
    return found[0]


def own(counters, rules):
    return Offer(id="own", kind="custom", names={"en": "Own"}, parameters={**MONEY, "counters": counters, "rules": rules})


def code_offer(name="a", **about):
    return offer("code", name, codes={"SAVE": {"bp": 1000, "from": "2026-01-01", "through": "2026-12-31", **about}})


# --- standing rates

@pytest.mark.parametrize("rate_bp, warned", [(1999, False), (2000, True), (3000, True)])
@pytest.mark.parametrize("make", [
    lambda bp: code_offer(bp=bp),
    lambda bp: offer("group-price", groups={"staff": bp, "student": 500}, excluded_categories=[]),
    lambda bp: offer("shared-card", mode="household", max_per_day=3, min_gap_s=30, rate_bp=bp),
    lambda bp: offer("basket-bands", **{**BANDS, "bands": [[10000, 500], [20000, bp]]}),
    lambda bp: offer("cashback", **{**CASHBACK, "earn_bp": bp}),
    lambda bp: offer("step-points", step=10000, points_per_step=bp, point_value=1, carry=False),
    lambda bp: offer("month-benefit", mode="rate", bands=[[0, 100], [100, bp]], spend_unit=100, voucher_unit=100),
    lambda bp: offer("simple-or-status", mode="status", simple_bp=500, tiers=["base", "gold"], status_bp={"base": 0, "gold": bp}),
    lambda bp: offer("marginal-units", category="lamps", bands=[[0, 0], [10, bp]]),
    lambda bp: offer("fixed-progressive", fixed_bp=500, bands=[[10000, bp - 500]], combine="sum"),
    lambda bp: offer("coalition", partners={"x": bp, "y": 100}, bonus_skus={}, point_value=1),
])  # fmt: skip
def test_a_standing_rate_is_warned_of_from_the_limit_on(make, rate_bp, warned):
    assert ("STANDING_RATE" in codes(make(rate_bp))) == warned


def test_a_warning_about_a_rate_says_what_and_how_much():
    found = one("STANDING_RATE", code_offer(bp=3000))
    assert found["severity"] == "warning" and found["offer"] == "a"
    assert found["sentence"].startswith("“A” gives 30 % as the code SAVE: a standing rate of 20 % or more eats the profit")
    assert found["remedy"] == "Lower the rate, or limit it to days, goods or a minimum basket."


def test_a_shop_may_set_its_own_limit_and_a_birthday_or_a_bought_pass_is_no_standing_rate():
    card = offer("issued-card", issue_over=10000, rate_bp=1900, birthday_extra_bp=3000, sale_periods=[])
    bought = offer("paid-pass", fee_sku="pass", valid_days=365, category="ticket", off_bp=5000, entitlements=[])
    assert "STANDING_RATE" not in codes(card) and "STANDING_RATE" not in codes(bought)
    assert "STANDING_RATE" in codes(card, standing_bp=1900)


# --- cliffs

def test_a_cliff_tells_the_amounts_as_the_till_computes_them():
    first, second = [finding for finding in look(offer("basket-bands", **BANDS)) if finding["code"] == "CLIFF"]
    assert first["severity"] == "note"
    assert first["sentence"] == (
        "A basket of 99.99 EUR costs 99.99 EUR, one of 100.00 EUR costs 95.00 EUR: from 95.01 EUR on a customer pays less by buying more."
    )
    assert "one of 200.00 EUR costs 184.00 EUR" in second["sentence"]


def test_a_steep_cliff_is_a_warning_and_a_code_with_a_minimum_is_one():
    assert one("CLIFF", offer("basket-bands", **{**BANDS, "bands": [[10000, 1500]]}))["severity"] == "warning"
    assert "costs 42.50 EUR with the code SAVE: from 42.51 EUR on" in one("CLIFF", code_offer(bp=1500, min_basket=5000))["sentence"]


def test_the_first_dearer_basket_is_exact():
    from cardos.offers.money import half_up
    for edge, old_bp, new_bp in ((10000, 0, 500), (997, 333, 1250), (20000, 700, 1000)):
        sentence = one("CLIFF", offer("basket-bands", **{**BANDS, "bands": [[1, old_bp], [edge, new_bp]]}))["sentence"]
        told = round(float(sentence.split("from ")[1].split(" EUR")[0]) * 100)
        price = lambda gross, bp: gross - half_up(gross * bp, 10000)
        assert price(told, old_bp) > price(edge, new_bp) >= price(told - 1, old_bp)


def test_a_step_beyond_its_edge_and_a_fixed_rate_are_taken_into_account():
    beyond = one("CLIFF", offer("basket-bands", **{**BANDS, "bands": [[10000, 500]], "compare": ">"}))
    assert beyond["sentence"].startswith("A basket of 100.00 EUR costs 100.00 EUR, one of 100.01 EUR costs 95.01 EUR")
    assert "CLIFF" not in codes(offer("basket-bands", **{**BANDS, "mode": "lifetime"}))
    assert "CLIFF" not in codes(offer("basket-bands", **{**BANDS, "bands": [[0, 500]]}))


def test_a_monthly_voucher_with_a_step_that_pays_for_itself():
    told = one("CLIFF", offer("month-benefit", mode="amount", bands=[[0, 100], [200, 200]], spend_unit=100, voucher_unit=100))["sentence"]
    assert told == "A month of 199.00 EUR brings a voucher of 1.00 EUR, one of 200.00 EUR brings 4.00 EUR: the last 1.00 EUR pay for themselves."


# --- paying twice

def test_two_offers_that_fill_one_counter_on_the_same_goods():
    own_stamps = offer("custom", "b", counters=[{"name": "stamps", "kind": "plain", "debt": True}], rules=[
        {"phase": "earn", "op": "stamps", "counter": "stamps", "on": ["coffee"], "per": 1}])
    assert one("PAYS_TWICE", offer("stamp-card", "a", **STAMPS), own_stamps)["sentence"] == "“A” and “B” both give “stamps” for the same sale."
    assert "PAYS_TWICE" in codes(offer("cashback", "a", **CASHBACK), offer("step-points", "b", step=100, points_per_step=1, point_value=1, carry=False))


def test_other_goods_or_a_rule_that_earns_nothing_pay_once():
    tea = offer("stamp-card", "b", **{**STAMPS, "category": "tea"})
    assert "PAYS_TWICE" not in codes(offer("stamp-card", "a", **STAMPS), tea)
    assert "PAYS_TWICE" not in codes(offer("cashback", "a", **CASHBACK), offer("welcome-window", "b", **NOTHING))


def test_two_standing_rates_come_on_top_of_each_other_outside_a_group():
    offers = (offer("basket-bands", "a", **BANDS), code_offer("b"))
    found = one("PAYS_TWICE", *offers)
    assert found["sentence"] == "“A” and “B” are in no group: one comes on top of the other." and "mode = \"best\"" in found["remedy"]
    assert "PAYS_TWICE" not in codes(*offers, groups={"prices": {"mode": "best", "members": ["a", "b"]}})


def test_days_that_do_not_meet_do_not_pay_twice():
    early = code_offer("a", through="2026-06-30")
    late = offer("code", "b", codes={"LATE": {"bp": 500, "from": "2026-07-01", "through": "2026-12-31"}})
    assert "PAYS_TWICE" not in codes(early, late)
    assert "PAYS_TWICE" not in codes(offer("manual-discount", "a", max_bp=500), offer("basket-bands", "b", **BANDS))
    assert codes(offer("switch-to-points", discount_bp=500, opening_bp=100, earn_bp=500, point_value=1, spend_unit=100)).count("PAYS_TWICE") == 0


# --- what ends, and what cannot be reached

def test_a_code_without_an_end_is_warned_of():
    assert "no last day" in one("CODE_WITHOUT_END", offer("code", codes={"EVER": {"bp": 500}}))["sentence"]
    assert "CODE_WITHOUT_END" not in codes(code_offer())


def test_what_has_ended_is_told_with_its_day():
    book = offer("coupon-book", coupons=4, off=500, valid_through="2026-06-30")
    assert one("ENDED", book)["sentence"] == "The coupon book ended on 30 June 2026."
    assert "ENDED" not in codes(book, today=2372)
    assert one("ENDED", code_offer(), today=2557)["sentence"] == "The code SAVE ended on 31 December 2026."


def test_a_reward_that_no_rule_fills_cannot_be_reached():
    assert "UNREACHABLE" in codes(offer("points-product", reward_id="wash", category="wash", cost_points=500, earn_bp=0, point_value=1))
    assert "UNREACHABLE" not in codes(offer("points-product", reward_id="wash", category="wash", cost_points=500, earn_bp=100, point_value=1))
    assert "UNREACHABLE" not in codes(offer("stamp-card", **STAMPS))


def test_a_welcome_gift_alone_is_enough_or_not():
    welcome = NOTHING
    reward = {"reward_id": "wash", "category": "wash", "earn_bp": 0, "point_value": 1}
    near, far = offer("points-product", "b", cost_points=300, **reward), offer("points-product", "b", cost_points=301, **reward)
    assert "UNREACHABLE" not in codes(offer("welcome-window", "a", **welcome), near)
    assert "it costs 301 of “points”, and a card can have at most 300" in one("UNREACHABLE", offer("welcome-window", "a", **welcome), far)["sentence"]


def by_spend(*bands):
    return own([{"name": "all", "kind": "lifetime", "per": 100}], [
        {"phase": "status", "op": "spend", "counter": "all"},
        {"phase": "prices", "op": "rate", "on": ["*"], "rates": [{"is": "spent", "counter": "all", "bands": list(bands)}]},
    ])  # fmt: skip


def test_a_step_that_no_counter_can_hold():
    assert "begins at 8388608: the most is 8388607" in one("UNREACHABLE", by_spend([200, 300], [8388608, 500]))["sentence"]
    assert "UNREACHABLE" not in codes(by_spend([200, 300], [8388607, 500]))
    assert "no more than the one before it" in one("NO_EFFECT", by_spend([200, 300], [300, 300]))["sentence"]


@pytest.mark.parametrize("per, reached", [(0, False), (1, True)])
def test_a_level_that_no_miles_reach(per, reached):
    level = own([{"name": "miles", "kind": "plain"}, {"name": "tier", "kind": "derived", "of": "miles", "at": [0, 10], "names": ["red", "gold"]}], [
        {"phase": "earn", "op": "steps", "counter": "miles", "step": 100, "per": per, "on": ["*"], "levels": "tier", "times_bp": [10000, 20000]},
    ])  # fmt: skip
    assert ("UNREACHABLE" not in codes(level)) == reached


def test_what_points_that_end_ask_for_is_computed():
    pack = own([{"name": "points", "kind": "lots", "days": 30, "unit": 1}], [
        {"phase": "earn", "op": "points", "counter": "points", "bp": 100, "worth": 1, "on": ["*"]},
        {"phase": "rewards", "op": "free-units", "id": "w", "counter": "points", "cost": 500, "on": ["wash"], "units": 1, "sets": 1, "text": "free wash"},
    ])
    assert one("FAR_AWAY", pack)["sentence"].startswith("For the cheapest reward a customer must spend 500.00 EUR within 30 days")


def test_points_and_stamps_without_an_end_are_noted():
    assert one("NO_EXPIRY", offer("cashback", **CASHBACK))["severity"] == "note"
    assert "NO_EXPIRY" in codes(offer("stamp-card", **STAMPS))
    assert "NO_EXPIRY" not in codes(offer("point-expiry", mode="sliding", valid_days=90, earn_bp=300, point_value=1))


# --- counters, money, units

def test_more_counters_than_the_cheapest_card_holds_is_an_error():
    lots = offer("point-expiry", mode="buckets", valid_days=90, earn_bp=300, point_value=1)
    found = one("TOO_MANY_COUNTERS", lots, profile=3)
    assert found["severity"] == "error" and "carry 3" in found["sentence"]
    assert one("TOO_MANY_COUNTERS", lots)["severity"] == "note"
    assert "TOO_MANY_COUNTERS" not in codes(lots, profile=5)


def test_an_offer_in_another_currency_is_an_error():
    stamps = offer("stamp-card", **STAMPS)
    pack = compile_pack([stamps])
    other = Offer(id="a", kind="stamp-card", parameters={**stamps.parameters, "currency": "SEK"})
    found = [finding for finding in lint(pack, [other], today=TODAY) if finding["code"] == "CURRENCY_MIX"]
    assert found[0]["severity"] == "error" and found[0]["sentence"] == "\"a\" is in SEK with 2 digits, its pack in EUR with 2 digits."
    assert "CURRENCY_MIX" not in codes(stamps)


def test_a_counter_that_decides_a_level_should_not_be_spent():
    tiers = [{"name": "red", "at": 0, "times_bp": 10000}, {"name": "gold", "at": 10, "times_bp": 20000}]
    earn = offer("tier-earn", "a", tiers=tiers, step=100, per_step=1)
    buy = offer("catalogue", "b", counter="miles", step=100, per_step=1, catalogue={"mug": 5})
    assert "falls to a lower level" in one("LEVEL_SPENT", earn, buy)["sentence"]
    assert "LEVEL_SPENT" not in codes(earn)


def test_spend_and_voucher_in_different_units():
    unequal = dict(mode="amount", bands=[[0, 100]], spend_unit=100, voucher_unit=1000)
    assert "1 % of the spend becomes 10 %" in one("UNITS_DIFFER", offer("month-benefit", **unequal))["sentence"]
    assert "UNITS_DIFFER" not in codes(offer("month-benefit", **{**unequal, "voucher_unit": 100}))


@pytest.mark.parametrize("nothing", [
    offer("nth-unit", category="tea", nth=2, off_bp=0, card_required=False, earn_bp=0, point_value=1),
    offer("cashback", **{**CASHBACK, "earn_bp": 0}),
    code_offer(bp=0),
    offer("basket-bands", **{**BANDS, "bands": [[0, 0], [100, 0]]}),
    offer("shared-card", mode="household", max_per_day=3, min_gap_s=30, rate_bp=0),
    offer("manual-discount", max_bp=0),
    offer("companion", category="fare", companion_off_bp=0, max_companions=1),
])  # fmt: skip
def test_a_rule_that_does_nothing_is_noted(nothing):
    assert "NO_EFFECT" in codes(nothing)


# --- all of it

def test_every_finding_has_a_known_code_a_sentence_and_a_remedy_and_errors_come_first():
    for file in [*sorted(GALLERY.glob("*.toml")), GALLERY / "shop" / "pack.toml"]:
        source = read_pack(file)
        if source.offers[0].kind == "economics":
            continue
        found = lint(compiled(source), source.offers, today=TODAY)
        assert all(finding["code"] in CODES and finding["sentence"].endswith(".") and finding["remedy"].endswith(".") for finding in found), file.name
        assert [SEVERITIES.index(finding["severity"]) for finding in found] == sorted(SEVERITIES.index(finding["severity"]) for finding in found)
        assert not any(finding["severity"] == "error" for finding in found), file.name


def test_a_pack_of_all_words_is_looked_at_whole():
    assert {finding["code"] for finding in lint(every_word(), profile=9, today=TODAY)} >= {"TOO_MANY_COUNTERS", "CODE_WITHOUT_END"}


def test_without_a_day_the_machine_s_date_counts():
    assert "ENDED" in [finding["code"] for finding in lint(compile_pack([code_offer(**{"from": "2020-01-01", "through": "2020-01-02"})]))]
