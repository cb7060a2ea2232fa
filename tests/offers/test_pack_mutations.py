"""A pack that was changed anywhere is refused with a message, or runs: nothing between. Whoever holds the keys may still be wrong."""

import json
import random

from hypothesis import event, given
from hypothesis import strategies as st

from cardos.errors import BadInput
from cardos.offers.pack import check_pack
from tests.offers.differential.cases import Words, random_case, random_sequence
from tests.offers.differential.packs import random_pack
from tests.offers.differential.play import book_results, case_result

CASES = 4
JUNK = (None, True, False, -1, 0, 1, 2, 3, 22, 23, 100, 10**6, 10**13, "", "x", "*", "points", [], {}, [1], ["card"], [[1, 2]], {"a": 1})


def places(value, path=()):
    """Every place in a pack, as a path of keys."""
    yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def mutated(rng, pack):
    """A copy in which one or two values are gone, moved by one, doubled, another's, or junk."""
    pack = json.loads(json.dumps(pack))
    for _ in range(rng.choice([1, 1, 2])):
        *path, key = rng.choice([path for path in places(pack) if path])
        inside, other = at(pack, path), at(pack, rng.choice([path for path in places(pack) if path]))
        change = rng.choice(["gone", "moved", "doubled", "other", "other", "junk", "junk"])
        if change == "gone":
            del inside[key]
        elif change == "moved" and type(inside[key]) is int:
            inside[key] += rng.choice([-1, 1])
        elif change == "doubled" and isinstance(inside, list):
            inside.append(inside[key])
        else:
            inside[key] = json.loads(json.dumps(other if change == "other" else rng.choice(JUNK)))
    return pack


@given(st.integers(0, 2**32 - 1))
def test_a_changed_pack_is_refused_or_runs(seed):
    rng = random.Random(seed)
    base = random_pack(rng)
    words, pack = Words(base), mutated(rng, base)
    try:
        check_pack(pack)
    except BadInput as error:
        event("refused")
        assert error.code in ("PACK", "PACK_VERSION") and error.hint
        return
    event("runs")
    for _ in range(CASES):
        case_result(pack, random_case(rng, base, words))
    book_results(pack, random_sequence(rng, words, CASES))
