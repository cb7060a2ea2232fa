"""A journal with many open intents: receipts free its flash, and that comes to an end."""

from tests.portable.journal_bench import Day, MemoryFiles, opened

DETAILS = {"amount": 450, "currency": "EUR", "lines": [{"sku": "latte", "category": "coffee", "qty": 1, "unit_price": 450}] * 3, "pack": 12}


def intended(journal, day, count):
    """So many intents without an outcome, each on a card of its own."""
    for number in range(count):
        card = ["ntag215", b"\x04" + bytes([number, 1, 2, 3, 4, 5]), 0, bytes(4)]
        journal.intend(day.entry(journal, card))


def receipts(journal):
    """How many batches go to the shop until it has everything; each comes with its receipt."""
    count = 0
    while journal.stored < journal.count:
        assert count < 200, "what receipts make the journal say again never ends"
        before, _, lines = journal.batch(journal.stored + 1, 4096)
        journal.stored_up_to(before + len(lines))
        count += 1
    return count


def test_a_sync_ends_however_many_doubts_there_are():
    for doubts in (1, 5, 11, 12, 13, 20, 31, 32, 33, 60):
        journal, day = opened(MemoryFiles()), Day(doubts, 4, DETAILS)
        intended(journal, day, doubts)
        for _ in range(100):
            day.tap(journal)
        for _ in range(3):
            assert receipts(journal) < 60
        assert journal.segments_free > 128 - 2 - 20


def test_a_full_journal_gets_room_again_though_it_is_full_of_doubts():
    files = MemoryFiles()
    journal, day = opened(files, segments_max=9), Day(1, 4, DETAILS)
    while journal.segments_free > 0:
        intended(journal, day, 1)
    receipts(journal)
    assert journal.segments_free > 0 and journal.open_intents <= 60
    again = opened(files, segments_max=9)
    assert (again.count, again.open_intents, again.head()) == (journal.count, journal.open_intents, journal.head())
