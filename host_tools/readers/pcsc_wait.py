"""Waiting on PC/SC without polling: SCardGetStatusChange on a context of its own, and a way to interrupt it.

SCardCancel is not remembered: called just before the wait begins, it does nothing. So `wake` marks its wish first and
cancels again every few milliseconds until the waiter says it has noticed.
"""

import math
import threading

from host_tools.readers import scard
from host_tools.readers.pcsc_link import reader_gone, service_gone, trouble_of
from host_tools.readers.watchdog import Worker

BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # while there is no service to wait on; then the last one, until it is back
PLUG_LIMIT_S = 60.0  # between two looks at the list of readers, should a plug event slip through between list and wait
CANCEL_AGAIN_S = 0.02
WAKE_LIMIT_S = 2.0


class Waiting:
    """Blocking waits for one thread that any other may `wake`."""

    def __init__(self, api):
        self._api = api
        self._driver = None
        self._changed = threading.Condition()
        self._inside = False  # the thread is in a blocking call or about to enter it
        self._wanted = False  # somebody wants it out
        self._tries = 0
        self._helper = None  # a thread to wait on, when the main thread does

    def changes(self, states, deadline, at_most=None):
        """As Scard.wait_for_change; None also when woken. Raises ScardError, after which the context is a new one."""
        return self._blocking(lambda driver: driver.wait_for_change(states, _milliseconds(deadline.left(at_most))))

    def readers(self):
        """Names of the readers that are plugged in. Raises ScardError."""
        return self._with_context(lambda driver: driver.readers())

    def plugged(self, names, deadline):
        """Block until the list of readers is no longer `names`, or for PLUG_LIMIT_S."""
        return self.changes([(scard.PLUG_AND_PLAY, len(names) << 16)], deadline, PLUG_LIMIT_S)

    def back_off(self, deadline):
        """A pause before asking the service again, growing from try to try; `wake` ends it."""
        pause_s = BACK_OFF_S[min(self._tries, len(BACK_OFF_S) - 1)]
        self._tries += 1
        self.pause(deadline.left(at_most=pause_s))

    def pause(self, seconds, ready=lambda: False):
        """Wait for `wake`, or for `ready()` after a `poke`, or for `seconds` (None: no limit)."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or ready(), seconds)
            self._wanted = False
            self._changed.notify_all()

    def wake(self):
        """Make the waiting thread come out; harmless when none waits."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()
            rounds = int(WAKE_LIMIT_S / CANCEL_AGAIN_S)
            while self._inside and self._wanted and rounds:
                rounds -= 1
                if self._driver is not None:
                    self._driver.cancel()
                self._changed.wait(CANCEL_AGAIN_S)

    def poke(self):
        """News for `pause` to look at."""
        with self._changed:
            self._changed.notify_all()

    def close(self):
        """Give the context back."""
        helper, self._helper = self._helper, None
        if helper is not None:
            helper.stop()
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.release()

    def _blocking(self, call):
        with self._changed:
            if self._wanted:
                self._wanted = False
                self._changed.notify_all()
                return None
            self._inside = True
        try:
            if threading.current_thread() is threading.main_thread():
                return self._interruptible(call)
            return self._with_context(call)
        finally:
            with self._changed:
                self._inside = self._wanted = False
                self._changed.notify_all()

    def _interruptible(self, call):
        """On the main thread: wait beside, so that Ctrl-C is heard (libpcsclite goes on waiting after a signal)."""
        if self._helper is None:
            self._helper = Worker("wait")
        try:
            return self._helper.call(None, self._with_context, call)
        except KeyboardInterrupt:
            self._helper = None  # it ends by itself, as the call was given up
            if self._driver is not None:
                self._driver.cancel()
            raise

    def _with_context(self, call):
        try:
            if self._driver is None:
                self._driver = scard.Scard(self._api)
            answer = call(self._driver)
        except scard.ScardError as error:
            if error.code not in scard.ABSENT_CODES:
                self.close()
            raise
        self._tries = 0
        return answer


class Waiter(Waiting):
    """The waiting side of one reader."""

    def __init__(self, api, name):
        super().__init__(api)
        self._name = name

    def next_state(self, known, deadline):
        """(state, ATR) once the reader's state differs from `known`; None on time-out or wake. Raises ReaderLost."""
        try:
            return present(self.changes([(self._name, known)], deadline), self._name)
        except scard.ScardError as error:
            raise trouble_waiting(error, self._name) from error

    def look(self):
        """(state, ATR) now, without waiting; from any thread, on a context of its own. Raises ReaderLost."""
        try:
            driver = scard.Scard(self._api)
        except scard.ScardError as error:
            raise trouble_waiting(error, self._name) from error
        try:
            return present(driver.wait_for_change([(self._name, scard.STATE_UNAWARE)], 0), self._name)
        except scard.ScardError as error:
            raise trouble_waiting(error, self._name) from error
        finally:
            driver.release()

    def come_back(self, deadline):
        """After next_state raised: wait until it is worth asking again (a reader is plugged in, or a pause is over)."""
        try:
            names = self.readers()
        except scard.ScardError:
            self.back_off(deadline)  # no service: there is nothing to wait on but time
            return
        if self._name in names:
            self.back_off(deadline)
            return
        try:
            self.plugged(names, deadline)
        except scard.ScardError:
            self.back_off(deadline)


def present(changes, name):
    """(state, ATR) of the only reader in `changes`, None for None. Raises ReaderLost when it is not plugged in."""
    if changes is None:
        return None
    _name, state, atr = changes[0]
    if state & (scard.STATE_UNKNOWN | scard.STATE_UNAVAILABLE):
        raise reader_gone(name)
    return state & ~scard.STATE_CHANGED, atr


def trouble_waiting(error, name):
    """ReaderLost for a ScardError of a wait, where no card is concerned."""
    return service_gone() if error.code in scard.SERVICE_CODES else trouble_of(error, name)


def _milliseconds(seconds):
    return scard.INFINITE if seconds is None else math.ceil(seconds * 1000)
