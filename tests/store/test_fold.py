"""A board's journal in the ledger: each line once, whatever is repeated, lost or contradicted on the way."""

import pytest

from cardos import cbor
from cardos.records import journal_line
from cardos.records.fields import BLOCK, EARN, REDEEM
from cardos.records.journal_line import INTENT, NOT_LANDED, intent_fields, pack_case, pack_outcome
from host_tools.store import Store, fold
from host_tools.store.troubles import LedgerRule
from tests.store.board_bench import AT, FAMILY, KEY, MINUTE, Board, Card, Home, kinds, mac_of, paired
from tests.store.shop import head_mac


@pytest.fixture
def home(store):
    return Home(store)


@pytest.fixture
def card(home):
    made = Card(1)
    home.issue(made)
    return made


@pytest.fixture
def board(card, store):
    return paired(store)[0]


def fits(store):
    """The register is what the events say, and a rebuild gives it again."""
    assert store.verify()["ok"]
    store.rebuild()
    assert store.verify()["ok"]


def holds(store, card):
    row = store.card(FAMILY, card.uid)
    return row.last_seen_sequence, row.last_seen_mac, row.counters["1"][0]


def test_a_day_of_a_board_is_in_the_ledger(store, home, card, board):
    sale = board.tap(card)
    board.tap(card, REDEEM, -1)
    board.undo(card, board.tap(card))
    found = board.sync(store)
    assert (found.stored, found.fork, found.cases, found.new) == (8, 0, [], 8) and kinds(store) == []
    assert board.journal.stored == 8 and store.boards.of(board.terminal).lines == 8
    assert holds(store, card) == (card.sequence, card.mac, card.stamps)
    assert store.transaction(1, board.terminal)["entry"] == sale
    assert store.today("2026-11-22") == {"sales": 2, "stamps": 1, "rewards": 1, "doubts": 0, "undos": 1}
    assert {line["terminal"] for line in store.history(FAMILY, card.uid)} == {1, board.terminal}
    assert store.next_transaction() == 2 and store.newest_minute() < sale["minute"]
    assert store.sale(sale["sale"])["entry"] == sale
    fits(store)


def test_the_board_s_clock_does_not_move_the_home_s(store, home, card, board):
    minute = store.newest_minute()
    board.tap(card)
    board.sync(store)
    assert store.newest_minute() == minute > 0


def test_a_batch_that_comes_again_is_compared_and_ignored(store, card, board):
    board.tap(card)
    before = board.batch()
    first = board.sync(store, receipt=False)
    events = store.verify()["events"]
    board.tap(card)
    for lines in (before[2], before[2][:1]):
        found = store.fold(board.terminal, 1, *before[:2], lines, AT)
        assert (found.stored, found.new) == (len(lines), 0)
    assert store.verify()["events"] == events and first.new == 2
    assert board.sync(store, receipt=False).new == 2  # known lines and new ones in one batch
    fits(store)


def test_a_batch_beyond_what_is_here_is_answered_with_what_is_here(store, card, board):
    for _ in range(3):
        board.tap(card)
    late = board.batch(5)
    assert store.fold(board.terminal, 1, *late, AT) == (0, 0, [], None)
    board.sync(store, first=1, size=1)
    assert store.fold(board.terminal, 1, *late, AT) == (1, 0, [], None)
    assert board.sync(store, first=1).stored == 6 and kinds(store) == []
    fits(store)


def test_lines_that_are_lost_for_good_are_a_case_and_the_rest_is_taken(store, card, board):
    for _ in range(3):
        board.tap(card)
    board.sync(store, first=1, size=1)
    late = board.batch(4)  # the outcome of the second tap: nobody has its intent
    found = store.fold(board.terminal, 1, *late, AT, take_gap=True)
    assert (found.stored, found.fork, found.new) == (6, 0, 3)
    assert kinds(store) == ["BOARD_LINES_LOST", "UNKNOWN_TRANSACTION"]
    assert store.cases()[0]["detail"] == {"terminal": board.terminal, "fork": 0, "first": 2, "last": 3}
    assert store.fold(board.terminal, 1, *late, AT).new == 0
    board.tap(card)
    assert board.sync(store, first=7).new == 2 and len(kinds(store)) == 2
    assert holds(store, card) == (card.sequence, card.mac, card.stamps)
    fits(store)


