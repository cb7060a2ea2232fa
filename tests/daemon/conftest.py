"""Fixtures of the daemon's tests: `served` (a daemon in this process), `till` (a client of it)."""

import pytest

from tests.daemon.till import Served


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
