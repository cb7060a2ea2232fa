"""An event that was changed anywhere is no event, with a message, or it is played: sold, refused, declined. Nothing between."""

import json
import random

from hypothesis import event, given
from hypothesis import strategies as st

from cardos.errors import BadInput
from cardos.offers.book import Book
from tests.offers.differential.cases import Words, random_sequence
from tests.offers.differential.packs import random_pack
from tests.offers.test_pack_mutations import mutated

LENGTH = 6
NUMBERS = (10**30, -(10**30), 2**63, 8388607, 8388608, -8388609)


@given(st.integers(0, 2**32 - 1))
def test_a_changed_event_is_told_or_played(seed):
    rng = random.Random(seed)
    pack = random_pack(rng)
    book = Book(pack)
    for said in random_sequence(rng, Words(pack), LENGTH):
        for changed in (said, mutated(rng, said), bent(rng, said)):
            try:
                result = book.play(changed)
            except BadInput as error:
                event("no event")
                assert error.code == "EVENT" and error.message and error.hint
                continue
            event("played")
            assert json.loads(json.dumps(result)) == result, "a result is plain JSON"


def bent(rng, said):
    """A copy with one number out of all proportion."""
    said = json.loads(json.dumps(said))
    inside = rng.choice([said, *(said.get("lines") or []), said.get("spend") or said])
    numbers = [key for key in inside if type(inside[key]) is int]
    if numbers:
        inside[rng.choice(numbers)] = rng.choice(NUMBERS)
    return said
