"""Two writers never meet: whoever works in a home holds its lock; a daemon holds it as long as it runs."""

import fcntl
import os
import time
from pathlib import Path

from cardos.errors import BadInput

FILE = "lock"
_STEP_S = 0.02  # only while another command of the same home is finishing


class HomeLock:
    """An advisory lock on `<home>/lock`, freed by the kernel whatever becomes of the process."""

    def __init__(self, home):
        self._path = Path(home) / FILE
        self._descriptor = None

    def take(self, wait_s=5.0, still_wanted=lambda: True):
        """Take the lock, waiting up to `wait_s` for another command to end. BadInput HOME_IN_USE otherwise."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                "The shop's directory %s cannot be written (%s)." % (self._path.parent, error.strerror),
                "Give yourself the right to write there, or name another with --home.", "HOME_NOT_WRITABLE",
            ) from error  # fmt: skip
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._descriptor = descriptor
                return self
            except BlockingIOError:
                if time.monotonic() >= deadline or not still_wanted():
                    os.close(descriptor)
                    raise BadInput(
                        "Another stampd is at work in %s." % self._path.parent,
                        "Wait until it has finished, or stop the daemon.", "HOME_IN_USE",
                    ) from None  # fmt: skip
            time.sleep(_STEP_S)

    def free(self):
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
