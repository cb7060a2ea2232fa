"""A board's journal: bounded, chained, freed by receipts, and whole again after any cut of its power."""

from cardos.errors import BadInput
from cardos.records.fields import BLOCK
from cardos.records.journal_entry import make_entry
from cardos.records.journal_line import (
    CASE, DONE, GENESIS, NOT_LANDED, fields_of, framed, intent_fields, link, pack_intent, unframed, unpack_intent,
)  # fmt: skip
from cardos.records.record import Counter, Record
from terminal.journal import RESERVE
from terminal.journal_segments import segments_that_fit
from terminal.journal_desk import JournalDesk
from terminal.journal_index import KNOWN_MAX, ROW_SIZE, Index, Seen, key_of
from terminal.journal_segments import JournalTrouble
from tests.portable.journal_bench import ALL, TERMINAL, Day, Log, MemoryFiles, Told, opened, promises

SMALL = 700  # bytes of a segment: two or three taps


def day_of(taps, seed=1, cards=4, segment_size=SMALL, segments_max=40, **options):
    files, log, day = MemoryFiles(), Log(), Day(seed, cards)
    journal = log.listen(opened(files, segment_size, segments_max, **options))
    for _ in range(taps):
        day.tap(journal)
    return files, log, day, journal


def refusal(call, *arguments):
    """The code with which a call is refused."""
    try:
        call(*arguments)
    except (BadInput, JournalTrouble) as error:
        return error.code
    return None


# --- lines and chain ---


def test_a_line_brings_the_entry_back_whole():
    day, journal = Day(1, 3), opened(MemoryFiles())
    entry = day.entry(journal, day.cards[0])
    entry["counters_before"] = {}
    assert unpack_intent(fields_of(pack_intent(intent_fields(entry))), TERMINAL) == entry
    entry["operation"], entry["sale"], entry["card_number"] = "issue", None, 0xFFFFFFFF
    assert unpack_intent(fields_of(pack_intent(intent_fields(entry))), TERMINAL) == entry


