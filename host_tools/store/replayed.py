"""The register a second time: the events replayed in a scratch database and compared line by line with what stands."""

import sqlite3

from host_tools.store import register
from host_tools.store.ledger import every_event
from host_tools.store.schema import check_and_migrate
from host_tools.store.troubles import translate


def register_fits(connection, database):
    """True when the file is in order and the events of `database` give the register that `connection` shows."""
    if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        return False
    scratch = _Scratch(database.path)
    try:
        check_and_migrate(scratch)
        register.replay(scratch.connection, every_event(database))
        return register.same(connection, scratch.connection)
    finally:
        scratch.connection.close()


class _Scratch:
    """A temporary database with the ledger's schema; SQLite deletes its file by itself."""

    def __init__(self, path):
        self.path = path
        self.connection = sqlite3.connect("", isolation_level=None)
        self.connection.row_factory = sqlite3.Row

    def reading(self):
        return self

    writing = reading

    def __enter__(self):
        return self.connection

    def __exit__(self, kind, error, _):
        if isinstance(error, sqlite3.Error):
            raise translate(error, self.path) from error
