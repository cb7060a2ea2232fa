"""A board's clock, which knows how sure it is. Most boards forget the time with the power; then only a sync tells it again.

    UNSET    nothing was ever journaled here and no sync came: it is "the first minute of 2026"
    JOURNAL  it is not earlier than the newest minute in this board's own journal and lists, and nobody knows how much later
    SYNCED   the shop told the time, `age_s` seconds ago; the board's crystal has counted since

Counters, order and landing never ask it. Offers with days, limits and certificates do, and refuse with CLOCK_UNSURE while `is_sure`
is false, instead of guessing. Whatever it was told, it never shows a minute before the newest in the journal.
Minutes and seconds count from 2026-01-01 00:00 UTC, as a record's minute does; days from 2020-01-01, local.
"""

from cardos.errors import StampdError
from cardos.records.fields import day_of_minute
from terminal.compat import elapsed_ms
from terminal.compat import ticks_ms as board_ticks_ms

UNSET, JOURNAL, SYNCED = "unset", "journal", "synced"

AGE_S_MAX = 35 * 86400  # a terminal's certificate lives as long; by then it has to have met the shop anyway
DRIFT_PPM = 100  # crystals of these boards are 10 to 50 parts in a million; heat and age double that: 5 minutes in 35 days
SYNC_ERROR_S = 2  # a time that came over a network is this good
TOLERANCE_MINUTES = 1  # a minute's rounding is no clock that runs back

_DAY_S = 86400


class ClockUnsure(StampdError):
    """What was asked depends on the day, and this terminal does not know it."""

    code = "CLOCK_UNSURE"


class Clock:
    """newest_minute: a function, () -> the newest minute in the journal and the lists, 0 for none. ticks_ms: milliseconds that wrap
    at 2**30; somebody has to ask the clock for something at least once in six days (the tap loop does)."""

    def __init__(self, newest_minute, ticks_ms=board_ticks_ms):
        self._newest_minute = newest_minute
        self._ticks_ms = ticks_ms
        self._ticks = ticks_ms()
        self._ms = 0  # counted since the last time was told
        self._told_s = None  # that time
        self._told_age_s = 0  # how old it was already
        self._zones = ((0, 0),)

    def tell(self, second, age_s=0):
        """A sync (or a clock that ran on through a restart) says the time. second: since 2026-01-01 UTC. age_s: when that was known
        from somebody else; 0 for the shop's daemon."""
        self._count()
        self._told_s, self._told_age_s, self._ms = second, age_s, 0

    def tell_zones(self, zones):
        """How local time differs: [(first minute, minutes east of UTC)], oldest first, the changes of the coming year among them."""
        self._zones = tuple([tuple(zone) for zone in zones]) or ((0, 0),)

    def _count(self):
        now = self._ticks_ms()
        self._ms += elapsed_ms(now, self._ticks)
        self._ticks = now

    def _reading(self):
        """The second that was told and counted on; None without a sync."""
        self._count()
        return None if self._told_s is None else self._told_s + self._ms // 1000

    @property
    def source(self):
        """UNSET, JOURNAL or SYNCED: whom this clock has its time from."""
        if self._told_s is not None:
            return SYNCED
        return JOURNAL if self._newest_minute() else UNSET

    @property
    def age_s(self):
        """Seconds since somebody told the time; None when nobody did."""
        self._count()
        return None if self._told_s is None else self._told_age_s + self._ms // 1000

    @property
    def error_s(self):
        """By how many seconds the time may be wrong by now; None when it is not known at all."""
        age = self.age_s
        return None if age is None else SYNC_ERROR_S + age * DRIFT_PPM // 1000000

    @property
    def is_sure(self):
        """True when days may be decided by it: told, not too long ago, and not before what is journaled already."""
        reading = self._reading()
        return reading is not None and self.age_s <= AGE_S_MAX and reading // 60 + TOLERANCE_MINUTES >= self._newest_minute()

    def refuse_if_unsure(self):
        """Raises `ClockUnsure` (CLOCK_UNSURE). Asked before a tap whose pack has days in it (`cardos.offers.clock_use`)."""
        if not self.is_sure:
            raise ClockUnsure("This terminal does not know the date.", "Connect it to the shop once; stamps with an end date need it.")

    def second_utc(self):
        """Now, in seconds since 2026-01-01 UTC; never before the newest minute of the journal."""
        reading, least = self._reading(), self._newest_minute() * 60
        return least if reading is None or reading < least else reading

    def minute(self):
        """Now, as a record carries it. Information only."""
        return self.second_utc() // 60

    def local(self):
        """(day since 2020-01-01, second of that day) by the shop's time: what `Terms` and events of offers take."""
        second = self.second_utc()
        east = self._zones[0][1]
        for first, minutes in self._zones:
            if first * 60 <= second:
                east = minutes
        second = max(0, second + east * 60)
        return day_of_minute(second // 60), second % _DAY_S
