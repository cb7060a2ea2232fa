"""`path` (where the ledger goes), `store` (an open, empty ledger with heads)."""

import pytest

from host_tools.store import Store
from tests.store.shop import head_mac


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def store(path):
    with Store.open(path, head_mac, 1) as store:
        yield store