def test_only_a_paired_board_of_this_provisioning_is_folded(store, card, board):
    board.tap(card)
    batch = board.batch()
    for terminal, serial, code in ((board.terminal, 2, "BOARD_SERIAL"), (9, 1, "BOARD_UNKNOWN")):
        with pytest.raises(LedgerRule) as caught:
            store.fold(terminal, serial, *batch, AT)
        assert caught.value.code == code
    store.boards.revoke(board.terminal, "stolen", AT)
    with pytest.raises(LedgerRule) as caught:
        store.fold(board.terminal, 1, *batch, AT)
    assert caught.value.code == "BOARD_REVOKED" and store.boards.of(board.terminal).lines == 0
    store.boards.restore(board.terminal, AT)
    assert store.fold(board.terminal, 1, *batch, AT).new == 2
    fits(store)


def test_a_board_that_is_provisioned_anew_goes_on_with_its_journal(store, card, board):
    board.tap(card)
    board.sync(store)
    assert store.boards.pair("front", KEY, AT, board.terminal) == (board.terminal, 2)
    board.tap(card)
    with pytest.raises(LedgerRule):
        board.sync(store)
    board.serial = 2
    assert board.sync(store).stored == 4 and store.boards.of(board.terminal).name == "front"
    fits(store)


def test_numbers_of_boards_are_nobody_else_s(store, path, home, card):
    first, second = paired(store, 2)
    assert (first.terminal, second.terminal) == (2, 3)
    with pytest.raises(LedgerRule) as caught:
        store.boards.pair("board 1", KEY, AT)
    assert caught.value.code == "BOARD_NAME_TAKEN"
    store.boards.revoke(3, "", AT)
    assert store.boards.pair("board 1", KEY, AT) == (4, 1)
    first.tap(card)
    first.sync(store)
    store.refuse_other_terminal()
    store.close()
    for terminal in (2, 9):
        with Store.open(path, head_mac, terminal) as other, pytest.raises(LedgerRule) as caught:
            other.refuse_other_terminal()
        assert caught.value.code == "TERMINAL_CHANGED"


# A clone


def test_a_restored_flash_image_is_a_journal_of_its_own_and_nothing_is_lost(store, home, card, board):
    other = Card(2)
    home.issue(other)
    board.tap(card)
    board.sync(store)
    clone = board.clone()
    board.tap(card)
    board.sync(store)
    assert store.boards.of(board.terminal).status == "paired"
    for _ in range(2):
        clone.tap(other)
    found = clone.sync(store)
    assert (found.stored, found.fork, found.cases, found.new) == (6, 1, ["BOARD_CLONED"], 4)
    assert store.boards.of(board.terminal).status == "cloned" and kinds(store) == ["BOARD_CLONED"]
    forked = board.terminal | 1 << 16
    assert store.transaction(2, forked)["state"] == "done" and store.transaction(2, board.terminal)["state"] == "done"
    for one in (board, clone, board, clone):  # each goes on in its own journal
        one.tap(card if one is board else other)
        assert one.sync(store).cases == []
    assert kinds(store) == ["BOARD_CLONED"] and store.boards.of(board.terminal).forks == 1
    for one in (card, other):
        assert holds(store, one) == (one.sequence, one.mac, one.stamps)
    third = clone.clone()
    clone.tap(other)
    clone.sync(store)
    third.tap(card)
    assert third.sync(store).fork == 2 and kinds(store) == ["BOARD_CLONED"]
    store.boards.pair("board 0", KEY, AT, board.terminal)
    assert store.boards.of(board.terminal).status == "paired"
    fits(store)


def test_an_identity_has_a_bounded_number_of_journals(store, card, board, monkeypatch):
    monkeypatch.setattr(fold, "FORKS_MAX", 2)
    twins = [board.clone() for _ in range(3)]
    for one in (board, *twins):
        one.tap(card)
    for one in (board, *twins[:2]):
        one.sync(store)
    with pytest.raises(LedgerRule) as caught:
        twins[2].sync(store)
    assert caught.value.code == "BOARD_FORKS" and store.boards.of(board.terminal).forks == 2
    fits(store)


