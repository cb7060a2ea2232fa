"""What happens in one run, drawn from a seed before any offer is looked at: who comes when, and what lies in the basket.

    plan_of(population, items, seed) -> Plan       equal inputs give an equal plan, on every machine

Two offers are compared under one plan, so that only the offers differ. Each purpose (who is who, visits, baskets, added visits) has a
stream of its own: changing one share does not stir the rest. Our own samplers, from uniform numbers alone, because those of a library
may change between versions. Shares (control, redeeming, never returning) are exact counts, rounded half up, of shuffled customers.
"""

import math
from collections import namedtuple
from fractions import Fraction
from random import Random

from cardos.errors import BadInput
from host_tools.offers.simulate.population import BP, CODE, MONEY_MAX, Z90

Plan = namedtuple("Plan", ["customers", "visits"])  # visits in the order of time
Customer = namedtuple("Customer", ["control", "redeems", "spends_max"])
Visit = namedtuple("Visit", ["day", "second", "customer", "extra", "lines", "gross"])  # day of the run from 0; lines as in events; minor units

POISSON_STEP = 30.0  # Knuth's method multiplies uniform numbers down to exp(-mean): larger means are drawn in parts
OPENS_S, CLOSES_S = 9 * 3600, 20 * 3600
PICKS_MAX = 400  # articles laid in singly; what is left of a larger basket is more of the last one
FIXED = "fixed"


def plan_of(population, items, seed):
    """The `Plan` of one run. `items` are `Item`s, at least one; with variance "none" the seed has no effect."""
    seed = FIXED if population.fixed else seed
    spans = _spans(population)
    customers, leaves = _customers(population, seed, len(spans))
    shelf = _Shelf(population, items, seed)
    found: list[tuple[int, int, int, bool]] = []
    _visits(population, spans, leaves, stream(seed, "visits"), 1, False, found)
    if population.uplift_bp:
        more = [0 if customers[number].control else leaves[number] for number in range(len(leaves))]
        _visits(population, spans, more, stream(seed, "added"), Fraction(population.uplift_bp, BP), True, found)
    visits, seen = [], set()
    for day, second, number, extra in sorted(found):
        if leaves[number] == ONCE:
            if number in seen or extra:
                continue
            seen.add(number)
        lines = shelf.basket(number, extra)
        visits.append(Visit(day, second, number, extra, lines, sum(line["qty"] * line["unit_price"] for line in lines)))
    return Plan(customers, visits)


def stream(seed, purpose):
    """A `Random` of its own for a purpose; the same for the same words."""
    return Random("stampd %s %s" % (seed, purpose))


def poisson(rng, mean):
    """A Poisson number; Knuth's method (The Art of Computer Programming, vol. 2, 3.4.1), large means in parts."""
    count = 0
    while mean > POISSON_STEP:
        count += _knuth(rng, POISSON_STEP)
        mean -= POISSON_STEP
    return count + _knuth(rng, mean)


def normal(rng):
    """A standard normal number; Box and Muller."""
    return math.sqrt(-2.0 * math.log(1.0 - rng.random())) * math.cos(2.0 * math.pi * rng.random())


def log_normal(mean, p90):
    """(mu, sigma) of the log-normal with this mean and 90th percentile. Source: mean = exp(mu + sigma^2 / 2), p90 = exp(mu + z sigma);
    so sigma^2 / 2 - z sigma + ln(p90 / mean) = 0, of whose two answers the smaller is meant. BadInput where there is none."""
    inside = Z90 * Z90 - 2.0 * math.log(p90 / mean)
    if p90 < mean or inside < 0:
        raise BadInput("No log-normal basket has the mean %d and the 90th percentile %d." % (mean, p90), "Take a p90 of 1 to 2.27 times the mean.", CODE)
    sigma = Z90 - math.sqrt(inside)
    return math.log(mean) - sigma * sigma / 2.0, sigma


