"""A board's clock says how sure it is, and never runs before its own journal."""

from cardos.calendar import day_of
from cardos.records.fields import minute_number
from terminal.clock import AGE_S_MAX, JOURNAL, SYNCED, UNSET, Clock, ClockUnsure

NOON = minute_number(2026, 7, 1, 12, 0)


class Board:
    """A board with a crystal that a test turns, and a journal that is one number."""

    def __init__(self, newest=0, ticks=0):
        self.newest, self.ticks = newest, ticks
        self.clock = Clock(lambda: self.newest, lambda: self.ticks & 0x3FFFFFFF)

    def wait(self, seconds):
        while seconds > 0:
            step = min(seconds, 5 * 86400)
            self.ticks += step * 1000
            seconds -= step
            self.clock.minute()  # the tap loop looks


def is_refused(clock):
    try:
        clock.refuse_if_unsure()
    except ClockUnsure as error:
        return error.code == "CLOCK_UNSURE"
    return False


def test_a_new_board_knows_nothing():
    clock = Board().clock
    assert (clock.source, clock.age_s, clock.error_s, clock.is_sure, clock.minute()) == (UNSET, None, None, False, 0)
    assert is_refused(clock)


def test_after_a_power_cut_it_is_not_earlier_than_the_journal():
    board = Board(NOON)
    assert (board.clock.source, board.clock.minute(), board.clock.is_sure) == (JOURNAL, NOON, False)
    board.wait(600)
    assert board.clock.minute() == NOON and is_refused(board.clock)


def test_a_sync_makes_it_sure_and_it_counts_on_over_the_wrap_of_the_ticks():
    board = Board(NOON, 0x3FFFFFFF - 500)
    board.clock.tell(NOON * 60 + 30)
    assert (board.clock.source, board.clock.is_sure, board.clock.error_s) == (SYNCED, True, 2)
    board.wait(20 * 86400 + 45)
    assert board.clock.second_utc() == NOON * 60 + 30 + 20 * 86400 + 45
    assert board.clock.age_s == 20 * 86400 + 45 and board.clock.error_s == 174
    assert not is_refused(board.clock)


def test_a_time_that_is_too_old_is_unsure_but_still_shown():
    board = Board()
    board.clock.tell(NOON * 60, 10)
    board.wait(AGE_S_MAX - 10)
    assert board.clock.is_sure
    board.wait(1)
    assert is_refused(board.clock) and board.clock.minute() == NOON + AGE_S_MAX // 60 - 1
    board.clock.tell(board.clock.second_utc())
    assert board.clock.is_sure


def test_a_time_before_the_own_journal_is_not_believed_until_it_has_passed_it():
    board = Board(NOON)
    board.clock.tell((NOON - 1) * 60)
    assert board.clock.is_sure and board.clock.minute() == NOON  # a minute's rounding
    board.clock.tell((NOON - 10) * 60)
    assert is_refused(board.clock) and board.clock.minute() == NOON and board.clock.source == SYNCED
    board.wait(9 * 60)
    assert not is_refused(board.clock)
    board.newest = NOON + 5
    assert is_refused(board.clock) and board.clock.minute() == NOON + 5


def test_local_days_follow_the_zone_and_its_changes():
    board = Board()
    winter, summer = 120, 180
    change = minute_number(2026, 10, 25, 1, 0)
    board.clock.tell_zones([(0, winter), (minute_number(2026, 3, 29, 1, 0), summer), (change, winter)])
    for minute, day, second in (
        (minute_number(2026, 1, 1, 0, 0), day_of(2026, 1, 1), 7200),
        (minute_number(2026, 7, 1, 20, 59), day_of(2026, 7, 1), 23 * 3600 + 59 * 60),
        (minute_number(2026, 7, 1, 21, 0), day_of(2026, 7, 2), 0),
        (change - 1, day_of(2026, 10, 25), 3 * 3600 + 59 * 60),
        (change, day_of(2026, 10, 25), 3 * 3600),
    ):
        board.clock.tell(minute * 60)
        assert board.clock.local() == (day, second)
