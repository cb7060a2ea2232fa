"""Lines that a stolen board's keys can sign: what they say is kept, and harms no card, no number and no page."""

import json

import pytest

from cardos.records.fields import EARN, OPENING, UNBLOCK
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.journal_line import DONE, GENESIS, intent_fields, pack_case, pack_intent, pack_outcome
from cardos.records.record import Counter, Record
from host_tools.store import board_cases, register
from tests.store.board_bench import AT, FAMILY, MINUTE, SAYS, UNTIL, Card, Home, kinds, paired

DAY = "2026-11-22"


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


class Thief:
    """Signs what it likes in a board's name."""

    def __init__(self, store, board):
        self.store, self.terminal, self.count, self.chain, self.number = store, board.terminal, 0, GENESIS, 0

    def says(self, card, sequence, operation=EARN, value=1, name=None, is_done=True, **about):
        """One forged intent, and that it is done. about: of the entry; details: of the entry's. Returns the entry."""
        self.number += 1
        minute = about.get("minute", MINUTE)
        record = Record(about.pop("epoch", 1), operation, 0, 1, sequence, minute & 0xFFFFFF, self.terminal, self.number, card.mac, (Counter(1, value, 0),))
        details = about.pop("details", {})
        entry = make_entry(record, FAMILY, card.uid, card.number, "t%d-%d" % (self.terminal, self.number), card.sequence, {1: (0, 0)}, None, details, name)
        entry.update(about)
        self.sends(pack_intent(intent_fields(entry)), *([pack_outcome(self.number, MINUTE, DONE, sequence, b"abcd", None)] if is_done else []))
        return entry

    def sends(self, *lines):
        found = self.store.fold(self.terminal, 1, self.count, self.chain, list(lines), AT)
        assert found.stored == self.count + len(lines)
        self.count, self.chain = found.stored, bytes.fromhex(newest_event(self.store, self.terminal)["chain"])
        return found


@pytest.fixture
def thief(store, board):
    return Thief(store, board)


def newest_event(store, terminal):
    return store.boards.events_of(terminal, 1)[0]


def fits(store):
    assert store.verify()["ok"]
    store.rebuild()
    assert store.verify()["ok"]


# Operations and ceilings


@pytest.mark.parametrize("is_done", (True, False))
@pytest.mark.parametrize("name", ("issue", "block", "unblock", "migrate", "replace", "repair", "refund"))
def test_what_no_board_may_do_is_evidence_only(store, home, card, thief, name, is_done):
    store.mark_card(FAMILY, card.uid, "blocked", AT)
    before = store.card(FAMILY, card.uid)
    entry = thief.says(card, 2, OPENING if name == "issue" else UNBLOCK, name=name, is_done=is_done, card_number=77)
    assert "BOARD_AUTHORITY" in kinds(store)
    assert store.card(FAMILY, card.uid) == before and store.doubts(FAMILY, card.uid) == []
    assert store.next_card_number() == 2 and store.reserved_number(FAMILY, card.uid) == 1
    assert store.boards.stopped()[0] == [(FAMILY, card.uid)]
    assert store.transaction(1, thief.terminal)["entry"]["details"] == entry["details"]
    fits(store)


@pytest.mark.parametrize("about, word", (
    ({"details": {"amount": 20001}}, "amount"), ({"details": {"paid": 20001}}, "amount"), ({"details": {"rewards": ["free coffee x2"]}}, "rewards"),
    ({"minute": UNTIL + 1}, "minute"), ({"epoch": 2}, "epoch"),
))  # fmt: skip
def test_what_its_certificate_does_not_allow_is_evidence_only(store, card, thief, about, word):
    thief.says(card, 2, value=900, **about)
    (case,) = store.cases()
    assert (case["kind"], case["detail"]["beyond"]) == ("BOARD_AUTHORITY", [word])
    row = store.card(FAMILY, card.uid)
    assert (row.last_seen_sequence, row.counters["1"][0]) == (1, 0) and store.today(DAY)["stamps"] == 0
    fits(store)


def test_what_an_earlier_certificate_allowed_is_allowed(store, card, board, thief):
    store.boards.certify(board.terminal, 0, UNTIL, {**SAYS, "amount_max": 100}, AT)
    thief.says(card, 2, details={"amount": 20000})
    assert kinds(store) == [] and store.card(FAMILY, card.uid).last_seen_sequence == 2


def test_a_reference_that_is_not_a_board_s_own_is_not_claimed(store, home, card, thief):
    thief.says(card, 2, sale="invoice 4711")
    assert store.sale("invoice 4711") is None
    home.tap(card, sale="invoice 4711")
    assert store.sale("invoice 4711")["entry"]["terminal"] == 1
    fits(store)


# Doubts that the till finds