def half_up(value):
    """A Fraction or int rounded half up to a whole number."""
    return int((value + Fraction(1, 2)) // 1)


ONCE = -1  # in `leaves`: comes once and never again


def _knuth(rng, mean):
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _spans(population):
    """[(first day of the run, days, share of a whole month)] per calendar month of the run."""
    spans = []
    for first, following in population.spans():
        whole = Fraction(_month_days(first))
        days = (following - first).days
        spans.append(((first - population.start).days, days, days / whole))
    return spans


def _month_days(day):
    from calendar import monthrange

    return monthrange(day.year, day.month)[1]


def _customers(population, seed, spans):
    """([Customer], [in how many spans each comes; ONCE])."""
    rng, everybody = stream(seed, "who"), population.customers
    order = _shuffled(rng, everybody)
    control = set(order[: half_up(Fraction(population.control_bp * everybody, BP))])
    members = [number for number in order if number not in control]
    spenders = _shuffled(rng, len(members))[: half_up(Fraction(population.redeem_bp * len(members), BP))]
    redeems = {members[place] for place in spenders}
    once = set(_shuffled(rng, everybody)[: half_up(Fraction(population.never_return_bp * everybody, BP))])
    customers = [Customer(number in control, number in redeems, population.spends_max) for number in range(everybody)]
    leaves = [ONCE if number in once else spans for number in range(everybody)]
    staying, stay = _shuffled(rng, everybody), 1 - Fraction(population.churn_per_month_bp, BP)
    if population.churn_per_month_bp:
        for span in range(1, spans):
            if population.fixed:
                staying, gone = staying[: half_up(everybody * stay**span)], staying[half_up(everybody * stay**span) :]
            else:
                gone = [number for number in staying if rng.random() * BP < population.churn_per_month_bp]
                left = set(gone)
                staying = [number for number in staying if number not in left]
            for number in gone:
                leaves[number] = span if leaves[number] != ONCE else ONCE
    return customers, leaves


def _visits(population, spans, leaves, rng, factor, extra, found):
    """Appends (day, second, customer, extra) for everybody; `factor` times the described number of visits."""
    mean = Fraction(str(population.visits_per_month)) * factor
    for number in range(len(leaves)):
        count = len(spans) if leaves[number] == ONCE else leaves[number]
        if population.fixed:
            _evenly(spans[:count], mean, number, extra, found)
            continue
        for first, days, share in spans[:count]:
            for _ in range(poisson(rng, float(mean * share))):
                day, second = first + int(rng.random() * days), OPENS_S + int(rng.random() * (CLOSES_S - OPENS_S))
                found.append((day, second, number, extra))


def _evenly(spans, mean, number, extra, found):
    """The visits of somebody whose number and distance are fixed; several of one day are minutes apart."""
    days = sum(days for _, days, _ in spans)
    count = half_up(sum(mean * share for _, _, share in spans)) if spans else 0
    for place in range(count):
        day = (2 * place + 1) * days // (2 * count)
        since = place - -(-(2 * count * day - days) // (2 * days))  # visits before it on that day
        found.append((day, OPENS_S + 60 * since + (30 if extra else 0), number, extra))


def _shuffled(rng, count):
    """0 .. count - 1 in a drawn order (Fisher and Yates), from uniform numbers alone."""
    order = list(range(count))
    for place in range(count - 1, 0, -1):
        other = int(rng.random() * (place + 1))
        order[place], order[other] = order[other], order[place]
    return order


class _Shelf:
    """Fills baskets: a sum that is log-normal (or fixed), then articles until it is reached."""

    def __init__(self, population, items, seed):
        self.items, self.fixed, self.mean = items, population.fixed, population.basket.mean
        self.shape = None if population.p90 == self.mean else log_normal(self.mean, population.p90)
        self.streams = (stream(seed, "baskets"), stream(seed, "added baskets"))
        self.total = sum(item.weight for item in items)
        self.credits = {}  # customer: per item, for fixed choices in turn

    def basket(self, number, extra):
        """[line] of one visit, as in events."""
        rng = self.streams[1 if extra else 0]
        rest = self.mean if self.shape is None else min(MONEY_MAX, max(1, int(math.exp(self.shape[0] + self.shape[1] * normal(rng)) + 0.5)))
        lines: dict[tuple[str, int], dict] = {}
        picks = 0
        while True:
            item = self._pick(rng, number)
            sku = item.sku or item.category
            if item.price is None:
                _add(lines, sku, item, item.qty, max(1, rest // item.qty))
                break
            price = item.price * item.qty
            if lines and price >= 2 * rest:  # stopping is nearer to the sum than one more
                break
            picks += 1
            times = max(1, rest // price) if picks >= PICKS_MAX else 1
            _add(lines, sku, item, item.qty * times, item.price)
            rest -= price * times
            if rest <= 0 or picks >= PICKS_MAX:
                break
        return [lines[key] for key in sorted(lines)]

    def _pick(self, rng, number):
        if len(self.items) == 1:
            return self.items[0]
        if self.fixed:
            return self._next_in_turn(number)
        drawn = rng.random() * self.total
        for item in self.items:
            drawn -= item.weight
            if drawn < 0:
                return item
        return self.items[-1]

    def _next_in_turn(self, number):
        """Everybody's articles in a fixed turn that keeps to the weights."""
        credits = self.credits.setdefault(number, [0] * len(self.items))
        for place in range(len(credits)):
            credits[place] += self.items[place].weight
        best = credits.index(max(credits))
        credits[best] -= self.total
        return self.items[best]


def _add(lines, sku, item, qty, unit_price):
    line = lines.get((sku, unit_price))
    if line is None:
        lines[(sku, unit_price)] = {"sku": sku, "category": item.category, "qty": qty, "unit_price": unit_price}
    else:
        line["qty"] += qty
