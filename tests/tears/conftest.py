"""Tear tests: the report of what was cut, and a shop on a memory disk."""

import shutil

import pytest

from tests.tears import tally
from tests.tears.flows import stages
from tests.whole_system.shop_lab import Shop, memory_disk


def pytest_terminal_summary(terminalreporter):
    lines = tally.lines()
    if lines:
        terminalreporter.section("tears")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def shop():
    """A `Shop` whose ledger the tests put back before each case."""
    folder = memory_disk()
    shop = Shop(folder)
    yield shop
    shop.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def staged(shop):
    """{name: Stage} of that shop (see `flows`)."""
    return stages(shop)
