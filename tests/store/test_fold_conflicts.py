"""What a board says against what is here, each against each; and lines that no board of ours writes: nothing stops the fold."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardos import cbor
from cardos.errors import BadInput
from cardos.records.fields import EARN
from cardos.records.journal_line import DONE, LANDED, NOT_LANDED, fields_of, intent_fields, pack_case, pack_intent, pack_outcome
from host_tools.store import Store, fold
from tests.store.board_bench import AT, FAMILY, GENESIS, MEMORY, MINUTE, Card, Home, kinds, mac_of, paired
from tests.store.shop import head_mac


@pytest.fixture
def card(store):
    made = Card(1)
    Home(store).issue(made)
    return made


@pytest.mark.parametrize("same_mac", (True, False))
@pytest.mark.parametrize("said", (DONE, LANDED, NOT_LANDED))
@pytest.mark.parametrize("here", ("open", "landed", "not_landed"))
def test_an_outcome_against_what_the_till_settled(store, card, here, said, same_mac):
    """The first verdict stands; one that agrees is harmless, one that contradicts is a case."""
    (board,) = paired(store)
    entry = board.tap(card, torn="after")
    board.sync(store)
    if here != "open":
        Home(store).say(card, entry, here)
    mac = mac_of(card, card.records[-1][0])[:4] if same_mac else b"\1\2\3\4"
    line = pack_outcome(1, MINUTE, said, entry["sequence"], mac, None)
    before, chain, _ = board.journal.head()
    store.fold(board.terminal, 1, before, chain, [line], AT)
    is_landed = said != NOT_LANDED
    agrees = here == "open" or (here == "landed") == is_landed and (not is_landed or same_mac)
    assert kinds(store) == ([] if agrees else ["CONTRADICTORY_OUTCOME"])
    state = store.transaction(1, board.terminal)["state"]
    assert state == (here if here != "open" else ("done", "landed", "not_landed")[said])
    assert store.verify()["ok"]


def test_an_outcome_that_names_no_record_leaves_the_doubt_to_the_card(store, card):
    (board,) = paired(store)
    entry = board.tap(card, torn="after")
    _, chain, lines = board.batch()
    for sequence, mac in ((9, bytes(4)), (entry["sequence"], None), (entry["sequence"], b"12345")):
        lines.append(cbor.encode([2, 1, MINUTE, DONE, sequence, mac, None]))
    store.fold(board.terminal, 1, 0, chain, lines, AT)
    assert kinds(store) == ["OUTCOME_RECORD"] * 3
    Home(store).settle(card)
    assert store.transaction(1, board.terminal)["state"] == "landed" and store.verify()["ok"]


def test_a_line_that_breaks_off_in_the_middle_leaves_nothing_of_itself(store, card, monkeypatch):
    (board,) = paired(store)
    board.tap(card)
    board.tap(card)
    keep, calls = fold.keep, []

    def broken(connection, event):
        keep(connection, event)
        calls.append(event)
        if len(calls) == 2:
            raise ValueError("after it was kept")

    monkeypatch.setattr(fold, "keep", broken)
    found = board.sync(store)
    assert found.stored == 4 and kinds(store) == ["BOARD_LINE_UNREADABLE", "UNKNOWN_TRANSACTION"]
    assert store.transaction(2, board.terminal) is None and store.verify()["ok"]


def test_a_fault_keeps_nothing_of_the_batch(store, card, monkeypatch):
    (board,) = paired(store)
    board.tap(card)
    events = store.verify()["events"]

    class Fault(Exception):
        pass

    def faulty(*_):
        raise Fault

    monkeypatch.setattr(fold, "keep_outcome", faulty)
    with pytest.raises(Fault):
        board.sync(store)
    assert store.verify() == {"events": events, "ok": True, "first_bad": None, "tail_missing": False}
    monkeypatch.undo()
    assert board.sync(store).new == 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.binary(max_size=40) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(0, 9), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.property
@settings(deadline=None)
@given(data=st.data())
def test_no_line_stops_the_fold_or_harms_the_ledger(data):
    """Lines of ours with any part replaced, between good ones: all are kept, the good ones count, a page can still be drawn."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Store.open(Path(folder, "ledger.sqlite"), head_mac, 1) as store:
        home, card = Home(store), Card(1)
        home.issue(card)
        (board,) = paired(store)
        board.tap(card, EARN, 1)
        _, chain, lines = board.batch()
        entry = board.entry(card, EARN, 1)
        kinds_of_lines = [pack_intent(intent_fields(entry)), pack_outcome(1, MINUTE, DONE, 3, bytes(4), {"tmc": 1}), pack_case("STALE_CARD", MINUTE, {"a": 1})]
        for _ in range(data.draw(st.integers(1, 4))):
            fields = fields_of(data.draw(st.sampled_from(kinds_of_lines)))
            place = data.draw(st.integers(0, len(fields)))
            if place == len(fields):
                fields.append(data.draw(VALUES))
            elif place == 12 and data.draw(st.booleans()):
                fields[12] = cbor.encode(_mutated(cbor.decode(fields[12]), data))
            else:
                fields[place] = data.draw(VALUES)
            try:
                lines.append(cbor.encode(fields))
            except BadInput:  # a value that no CBOR of ours holds
                continue
        lines.append(pack_intent(intent_fields({**entry, "transaction": 7, "sale": "good"})))
        found = store.fold(board.terminal, 1, 0, GENESIS, lines, AT)
        assert found.stored == found.new == len(lines) and chain == GENESIS
        assert store.transaction(1, board.terminal)["state"] == "done"
        assert store.transaction(7, board.terminal) is not None or "TRANSACTION_EXISTS" in kinds(store)
        for read in (store.today, store.sales_of_day):
            read("2026-11-22")
        for read in (store.history, store.sales_of_card, store.known_records):
            read(FAMILY, card.uid)
        assert store.all_doubts() and list(store.export("csv"))
        assert store.verify()["ok"]
        home.settle(card)


def _mutated(details, data):
    if isinstance(details, dict) and details:
        details[data.draw(st.sampled_from(sorted(details)) | st.sampled_from(("earned", "rewards", "ref", "paid")))] = data.draw(VALUES)
    return details
