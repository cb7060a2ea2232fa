"""Fixtures of the daemon's tests: `served` (a daemon in this process), `till` (a client of it), `shop` (a home and its desk without a daemon)."""

import pytest

from host_tools.settings import Settings
from tests.daemon.till import Served
from tests.whole_system import shop_lab


@pytest.fixture
def shop(tmp_path):
    """shop(**settings): an open shop; closed at the end."""
    made = []

    def make(**settings):
        made.append(shop_lab.Shop(tmp_path / ("shop-%d" % len(made)), Settings(**settings)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def serve(tmp_path):
    """Make daemons: serve(**settings). Closed at the end."""
    made = []

    def make(**options):
        made.append(Served(tmp_path / ("home-%d" % len(made)), **options))
        return made[-1]

    yield make
    for served in made:
        served.close()


@pytest.fixture
def served(serve):
    return serve()


@pytest.fixture
def till(served):
    return served.till