def test_what_a_clone_says_of_the_time_before_it_is_that_of_its_twin(store, home, card, board):
    other = Card(2)
    home.issue(other)
    sale = board.tap(card)
    board.tap(other, torn="after")
    board.sync(store)
    clone = board.clone()
    board.settle(other)
    board.sync(store)
    clone.settle(other)  # the same outcome, of an intent that both have
    clone.undo(card, sale)
    found = clone.sync(store)
    assert (found.fork, kinds(store)) == (0, [])  # the same line: they have not parted yet
    board.tap(card)
    board.sync(store)
    assert kinds(store) == ["BOARD_CLONED"]
    fits(store)


def test_a_doubt_of_a_clone_is_settled_by_its_own_record(store, home, card, board):
    clone = board.clone()
    board.tap(card)
    board.sync(store)
    clone.tap(card, torn="after")
    clone.sync(store)
    (entry,) = store.doubts(FAMILY, card.uid)
    assert entry["terminal"] == board.terminal | 1 << 16
    home.settle(card)
    assert store.doubts(FAMILY, card.uid) == [] and holds(store, card) == (card.sequence, card.mac, card.stamps)
    fits(store)


# Settlement at the till


@pytest.mark.parametrize("torn", ("before", "after"))
@pytest.mark.parametrize("operation, change", ((EARN, 1), (REDEEM, 0)))
def test_the_till_settles_a_board_s_doubt_and_the_board_agrees(store, home, card, board, torn, operation, change):
    board.tap(card, operation, change, torn=torn)
    board.sync(store)
    home.tap(card)
    assert store.doubts(FAMILY, card.uid) == []
    state = store.transaction(1, board.terminal)["state"]
    assert state == ("not_landed" if (torn, operation) == ("before", REDEEM) else "landed")
    board.settle(card)
    assert board.sync(store).cases == [] and kinds(store) == []
    assert store.transaction(1, board.terminal)["state"] == state
    assert holds(store, card) == (card.sequence, card.mac, card.stamps)
    fits(store)


# Lines that contradict


def say(board, *lines):
    return board.lines(*lines)


def test_every_line_that_cannot_be_is_kept_and_the_next_is_folded(store, home, card, board):
    """Each kind of conflict in one batch: the case says it once, and what a card may carry is in the ledger."""
    home.tap(card, sale="X1")
    board.tap(card, sale="X1")  # a REF that the till has already
    before, chain, lines = board.batch()
    stranger = Card(9)
    unknown = board.entry(stranger, EARN, 1)
    lie = intent_fields({**board.entry(card, EARN, 1), "sale": None})
    lie[1], lie[2] = 40, 5  # neither transaction nor minute are those of the record
    blocks = {**board.entry(card, BLOCK, 0), "transaction": 41, "sale": None}
    lines += [
        journal_line.pack_intent(intent_fields(unknown)),
        pack_outcome(unknown["transaction"], MINUTE, 0, 7, bytes(4), None),  # another record than its own
        cbor.encode(lie), cbor.encode(intent_fields(blocks)),
        cbor.encode(intent_fields({**unknown, "sale": "other"})),  # its number again
        cbor.encode(intent_fields({**unknown, "transaction": 50, "undoes": 77, "operation": "undo"})),
        pack_outcome(99, MINUTE, 0, 7, bytes(4), None), pack_outcome(1, MINUTE, NOT_LANDED, card.sequence, None, None),
        pack_outcome(1, MINUTE, 1, card.sequence, b"\1\2\3\4", None), pack_case("STALE_CARD", MINUTE, {"uid": "04"}),
        pack_case("x" * 50, MINUTE, {}), b"\xff", cbor.encode([7, 7]), cbor.encode([INTENT, 1, 2]), cbor.encode([2, b"", 1, 0, 0, None, None]),
    ]  # fmt: skip
    found = store.fold(board.terminal, 1, before, chain, lines, AT)
    assert found.new == len(lines) == found.stored
    assert sorted(kinds(store)) == sorted([
        "SALE_EXISTS", "UNKNOWN_CARD", "OUTCOME_RECORD", "RECORD_DOES_NOT_FIT", "RECORD_DOES_NOT_FIT", "BOARD_AUTHORITY", "TRANSACTION_EXISTS",
        "NOT_A_SALE", "RECORD_DOES_NOT_FIT", "UNKNOWN_TRANSACTION", "CONTRADICTORY_OUTCOME", "CONTRADICTORY_OUTCOME", "STALE_CARD",
        *["BOARD_LINE_UNREADABLE"] * 5,
    ])  # fmt: skip
    assert holds(store, card) == (card.sequence, card.mac, card.stamps)
    assert store.sale("X1")["entry"]["terminal"] == 1 and store.transaction(1, board.terminal)["state"] == "done"
    assert [entry["transaction"] for entry in store.doubts(FAMILY, card.uid)] == []  # those that no settlement can read are for a person
    assert {entry["transaction"] for entry in store.all_doubts()} == {2, 40, 41, 50}
    assert store.fold(board.terminal, 1, before, chain, lines, AT).new == 0
    fits(store)


