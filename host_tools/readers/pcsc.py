"""A contactless reader behind PC/SC: waits for cards by SCardGetStatusChange, hands out links.

Two contexts: one to wait with, so that `wake` can cancel it from another thread (SCardCancel), and one for handles,
used on the watchdog's worker only. Waiting has no time-out of its own and costs nothing while nothing happens.

pcscd looks at a reader every 400 ms: a card away for less than that may never be seen to leave, and another card may be
there without any event. The event counter in the upper half of a state tells most of it; a link ends the rest by
dropping its handle on the first sign, and taps bind themselves to the UID.

The service may die and return, the reader may be unplugged and plugged in: waits outlive both, looking again with a
growing pause while there is nothing to wait on.
"""

import threading
from typing import Any

from cardos.errors import ReaderLost
from host_tools.readers import scard
from host_tools.readers.atr import card_hint
from host_tools.readers.base import CARD, EMPTY, GONE, IN_USE, Deadline, Reader, is_cancelled
from host_tools.readers.pcsc_link import APDU_MARGIN_MS, BUSY, PcscLink, reader_busy, reader_hangs
from host_tools.readers.pcsc_wait import Waiter, trouble_waiting
from host_tools.readers.profiles import NONE, profile_of
from host_tools.readers.watchdog import Hung, Worker

CONNECT_LIMIT_S = 5.0  # powering up a card takes under a second; a busy sibling makes it wait
NOTICE_S = 0.6  # pcscd looks at a reader every 400 ms
BUSY_LOOK_S = 0.5  # pcscd 1.9.9 tells no waiter that another program let go of a reader (measured), so only then we look again
LEASE_LIMIT_S = 5.0  # another stampd's whole tap, generously


