"""A stolen board beside its shop: its keys sign whatever somebody wants, and the shop, its till and its pages go on."""

from copy import deepcopy
from datetime import timedelta

import pytest

from cardos.records import board_sync as sync
from cardos.records.certificate import trusted_certificate
from cardos.records.fields import EARN
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.journal_line import DONE, GENESIS, fields_of, intent_fields, link, pack_intent, pack_outcome, unpack_intent
from cardos.records.record import Counter, Record
from cardos.records.stop_list import open_stop_list
from host_tools.boards import register
from host_tools.boards.stop_lists import AHEAD_MAX
from host_tools.boards.sync_desk import SyncDesk
from tests.daemon.soft_board import SoftBoard
from tests.whole_system import shop_lab


@pytest.fixture
def lab(shop):
    return shop(quick_amounts=(450,))


@pytest.fixture
def desk(lab):
    return SyncDesk(lab.home)


@pytest.fixture
def board(lab, desk):
    made = SoftBoard(lab.home, desk.answer)
    register.first_load(lab.home, made.terminal, desk.shelf)
    return made


@pytest.fixture
def card(lab):
    made = shop_lab.blank()
    assert lab.tap(made, kind="issue")["outcome"] == "done"
    return made


def kinds(lab):
    return [case["kind"] for case in lab.home.store.cases()]


def row(lab):
    return lab.home.store.cards()[0]


class Thief:
    """Goes on where a board's journal stands, with its keys."""

    def __init__(self, board):
        self.board, self.count, self.chain = board, board.journal.count, board.journal.head()[1]
        self.number = board.journal.next_transaction - 1

    def sends(self, *lines):
        answer = self.board.offer(self.count, self.chain, list(lines))
        for line in lines:
            self.count, self.chain = self.count + 1, link(self.chain, line)
        assert (answer.status, answer.stored) == (sync.OK, self.count)
        return answer

    def says(self, card, before, is_done, more=0, sequence=None, details=None, was=None):
        """A sale on the card of a register's row, after the entry `before` or nothing; `more` stamps are given to it. Returns the entry."""
        self.number += 1
        values, minute = ((1, 0, 0),), 85000
        if before is not None:
            old = entry_record(before)
            values, minute = tuple(old.counters), old.minute
        counters = tuple(Counter(key, value + more if key else value, day) for key, value, day in values)
        sequence = card.last_seen_sequence + 1 if sequence is None else sequence
        record = Record(1, EARN, 0, 1, sequence, minute, self.board.terminal, self.number, card.last_seen_mac, counters)
        was = was or (before["counters_after"] if before is not None else {})
        entry = make_entry(
            record, card.family, card.uid, card.card_number, "t%d-%d" % (self.board.terminal, self.number), card.last_seen_sequence,
            {int(key): tuple(pair) for key, pair in was.items()}, None, details or {},
        )  # fmt: skip
        self.sends(pack_intent(intent_fields(entry)), *([pack_outcome(self.number, minute, DONE, sequence, b"abcd", None)] if is_done else []))
        return entry


def last_of(board):
    """The journal entry of the board's newest sale."""
    lines = [line for _, line in board.journal.lines_from(1)]
    return unpack_intent(fields_of([line for line in lines if line[1] == 1][-1]), board.terminal)


# What the till writes


@pytest.mark.parametrize("amount, is_revoked", ((450, False), (450, True), (99999999, False), (99999999, True)))
def test_the_till_mints_nothing_that_a_board_only_says(lab, board, card, amount, is_revoked):
    """An open earn of 900 stamps, linked to the card's newest record, within the amount that the board may enter and beyond."""
    board.sell(card)
    board.sync()
    last = last_of(board)
    Thief(board).says(row(lab), last, False, more=900, details={**last["details"], "amount": amount})
    if is_revoked:
        register.revoke(lab.home, board.terminal, "stolen")
    for number in (2, 3):
        assert lab.tap(card)["outcome"] == "done"
        assert lab.tap(card, kind="show")["counters"]["stamps"] == number and lab.home.store.all_doubts() == []
    assert lab.home.store.transaction(2, board.terminal)["state"] == "not_landed"
    assert lab.home.store.verify()["ok"]


def test_an_honest_doubt_of_a_board_that_was_lost_since_is_only_looked_at(lab, board, card):
    """The stamp that did not reach the card is not written by the till any more; the doubt ends when the card has moved on."""
    board.sell(card)
    for number in range(1, 40):
        board.sell(card, tear=(number, "not-executed"))
        if board.journal.open_intents:
            break
    board.sync()
    register.revoke(lab.home, board.terminal, "lost")
    before = lab.tap(card, kind="show")["counters"]["stamps"]
    assert len(lab.home.store.all_doubts()) == 1
    answer = lab.tap(card)
    assert answer["outcome"] == "done"
    assert lab.home.store.all_doubts() == [] and lab.tap(card, kind="show")["counters"]["stamps"] == before + 1