def test_an_undo_of_what_is_undone_is_kept_without_its_link(store, home, card, board):
    sale = board.tap(card)
    board.undo(card, sale)
    board.undo(card, sale)
    assert board.sync(store).cases == ["ALREADY_UNDONE"]
    assert store.transaction(3, board.terminal)["state"] == "done" and holds(store, card) == (card.sequence, card.mac, card.stamps)
    fits(store)


def test_two_boards_that_give_one_number_to_two_records_are_a_case(store, home, card, board):
    (second,) = [Board(store.boards.pair("second", KEY, AT)[0])]
    copy = Card(1)
    copy.records = list(card.records)
    board.tap(card)
    second.tap(copy)
    board.sync(store)
    assert second.sync(store).cases == ["SAME_SEQUENCE"]
    (case,) = store.cases()
    assert case["detail"]["of"] == [[board.terminal, 1], [second.terminal, 1]] and case["detail"]["transactions"] == [1, 1]
    fits(store)


# Records that nobody told of


def polled(store, board):
    return store.boards.heard(board.terminal, AT, {}, True)


def test_a_record_without_an_intent_is_a_case_once_every_board_has_told_all(store, home, card):
    first, second = paired(store, 2)
    card.take(home.record(card, EARN, 1))  # somebody with keys wrote it
    home.tap(card)
    for board in (first, second, first):
        assert polled(store, board) == 0  # what they told before that tap says nothing of it
    assert polled(store, second) == 1 and polled(store, first) == 0
    (case,) = store.cases()
    assert (case["kind"], case["detail"]["sequence"], case["detail"]["card_number"]) == ("MISSING_INTENT", 2, 1)
    assert [polled(store, board) for board in (first, second)] == [0, 0]
    fits(store)


def test_a_record_of_a_board_that_tells_it_late_is_no_case(store, home, card):
    first, second = paired(store, 2)
    first.tap(card)
    home.tap(card)
    for _ in range(3):
        polled(store, second)
    first.sync(store)
    store.boards.heard(first.terminal, AT, {}, False)
    for _ in range(3):
        assert [polled(store, board) for board in (first, second)] == [0, 0]
    assert kinds(store) == []


def test_a_silent_board_holds_the_question_back_until_it_is_revoked(store, home, card):
    first, second = paired(store, 2)
    card.take(home.record(card, EARN, 1))
    home.tap(card)
    assert [polled(store, first) for _ in range(3)] == [0, 0, 0]
    store.boards.revoke(second.terminal, "lost", AT)
    assert polled(store, first) == 1


def test_batches_of_a_revoked_board_are_evidence_once_each(store, home, card, board):
    store.boards.revoke(board.terminal, "stolen", AT)
    for digest in (b"a" * 32, b"a" * 32, b"b" * 32):
        store.boards.keep_refused(board.terminal, 0, 3, digest, AT)
    assert kinds(store) == ["REVOKED_BOARD"]
    assert sum('"kind":"board_refused"' in line for line in store.export()) == 2
    assert mac_of(card, card.records[0][0]) and store.verify()["ok"]
