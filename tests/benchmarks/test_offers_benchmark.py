"""What the benchmark of offers compares is the same thing; and memory, which is the same on every machine. No clock is judged here."""

import pytest

from tests import needs
from tests.benchmarks import offers, offers_sale


@pytest.fixture(scope="module")
def pack():
    return offers_sale.shop_pack()


@pytest.mark.parametrize("number", range(len(offers_sale.variants())))
def test_plain_python_says_what_the_pack_says(pack, number):
    state, sale = offers_sale.variants()[number]
    event = offers_sale.portable(sale)
    said = offers_sale.ours(pack)(state, event)
    assert said == offers_sale.plain(state, event)
    other = offers.peer()
    if other:
        assert said == other(state, event)


def test_the_variants_are_not_all_alike(pack):
    assert len({offers_sale.ours(pack)(state, offers_sale.portable(sale)) for state, sale in offers_sale.variants()}) >= 4


def test_the_shop_fits_a_board(pack):
    program = needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    told = offers.on_micropython(program, pack)
    assert 0 < told["pack"] < offers.DECODE_MAX
    _, effects = offers_sale.evaluate(pack, offers_sale.STATE, offers_sale.portable(offers_sale.SALE))
    assert told["events"][0]["paid"] == effects["paid"]


def test_every_size_is_told(pack):
    found = offers.sizes(pack)
    assert found[0].met and len(found) == 1 + 2 * 6
    assert "C05 4" in " ".join(line.found for line in found if line.what.startswith("counters"))
