"""The property test of docs/card-format.md, section 5: real taps on torn pages keep every promise, simple protocols do not.

In `make test` a sample by the printed seed; in `make tears` every schedule of a clean tap and two taps with one fault each,
and 100,000 random ones of 8 taps.
"""

import multiprocessing

import pytest

from tests.simulation import known_bad, runs
from tests.simulation.world import Violation

RANDOM_SAMPLE, RANDOM_ALL = 3000, 100_000
TWO_FAULT_SAMPLE = 3000
HUNT_MAX = 12_000
WISHES = ("earn", "redeem", "undo", "block", "repeat")


def schedules():
    """Every (wishes, places, faults) of two faulty taps: each exchange, each kind."""
    for one in WISHES:
        for other in WISHES:
            for place in runs.PLACES:
                for first in range(runs.FAULT_EXCHANGES):
                    for kind in runs.FAULTS:
                        for second in range(runs.FAULT_EXCHANGES):
                            for other_kind in runs.FAULTS:
                                yield (one, other), (runs.PLACES[0], place), ((first, kind), (second, other_kind))


POSSIBLE = len(WISHES) ** 2 * len(runs.PLACES) * (runs.FAULT_EXCHANGES * len(runs.FAULTS)) ** 2


def nth_schedule(number):
    """Schedule `number` of `schedules()`, without making the others."""
    number, kind2 = divmod(number, len(runs.FAULTS))
    number, at2 = divmod(number, runs.FAULT_EXCHANGES)
    number, kind1 = divmod(number, len(runs.FAULTS))
    number, at1 = divmod(number, runs.FAULT_EXCHANGES)
    number, place = divmod(number, len(runs.PLACES))
    one, other = divmod(number, len(WISHES))
    return (WISHES[one], WISHES[other]), (runs.PLACES[0], runs.PLACES[place]), ((at1, runs.FAULTS[kind1]), (at2, runs.FAULTS[kind2]))


def _random_part(span):
    for seed in span:
        try:
            runs.run_random(seed)
        except Violation as violation:
            return "seed %d: %s" % (seed, violation)
    return None


def _two_fault_part(numbers):
    for number in numbers:
        try:
            runs.run_two_faults(number, *nth_schedule(number))
        except Violation as violation:
            return "schedule %d %r: %s" % (number, nth_schedule(number), violation)
    return None


def _in_parts(worker, numbers):
    """First trouble of `worker` over all numbers, on both cores."""
    parts = [numbers[start : start + 500] for start in range(0, len(numbers), 500)]
    with multiprocessing.Pool(2) as pool:
        for trouble in pool.imap_unordered(worker, parts):
            if trouble:
                pool.terminate()
                return trouble
    return None


def test_the_numbering_of_schedules_is_complete():
    listed = schedules()
    for number in range(2000):
        assert nth_schedule(number) == next(listed)
    assert nth_schedule(POSSIBLE - 1)[0] == (WISHES[-1], WISHES[-1])


def test_random_taps_with_random_faults_keep_every_promise(seed, tears_all, record_property):
    count = RANDOM_ALL if tears_all else RANDOM_SAMPLE
    record_property("tears", "protocol model, random runs of 8 taps: %d tried (seed %d)" % (count, seed))
    assert _in_parts(_random_part, range(seed, seed + count)) is None


def test_two_faulty_taps_after_a_clean_one_keep_every_promise(rng, tears_all, record_property):
    numbers = range(POSSIBLE) if tears_all else sorted(rng.sample(range(POSSIBLE), TWO_FAULT_SAMPLE))  # no ties: distinct numbers
    record_property("tears", "protocol model, two faulty taps: %d tried of %d possible" % (len(numbers), POSSIBLE))
    assert _in_parts(_two_fault_part, numbers) is None


@pytest.mark.parametrize("variant", known_bad.VARIANTS, ids=lambda variant: variant.__name__)
def test_the_model_is_seen_to_fail_for(variant):
    with variant():
        tried, violation = runs.hunt(0, HUNT_MAX)
    assert violation is not None, "%d schedules found nothing wrong with %s" % (tried, variant.__doc__)


def test_the_same_hunt_finds_nothing_in_the_real_protocol():
    tried, violation = runs.hunt(0, 2000)
    assert violation is None, "after %d: %s" % (tried, violation)
