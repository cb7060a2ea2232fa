"""Who buys, how often, for how much: the described population that an offer is played against, as a TOML file or the defaults.

    population.toml                     unit and meaning (docs/simulator.md lists all keys)
    customers = 40                      people with a card (or in the control group)
    months = 12                         or days = 90; from `from` on
    visits_per_month = 2.0              mean of a Poisson number; with variance = "none" that many visits, evenly spaced
    margin_bp = 3000                    exactly one of margin_bp (of the price), cost_bp (of the price), markup_bp (on cost)
    [basket]  mean = 1000  p90 = 1800   log-normal, minor units; p90 = mean: always the same

Numbers with a point are allowed for visits_per_month alone; all shares are in bp (100 = 1 %). A file without a key has its default.
"""

import datetime
from fractions import Fraction
from pathlib import Path

import msgspec

from cardos.errors import BadInput

CODE = "BAD_POPULATION"
BP = 10000
CUSTOMERS_MAX = 100_000  # a run in memory; more is a hub's report, not a rehearsal
MONTHS_MAX = 120
VISITS_MAX = 200  # a month: seven a day
MONEY_MAX = 10**12  # one sale, OFFERS.md rule 1
Z90 = 1.2815515655446004  # 90th percentile of the standard normal distribution
P90_PER_MEAN_MAX = 2.27  # exp(Z90 squared / 2) = 2.273: beyond it no log-normal has this mean and 90th percentile


