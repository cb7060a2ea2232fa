"""The one connection to the ledger's file: pragmas, transactions, one lock for the threads of a process.

Rules: WAL and synchronous=FULL, so that a commit that returned is on the disk; one transaction a call, begun IMMEDIATE,
so that a second process is met before anything is read for writing; every `sqlite3.Error` leaves as a `StampdError`.
"""

import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

from host_tools.store.troubles import TOLD, LedgerTrouble, corrupt, translate

APPLICATION_ID = 0x73746D70  # "stmp", SQLite's own place to tell whose file this is
BUSY_MS = 2000  # longer than any transaction of ours; a till must answer soon
_HEADER = b"SQLite format 3\x00"


class Database:
    """An open ledger file. `writing()` and `reading()` give the connection inside the lock."""

    def __init__(self, path, *, read_only=False, busy_ms=BUSY_MS):
        self.path = Path(path)
        self.read_only = read_only
        self.lock = threading.RLock()
        self._check_header()
        try:
            self.connection = self._connect(busy_ms)
        except sqlite3.Error as error:
            raise translate(error, self.path) from error
        try:
            self._set_up()
        except TOLD as error:
            self.connection.close()
            raise translate(error, self.path) from error
        except LedgerTrouble:
            self.connection.close()
            raise

    def _check_header(self):
        """A file that is not SQLite's is told before SQLite sees it (it would start a new database over some of them)."""
        try:
            with self.path.open("rb") as file:
                start = file.read(len(_HEADER))
        except FileNotFoundError:
            if self.read_only:
                raise LedgerTrouble(
                    "There is no ledger at %s." % self.path, "Check --home, or make a new shop with `stampd keys init`.", "LEDGER_MISSING"
                ) from None
            return
        except OSError as error:
            raise LedgerTrouble(
                "The ledger %s cannot be opened (%s)." % (self.path, error.strerror),
                "Give the user who runs stampd the right to read and write this file and its directory.",
                "LEDGER_READ_ONLY",
            ) from error
        if start and start != _HEADER:
            raise corrupt(self.path, "the file does not begin like a ledger")

    def _connect(self, busy_ms):
        mode = "mode=rwc"
        if self.read_only:
            # WAL needs a shared-memory file beside the ledger; where none can be made and nothing waits in a WAL, the file is all there is.
            alone = not os.access(self.path.parent, os.W_OK) and not self.path.with_name(self.path.name + "-wal").exists()
            mode = "mode=ro&immutable=1" if alone else "mode=ro"
        uri = self.path.absolute().as_uri() + "?" + mode
        connection = sqlite3.connect(uri, uri=True, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def _set_up(self):
        execute = self.connection.execute
        owner = execute("PRAGMA application_id").fetchone()[0]
        tables = execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner != APPLICATION_ID and (tables or self.read_only):
            raise corrupt(self.path, "it is another program's database, or was emptied")
        if not self.read_only:
            # Tells a read-only file now, not at the first sale.
            execute("BEGIN IMMEDIATE")
            if owner != APPLICATION_ID:
                execute("PRAGMA application_id = %d" % APPLICATION_ID)
            execute("COMMIT")
            execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA recursive_triggers = ON")
        execute("PRAGMA trusted_schema = OFF")

    @contextmanager
    def writing(self):
        """One transaction: committed and on the disk when the block ends, or nothing of it kept when it raises."""
        with self.lock:
            connection = self.connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except TOLD as error:
                self._roll_back()
                raise translate(error, self.path) from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self):
        if self.connection.in_transaction:
            try:
                self.connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise translate(error, self.path) from error

    @contextmanager
    def reading(self):
        """The connection for reading. Not for generators: the lock is held until the block ends."""
        with self.lock:
            try:
                yield self.connection
            except TOLD as error:
                raise translate(error, self.path) from error

    def close(self):
        """Closes the file; a second call does nothing."""
        with self.lock:
            try:
                self.connection.close()
            except sqlite3.Error as error:
                raise translate(error, self.path) from error