def test_a_changed_byte_shows_in_every_line_after_it():
    chain, data = GENESIS, b""
    for line in (b"one", b"two", b"three"):
        chain = link(chain, line)
        data += framed(line, chain)
    for place in range(len(data)):
        bad = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        chain, offset, found = GENESIS, 0, []
        while (one := unframed(bad, offset, chain)) is not None:
            found.append(one[0])
            chain, offset = one[1], one[2]
        assert found == [b"one", b"two", b"three"][: place // 13 if place < 26 else 2]


def test_a_sale_that_is_too_long_is_refused_before_the_card_changes():
    files, log, day, journal = day_of(2)
    day.details = {"lines": ["x" * 90] * 30}
    before, number = dict(files.content), journal.next_transaction
    assert refusal(journal.intend, day.entry(journal, day.cards[0])) == "JOURNAL_LINE"
    assert files.content == before and journal.next_transaction == number


def test_a_transaction_is_taken_once_and_ended_once():
    files, log, day, journal = day_of(0)
    entry = day.entry(journal, day.cards[0])
    journal.intend(entry)
    assert refusal(journal.intend, entry) == "TRANSACTION_EXISTS"
    journal.outcome(1, DONE, 1, b"abcdefgh", None, day.minute)
    assert refusal(journal.outcome, 1, DONE, 1, b"abcdefgh", None, day.minute) == "UNKNOWN_TRANSACTION"


# --- after a restart ---


def test_a_restart_knows_what_was_known():
    for seed in range(6):
        files, log, day, journal = day_of(25, seed)
        promises(opened(files, SMALL), log, day.cards)


def test_a_checkpoint_bounds_what_a_start_reads():
    files, log, day, journal = day_of(60)
    assert journal.rest() and not journal.rest()
    read = []
    real = files.read
    files.read = lambda name, *rest: read.append(name) or real(name, *rest)
    again = opened(files, SMALL)
    assert len(set(read)) <= 2  # the index and the newest segment
    promises(again, log, day.cards)


def test_without_a_quiet_moment_a_checkpoint_comes_all_the_same():
    files, log, day, journal = day_of(130)
    assert "index" in files.content
    promises(opened(files, SMALL), log, day.cards)


def test_a_damaged_checkpoint_is_told_and_the_lines_are_read_instead():
    files, log, day, journal = day_of(60)
    assert journal.rest()
    data = files.content["index"]
    for place in range(0, len(data), 7):
        files.content["index"] = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        again = opened(files, SMALL)
        assert again.troubles == [(0, "INDEX")]
        del again.troubles[:]
        promises(again, log, day.cards)


def test_another_board_s_journal_is_not_taken_over():
    files, log, day, journal = day_of(3)
    from terminal.journal import Journal

    try:
        Journal(files, TERMINAL + 1, None)
    except JournalTrouble as error:
        assert error.code == "JOURNAL_OTHER_TERMINAL"
    else:
        raise AssertionError("taken over")


def test_a_header_that_another_key_made_and_a_hole_are_told():
    files, log, day, journal = day_of(12)
    names = sorted([name for name in files.content if name[0] == "j"])
    lost = dict(files.content)
    del lost[names[1]]
    assert (2, "HEADER") in opened(MemoryFiles(lost), SMALL).troubles
    from terminal.journal import Journal

    other = Journal(MemoryFiles(files.content), TERMINAL, lambda message: bytes(16), 40, 64, SMALL)
    assert (1, "MAC") in other.troubles
    cut = dict(files.content)
    cut[names[1]] = cut[names[1]][:-1]
    assert (3, "GAP") in opened(MemoryFiles(cut), SMALL).troubles


def test_numbers_are_left_out_rather_than_taken_twice_when_the_newest_lines_are_damaged():
    for damaged, rests in ((5, False), (5, True), (200, False), (-1, True)):  # the header; a line with others behind it; the last but one
        files, log, day, journal = day_of(14, segment_size=1200)
        journal._transaction += 9000 if rests else 0
        day.tap(journal)
        while len(newest(files)[1]) < 600:
            day.tap(journal)
        number, count, (name, data) = journal.next_transaction, journal.count, newest(files)
        if rests:
            journal._checkpoint()
        place = damaged if damaged > 0 else len(data) - len(log.lines[-1]) - 30
        files.content[name] = data[:place] + b"?" + data[place + 1 :]
        again = opened(files, 1200)
        assert again.troubles and again.next_transaction >= number and again.count >= count
        day.cards = [["ntag215", b"\x04after", 0, bytes(4)]]
        day.tap(again)
        third = opened(files, 1200)
        assert (third.next_transaction, third.count) == (again.next_transaction, again.count)


def test_without_a_checkpoint_the_headers_tell_what_was_freed():
    files, log, day, journal = day_of(30)
    while fields_of(log.lines[-1])[0] != CASE or len(newest(files)[1]) > 200:  # the newest segment has a case and nothing else
        day.tap(journal)
    assert journal.stored_up_to(journal.count) > 4
    del files.content["index"]
    again = opened(files, SMALL)
    assert (again.next_transaction, again.count) == (journal.next_transaction, journal.count)
    assert again.newest_minute == journal.newest_minute and again.head() == journal.head()


def test_a_line_whose_write_failed_is_not_there_later_even_if_the_flash_had_taken_it():
    files, log, day, journal = day_of(3)
    take = files.append

    def taken_and_failed(name, data):
        take(name, data)
        raise OSError(5, "input, output")

    entry = day.entry(journal, day.cards[0])
    files.append = taken_and_failed
    assert refusal(journal.intend, entry) == "JOURNAL_WRITE"
    files.append = take
    log.trying = None
    day.tap(journal)
    promises(opened(files, SMALL), log, day.cards)
    files.append = files.create = lambda name, data: full_disk()
    assert refusal(journal.intend, day.entry(journal, day.cards[0])) == "JOURNAL_FULL"


def newest(files):
    """(name, content) of the newest segment."""
    name = max([name for name in files.content if name[0] == "j"])
    return name, files.content[name]


def full_disk():
    raise OSError(28, "no space")


# --- room and receipts ---


def test_full_is_said_before_a_tap_and_never_in_one():
    files, log, day, journal = day_of(0, segments_max=9)
    taps = 0
    while refusal(journal.refuse_if_full) is None:
        day.tap(journal)  # raises when the journal has no room inside a tap
        taps += 1
    assert refusal(journal.refuse_if_full) == "JOURNAL_FULL"
    assert taps > 10 and journal.segments_free == 0
    assert len([name for name in files.content if name[0] == "j"]) <= 9 - RESERVE
    promises(opened(files, SMALL, 9), log, day.cards)
    assert journal.stored_up_to(journal.count) > 0
    assert refusal(journal.refuse_if_full) is None


def test_a_receipt_frees_whole_segments_and_nothing_that_is_not_stored():
    for seed in range(4):
        files, log, day, journal = day_of(30, seed)
        for share in (3, 2, 1):
            journal.stored_up_to(journal.count // share)
            journal.stored_up_to(1)  # a late receipt is harmless
            again = opened(files, SMALL)
            assert again.stored <= journal.count
            promises(again, log, day.cards)
        assert len([name for name in files.content if name[0] == "j"]) <= 3
    assert refusal(journal.stored_up_to, journal.count + 1) == "RECEIPT"


def test_an_open_doubt_outlives_its_segment():
    files, log, day, journal = day_of(0)
    card = day.cards[0]
    entry = day.entry(journal, card)
    JournalDesk(journal, lambda: day.minute).intend(entry)
    day.cards = day.cards[1:]
    for _ in range(20):
        day.tap(journal)
    assert journal.stored_up_to(journal.count) > 2
    for _ in range(2):
        journal = opened(files, SMALL)
        assert journal.recall(card[0], card[1]).doubts == [entry]
    JournalDesk(journal, lambda: day.minute).settle(Told(1, False, 1, bytes(8), {}))
    assert opened(files, SMALL).recall(card[0], card[1]).doubts == []


def test_a_batch_is_read_from_any_line_with_its_chain():
    files, log, day, journal = day_of(20)
    whole = journal.batch(1, ALL)
    assert whole == (0, GENESIS, log.lines)
    for first in range(1, journal.count + 1):
        before, chain, lines = journal.batch(first, 600)
        assert before == first - 1 and lines == log.lines[before : before + len(lines)] and lines
        expected = GENESIS
        for line in log.lines[:before]:
            expected = link(expected, line)
        assert chain == expected
    assert refusal(journal.batch, journal.count + 1, ALL) == "JOURNAL_LINE"
    count, chain, mac = journal.head()
    assert count == len(log.lines) and len(mac) == 16 and chain == opened(files, SMALL).head()[1]


def test_the_flash_is_never_promised_twice():
    files = MemoryFiles()
    files.free_bytes = lambda: 30 * 4096
    assert segments_that_fit(files, 128) == 20 and segments_that_fit(files, 8) == 8


# --- what the index knows ---


def test_the_oldest_card_leaves_a_full_table_and_the_last_tapped_stays():
    index = Index(4)
    for number in (1, 2, 3, 4, 1, 5):
        index._put(key_of(2, bytes([4, number, 0, 0, 0, 0, 0])), Seen(bytes(ROW_SIZE)).tail())
    kept = [index.table[at + 2] for at in range(0, 4 * ROW_SIZE, ROW_SIZE)]
    assert kept == [3, 4, 1, 5]
    assert index.seen(key_of(2, bytes([4, 2, 0, 0, 0, 0, 0]))) is None
    assert index.seen(key_of(3, bytes([4, 1, 0, 0, 0, 0, 0]))) is None  # another family


def test_a_block_is_remembered_and_an_earlier_record_does_not_lift_it():
    files, log, day, journal = day_of(0)
    card = day.cards[0]
    desk = JournalDesk(journal, lambda: day.minute)
    first = day.entry(journal, card)
    journal.intend(first)
    record = Record(1, BLOCK, 0x10, 1, 5, day.minute, TERMINAL, 2, bytes(4), (Counter(1, 1, 0),))
    journal.intend(make_entry(record, card[0], card[1], 12, None, 4, {}))
    journal.outcome(2, DONE, 5, b"blockmac", None, day.minute)
    desk.settle(Told(1, True, 1, b"firstmac", {}))
    for memory in (journal.recall(card[0], card[1]), opened(files, SMALL).recall(card[0], card[1])):
        assert memory.status == "blocked" and memory.last_seen == (5, b"bloc")


def test_records_that_landed_beside_a_doubt_are_known_while_it_is_open():
    files, log, day, journal = day_of(0)
    card = day.cards[0]
    journal.intend(day.entry(journal, card))
    for _ in range(3):
        entry = day.entry(journal, card)
        journal.intend(entry)
        day.land(card, entry)
        assert journal.outcome(entry["transaction"], DONE, entry["sequence"], card[3], None, day.minute) == []
    known = journal.recall(card[0], card[1]).known_records
    assert [record[0] for record in known] == [1, 2, 3] and known[1][2] == known[0][1]
    for _ in range(KNOWN_MAX):
        entry = day.entry(journal, card)
        journal.intend(entry)
        day.land(card, entry)
        journal.outcome(entry["transaction"], DONE, entry["sequence"], card[3], None, day.minute)
    known = journal.recall(card[0], card[1]).known_records
    assert len(known) == KNOWN_MAX and known[-1][0] == 3 + KNOWN_MAX
    assert opened(files, SMALL).recall(card[0], card[1]).known_records == known
    journal.outcome(1, NOT_LANDED, 1, None, None, day.minute)
    assert journal.recall(card[0], card[1]).known_records == []


def test_two_records_with_one_number_become_a_case():
    files, log, day, journal = day_of(0)
    card = day.cards[0]
    for _ in range(2):
        journal.intend(day.entry(journal, card))
    assert journal.outcome(1, DONE, 1, b"aaaa", None, day.minute) == []
    said = journal.outcome(2, DONE, 1, b"bbbb", None, day.minute)
    assert [kind for kind, _ in said] == ["SAME_SEQUENCE"] and fields_of(log.lines[-1])[2] == "SAME_SEQUENCE"


def test_the_last_sale_of_a_card_is_found_with_its_undo():
    files, log, day, journal = day_of(0)
    card = day.cards[0]
    assert journal.last_sale(card[0], card[1]) is None
    entry = day.entry(journal, card)
    journal.intend(entry)
    assert journal.last_sale(card[0], card[1]) is None
    journal.outcome(1, DONE, 1, b"aaaa", None, day.minute)
    assert journal.last_sale(card[0], card[1]) == (entry, False)
    record = Record(1, 4, 0, 1, 2, day.minute, TERMINAL, 2, b"aaaa", (Counter(1, 0, 0),))
    journal.intend(make_entry(record, card[0], card[1], 12, None, 1, {}, 1, {"sale": "t7-1"}))
    journal.outcome(2, DONE, 2, b"bbbb", None, day.minute)
    assert journal.last_sale(card[0], card[1]) == (entry, True)