def test_a_doubt_over_other_counters_than_the_card_s_is_not_written(lab, board, card):
    board.sell(card)
    board.sync()
    last = last_of(board)
    raised = {key: [pair[0] + 7, pair[1]] for key, pair in last["counters_after"].items()}
    Thief(board).says(row(lab), last, False, more=8, details=last["details"], was=raised)
    lab.tap(card)
    assert lab.tap(card, kind="show")["counters"]["stamps"] == 2


def test_a_classic_card_holds_nothing_that_a_board_says(lab, board):
    card = shop_lab.blank("classic-1k")
    assert lab.tap(card, kind="issue")["outcome"] == "done"
    lab.tap(card)
    Thief(board).says(row(lab), lab.home.store.transaction(2)["entry"], True, more=899)
    assert lab.tap(card, kind="show")["counters"]["stamps"] == 1 and kinds(lab) == ["BOARD_AUTHORITY"]


# Cards that were made stale


@pytest.mark.parametrize("family", ("ntag215", "ntag424", "ultralight-aes"))
@pytest.mark.parametrize("leap", (1, 60))
def test_a_card_that_only_a_stolen_board_made_stale_is_repaired(lab, board, family, leap):
    card = shop_lab.blank(family)
    lab.tap(card, kind="issue")
    lab.tap(card)
    Thief(board).says(row(lab), None, True, sequence=row(lab).last_seen_sequence + leap)
    assert lab.tap(card)["refused"] == lab.tap(card, kind="repair")["refused"] == "STALE_CARD"
    register.revoke(lab.home, board.terminal, "stolen")
    assert lab.tap(card)["refused"] == "STALE_CARD"
    answer = lab.tap(card, kind="repair")
    assert answer["outcome"] == "done", answer
    assert lab.tap(card)["outcome"] == "done" and lab.tap(card, kind="show")["counters"]["stamps"] == 2
    assert kinds(lab)[-1] == "REPAIRED_STALE" and lab.home.store.verify()["ok"]


def test_a_repair_that_was_torn_is_finished_by_the_next(lab, board, card):
    lab.tap(card)
    Thief(board).says(row(lab), None, True, sequence=row(lab).last_seen_sequence + 5)
    register.revoke(lab.home, board.terminal, "stolen")
    for number in range(60):
        if lab.tap(card, kind="repair", tear=(number, "not-executed"))["outcome"] == "in_doubt":
            assert lab.tap(card, kind="repair")["outcome"] == "done"
            break
    assert lab.tap(card)["outcome"] == "done" and lab.tap(card, kind="show")["counters"]["stamps"] == 2
    assert lab.home.store.all_doubts() == []


def test_a_card_that_was_put_back_is_not_repaired(lab, board, card):
    """What an honest board, or the till, saw of it is no stolen board's word."""
    lab.tap(card)
    before = deepcopy(card)
    board.sell(card)
    board.sync()
    assert lab.tap(before, kind="repair")["refused"] == "STALE_CARD"
    lab.tap(card)
    register.revoke(lab.home, board.terminal, "lost")
    assert lab.tap(before, kind="repair")["refused"] == "STALE_CARD"


# What boards are given


@pytest.mark.parametrize("said", (0xFFFFFFFF, 0xFFFFFFFE, AHEAD_MAX + 2))
def test_no_board_ends_the_stop_lists(lab, desk, board, card, said):
    board.poll()
    board.has["list"] = board.has["settings"] = said
    board.poll()
    assert sorted(board.poll().offers) == ["list", "pack", "settings"]
    other = SoftBoard(lab.home, desk.answer, name="other")
    register.revoke(lab.home, board.terminal, "stolen")
    for number, kind in enumerate(("block", "unblock")):
        assert lab.tap(card, kind=kind, reason="lost")["outcome"] == "done"
        assert other.poll().offers["list"][0] == 2 + number
    assert register.first_load(lab.home, other.terminal)["list"]


def test_a_home_that_lost_its_lists_goes_on_above_what_boards_have(lab, board, card):
    board.poll()
    board.has["list"] = 40
    board.poll()
    lab.tap(card, kind="block", reason="lost")
    assert board.poll().offers["list"][0] == 41 and kinds(lab) == []
    board.has["list"] = 41 + AHEAD_MAX + 1
    board.poll()
    lab.tap(card, kind="unblock", reason="found")
    assert board.poll().offers["list"][0] == 42 and kinds(lab) == ["BOARD_LIST_NUMBER"]


