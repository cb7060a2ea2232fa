"""What a board may do: its certificate, ceilings, revocation and key epochs; and how it goes on when it does not know the date."""

from cardos.errors import StampdError
from cardos.exchange import Done
from cardos.records.fields import EARN, REDEEM
from cardos.records.journal_entry import make_entry
from cardos.records.journal_line import LANDED, NOT_LANDED
from cardos.records.record import Counter, Record
from cardos.taps.classes import allows_rewards
from terminal.journal_desk import JournalDesk
from terminal.journal_queries import rewards_in
from tests.portable.board_bench import CERTIFICATE, FROM, SETTINGS, TERMINAL, Bench, signed_certificate, signed_list, with_fields

FAMILY, UID = "desfire-ev2", b"\x04\x01\x02\x03\x04\x05\x06"  # class A: three rewards a day
OTHER = b"\x04\x09\x09\x09\x09\x09\x09"
LIMITED = with_fields(SETTINGS, limits=True, reward_value=300, cheap_max=1000)


def code_of(function, *arguments):
    try:
        function(*arguments)
    except StampdError as trouble:
        assert trouble.message
        return trouble.code
    return None


def entry_of(board, rewards=(), uid=UID, operation=None, undoes=None):
    number, minute = board.journal.next_transaction, board.clock.minute()
    word = REDEEM if rewards else EARN
    if operation == "undo":
        word = 4
    record = Record(1, word, 0, 1, number, minute, TERMINAL, number, bytes(4), (Counter(1, 1, 0),))
    return make_entry(record, FAMILY, uid, 1, "t7-%d" % number, number - 1, {1: (0, 0)}, undoes, {"rewards": list(rewards)})


def tap(board, rewards=(), uid=UID, lands=True, undoes=None):
    """A tap of this board: what it may do is asked first. Returns the transaction."""
    board.authority.refuse("redeem" if rewards else "earn", 350)
    entry = entry_of(board, rewards, uid, "undo" if undoes else None, undoes)
    desk = JournalDesk(board.journal, board.clock.minute)
    desk.intend(entry)
    if lands:
        desk.finish(Done(entry, None, [], uint8(entry["transaction"])))
    return entry["transaction"]


def uint8(number):
    return bytes([number & 0xFF]) * 8


def given(board, uid=UID):
    return board.authority.limits().redeemed_today(FAMILY, uid)


def may(board, rewards=1, family=FAMILY, uid=UID):
    return allows_rewards(board.authority.limits(), family, uid, rewards)


def sure(board, minute=FROM + 600):
    board.clock.tell(minute * 60)
    return board


# --- certificate, ceilings, revocation ---


def test_a_board_with_everything_in_order_may_go_on():
    board = sure(Bench())
    assert code_of(board.authority.refuse, "earn", 5000) is None and code_of(board.authority.refuse, "redeem", None) is None


def test_each_refusal_has_its_code():
    board = sure(Bench(operations=["earn"]))
    assert code_of(board.authority.refuse, "redeem", 0) == "NOT_ALLOWED" and code_of(board.authority.refuse, "earn", 5001) == "AMOUNT_TOO_LARGE"
    sure(board, CERTIFICATE["until"] - 1)
    assert code_of(board.authority.refuse, "earn") is None
    sure(board, CERTIFICATE["until"])
    assert code_of(board.authority.refuse, "earn") == "CERTIFICATE_EXPIRED"
    board.kept.forget("certificate")
    board.authority.reload()
    assert code_of(board.authority.refuse, "earn") == "CERTIFICATE_MISSING"


def test_a_revoked_or_cloned_board_stops_until_the_shop_says_otherwise():
    board = sure(Bench())
    for status, code in ((1, "TERMINAL_REVOKED"), (2, "TERMINAL_CLONED"), (0, None)):
        board.kept.keep("status", bytes([status]))
        board.authority.reload()
        assert code_of(board.authority.refuse, "earn") == code
        board.restart()
        assert code_of(sure(board).authority.refuse, "earn") == code
    board.kept.keep("list", signed_list(2, (), (TERMINAL,)))
    board.authority.reload()
    assert code_of(board.authority.refuse, "earn") == "TERMINAL_REVOKED"


def test_damaged_files_stop_the_board_until_the_sync_brought_them_again():
    for name in ("certificate", "list", "status"):
        board = sure(Bench())
        board.kept.keep("list", signed_list(1, ()))
        board.kept.keep("status", b"\x00")
        board.kept_files.content[name] = board.kept_files.content[name][:-1] + b"?"
        board.authority.reload()
        wanted = "TERMINAL_REVOKED" if name == "status" else "KEPT_DAMAGED"
        assert code_of(board.authority.refuse, "earn") == wanted, name
        board.kept.keep(name, {"certificate": signed_certificate(), "list": signed_list(2, ()), "status": b"\x00"}[name])
        board.authority.reload()
        assert code_of(board.authority.refuse, "earn") is None


def test_a_closed_key_epoch_stops_the_board():
    board = sure(Bench())
    board.kept.keep("list", signed_list(2, (), (), 2))
    board.authority.reload()
    assert board.vault.epochs == () and code_of(board.authority.refuse, "earn") == "KEYS_EPOCH_CLOSED"
    assert code_of(sure(Bench(epochs=[2])).authority.refuse, "earn") == "KEYS_EPOCH_CLOSED"


# --- a clock that is not sure ---


