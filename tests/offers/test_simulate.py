"""The simulator plays what a till plays: without variance it is the arithmetic, with a seed it repeats, its numbers add up."""

from fractions import Fraction
from pathlib import Path

import pytest

from cardos.errors import BadInput
from host_tools.offers.economics import economics
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.simulate import compare
from host_tools.offers.simulate.compare import simulate
from tests.offers.played import medians, population, source

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "offers"
F01, F02, F03, F04 = (next(GALLERY.glob(row + "-*.toml")) for row in ("f01", "f02", "f03", "f04"))
CALCULATED = {"f05", "f06"}  # nothing to play


@pytest.mark.parametrize("file,share", [(F01, "1/6"), (F02, "1/12"), (F03, "1/24"), (F04, "2/9")], ids=["F01", "F02", "F03", "F04"])
def test_without_variance_a_calculation_is_played_to_its_formula(file, share):
    entry = simulate([read_pack(file)])["offers"][0]
    assert entry["exact"]["share"] == share
    assert entry["formula_agrees"]
    assert {key: entry["exact"][key] for key in entry["formula"]} == entry["formula"]


def test_the_discount_card_takes_twice_what_the_points_card_takes():
    report = simulate([read_pack(F01), read_pack(F02)])
    assert report["comparison"]["share"] == ["1/6", "1/12"] and report["comparison"]["cheaper"] == 1
    assert report["comparison"]["sentences"] == [
        "Of every 100 of profit, the discount of 5 % costs 16.67, the bonus of 5 % 8.33.", "That is 1/6 against 1/12.",
    ]  # fmt: skip
    assert report["seeds"] == {"first": 1, "asked": 200, "played": 1}


def test_both_bonuses_spent_inside_the_purchases():
    given = {"calc": "bonus", "price": 900000, "margin_bp": 3000, "bonus_bp": 500, "purchases": 2, "bonuses_spent": 2}
    entry = simulate([source("economics", **given)])["offers"][0]
    assert entry["exact"]["share"] == "1/6" and entry["formula_agrees"]


