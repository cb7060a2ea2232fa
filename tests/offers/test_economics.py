"""What offers cost, by arithmetic: the rows F01-F06, the same with other numbers, and inputs that mean nothing."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardos.errors import BadInput
from host_tools.offers.economics import bp_of, economics

ROWS = [row for row in json.loads(Path(__file__).with_name("offers.json").read_text("utf-8"))["rows"] if row["kind"] == "economics"]
CASES = [(row["id"] + " " + case.get("case", case.get("name", "")), case) for row in ROWS for case in [row, *row["more"]]]
DISCOUNT = {"calc": "discount", "price": 1000, "margin_bp": 4000, "discount_bp": 1000}


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_every_case_of_the_rows_comes_out(case):
    answer = economics(case["inputs"])
    assert {key: answer[key] for key in case["expect"]} == case["expect"]


def test_there_are_rows_of_every_formula():
    assert {case["inputs"]["calc"] for _, case in CASES} == {"discount", "bonus", "liability", "uplift", "kpi", "lint"}


def test_a_discount_by_hand():
    assert economics(DISCOUNT) == {"cost": "600", "profit_before": "400", "given": "100", "profit_after": "300", "share": "1/4", "share_bp": 2500}


def test_cost_margin_and_markup_say_the_same_when_they_are_the_same():
    by_cost = economics({"calc": "discount", "price": 1250, "cost": 1000, "discount_bp": 300})
    assert by_cost == economics({"calc": "discount", "price": 1250, "margin_bp": 2000, "discount_bp": 300})
    assert by_cost == economics({"calc": "discount", "price": 1250, "markup_bp": 2500, "discount_bp": 300})
    assert by_cost["share"] == "3/20"  # 37.5 of 250


def test_a_bonus_by_hand():
    answer = economics({"calc": "bonus", "price": 700, "cost": 400, "bonus_bp": 1000, "purchases": 3, "bonuses_spent": 2, "redemption_bp": 2500})
    assert answer == {"cost": "400", "profit_before": "900", "given": "35", "profit_after": "865", "share": "7/180", "share_bp": 389}


def test_a_bonus_of_one_purchase_that_is_spent_costs_what_a_discount_costs():
    bonus = economics({"calc": "bonus", "price": 1000, "margin_bp": 4000, "bonus_bp": 1000})
    assert bonus == economics(DISCOUNT)


def test_half_of_a_hundredth_of_a_per_cent_is_rounded_up():
    assert bp_of(Fraction(1, 20000)) == 1
    assert bp_of(Fraction(-1, 20000)) == 0
    assert economics({"calc": "discount", "price": 80000, "margin_bp": 8000, "discount_bp": 1})["share_bp"] == 1  # 1/8000 = 1.25 bp


def test_below_cost_the_signs_stay():
    answer = economics({"calc": "discount", "price": 100, "cost": 150, "discount_bp": 1000})
    assert (answer["profit_before"], answer["profit_after"], answer["share"], answer["share_bp"]) == ("-50", "-60", "-1/5", -2000)


@pytest.mark.parametrize("inputs", [
    {"calc": "discount", "price": 0, "margin_bp": 3000, "discount_bp": 500},
    {"calc": "discount", "price": 500, "cost": 500, "discount_bp": 500},
    {"calc": "bonus", "price": 500, "margin_bp": 0, "bonus_bp": 500},
    {"calc": "bonus", "price": 500, "margin_bp": 3000, "bonus_bp": 500, "purchases": 0},
])  # fmt: skip
def test_without_profit_there_is_no_share(inputs):
    answer = economics(inputs)
    assert answer["profit_before"] == "0" and answer["share"] is None and answer["share_bp"] is None


@pytest.mark.parametrize("margin,discount", [(1000, 1001), (1000, 1000), (0, 0)])
def test_growth_cannot_pay_for_a_discount_of_the_whole_margin(margin, discount):
    assert economics({"calc": "uplift", "price": 10000, "margin_bp": margin, "discount_bp": discount}) == {"possible": False}


def test_growth_by_hand():
    answer = economics({"calc": "uplift", "price": 300, "cost": 200, "discount_bp": 2000})  # 100 margin, 60 off: 100/40 - 1
    assert answer == {"possible": True, "uplift": "3/2", "uplift_bp": 15000}
    assert economics({"calc": "uplift", "price": 300, "cost": 200, "discount_bp": 0})["uplift"] == "0"


def test_liability_by_hand():
    assert economics({"calc": "liability", "outstanding_points": 7, "point_value": 3, "redemption_bp": 3333}) == {"liability": "69993/10000", "full": "21"}
    assert economics({"calc": "liability", "outstanding_points": 7, "point_value": 3})["liability"] == "21"


def test_key_figures_of_nobody_have_no_value():
    answer = economics({"calc": "kpi", "customers": [], "control_spend": [], "top_bp": 2000})
    assert set(answer) == {name + end for name in ("repeat_rate", "active_share", "churn", "top_share", "uplift") for end in ("", "_bp")}
    assert set(answer.values()) == {None}


def test_key_figures_by_hand():
    customers = [{"purchases": count, "spend": spend, "active": spend > 10} for count, spend in ((2, 60), (1, 30), (0, 0))]
    answer = economics({"calc": "kpi", "customers": customers, "control_spend": [0, 60], "top_bp": 3334})
    assert (answer["repeat_rate"], answer["active_share"], answer["churn"]) == ("1/2", "2/3", "1/3")
    assert answer["top_share"] == "1"  # 3334 bp of three are 1.0002: two
    assert answer["uplift"] == "0"
    assert economics({"calc": "kpi", "customers": customers, "control_spend": [0, 0]})["uplift"] is None


def test_standing_rates_from_the_limit_on_are_warned_of():
    assert economics({"calc": "lint", "standing_rates": [["a", 1999], ["b", 2000]]}) == {"warnings": ["b"]}
    assert economics({"calc": "lint", "standing_rates": [["a", 1999], ["b", 2000]], "warn_from_bp": 1}) == {"warnings": ["a", "b"]}


@pytest.mark.parametrize("inputs,told", [
    ({}, "calc"),
    ([], "table"),
    ({"calc": "magic"}, "magic"),
    ({"calc": ["discount"]}, "calc"),
    ({"calc": "discount", "price": 5, "discount_bp": 1}, "once"),
    ({**DISCOUNT, "cost": 5}, "margin_bp and cost"),
    ({**DISCOUNT, "price": "5"}, "price"),
    ({**DISCOUNT, "price": 5.0}, "price"),
    ({**DISCOUNT, "price": True}, "price"),
    ({**DISCOUNT, "discount_bp": 10001}, "discount_bp"),
    ({**DISCOUNT, "margin_bp": 10001}, "margin_bp"),
    ({**DISCOUNT, "discuont_bp": 1}, "discuont_bp"),
    ({"calc": "liability", "outstanding_points": -1, "point_value": 1}, "outstanding_points"),
    ({"calc": "kpi", "customers": 5}, "customers"),
    ({"calc": "kpi", "customers": [{"purchases": 1}]}, "customer"),
    ({"calc": "kpi", "customers": [{"purchases": 1, "spend": 1, "active": 1}]}, "customer"),
    ({"calc": "kpi", "customers": [], "control_spend": ["5"]}, "control_spend"),
    ({"calc": "lint"}, "standing_rates"),
    ({"calc": "lint", "standing_rates": [["a"]]}, "standing rate"),
    ({"calc": "lint", "standing_rates": [["a", "b"]]}, "standing_rates"),
])  # fmt: skip
def test_inputs_that_do_not_fit_are_told_with_a_remedy(inputs, told):
    with pytest.raises(BadInput) as caught:
        economics(inputs)
    assert told in caught.value.message and caught.value.hint and caught.value.code == "BAD_ECONOMICS"


@given(price=st.integers(0, 10**12), rate=st.integers(0, 10000), margin=st.integers(0, 10000), times=st.integers(1, 20))
def test_shares_do_not_depend_on_price_or_number(price, rate, margin, times):
    one = economics({"calc": "discount", "price": price, "margin_bp": margin, "discount_bp": rate})
    many = economics({"calc": "bonus", "price": price, "margin_bp": margin, "bonus_bp": rate, "purchases": times})
    assert one["share"] == many["share"] == (str(Fraction(rate, margin)) if price and margin else None)
    assert Fraction(many["profit_before"]) - Fraction(many["given"]) == Fraction(many["profit_after"])
    growth = economics({"calc": "uplift", "price": price, "margin_bp": margin, "discount_bp": rate})
    assert growth["possible"] == (rate < margin and price > 0)