class PcscReader(Reader):
    kind = "pcsc"

    def __init__(self, name, api=None, *, margin_ms=APDU_MARGIN_MS, connect_limit_s=CONNECT_LIMIT_S, lease_limit_s=LEASE_LIMIT_S):
        """api: pyscard's thin module or a stand-in. Opening costs nothing: the service is asked at the first wait."""
        super().__init__(name)
        self.profile = profile_of(name)
        self.carry = self.profile.carry
        self.direct_works = False
        self._api = api if api is not None else scard.load()
        self._margin_ms = margin_ms
        self._limits_s = (connect_limit_s, lease_limit_s)
        self._waiter = Waiter(self._api, name)
        self._driver = None
        self._worker: Any = None
        self._stuck = None  # a worker whose driver call did not come back, and why that matters
        self._stuck_because = None
        self._link: Any = None
        self._lost_at = None  # event counter of a card that was lost in a tap
        self._tapped = None  # event counter of the card last handed out
        self._guard = threading.Lock()

    # --- waiting ---------------------------------------------------------------------------------------------------

    def wait_for_card(self, timeout_s, cancelled=None):
        deadline = Deadline(timeout_s)
        known, trouble = scard.STATE_UNAWARE, None
        while not is_cancelled(cancelled):
            try:
                if self._is_stuck():
                    trouble, known = self._stuck_because, scard.STATE_UNAWARE
                    self._waiter.pause(deadline.left(), ready=lambda: not self._is_stuck())
                else:
                    busy = trouble is not None and trouble.code == BUSY
                    seen = self._waiter.next_state(known, Deadline(deadline.left(at_most=BUSY_LOOK_S)) if busy else deadline)
                    if seen is None and busy:
                        known = scard.STATE_UNAWARE
                    if seen is not None:
                        known = seen[0]
                        seen = self._after_a_loss(seen, deadline)
                    if seen is not None:
                        known = seen[0]
                        link, trouble = self._try(*seen)
                        if link is not None:
                            return link
            except ReaderLost as error:
                trouble, known = error, scard.STATE_UNAWARE
                if not self._is_stuck():
                    self._drop_driver()
                    self._waiter.come_back(deadline)
            if deadline.passed() and not is_cancelled(cancelled):
                if trouble is not None:
                    raise trouble
                return None
        return None

    def wait_for_removal(self, timeout_s, cancelled=None):
        deadline = Deadline(timeout_s)
        known = scard.STATE_UNAWARE
        while not is_cancelled(cancelled):
            try:
                seen = self._waiter.next_state(known, deadline)
            except ReaderLost:
                # The service's counters start anew when it returns; the card may lie there all the time and must not count as a new one.
                self._tapped, known = None, scard.STATE_UNAWARE
                self._waiter.come_back(deadline)
            else:
                if seen is not None:
                    known = seen[0]
                    if not known & scard.STATE_PRESENT:
                        return True
                    if self._tapped is not None and known >> 16 != self._tapped:
                        return True  # away and back again between two looks
                    self._tapped = known >> 16
            if deadline.passed():
                return False
        return False

    def wake(self):
        self._waiter.wake()

    def status(self):
        try:
            seen = self._waiter.look()
        except ReaderLost:
            return GONE, None
        if seen is None:
            return GONE, None
        state, atr = seen
        hint = card_hint(atr)
        card = {"atr": atr.hex(), "kind": hint.kind, "name": hint.name} if state & scard.STATE_PRESENT else None
        if state & scard.STATE_EXCLUSIVE:
            return IN_USE, card
        return (CARD if card else EMPTY), card

    def _after_a_loss(self, seen, deadline):
        """A card that was lost is still shown until the service looks again: give it that time, or every try fails at once.

        Returns the state to go on with, None when the deadline came first.
        """
        lost_at, self._lost_at = self._lost_at, None
        if lost_at is None or not seen[0] & scard.STATE_PRESENT or seen[0] >> 16 != lost_at:
            return seen
        news = self._waiter.next_state(seen[0], Deadline(deadline.left(at_most=NOTICE_S)))
        return news or (None if deadline.passed() else seen)

    # --- one card --------------------------------------------------------------------------------------------------

    def _try(self, state, atr):
        """(link, None), or (None, trouble or None) when there is no card that answers; the next change decides again.

        Raises ReaderLost when there will be no such change: the service died, the driver hangs.
        """
        if state & scard.STATE_EXCLUSIVE:
            return None, reader_busy(self.name)
        if not state & scard.STATE_PRESENT or state & scard.STATE_MUTE:
            return None, None
        try:
            handle, protocol = self._open(state & scard.STATE_INUSE)
        except scard.ScardError as error:
            if error.code in scard.CARD_CODES:
                return None, None
            if error.code == scard.SHARING_VIOLATION:
                return None, reader_busy(self.name)
            raise trouble_waiting(error, self.name) from error
        self._tapped = state >> 16
        self._link = PcscLink(self, self._driver, self._worker, handle, protocol, card_hint(atr), margin_ms=self._margin_ms)
        return self._link, None

    def _open(self, in_use):
        """(handle, protocol) with the transaction begun. Raises ScardError, or ReaderLost when the driver hangs.

        in_use: another program has a handle. While it holds a transaction not only ours waits, but the connect too (measured).
        """
        connect_limit_s, lease_limit_s = self._limits_s
        busy = reader_busy(self.name)
        hangs = busy if in_use else reader_hangs(self.name)
        connect_limit_s = lease_limit_s if in_use else connect_limit_s
        if self._worker is None:
            self._worker = Worker(self.name)
        if self._driver is None:
            self._driver = self._guarded(connect_limit_s, hangs, scard.Scard, self._api, undo=lambda late: late and late.release())
        driver = self._driver
        handle, protocol = self._guarded(connect_limit_s, hangs, driver.connect, self.name, undo=lambda late: driver.give_up(late and late[0]))
        try:
            self._guarded(lease_limit_s, busy, _begin, driver, handle, undo=lambda _late: driver.give_up(handle))
        except scard.ScardError:
            driver.leave(handle)
            raise
        return handle, protocol

    def _guarded(self, limit_s, late, function, *arguments, undo):
        try:
            return self._worker.call(limit_s, function, *arguments, undo=undo)
        except Hung as hung:
            self.hung(self._worker, late)
            raise late from hung

    def hung(self, worker, because):
        """The driver did not come back: this worker and what was opened on it are given up until it does."""
        with self._guard:
            self._stuck, self._stuck_because = worker, because
            self._worker = self._driver = self._link = None
        worker.when_finished(self._waiter.poke)

    def _is_stuck(self):
        with self._guard:
            if self._stuck is not None and self._stuck.finished.is_set():
                self._stuck = None
            return self._stuck is not None

    def _drop_driver(self):
        """Forget the context for handles: its service is gone, or its reader was."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.release()

    # --- what a link tells -------------------------------------------------------------------------------------------

    def remember_unable(self):
        """This reader refuses direct frames: never try again while it is open."""
        self.carry = NONE

    def link_closed(self, link):
        if self._link is link:
            self._link = None
            self._lost_at = self._tapped if link.lost_its_card else None

    def signal(self, word):
        link = self._link
        if link is None:
            return
        try:
            link.show(word)
        except (scard.ScardError, ReaderLost):
            return  # a lamp is a courtesy: the card or the reader has left, and the tap's outcome is known already

    def close(self):
        link, self._link = self._link, None
        if link is not None:
            link.close()
        worker, driver, self._worker, self._driver = self._worker, self._driver, None, None
        if worker is not None:
            if driver is not None:
                try:
                    worker.call(CONNECT_LIMIT_S, driver.release)
                except Hung:
                    return  # the thread is a daemon thread; the service frees the context with the process
            worker.stop()
        self._waiter.close()


def _begin(driver, handle):
    """Begin the transaction; once more after a reset by another program (0x80100068 until reconnect, measured)."""
    try:
        driver.begin(handle)
    except scard.ScardError as error:
        if error.code != scard.RESET_CARD:
            raise
        driver.reconnect(handle)
        driver.begin(handle)
