"""The firmware's own sync against the shop's own desk: one process, real keys, real journal, only the wire is a function call."""

import hashlib

import pytest

from cardos.records import board_settings, stop_list
from cardos.records.certificate import trusted_certificate
from host_tools.boards import register
from host_tools.boards.sync_desk import SyncDesk
from terminal.line import NoShop
from tests.daemon.firmware_board import Firmware
from tests.whole_system import shop_lab

@pytest.fixture
def lab(shop):
    return shop(quick_amounts=(450,))


@pytest.fixture
def card(lab):
    made = shop_lab.blank()
    lab.tap(made, kind="issue")
    return made


def kinds(lab):
    return [case["kind"] for case in lab.home.store.cases()]


def test_the_firmware_and_the_desk_understand_each_other(lab, card):
    board = Firmware(lab.home, SyncDesk(lab.home))
    for _ in range(3):
        board.sell(card)
    done = board.once()
    assert done.lines == 6 and board.journal.stored == 6 and board.firmware.trouble is None and board.firmware.status == "ok"
    assert sorted(done.fetched) == ["certificate", "list", "pack", "settings"]
    assert board.clock.is_sure and board.clock.second_utc() == (59 * 24 + 10) * 3600
    assert trusted_certificate(board.kept.read("certificate"))["terminal"] == board.terminal
    assert board_settings.open_settings(board.kept.read("settings"))["shop"] == lab.home.settings.shop
    assert stop_list.trusted_stop_list(board.kept.read("list")).number == 1
    assert lab.home.store.today(lab.home.local_day())["sales"] == 3 and kinds(lab) == []
    again = board.once()
    assert (again.lines, again.fetched, board.firmware.trouble) == (0, [], None)
    lab.tap(card, kind="block", reason="lost")
    assert board.once().fetched == ["list"]


def test_answers_and_requests_that_are_lost_cost_nothing(lab, card):
    board = Firmware(lab.home, SyncDesk(lab.home))
    for loses in ("request", "answer", "answer", None):
        board.sell(card)
        board.wire.loses = loses
        try:
            board.once()
        except NoShop:  # as the firmware does: later again
            assert loses
    assert board.journal.stored == board.journal.count == 8 and lab.home.store.boards.of(board.terminal).lines == 8
    assert kinds(lab) == [] and lab.tap(card, kind="show")["counters"]["stamps"] == 4 and lab.home.store.verify()["ok"]


def test_a_shop_whose_ledger_came_back_from_a_backup_gets_what_is_still_there(lab, card):
    board = Firmware(lab.home, SyncDesk(lab.home))
    board.sell(card)
    board.once()
    backup = lab.save()
    for _ in range(3):
        board.sell(card)
    board.once()
    lab.put_back(backup)
    assert lab.home.store.boards.of(board.terminal).lines == 2
    board.once()  # a poll: the shop says what it has
    assert board.firmware.trouble.code == "SHOP_HAS_LESS"
    board.once()
    assert lab.home.store.boards.of(board.terminal).lines == 8 and kinds(lab) == []
    assert lab.tap(card, kind="show")["counters"]["stamps"] == 4


def test_revoked_and_cloned_boards_hear_it(lab, card):
    desk = SyncDesk(lab.home)
    board = Firmware(lab.home, desk)
    board.once()
    twin = Firmware(lab.home, desk, pairing=board.pairing)
    board.sell(card)
    board.once()
    twin.sell(card)
    twin.once()
    assert twin.firmware.status == "cloned" and twin.journal.stored == 2 and kinds(lab) == ["BOARD_CLONED"]
    board.once()
    assert board.firmware.status == "cloned"
    register.revoke(lab.home, board.terminal, "stolen")
    board.sell(card)
    board.once()
    assert board.firmware.status == "revoked" and board.journal.stored == 2 and kinds(lab) == ["BOARD_CLONED", "REVOKED_BOARD"]
    register.restore(lab.home, board.terminal)
    board.once()
    assert board.firmware.status == "ok" and board.journal.stored == 4
    assert hashlib.sha256(board.kept.read("certificate")).digest()
