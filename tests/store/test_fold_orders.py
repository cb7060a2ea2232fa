"""Promise 9 over boards: however their batches come (in pieces, twice, late, in any order, over restarts), the register is the same.

And the whole with the till in between: what cards hold is what the ledger says, every doubt ends, no case is made of nothing.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardos.records.fields import EARN, REDEEM
from cardos.records.journal_entry import entry_record
from host_tools.store import Store
from host_tools.store import register as registers
from tests.store.board_bench import AT, FAMILY, MEMORY, Card, Home, kinds, mac_of, paired
from tests.store.shop import head_mac

EXAMPLES = settings.default.max_examples // 4 or 1
TORN = (None, None, None, None, "before", "after")


def register_of(store):
    """The register without what an order gives: the numbers of events and cases."""
    rows = []
    for table, *row in registers.rows(store._database.connection):
        if table == "transactions":
            del row[2]
        elif table == "card_numbers":
            del row[3]
        elif table == "cases":
            del row[:2]
        rows.append((table, *row))
    return sorted(rows, key=repr)


def tapped(chance, terminal, cards):
    """One tap of a drawn kind at a terminal."""
    card, torn = chance.choice(cards), chance.choice(TORN)
    drawn = chance.random()
    if drawn < 0.2 and card.stamps > 0:
        terminal.tap(card, REDEEM, -1, torn)
    elif drawn < 0.3 and hasattr(terminal, "journal"):
        last = terminal.journal.last_sale(FAMILY, card.uid)
        terminal.settle(card)
        if last and not last[1] and entry_record(last[0]).body() == card.records[-1][0].body():
            terminal.undo(card, last[0])
    else:
        terminal.tap(card, EARN, 1, torn)


class Shops:
    """Stores in one folder, opened again whenever asked."""

    def __init__(self, folder):
        self.folder, self.made = Path(folder), 0

    def new(self):
        self.made += 1
        return Store.open(self.folder / ("%d.sqlite" % self.made), head_mac, 1)

    def again(self, store):
        path = store._database.path
        store.close()
        return Store.open(path, head_mac, 1)


@pytest.mark.property
@settings(max_examples=EXAMPLES, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_any_order_of_batches_gives_the_register_of_folding_in_order(chance):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        shops = Shops(folder)
        straight, mixed = shops.new(), shops.new()
        home, cards = Home(straight), [Card(number) for number in (1, 2, 3)]
        for card in cards:
            home.issue(card)
        for card in cards:
            entry = straight.transaction(card.number)["entry"]
            mixed.record_intent(entry, AT)
            mixed.record_outcome(card.number, "done", at=AT, sequence=1, record_mac=mac_of(card, card.records[0][0]))
        boards = paired(straight, 3)
        paired(mixed, 3)
        for _ in range(chance.randrange(4, 30)):
            tapped(chance, chance.choice(boards), cards)
        for board in boards:
            if board.journal.count:
                board.sync(straight, first=1, receipt=False)
        held = {board.terminal: 0 for board in boards}
        while any(held[board.terminal] < board.journal.count for board in boards):
            board = chance.choice([one for one in boards if one.journal.count])
            first = min(chance.randrange(1, held[board.terminal] + 3), board.journal.count)
            found = board.sync(mixed, chance.randrange(1, 900), first, receipt=False)
            assert (found.new is None) == (first > held[board.terminal] + 1) and found.fork == 0
            if found.new is not None:
                held[board.terminal] = max(held[board.terminal], found.stored)
            if chance.random() < 0.1:
                mixed = shops.again(mixed)
            if chance.random() < 0.1:
                mixed.rebuild()
        assert register_of(mixed) == register_of(straight) and kinds(mixed) == []
        for store in (straight, mixed):
            assert store.verify()["ok"]
            store.close()


@pytest.mark.property
@settings(max_examples=EXAMPLES, deadline=None)
@given(chance=st.randoms(use_true_random=False), with_clones=st.booleans())
def test_till_and_boards_together_come_to_what_the_cards_hold(chance, with_clones):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        shops = Shops(folder)
        store = shops.new()
        home, cards = Home(store), [Card(number) for number in (1, 2, 3)]
        for card in cards:
            home.issue(card)
        boards = paired(store, 2)
        for _ in range(chance.randrange(5, 40)):
            drawn, board = chance.random(), chance.choice(boards)
            if drawn < 0.5:
                tapped(chance, board, cards)
            elif drawn < 0.65:
                tapped(chance, home, cards)
            elif drawn < 0.9:
                board.sync(store, chance.randrange(1, 900), receipt=chance.random() < 0.8)
            elif drawn < 0.95:
                board.restart()
                home.store = store = shops.again(store)
            elif with_clones and len(boards) < 4:
                boards.append(board.clone())
        for _ in range(3):
            for card in cards:
                for terminal in (*boards, home):
                    terminal.settle(card)
            for board in boards:
                while board.sync(store):
                    pass
        assert [board.journal.open_intents for board in boards] == [0] * len(boards)
        assert store.all_doubts() == [] and set(kinds(store)) <= {"BOARD_CLONED"}
        for card in cards:
            row, held = store.card(FAMILY, card.uid), [record.sequence for (record,) in card.records]
            assert (row.last_seen_sequence, row.last_seen_mac, row.counters["1"][0]) == (card.sequence, card.mac, card.stamps)
            assert [record[0] for record in store.known_records(FAMILY, card.uid)] == held and row.taps == len(held)
        for board in boards:
            for _ in range(3):
                store.boards.heard(board.terminal, AT, {}, True)
        assert set(kinds(store)) <= {"BOARD_CLONED"} and store.verify()["ok"]
        store.rebuild()
        assert store.verify()["ok"]
        store.close()
