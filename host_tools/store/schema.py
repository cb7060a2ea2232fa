"""The numbered migrations: `migrations/NNNN_name.sql`, each applied once, in one transaction.

A file that was applied is never edited (its SHA-256 is kept and compared); a ledger with a migration that this program
does not know was written by a newer one and is refused.
"""

import hashlib
import re
import sqlite3
from functools import lru_cache
from importlib import resources

from host_tools.store.troubles import LedgerTrouble

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@lru_cache(maxsize=1)
def known_migrations():
    """((number, name, sql)…) in order, from the files beside this one."""
    found = []
    for file in resources.files("host_tools.store").joinpath("migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append((int(match[1]), file.name, file.read_text("utf-8")))
    return tuple(sorted(found))


def checksum(sql):
    """The SHA-256 by which an edited migration is known."""
    return hashlib.sha256(sql.encode()).hexdigest()


def statements(sql):
    """The single statements of a script (triggers hold semicolons of their own)."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def check_and_migrate(database, migrations=None):
    """Brings the file to this program's schema. Raises LEDGER_NEWER or LEDGER_MIGRATION_CHANGED, then nothing is changed."""
    migrations = known_migrations() if migrations is None else migrations
    applied = _applied(database)
    known = {number: sql for number, _, sql in migrations}
    for number, was in applied.items():
        if number not in known:
            raise LedgerTrouble(
                "The ledger %s was written by a newer stampd (schema %d, this program knows %d)." % (database.path, number, max(known, default=0)),
                "Install the newer stampd again; an older one never opens a newer ledger.",
                "LEDGER_NEWER",
            )
        if was != checksum(known[number]):
            raise LedgerTrouble(
                "The ledger %s was made with another migration %04d than this program carries." % (database.path, number),
                "Install an unchanged release of stampd; an applied migration is never edited.",
                "LEDGER_MIGRATION_CHANGED",
            )
    for number, name, sql in migrations:
        if number not in applied:
            _apply(database, number, name, sql)


def _applied(database):
    with database.reading() as connection:
        exists = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").fetchone()
        return dict(connection.execute("SELECT number, checksum FROM migrations").fetchall()) if exists else {}


def _apply(database, number, name, sql):
    with database.writing() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS migrations(number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT")
        if connection.execute("SELECT 1 FROM migrations WHERE number = ?", (number,)).fetchone():
            return  # another process was quicker
        for statement in statements(sql):
            connection.execute(statement)
        connection.execute("INSERT INTO migrations VALUES(?, ?, ?)", (number, name, checksum(sql)))