def test_the_till_looks_only_at_doubts_of_boards_that_are_not_believed(store, card, board, thief):
    thief.says(card, 2, is_done=False)
    (entry,) = store.doubts(FAMILY, card.uid)
    assert "only_looked_at" not in entry
    store.boards.revoke(board.terminal, "stolen", AT)
    (entry,) = store.doubts(FAMILY, card.uid)
    assert entry["only_looked_at"]
    Home(store).settle(card)
    assert card.stamps == 0 and card.sequence == 1
    Home(store).tap(card)
    assert card.stamps == 1


def test_the_till_looks_only_at_a_doubt_beyond_the_certificate(store, card, thief):
    thief.says(card, 2, is_done=False, details={"amount": 99999999})
    (entry,) = store.doubts(FAMILY, card.uid)
    assert entry["only_looked_at"] and kinds(store) == ["BOARD_AUTHORITY"]


def test_a_card_carries_a_bounded_number_of_a_board_s_doubts(store, card, thief):
    for number in range(30):
        thief.says(card, 2 + number, is_done=False)
    assert len(store.doubts(FAMILY, card.uid)) == 8 and len(store.all_doubts()) == 30


# Numbers


@pytest.mark.parametrize("sequence", (3 + register.STEP_MAX, 0xFFFFFF))
def test_a_sequence_that_leaps_ahead_counts_for_no_card(store, home, card, thief, sequence):
    thief.says(card, sequence)
    assert store.card(FAMILY, card.uid).last_seen_sequence == 1
    home.tap(card)
    assert store.card(FAMILY, card.uid).last_seen_sequence == 2
    fits(store)


def test_records_that_came_out_of_order_count_once_the_others_are_there(store, home, card):
    """More taps at one board than a step, folded after those that followed at another."""
    first, second = paired(store, 2)
    for _ in range(register.STEP_MAX + 10):
        first.tap(card)
    for _ in range(3):
        second.tap(card)
    second.sync(store)
    assert store.card(FAMILY, card.uid).last_seen_sequence == 1
    first.sync(store)
    row = store.card(FAMILY, card.uid)
    assert (row.last_seen_sequence, row.last_seen_mac, row.counters["1"][0]) == (card.sequence, card.mac, card.stamps)
    fits(store)


