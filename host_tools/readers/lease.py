"""One user per serial line, across processes: an advisory lock on the line itself.

PC/SC needs no lease of ours, its transactions are one. A serial line has no such thing: two programs on one PN532 would
read each other's answers. The lock is flock on a descriptor of our own, because nfcpy closes and opens the line again
when it changes its speed. It ends with the process, whatever happens.
"""

import fcntl
import os

from cardos.errors import ReaderLost


class LineLease:
    """Holds the lock from construction to `close`. Raises ReaderLost (READER_BUSY), or OSError when the line is not there."""

    def __init__(self, path):
        self._held: int | None = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise ReaderLost("Another program holds the reader on %s." % path, "Close the other program that uses the reader.", "READER_BUSY") from None

    def close(self):
        held, self._held = self._held, None
        if held is not None:
            os.close(held)