def test_what_the_floor_proves_is_over_is_over():
    board = Bench()
    assert not board.clock.is_sure and board.authority.floor() == FROM and code_of(board.authority.refuse, "earn") is None
    board.kept.keep("list", signed_list(2, (), minute=CERTIFICATE["until"]))
    board.authority.reload()
    assert code_of(board.authority.refuse, "earn") == "CERTIFICATE_EXPIRED"


def test_plain_stamps_go_on_for_so_many_taps_and_a_restart_does_not_begin_anew():
    board = Bench()
    for number in range(5):
        tap(board)
        if number in (1, 3):
            board.restart()
    assert code_of(board.authority.refuse, "earn") == "CLOCK_UNSURE"
    board.restart()
    assert code_of(board.authority.refuse, "earn") == "CLOCK_UNSURE"
    sure(board)
    tap(board)
    board.restart()
    for _ in range(5):
        tap(board)
    assert code_of(board.authority.refuse, "earn") == "CLOCK_UNSURE"


def test_a_note_that_was_damaged_or_taken_counts_strictly_or_anew():
    board = Bench()
    tap(board)
    board.kept_files.content["unsure"] = b"nonsense"
    board.restart()
    for _ in range(4):
        tap(board)
    assert code_of(board.authority.refuse, "earn") == "CLOCK_UNSURE"  # counted from the first transaction of all


def test_rewards_with_an_unsure_clock_count_everything_since_it_was_sure():
    board = sure(Bench(LIMITED, unsure_taps_max=50))
    tap(board, ["a x1"])
    board.restart()
    board.authority.refuse("earn")
    assert given(board) == 1 and may(board, 2) and not may(board, 3)  # the floor's day, too
    tap(board, ["a x1"])
    board.restart()
    tap(board, ["a x1"])
    assert given(board) == 3 and not may(board) and given(board, OTHER) == 0 and may(board, 3, uid=OTHER)
    assert board.authority.word("LIMIT") == "CLOCK_UNSURE" and board.authority.word("CARD_FULL") == "CARD_FULL"
    sure(board, FROM + 610)  # the same day: what was given while nobody knew may have been today
    board.authority.refuse("earn")
    assert given(board) == 3 and not may(board) and board.authority.word("LIMIT") == "LIMIT"
    sure(board, FROM + 610 + 1440)
    board.authority.refuse("earn")
    assert given(board) == 0 and may(board, 3)


def test_a_card_that_can_be_copied_gets_none_without_a_sure_clock():
    board = Bench(LIMITED)
    assert not may(board, 1, "ntag215") and may(sure(board), 1, "ntag215")
    board.ticks += 3 * 86400 * 1000
    assert not may(board, 1, "ntag215") and may(board, 3)  # the ledger's copy is three days old by then


# --- rewards of a day ---


def test_what_did_not_land_does_not_count_and_what_is_in_doubt_or_undone_does():
    board = sure(Bench(LIMITED))
    first = tap(board, ["a x1"])
    open_one = tap(board, ["a x1", "b"], lands=False)
    assert given(board) == 3 and not may(board)
    board.journal.outcome(open_one, NOT_LANDED, 2, None, None, board.clock.minute())
    assert given(board) == 1
    open_undo = tap(board, undoes=first, lands=False)
    assert given(board) == 1
    board.journal.outcome(open_undo, LANDED, 3, uint8(9), None, board.clock.minute())
    assert given(board) == 1  # it may have been handed over before it was undone


def test_a_new_day_begins_at_local_midnight():
    board = sure(Bench(LIMITED), 59 * 1440 + 21 * 60 + 50)
    board.clock.tell_zones([(0, 120)])
    tap(board, ["a x1"])
    sure(board, 59 * 1440 + 21 * 60 + 59)
    assert given(board) == 1
    sure(board, 59 * 1440 + 22 * 60)  # midnight, two hours east
    assert given(board) == 0


def test_a_sync_that_frees_the_journal_does_not_begin_a_cards_day_anew():
    board = sure(Bench(LIMITED))
    tap(board, ["a x2"])
    for _ in range(30):
        tap(board, uid=OTHER)
    assert board.journal.stored_up_to(board.journal.count) > 0 and given(board) == 2
    board.restart()
    assert given(sure(board)) == 2
    tap(board, ["a x1"])
    board.restart()
    assert given(sure(board)) == 3
    board.kept_files.content["given"] = b"nonsense"
    board.restart()
    assert given(sure(board)) == 1  # what the journal still has


def test_a_certificate_may_allow_less_than_the_class_and_more_only_where_limits_are_off():
    tight = {"A": 1, "B": 1, "C": 0}
    board = sure(Bench(LIMITED, rewards_max=tight))
    assert may(board, 1) and not may(board, 2) and not may(board, 1, "ntag215")
    wide = {"A": 9, "B": 9, "C": 9}
    assert not may(sure(Bench(LIMITED, rewards_max=wide)), 4)
    off = sure(Bench(with_fields(SETTINGS, limits=False), rewards_max=wide))
    assert may(off, 9) and not may(off, 10) and may(off, 9, "ntag215")


def test_too_many_rewards_to_count_are_too_many():
    board = sure(Bench(LIMITED))
    board.authority._given._rows = bytearray((b"\x00" * 8 + b"\xff" * 8) * 513)
    assert not may(board)


def test_things_handed_over_are_counted_as_the_shop_counts_them():
    for rewards, count in (([], 0), (None, 0), (["a"], 1), (["a x3", "b x1"], 4), (["coffee x large"], 1)):
        assert rewards_in({"rewards": rewards}) == count, rewards