def test_one_thing_that_is_wrong_takes_no_other_away(lab, desk, board, monkeypatch):
    def broken(_):
        raise register.BadInput("no list", "", "LIST_NOT_WRITTEN")

    monkeypatch.setattr(type(desk.shelf._lists), "current", broken)
    assert sorted(board.poll().offers) == ["pack", "settings"]


# A shop whose clock was wrong once


def test_a_clock_that_is_years_ahead_is_told_to_no_board(lab, board, card):
    before = board.poll()
    now = lab.home.clock
    lab.home.clock = lambda: now() + timedelta(days=3650)
    events = lab.home.store.verify()["events"]
    board.sell(card)
    assert board.poll() is None and lab.home.store.verify()["events"] == events
    lab.home.clock = now
    after = board.sync()
    assert (after.certificate, after.second) == (before.certificate, before.second)


@pytest.mark.parametrize("days", (30, 300))
def test_a_clock_that_was_ahead_leaves_nothing_of_it_in_what_boards_have(lab, board, card, days):
    before = board.poll()
    now = lab.home.clock
    lab.home.clock = lambda: now() + timedelta(days=days)
    lab.home.store.mark_card(row(lab).family, row(lab).uid, "blocked", lab.home.at())
    ahead = board.poll()
    assert trusted_certificate(ahead.certificate)["from"] > trusted_certificate(before.certificate)["from"]
    lab.home.clock = now
    after = board.poll()
    assert trusted_certificate(after.certificate)["from"] == trusted_certificate(before.certificate)["from"]
    assert after.offers["list"][0] == ahead.offers["list"][0] + 1 and board.poll().offers == after.offers
    keys, data = lab.home.keys, board.fetch("list", after.offers)
    assert open_stop_list(data, keys.public_key("list"), keys.scheme, 0).minute == before.second // 60


# Answers


def test_what_a_page_cannot_show_changes_no_receipt(lab, board, desk, card, caplog):
    desk._told = lambda: 1 / 0
    board.sell(card)
    assert board.sync().status == sync.OK and board.journal.stored == 2 and "ZeroDivisionError" in caplog.text


def test_a_request_that_is_played_again_is_answered_and_not_heard(lab, desk, card):
    taped = []

    def send(message):
        taped.append(message)
        return desk.answer(message)

    first, second = SoftBoard(lab.home, send, name="a"), SoftBoard(lab.home, desk.answer, name="b")
    first.poll()
    poll = taped[-1]
    first.sell(card)  # held back by whoever has the tape
    second.sell(card)
    second.sync()
    for _ in range(4):
        assert desk.answer(poll) is not None
        second.poll()
    assert kinds(lab) == []
    first.sync()
    for _ in range(3):
        first.poll(), second.poll()
    assert kinds(lab) == []


def test_both_journals_of_a_restored_identity_are_answered(lab, desk, board, card):
    board.sell(card)
    board.sync()
    clone = board.clone()
    for _ in range(2):
        clone.sell(card)
    clone.sync()
    board.sell(card)
    assert board.sync().status == sync.CLONED
    register.restore(lab.home, board.terminal)
    answer = board.poll()
    assert answer.status == sync.OK and answer.stored <= board.journal.count and answer.certificate
    board.sell(card)
    assert board.sync().stored == board.journal.count and GENESIS != board.journal.head()[1]


# Pages


@pytest.mark.parametrize("is_done", (True, False))
@pytest.mark.parametrize("details", ({"earned": {"stamps": 2**62}}, {"pack": 1, "lines": [1, 2], "amount": 450, "receipt": 5}, {"rewards": ["x x%d" % 2**62]}))
def test_the_pages_of_a_till_show_the_day_all_the_same(served, details, is_done):
    home, card = served.home, shop_lab.blank(uid="04010203040506")
    board = SoftBoard(home, served.shop.sync_desk.answer)
    board.poll()
    from tests.daemon.test_board_lines import issued

    board.tap(card, lambda terms: issued(terms, home))
    board.sell(card)
    board.sync()
    thief = Thief(board)
    for _ in range(3):
        thief.says(row_of(home), last_of(board), is_done, details=details)
    for path in ("state", "today", "doubts", "cards/900", "sales", "sales?card=900", "cases", "boards"):
        answer = served.till.http.get("/api/v1/" + path)
        assert answer.status_code == 200, (path, answer.text)
    assert served.till.get("/api/v1/today")["sales"] == 1


def row_of(home):
    return home.store.cards()[0]
