"""The property test of docs/card-format.md, section 5: real taps on every family keep every promise, simple protocols do not.

In `make test` a sample by the printed seed; in `make tears` every schedule of a clean tap and two taps with one fault each,
and 100,000 random ones of 8 taps, on each family.
"""

import multiprocessing

import pytest

from cardos.records.counted_slots import CountedSlots
from cardos.taps import settle
from tests.simulation import known_bad, runs
from tests.simulation.families import DESFIRE, FAMILIES, NTAG, ULTRALIGHT_AES
from tests.simulation.world import Violation

RANDOM_SAMPLE, RANDOM_ALL = 1500, 100_000
TWO_FAULT_SAMPLE = 1000
HUNT_MAX = 12_000
WISHES = ("earn", "redeem", "undo", "block", "repeat")

each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def schedules(family):
    """Every (wishes, places, faults) of two faulty taps: each exchange, each kind."""
    for one in WISHES:
        for other in WISHES:
            for place in runs.PLACES:
                for first in range(family.fault_exchanges):
                    for kind in family.faults:
                        for second in range(family.fault_exchanges):
                            for other_kind in family.faults:
                                yield (one, other), (runs.PLACES[0], place), ((first, kind), (second, other_kind))


def possible(family):
    """How many schedules there are."""
    return len(WISHES) ** 2 * len(runs.PLACES) * (family.fault_exchanges * len(family.faults)) ** 2


def nth_schedule(family, number):
    """Schedule `number` of `schedules(family)`, without making the others."""
    number, kind2 = divmod(number, len(family.faults))
    number, at2 = divmod(number, family.fault_exchanges)
    number, kind1 = divmod(number, len(family.faults))
    number, at1 = divmod(number, family.fault_exchanges)
    number, place = divmod(number, len(runs.PLACES))
    one, other = divmod(number, len(WISHES))
    return (WISHES[one], WISHES[other]), (runs.PLACES[0], runs.PLACES[place]), ((at1, family.faults[kind1]), (at2, family.faults[kind2]))


def _random_part(part):
    which, span = part
    for seed in span:
        try:
            runs.run_random(seed, FAMILIES[which])
        except Violation as violation:
            return "%s, seed %d: %s" % (FAMILIES[which].name, seed, violation)
    return None


def _two_fault_part(part):
    which, numbers = part
    family = FAMILIES[which]
    for number in numbers:
        schedule = nth_schedule(family, number)
        try:
            runs.run_two_faults(number, *schedule, family)
        except Violation as violation:
            return "%s, schedule %d %r: %s" % (family.name, number, schedule, violation)
    return None


def _in_parts(worker, family, numbers):
    """First trouble of `worker` over all numbers, on both cores."""
    parts = ((FAMILIES.index(family), numbers[start : start + 500]) for start in range(0, len(numbers), 500))
    with multiprocessing.Pool(2) as pool:
        for trouble in pool.imap_unordered(worker, parts):
            if trouble:
                pool.terminate()
                return trouble
    return None


@each_family
def test_the_numbering_of_schedules_is_complete(family):
    listed = schedules(family)
    for number in range(500):
        assert nth_schedule(family, number) == next(listed)
    assert nth_schedule(family, possible(family) - 1)[0] == (WISHES[-1], WISHES[-1])


@each_family
def test_random_taps_with_random_faults_keep_every_promise(family, seed, tears_all, record_property):
    count = RANDOM_ALL if tears_all else RANDOM_SAMPLE
    record_property("tears", "protocol model, %s, random runs of 8 taps: %d tried (seed %d)" % (family.name, count, seed))
    assert _in_parts(_random_part, family, range(seed, seed + count)) is None


@each_family
def test_two_faulty_taps_after_a_clean_one_keep_every_promise(family, rng, tears_all, record_property):
    of = possible(family)
    numbers = range(of) if tears_all or of < TWO_FAULT_SAMPLE else sorted(rng.sample(range(of), TWO_FAULT_SAMPLE))  # no ties: distinct
    record_property("tears", "protocol model, %s, two faulty taps: %d tried of %d possible" % (family.name, len(numbers), of))
    assert _in_parts(_two_fault_part, family, numbers) is None


@pytest.mark.parametrize("variant, family", known_bad.VARIANTS, ids=lambda value: getattr(value, "__name__", None) or value.name)
def test_the_model_is_seen_to_fail_for(variant, family):
    with variant():
        tried, violation = runs.hunt(0, HUNT_MAX, family)
    assert violation is not None, "%d schedules found nothing wrong with %s" % (tried, variant.__doc__)


@each_family
def test_the_same_hunt_finds_nothing_in_the_real_protocol(family):
    tried, violation = runs.hunt(0, 2000 if family is NTAG else 700, family)
    assert violation is None, "after %d: %s" % (tried, violation)


def test_the_model_gets_to_where_the_rules_are_needed(monkeypatch):
    """Pending records are adopted, chains are followed both ways, a counter runs ahead of an older image, held commits arrive."""
    adopted, verdicts = [], []
    adopt, by_chain = CountedSlots.adopt_pending, settle._by_chain

    def counted_adopt(self, record):
        mac = yield from adopt(self, record)
        adopted.append(mac is not None)
        return mac

    def counted_by_chain(card, record, predecessor):
        found = by_chain(card, record, predecessor)
        verdicts.append(found[0])
        return found

    monkeypatch.setattr(CountedSlots, "adopt_pending", counted_adopt)
    monkeypatch.setattr(settle, "_by_chain", counted_by_chain)
    worlds = [runs.run_random(seed, ULTRALIGHT_AES) for seed in range(300)]
    assert True in adopted and False in adopted
    assert settle.LANDED in verdicts and settle.NOT_LANDED in verdicts
    assert any("COUNTER_AHEAD" in home.cases for world in worlds for home in world.homes)
    assert any(runs.run_random(seed, DESFIRE).card.delivered for seed in range(60))
