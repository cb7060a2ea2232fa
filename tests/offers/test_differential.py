"""Random packs, states and events on CPython and MicroPython: the same bytes of state, effects, receipts and refunds.

STAMPD_DIFFERENTIAL is how many; `make differential` takes 100,000. A line that fails is named and can be made again from its name.
"""

import os

import pytest

from tests import needs
from tests.offers.differential import both

SAMPLED = 2000
COUNT = int(os.environ.get("STAMPD_DIFFERENTIAL") or SAMPLED)
OK_LEAST = 0.3  # a generator whose events are mostly refused would prove little
WORDS_LEAST = {"OVERDRAW", "COUNTER_RANGE", "REWARD_UNKNOWN", "CARD_REQUIRED", "NO_SUCH_SALE", "OVER_REFUND", "BAD_LINE", "ALREADY_ENROLLED"}


@pytest.mark.timeout(3600)
def test_both_interpreters_say_the_same(seed):
    program = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    found = both.run(program, seed, COUNT)
    print("%(cases)d cases, %(ok)d of them neither refused nor declined" % found)
    assert found["cases"] >= COUNT
    assert found["ok"] >= OK_LEAST * found["cases"]
    assert COUNT < SAMPLED or found["words"] >= WORDS_LEAST, WORDS_LEAST - found["words"]


def test_a_difference_is_found_and_shown():
    """The comparison itself: one unit of one counter is told, with the case."""
    name, line = next(both.lines_of_work("self", 1))
    ours = both.play(both.json.loads(line))
    parts = both.decode(ours, bytes_max=both.BYTES_MAX)
    changed = both.opened(parts[0][0])
    changed[0].append([255, 1, 0])
    from cardos.cbor import encode

    theirs = encode([[encode(changed), *parts[0][1:]], parts[1]])
    told = both.first_difference(line, ours, theirs)
    assert told["micropython"][0][-1] == [255, 1, 0] and told["cpython"] != told["micropython"] and "state" in told["case"]