class Basket(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a visit is worth at full price, minor units."""

    mean: int = 1000
    p90: int | None = None  # None: 1.8 times the mean, or the mean when variance is "none"


class Item(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What can lie in a basket. With a price, units are laid in until the basket's sum is reached; without, one line is the whole sum."""

    category: str
    sku: str = ""  # empty: the category
    weight: int = 1  # how often, beside the other items
    price: int | None = None  # minor units
    qty: int = 1  # units that are always bought together


class Joining(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The article that makes somebody a member, where an offer sells one; its price is counted as profit."""

    sku: str = ""
    price: int = 0


class Population(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename={"start": "from"}):
    """The described population; `read_population` also checks it."""

    customers: int = 40
    months: int | None = None  # None: 12, or `days`
    days: int | None = None
    start: datetime.date = datetime.date(2026, 1, 1)
    visits_per_month: float = 2.0
    variance: str = "poisson"  # or "none"
    churn_per_month_bp: int = 300  # of those still coming, at each end of a month
    never_return_bp: int = 1000  # come once
    control_bp: int = 0  # never get the offer
    uplift_bp: int = 0  # visits the offer adds; 0: it changes nobody's habits
    redeem_bp: int = 7000  # spend as soon as they can
    redeem_share_bp: int = 10000  # of the balance, each time
    spends_max: int | None = None  # times a customer spends at most
    margin_bp: int | None = None
    cost_bp: int | None = None
    markup_bp: int | None = None
    basket: Basket = Basket()
    items: tuple[Item, ...] = ()  # empty: what the offers look at
    gifts: dict[str, int] = {}  # what a gift costs the shop, minor units
    opening: dict[str, int] = {}  # counters everybody starts with
    joining: Joining = Joining()
    with_sale: dict[str, str] = {}  # further keys of each sale, as {partner = "fuel"}
    with_enrol: dict[str, str] = {}  # further keys of each joining, as {group = "staff"}

    @property
    def fixed(self):
        """True when nothing varies, so that every seed gives the same."""
        return self.variance == "none"

    @property
    def margin(self):
        """The share of the price that is profit, a Fraction."""
        if self.margin_bp is not None:
            return Fraction(self.margin_bp, BP)
        if self.cost_bp is not None:
            return 1 - Fraction(self.cost_bp, BP)
        return 1 - Fraction(BP, BP + (self.markup_bp or 0))

    @property
    def p90(self):
        """The 90th percentile of the basket, minor units."""
        if self.basket.p90 is not None:
            return self.basket.p90
        return self.basket.mean if self.fixed else self.basket.mean * 9 // 5

    @property
    def end(self):
        """The first day after the run."""
        if self.days is not None:
            return self.start + datetime.timedelta(days=self.days)
        return months_later(self.start, self.months or 12)

    def spans(self):
        """[(first day, first day of the next span)]: the calendar months of the run, the first and last cut to it."""
        spans, first = [], self.start
        while first < self.end:
            following = min(months_later(first.replace(day=1), 1), self.end)
            spans.append((first, following))
            first = following
        return spans


DEFAULT = Population(margin_bp=3000)


def read_population(path):
    """The `Population` of a TOML file; BadInput (BAD_POPULATION) with file, key and remedy."""
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise BadInput("%s cannot be read (%s)." % (path, error.strerror), "Name a population file, or leave --population away.", CODE) from error
    try:
        population = msgspec.toml.decode(text, type=Population)
    except msgspec.DecodeError as error:  # also ValidationError: unknown key, wrong type
        raise BadInput("%s: %s." % (path, error), "Correct that key; docs/simulator.md lists all.", CODE) from error
    check_population(population, path)
    return population


def check_population(population, path):
    """BadInput (BAD_POPULATION) that names the key of the first value that does not fit."""
    checks = list(_numbers(population)) + list(_words(population)) + list(_items(population))
    for good, key, wanted in checks:
        if not good:
            raise BadInput("%s: `%s` must be %s." % (path, key, wanted), "Correct that key; docs/simulator.md lists all.", CODE)


def months_later(day, months):
    """The same day of the month so many months later, at most the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return datetime.date(year, month + 1, last)
        except ValueError:  # a month without that day
            continue
    raise AssertionError(day)


def _numbers(population):
    shares = ("churn_per_month_bp", "never_return_bp", "control_bp", "redeem_bp", "redeem_share_bp")
    mean, p90 = population.basket.mean, population.p90
    yield 1 <= population.customers <= CUSTOMERS_MAX, "customers", "1 to %d" % CUSTOMERS_MAX
    yield population.months is None or population.days is None, "days", "left away where months is given"
    yield population.months is None or 1 <= population.months <= MONTHS_MAX, "months", "1 to %d" % MONTHS_MAX
    yield population.days is None or 1 <= population.days <= MONTHS_MAX * 30, "days", "1 to %d" % (MONTHS_MAX * 30)
    yield 2020 <= population.start.year <= 2100, "from", "a day from 2020 to 2100"
    yield 0 <= population.visits_per_month <= VISITS_MAX, "visits_per_month", "0 to %d" % VISITS_MAX
    for key in shares:
        yield 0 <= getattr(population, key) <= BP, key, "0 to 10000 (100 = 1 %)"
    yield 0 <= population.uplift_bp <= 10 * BP, "uplift_bp", "0 to 100000 (100 = 1 %)"
    yield population.spends_max is None or population.spends_max >= 0, "spends_max", "0 or more"
    given = [key for key in ("margin_bp", "cost_bp", "markup_bp") if getattr(population, key) is not None]
    yield len(given) == 1, " and ".join(given) or "margin_bp", "one: exactly one of margin_bp, cost_bp and markup_bp (which is on cost)"
    for key in given:
        yield 0 <= getattr(population, key) <= (BP if key != "markup_bp" else 100 * BP), key, "0 to 10000 (100 = 1 %), a mark-up to 1000000"
    yield 1 <= mean <= MONEY_MAX, "basket.mean", "1 to 10^12 minor units"
    yield p90 >= mean, "basket.p90", "the mean or more: nine of ten baskets are smaller than it"
    yield p90 * 100 <= mean * P90_PER_MEAN_MAX * 100, "basket.p90", "at most %s times the mean: no log-normal basket is wider" % P90_PER_MEAN_MAX
    yield not population.fixed or p90 == mean, "basket.p90", 'the mean, or left away, where variance = "none"'


def _words(population):
    yield population.variance in ("poisson", "none"), "variance", '"poisson" or "none"'
    yield 0 <= population.joining.price <= MONEY_MAX, "joining.price", "an amount in minor units"
    for name in sorted(population.gifts):
        yield 0 <= population.gifts[name] <= MONEY_MAX, "gifts." + name, "an amount in minor units"


def _items(population):
    for place in range(len(population.items)):
        item, name = population.items[place], "items[%d]." % place
        yield bool(item.category), name + "category", "a category of the till"
        yield 1 <= item.weight <= BP, name + "weight", "1 to 10000"
        yield item.price is None or 1 <= item.price <= MONEY_MAX, name + "price", "an amount in minor units"
        yield 1 <= item.qty <= 1000, name + "qty", "1 to 1000"
