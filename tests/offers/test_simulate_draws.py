"""The population as described: shares are counts, means are means, and a file with a mistake is told with its key."""

import datetime
import math
import statistics
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from cardos.errors import BadInput
from host_tools.offers.simulate.draws import log_normal, normal, plan_of, poisson, stream
from host_tools.offers.simulate.population import Basket, Item, Joining, Population, months_later, read_population
from host_tools.offers.simulate.summary import quantile
from tests.offers.played import population

GOODS = (Item(category="goods"),)
MANY = 20_000
SIGMAS = 5  # a fair sampler fails once in two million runs


@pytest.mark.parametrize("mean", [0.0, 0.3, 4.0, 29.9, 75.0])
def test_poisson_numbers_have_their_mean_and_variance(rng, mean):
    numbers = [poisson(rng, mean) for _ in range(MANY)]
    assert abs(statistics.fmean(numbers) - mean) <= SIGMAS * math.sqrt(mean / MANY)
    assert abs(statistics.pvariance(numbers) - mean) <= SIGMAS * math.sqrt((mean + 2 * mean * mean) / MANY)


def test_normal_numbers_are_normal(rng):
    numbers = [normal(rng) for _ in range(MANY)]
    assert abs(statistics.fmean(numbers)) <= SIGMAS / math.sqrt(MANY)
    assert abs(statistics.pvariance(numbers) - 1) <= SIGMAS * math.sqrt(2 / MANY)
    assert abs(sum(number < 1.2815515655446004 for number in numbers) / MANY - 0.9) <= SIGMAS * math.sqrt(0.09 / MANY)


@pytest.mark.parametrize("mean,p90", [(1000, 1800), (1000, 2270), (350, 351), (10**12, 2 * 10**12), (7, 7)])
def test_a_log_normal_has_the_mean_and_the_percentile_that_were_described(mean, p90):
    mu, sigma = log_normal(mean, p90)
    assert math.isclose(math.exp(mu + sigma * sigma / 2), mean, rel_tol=1e-9)
    assert math.isclose(math.exp(mu + 1.2815515655446004 * sigma), p90, rel_tol=1e-9)
    assert 0 <= sigma < 1.2816


@pytest.mark.parametrize("mean,p90", [(1000, 2300), (1000, 900)])
def test_a_log_normal_that_does_not_exist_is_told(mean, p90):
    with pytest.raises(BadInput, match="log-normal"):
        log_normal(mean, p90)


def test_drawn_baskets_have_their_mean_and_percentile(rng):
    people = population(customers=400, months=12, variance="poisson", visits_per_month=4.0, basket={"mean": 1000, "p90": 1800})
    gross = [visit.gross for visit in plan_of(people, GOODS, rng.randrange(10**6)).visits]
    assert abs(len(gross) - 400 * 48) <= SIGMAS * math.sqrt(400 * 48)
    sigma = 1000 * math.sqrt(math.exp(log_normal(1000, 1800)[1] ** 2) - 1)
    assert abs(statistics.fmean(gross) - 1000) <= SIGMAS * sigma / math.sqrt(len(gross)) + 1
    assert abs(sum(value <= 1800 for value in gross) / len(gross) - 0.9) <= SIGMAS * math.sqrt(0.09 / len(gross)) + 0.001


def test_visits_come_in_the_order_of_time_inside_the_run(rng):
    basket = {"mean": 1000, "p90": 1000}
    people = population(customers=30, months=None, days=45, variance="poisson", visits_per_month=6.0, basket=basket, churn_per_month_bp=2000)
    visits = plan_of(people, GOODS, rng.randrange(10**6)).visits
    moments = [(visit.day, visit.second) for visit in visits]
    assert moments == sorted(moments)
    assert all(0 <= day < 45 and 9 * 3600 <= second < 20 * 3600 for day, second in moments)


def test_without_variance_visits_are_evenly_spaced_and_the_seed_is_nothing():
    people = population(customers=1, months=12, visits_per_month=1.0)
    assert plan_of(people, GOODS, 1) == plan_of(people, GOODS, 2)
    days = [visit.day for visit in plan_of(people, GOODS, 1).visits]
    assert len(days) == 12 and {after - before for before, after in zip(days, days[1:])} <= {30, 31}
    often = plan_of(population(visits_per_month=93.0), GOODS, 1).visits
    assert len({(visit.day, visit.second) for visit in often}) == 93 and often[-1].day == 30


def test_shares_are_counts_of_customers():
    people = population(customers=10, months=3, control_bp=2000, redeem_bp=5000, never_return_bp=3000, visits_per_month=2.0)
    plan = plan_of(people, GOODS, 1)
    assert sum(one.control for one in plan.customers) == 2
    assert sum(one.redeems for one in plan.customers) == 4 and not any(one.redeems and one.control for one in plan.customers)
    visits = [sum(visit.customer == number for visit in plan.visits) for number in range(10)]
    assert sorted(visits) == [1, 1, 1] + [6] * 7


def test_churn_without_variance_leaves_the_share_that_stays():
    plan = plan_of(population(customers=100, months=3, churn_per_month_bp=1000, visits_per_month=1.0), GOODS, 1)
    visits = sorted(sum(visit.customer == number for visit in plan.visits) for number in range(100))
    assert visits == [1] * 10 + [2] * 9 + [3] * 81