def _drawn_calculation(rng):
    given = {"price": rng.choice((1, 99, 12345, rng.randrange(1, 10**7), rng.randrange(1, 10**11)))}
    margin = rng.choice(("margin_bp", "cost", "markup_bp"))
    given[margin] = rng.randrange(given["price"] * 5 // 4 + 1) if margin == "cost" else rng.randrange(10001)
    if rng.random() < 0.4:
        return {**given, "calc": rng.choice(("discount", "uplift")), "discount_bp": rng.randrange(10001)}
    purchases = rng.randrange(9)
    given.update(calc="bonus", bonus_bp=rng.randrange(5001), purchases=purchases, bonuses_spent=rng.randrange(purchases + 1))
    return {**given, "redemption_bp": rng.choice((0, 2500, 5000, 7000, 10000))}


def test_drawn_calculations_are_played_to_their_formula(rng):
    for _ in range(40):
        given = _drawn_calculation(rng)
        entry = simulate([source("economics", **given)])["offers"][0]
        assert entry["formula"] == economics(given)
        assert entry["formula_agrees"], (given, entry["exact"], entry["formula"])


def test_a_stamp_card_of_ten_by_hand():
    card = source("stamp-card", category="coffee", stamps_needed=10, per_qty=1, free_qty=1, max_free_per_sale=1)
    report = simulate([card], population(months=11, visits_per_month=1.0, basket={"mean": 300}, margin_bp=6000))
    figures, entry = medians(report), report["offers"][0]
    assert (figures["visits"], figures["rewards"], figures["issued.stamps"], figures["redeemed.stamps"]) == (11, 1, 10, 10)
    assert (figures["revenue_before"], figures["revenue"], figures["given"], figures["discount"]) == (3300, 3000, 300, 300)
    assert entry["exact"]["share"] == "5/33"  # 300 of 11 x 180
    assert [row["outstanding"]["median"] for row in entry["months"]] == [30 * stamps for stamps in (*range(1, 11), 0)]


def test_half_of_the_customers_redeem_and_a_tenth_of_the_balance_each_time():
    card = source("cashback", earn_bp=1000, point_value=1, earn_base="gross")
    spending = population(customers=2, visits_per_month=2.0, redeem_bp=5000, basket={"mean": 1000})
    assert simulate([card], spending)["offers"][0]["exact"]["given"] == "50"  # 100 points once, for one of two
    sparing = population(customers=2, visits_per_month=2.0, redeem_bp=5000, redeem_share_bp=1000, basket={"mean": 1000})
    assert simulate([card], sparing)["offers"][0]["exact"]["given"] == "5"
    figures = medians(simulate([card], spending))
    assert (figures["issued"], figures["redeemed"], figures["outstanding"], figures["liability"]) == (400, 100, 300, 150)
    assert figures["breakage"] == 3750  # half of 300 of 400


def test_added_visits_are_seen_against_the_control_group():
    card = source("simple-or-status", mode="simple", simple_bp=0, tiers=["base"], status_bp={"base": 0})
    report = simulate([card], population(customers=10, months=2, control_bp=3000, uplift_bp=5000, basket={"mean": 500}))
    figures = medians(report)
    assert (figures["members"], figures["visits"]) == (7, 7 * 6)
    assert (figures["member_spend"], figures["control_spend"], figures["uplift"]) == (3000, 2000, 5000)
    assert figures["profit_after"] - figures["profit_before"] == 7 * 2 * 150
    assert any("5" in sentence and "control group" in sentence for sentence in report["offers"][0]["sentences"])


def test_growth_that_pays_for_a_discount_does_pay_for_it():
    card = source("simple-or-status", mode="simple", simple_bp=1000, tiers=["base"], status_bp={"base": 1000})
    people = {"customers": 4, "months": 8, "visits_per_month": 1.0, "basket": {"mean": 1000}, "margin_bp": 3000}
    before = simulate([card], population(**people))["offers"][0]
    assert before["exact"]["uplift"] == "1/2"
    after = medians(simulate([card], population(**people, uplift_bp=5000)))
    assert after["profit_after"] == after["profit_before"] == medians({"offers": [before]})["profit_before"]


def test_the_same_seeds_give_the_same_answer_in_one_process_or_two(monkeypatch):
    monkeypatch.setattr(compare, "SHARE_OUT_FROM", 1)
    card = source("cashback", earn_bp=500, point_value=1)
    people = population(customers=20, months=6, variance="poisson", churn_per_month_bp=300, basket={"mean": 1000, "p90": 2000}, visits_per_month=2.0)
    one, other = simulate([card], people, seeds=15), simulate([card], people, seeds=15, jobs=2)
    assert one == other
    assert medians(one) != medians(simulate([card], people, seeds=15, seed=2))
    share = one["offers"][0]["figures"]["share"]
    assert share["p10"] < share["median"] < share["p90"]


def test_two_offers_are_played_by_the_same_people():
    people = population(customers=20, months=6, variance="poisson", basket={"mean": 1000, "p90": 2000}, uplift_bp=1000)
    report = simulate([source("cashback", earn_bp=500, point_value=1), source("step-points", step=1000, points_per_step=3, point_value=10)], people, seeds=5)
    first, second = medians(report), medians(report, 1)
    assert first["profit_before"] == second["profit_before"] and first["visits"] == second["visits"]
    assert first["given"] != second["given"]
    assert [entry["name"] for entry in report["offers"]] == ["Tried <&> (tried) (first)", "Tried <&> (tried) (second)"]


def test_an_assumed_growth_does_not_stir_who_comes_anyway():
    card = source("cashback", earn_bp=500, point_value=1)
    people = {"customers": 20, "months": 6, "variance": "poisson", "basket": {"mean": 1000, "p90": 2000}}
    plain, grown = (medians(simulate([card], population(**people, uplift_bp=bp), seeds=3)) for bp in (0, 3000))
    assert plain["profit_before"] == grown["profit_before"] and plain["visits"] < grown["visits"]


@pytest.mark.parametrize("file", sorted(GALLERY.glob("*.toml")), ids=lambda file: file.stem[:3])
def test_the_whole_gallery_plays_and_adds_up(file):
    if file.stem[:3] in CALCULATED:
        with pytest.raises(BadInput) as caught:
            simulate([read_pack(file)])
        assert caught.value.code == "CANNOT_PLAY" and "replay" in caught.value.hint
        return
    report = simulate([read_pack(file)], seeds=1)
    figures, entry = medians(report), report["offers"][0]
    assert abs(figures["profit_before"] - figures["given"] + figures["memberships"] - figures["profit_after"]) <= 1
    for name in figures:
        if name.startswith("issued."):
            counter = name[len("issued."):]
            assert figures[name] == sum(figures["%s.%s" % (word, counter)] for word in ("redeemed", "expired", "left")), counter
    assert 0 <= figures["given"] and entry["sentences"] and not [note for note in entry["notes"] if "refused" in note]


def test_a_sold_membership_is_profit_and_is_bought_again_when_it_ends():
    card = source("paid-pass", fee_sku="pass", valid_days=31, category="goods", off_bp=5000, entitlements=[])
    people = population(months=3, visits_per_month=2.0, basket={"mean": 1000}, joining={"price": 400})
    figures = medians(simulate([card], people))
    assert figures["memberships"] == 2 * 400  # visits on days 8, 23, 38, 53, 68 and 83: bought on the 8th, good through the 38th
    assert figures["given"] == 4 * 500
    assert figures["profit_after"] == 6 * 300 - 2000 + 800


def test_gifts_cost_what_the_population_says_and_are_noted_when_it_does_not():
    card = source("catalogue", counter="stickers", step=1000, per_step=1, catalogue={"mug": 2})
    report = simulate([card], population(months=2, basket={"mean": 1000}, gifts={"mug": 250}))
    figures = medians(report)
    assert (figures["gifts"], figures["given"], figures["rewards"]) == (250, 250, 1)
    assert any("gifts.mug" in note for note in simulate([card], population(basket={"mean": 1000}))["offers"][0]["notes"])


def test_sales_that_the_till_refuses_are_counted_at_full_price():
    card = source("cashback", earn_bp=10000, point_value=1)
    report = simulate([card], population(months=1, visits_per_month=2.0, redeem_bp=0, basket={"mean": 8_000_000}))
    assert "1 sales were refused with COUNTER_RANGE and counted at full price." in report["offers"][0]["notes"]
    assert medians(report)["revenue"] == 16_000_000


@pytest.mark.parametrize("given,told", [
    ({"price": 0}, "price of 0"),
    ({"purchases": 3000}, "too many"),
    ({"purchases": 0, "bonuses_spent": 1}, "without a purchase"),
    ({"purchases": 1, "bonuses_spent": 9, "bonus_bp": 5000}, "at once"),
])  # fmt: skip
def test_what_cannot_be_played_is_told(given, told):
    with pytest.raises(BadInput) as caught:
        simulate([source("economics", **{"calc": "bonus", "price": 100, "margin_bp": 3000, "bonus_bp": 500, **given})])
    assert told in caught.value.message and caught.value.hint


def test_two_currencies_are_not_compared():
    other = source("cashback", earn_bp=500, point_value=1, currency="SEK")
    with pytest.raises(BadInput, match="SEK"):
        simulate([source("cashback", earn_bp=500, point_value=1), other])


def test_a_calculation_beside_an_offer_lends_its_price_and_margin():
    report = simulate([read_pack(F01), source("cashback", earn_bp=500, point_value=100)], seeds=2)
    assert report["offers"][1]["population"]["basket"]["mean"] == 900000
    assert report["comparison"]["share_bp"][0] == 1667 and not report["exact"]


def test_figures_are_exact_fractions_without_variance():
    card = source("simple-or-status", mode="simple", simple_bp=333, tiers=["base"], status_bp={"base": 333})
    entry = simulate([card], population(customers=3, basket={"mean": 10000}, margin_bp=None, markup_bp=5000))["offers"][0]
    assert Fraction(entry["exact"]["share"]) == Fraction(333, 10000) / (1 - Fraction(10, 15))

