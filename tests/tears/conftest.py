"""Tear tests: a shop on a memory disk, and the processes that share the cases."""

import shutil

import pytest

from tests.tears import tally
from tests.tears.flows import stages
from tests.tears.work import Workers
from tests.whole_system.shop_lab import Shop, memory_disk

SHOWN = 5  # failures printed of one test


@pytest.fixture(scope="session")
def shops():
    """shops(family): (the `Shop` of these tests, whose ledger they put back before each case, the family's {name: Stage})."""
    folder = memory_disk()
    shop, staged = Shop(folder), {}

    def of(family):
        if family not in staged:
            staged[family] = stages(shop, family)
        return shop, staged[family]

    yield of
    shop.put_back(shop.empty)
    shop.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def workers():
    """The processes that share the cases of this run."""
    with Workers() as workers:
        yield workers


@pytest.fixture
def judge():
    """judge(failed, tried): counts broken promises and fails with the first few of [[text, violation, ...], ...]."""
    def of(failed, tried):
        for _, *violations in failed:
            tally.broken(violations)
        assert not failed, "%d of %d cases\n%s" % (len(failed), tried, "\n".join(text for text, *_ in failed[:SHOWN]))
    return of
