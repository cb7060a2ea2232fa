"""Calls into a driver, with a limit on their time.

SCardTransmit, SCardConnect and SCardBeginTransaction have no time-out of their own: a silent card or a hung driver blocks
them for ever, and nothing can interrupt them. So they run on a worker thread. When the limit passes, the caller gets
`Hung` and abandons the worker; if the driver ever comes back, the worker undoes what the call acquired and ends. Worker
threads are daemon threads: a hung driver never keeps the program from ending.

A single call changes threads twice. A whole tap (`run`) changes once: the tap itself runs on the worker, each of its calls
carries its limit, and the caller looks whether one is overdue.
"""

import queue
import threading
import time

LOOK_S = 0.5  # how often a caller of `run` looks for an overdue call; a tap is over before the first look


class Hung(Exception):
    """The driver did not come back in time; the worker that asked it is lost."""


class Worker:
    """One thread that runs calls in turn, for one caller at a time."""

    def __init__(self, name):
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._answers: queue.SimpleQueue = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._abandoned = False
        self._overdue_at = None  # while a call of a running job is in the driver
        self.finished = threading.Event()  # set when the thread has ended
        self._on_finish = []
        self._thread = threading.Thread(target=self._run, name="stampd driver " + name, daemon=True)
        self._thread.start()

    def call(self, limit_s, function, *arguments, undo=None):
        """`function(*arguments)` on the worker; its result or its exception. Hung after `limit_s` seconds (None: no limit).

        undo: called on the worker when the call comes back after it was given up, with its result (None when it failed).
        A caller that is interrupted (Ctrl-C) gives the call up too: its answer must never be taken for the next one's.
        """
        if threading.current_thread() is self._thread:
            return self._call_of_job(limit_s, function, arguments, undo)
        if self._abandoned:
            raise Hung()
        self._calls.put((function, arguments, undo))
        try:
            result, trouble = self._answers.get(timeout=limit_s)
        except queue.Empty:
            if self._abandon():
                raise Hung() from None
            result, trouble = self._answers.get()
        except BaseException:
            if not self._abandon():
                self._answers.get()
            raise
        if trouble is not None:
            raise trouble
        return result

    def run(self, job):
        """`job()` on the worker, whose calls of `call` keep their limits; its result or its exception, Hung when a call hangs."""
        if self._abandoned:
            raise Hung()
        self._calls.put((job, (), None))
        try:
            while True:
                try:
                    result, trouble = self._answers.get(timeout=LOOK_S)
                    break
                except queue.Empty:
                    if self._abandon_overdue():
                        raise Hung() from None
        except BaseException:
            self._abandon()
            raise
        if trouble is not None:
            raise trouble
        return result

    def _call_of_job(self, limit_s, function, arguments, undo):
        with self._guard:
            if self._abandoned:
                raise Hung()
            self._overdue_at = None if limit_s is None else time.monotonic() + limit_s
        result = None
        try:
            result = function(*arguments)
        finally:
            with self._guard:
                self._overdue_at = None
                abandoned = self._abandoned
            if abandoned and undo is not None:
                undo(result)
        if abandoned:
            raise Hung()
        return result

    def _abandon_overdue(self):
        with self._guard:
            if self._overdue_at is None or time.monotonic() < self._overdue_at:
                return False
            self._abandoned = True
            return True

    def _abandon(self):
        """Give the running call up; False when its answer came in this very moment."""
        with self._guard:
            self._abandoned = self._answers.empty()
            return self._abandoned

    def stop(self):
        """End the thread once it is idle."""
        self._calls.put(None)

    def when_finished(self, action):
        """Run `action()` when the thread ends (at once if it has); used to learn that a hung driver came back."""
        with self._guard:
            if not self.finished.is_set():
                self._on_finish.append(action)
                return
        action()

    def _run(self):
        while True:
            call = self._calls.get()
            if call is None:
                break
            function, arguments, undo = call
            result, trouble = None, None
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001 - handed to the caller whole; the worker itself has nobody to tell
                trouble = error
            with self._guard:
                abandoned = self._abandoned
                if not abandoned:
                    self._answers.put((result, trouble))
            if abandoned:
                if undo is not None:
                    undo(result)
                break
        with self._guard:
            self.finished.set()
        for action in self._on_finish:
            action()