def test_whose_word_a_card_s_newest_record_is(store, home, card, board, thief):
    assert not store.said_by_lost_boards(FAMILY, card.uid)
    thief.says(card, 2 + register.STEP_MAX // 2)
    assert not store.said_by_lost_boards(FAMILY, card.uid)
    store.boards.revoke(board.terminal, "stolen", AT)
    assert store.said_by_lost_boards(FAMILY, card.uid)


def test_what_a_repair_gives_back_is_not_a_lost_board_s_word(store, home, card, board, thief):
    home.tap(card)
    thief.says(card, 3, value=900)
    assert store.believed_counters(FAMILY, card.uid) == {"1": [900, 0]} == store.card(FAMILY, card.uid).counters
    store.boards.revoke(board.terminal, "stolen", AT)
    assert store.believed_counters(FAMILY, card.uid) == {"1": [1, 0]}
    assert store.believed_counters(FAMILY, bytes(7)) is None


def test_boards_use_up_no_card_number(store, home, card, thief):
    for number, uid in ((0xFFFFFFFF, b"\4" * 7), (2, b"\5" * 7), (3, b"\6" * 7)):
        stranger = Card(9)
        stranger.uid, stranger.number = uid, number
        thief.says(stranger, 1)
    assert store.next_card_number() == 4  # not one that a board met either
    fits(store)


# Shapes that pages and settlements read


HUGE = 2**62
RECEIPT = {"day": 300, "lines": [["a", 1, 0, 450, 450]], "earned": [], "spent": [], "given": [], "undo": [], "shares": {}, "card": True}
BAD = (
    {"earned": {"stamps": HUGE}}, {"earned": {"stamps": "many"}}, {"earned": []}, {"spent": {"a": None}}, {"rewards": ["x x%d" % HUGE]},
    {"rewards": [{"a": 1}]}, {"rewards": "free"}, {"rewards": ["x"] * 101}, {"amount": "much"}, {"amount": HUGE}, {"paid": []}, {"discount": {}},
    {"lines": [1, 2]}, {"lines": "x"}, {"lines": [{"sku": "a"}]}, {"receipt": 5, "pack": 1}, {"receipt": {"lines": [[1]]}, "pack": 1},
    {"receipt": {**RECEIPT, "lines": [["a", 1, 0, 0, HUGE]]}, "pack": 1}, {"receipt": {**RECEIPT, "lines": [["a", 1, 2, 0, 0]]}, "pack": 1},
    {"receipt": RECEIPT}, {"receipt": RECEIPT, "pack": []}, {"receipt": {**RECEIPT, "day": "x"}, "pack": 1}, {"sale": {"x": [1]}}, {"sale": 5},
    {"ref": 7}, {"next": {"a": HUGE}}, {"counters": {"a": [HUGE]}}, {"offers": [5]}, {"currency": 5}, {"code": "\x1b[31m"}, {"undone": {"amount": "x"}},
)  # fmt: skip


@pytest.mark.parametrize("details", BAD)
def test_details_of_another_shape_are_an_unreadable_line(store, card, thief, details):
    thief.says(card, 2, details=details)
    assert kinds(store) == ["BOARD_LINE_UNREADABLE", "UNKNOWN_TRANSACTION"]
    raw = next(event["raw"] for event in store.boards.events_of(thief.terminal, 5) if event.get("why") == "unreadable")
    assert bytes.fromhex(raw) and store.today(DAY)["sales"] == 0
    fits(store)


@pytest.mark.parametrize("about", (
    {"minute": 0x1000000}, {"sale": "\0\n"}, {"sale": "x" * 201}, {"counters_before": {"1": [HUGE, 0]}}, {"counters_before": {"300": [1, 0]}},
))  # fmt: skip
def test_entries_out_of_range_are_an_unreadable_line(store, card, thief, about):
    thief.says(card, 2, is_done=False, **about)
    assert kinds(store) == ["BOARD_LINE_UNREADABLE"] and store.all_doubts() == []
    fits(store)


def test_details_of_ours_are_read(store, card, thief):
    thief.says(card, 2, details={"receipt": RECEIPT, "pack": 1, "amount": 450, "next": None, "on": "sale", "of a later version": [1]})
    assert kinds(store) == [] and store.transaction(1, thief.terminal)["state"] == "done"


# Cases


def test_a_board_opens_a_bounded_number_of_cases_and_all_lines_are_kept(store, home, card, thief, monkeypatch):
    monkeypatch.setattr(board_cases, "A_DAY", 5)
    thief.sends(*[pack_case(kind, MINUTE, {"n": number}) for number in range(20) for kind in ("MISSING_INTENT", "STALE_CARD")])
    found = kinds(store)
    assert {kind: found.count(kind) for kind in set(found)} == {"BOARD_SAYS": 5, "STALE_CARD": 5, "BOARD_CASES": 1}
    for number in range(20):
        thief.says(card, 2, minute=0x1000000 + number, is_done=False)
    assert kinds(store).count("BOARD_LINE_UNREADABLE") == 5
    assert store.boards.of(thief.terminal).lines == 60 and len(store.boards.events_of(thief.terminal, 100)) == 60
    fits(store)


def test_a_case_that_is_said_again_is_one(store, card, thief):
    thief.sends(*[pack_case("STALE_CARD", MINUTE, {"a": 1})] * 3)
    assert kinds(store) == ["STALE_CARD"] and store.boards.of(thief.terminal).lines == 3
    fits(store)


# Requests that are played again


def said(store, board, minute, digest, is_drained=True, is_sure=True, now=MINUTE):
    return store.boards.heard(board.terminal, AT, {"minute": minute, "sure": is_sure, "list": minute}, is_drained, digest, now)


def list_of(store, board):
    return store.boards.of(board.terminal).state["list"]


def test_a_taped_request_is_not_heard_again(store, card, board):
    said(store, board, MINUTE, b"1" * 32)
    said(store, board, MINUTE + 1, b"2" * 32)
    said(store, board, MINUTE, b"1" * 32)
    assert list_of(store, board) == MINUTE + 1
    for number in range(300):  # and one that is older than all that are remembered
        said(store, board, MINUTE + 20, number.to_bytes(32, "little"), now=MINUTE + 20)
    said(store, board, MINUTE, b"1" * 32, now=MINUTE + 20)
    assert list_of(store, board) == MINUTE + 20
    said(store, board, MINUTE + 2, b"3" * 32, now=MINUTE)
    assert list_of(store, board) == MINUTE + 2  # the shop's own clock had been ahead, and is right again


def test_a_taped_request_makes_no_case_of_a_board_that_is_held_back(store, home, card):
    first, second = paired(store, 2)
    said(store, first, MINUTE, b"1" * 32)
    first.tap(card)
    second.tap(card)
    second.sync(store)
    for number in range(4):
        said(store, second, MINUTE, b"%032d" % number)
        said(store, first, MINUTE, b"1" * 32)
    assert kinds(store) == []
    for number in range(4):  # nor does a clock that does not know the time
        said(store, second, MINUTE, b"%032d" % (10 + number))
        said(store, first, MINUTE, b"%032d" % (20 + number), is_sure=False)
    assert kinds(store) == []


def test_a_missing_intent_that_comes_ends_its_case(store, home, card):
    first, second = paired(store, 2)
    first.tap(card)
    second.tap(card)
    second.sync(store)
    for _ in range(3):
        for board in (first, second):
            store.boards.heard(board.terminal, AT, {}, True)
    assert kinds(store) == ["MISSING_INTENT"]
    first.sync(store)
    assert kinds(store) == []
    (case,) = store.cases(open_only=False)
    assert "board %d" % first.terminal in case["note"] and json.dumps(case["detail"])
    assert entry_record(store.transaction(1, first.terminal)["entry"]).sequence == 2
    fits(store)