def test_drawn_churn_has_its_share(rng):
    people = population(customers=2000, months=2, churn_per_month_bp=2500, variance="poisson", visits_per_month=10.0, basket={"mean": 9, "p90": 9})
    last = {visit.customer for visit in plan_of(people, GOODS, rng.randrange(10**6)).visits if visit.day >= 31}
    assert abs(len(last) - 1500) <= SIGMAS * math.sqrt(2000 * 0.25 * 0.75) + 1


def test_articles_fill_the_basket():
    items = (Item(category="coffee", weight=3, price=300), Item(category="cake", sku="pie", price=450))
    visits = plan_of(population(customers=1, months=4, visits_per_month=1.0, basket={"mean": 300}), items, 1).visits
    assert [line["sku"] for visit in visits for line in visit.lines] == ["coffee", "coffee", "pie", "coffee"]
    drawn = plan_of(population(customers=50, months=12, variance="poisson", basket={"mean": 1200, "p90": 2000}), items, 3).visits
    bought = [line for visit in drawn for line in visit.lines]
    coffees, pies = (sum(line["qty"] for line in bought if line["category"] == category) for category in ("coffee", "cake"))
    assert 2.4 < coffees / pies < 4.2
    assert abs(statistics.fmean(visit.gross for visit in drawn) - 1200) < 120


def test_a_large_basket_of_small_things_stays_a_short_list():
    items = (Item(category="screw", price=1), Item(category="nail", price=2, qty=100))
    visit = plan_of(population(customers=1, months=1, visits_per_month=1.0, basket={"mean": 10**9}), items, 1).visits[0]
    assert len(visit.lines) <= 2 and abs(visit.gross - 10**9) <= 200


def test_streams_are_kept_apart():
    assert stream(1, "who").random() != stream(1, "visits").random() != stream(2, "visits").random()
    assert stream(5, "visits").random() == stream(5, "visits").random()


def test_quantiles_are_straight_lines_between_runs_and_endless_comes_last():
    assert [quantile([4, 1, 3, 2], Fraction(part, 10)) for part in (0, 5, 10)] == [1, Fraction(5, 2), 4]
    assert quantile([7], Fraction(9, 10)) == 7
    assert quantile([1, None, None], Fraction(1, 2)) is None and quantile([1, 2, None], Fraction(1, 2)) == 2
    assert quantile([1, 2, None], Fraction(9, 10)) is None


def test_months_end_where_the_calendar_says():
    assert months_later(datetime.date(2026, 1, 31), 1) == datetime.date(2026, 2, 28)
    assert months_later(datetime.date(2027, 12, 1), 2) == datetime.date(2028, 2, 1)
    spans = Population(margin_bp=0, start=datetime.date(2026, 1, 15), days=30).spans()
    assert [(str(first), str(last)) for first, last in spans] == [("2026-01-15", "2026-02-01"), ("2026-02-01", "2026-02-14")]


def test_a_population_file_is_read(tmp_path):
    file = tmp_path / "people.toml"
    text = 'customers = 12\nfrom = 2026-05-01\nmargin_bp = 6500\n[basket]\nmean = 450\n[[items]]\ncategory = "coffee"\nprice = 350\n[gifts]\nmug = 400\n'
    file.write_text(text, "utf-8")
    people = read_population(file)
    assert (people.customers, people.start, people.margin) == (12, datetime.date(2026, 5, 1), Fraction(13, 20))
    assert (people.p90, people.items[0].category, people.gifts) == (810, "coffee", {"mug": 400})


@pytest.mark.parametrize("text,key", [
    ("customers = 0", "customers"),
    ("customer = 5", "customer"),
    ('customers = "5"', "customers"),
    ("months = 3\ndays = 10", "days"),
    ("visits_per_month = nan", "visits_per_month"),
    ("visits_per_month = -1", "visits_per_month"),
    ("churn_per_month_bp = 10001", "churn_per_month_bp"),
    ('variance = "some"', "variance"),
    ("cost_bp = 5000", "margin_bp and cost_bp"),
    ("[basket]\nmean = 100\np90 = 90", "basket.p90"),
    ("[basket]\nmean = 100\np90 = 300", "basket.p90"),
    ('variance = "none"\n[basket]\nmean = 100\np90 = 150', "basket.p90"),
    ('[[items]]\ncategory = "a"\nprice = 0', "items[0].price"),
    ('[[items]]\ncategory = "a"\nweight = 0', "items[0].weight"),
    ("[gifts]\nmug = -1", "gifts.mug"),
    ("from = 1999-01-01", "from"),
    ("[basket", "people.toml"),
])  # fmt: skip
def test_a_mistake_is_told_with_file_and_key(tmp_path, text, key):
    file = tmp_path / "people.toml"
    file.write_text("margin_bp = 3000\n" + text, "utf-8")
    with pytest.raises(BadInput) as caught:
        read_population(file)
    assert "people.toml" in caught.value.message and key in caught.value.message and caught.value.hint


def test_a_margin_must_be_said(tmp_path):
    file = tmp_path / "people.toml"
    file.write_text("customers = 5\n", "utf-8")
    with pytest.raises(BadInput, match="exactly one of margin_bp"):
        read_population(file)
    with pytest.raises(BadInput, match="cannot be read"):
        read_population(tmp_path / "nobody.toml")


def test_the_page_explains_every_key_and_its_example_is_read():
    docs = Path(__file__).resolve().parents[2] / "docs"
    page = (docs / "simulator.md").read_text("utf-8")
    for struct in (Population, Item, Basket, Joining):
        for field in msgspec.structs.fields(struct):
            assert "`%s`" % field.encode_name in page or "[%s]" % field.encode_name in page, field.encode_name
    assert read_population(docs / "populations" / "small-shop.toml").customers == 60
