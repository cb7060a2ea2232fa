"""SIGTERM and SIGINT as something a select can wait for, so that a server always ends between two commands."""

import signal
import socket


class StopSignal:
    """Catches both signals while in use as a context manager (main thread). `fileno` becomes readable on the first."""

    def __init__(self):
        self.is_set = False
        self._read, self._write = socket.socketpair()
        self._before = {}

    def fileno(self):
        return self._read.fileno()

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def set(self):
        """Stop, as a signal would; from any thread."""
        self.is_set = True
        self._write.send(b"x")

    def _caught(self, number, stack):
        self.set()
