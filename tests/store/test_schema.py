"""Migrations: numbered, applied once, whole or not at all; newer ledgers and edited files are refused."""

import sqlite3

import pytest

from host_tools.store import Store
from host_tools.store.database import Database
from host_tools.store.schema import check_and_migrate, known_migrations, statements
from host_tools.store.troubles import LedgerTrouble
from tests.store.shop import head_mac, tap


def test_the_numbers_have_no_gap():
    assert [number for number, _, _ in known_migrations()] == list(range(1, len(known_migrations()) + 1))


def test_statements_keep_triggers_whole():
    text = "CREATE TABLE a(b);\nCREATE TRIGGER t BEFORE DELETE ON a\nBEGIN SELECT 1; SELECT 2; END;\n-- the end\n"
    assert [part.split()[1] for part in statements(text)] == ["TABLE", "TRIGGER"]


def test_a_newer_ledger_is_refused(path):
    newer = [*known_migrations(), (9, "0009_future.sql", "CREATE TABLE future(a);\n")]
    database = Database(path)
    check_and_migrate(database, newer)
    database.close()
    with pytest.raises(LedgerTrouble) as caught:
        Store.open(path, head_mac, 1)
    assert caught.value.code == "LEDGER_NEWER" and "newer" in caught.value.hint


def test_an_edited_migration_is_refused(path):
    first, *rest = known_migrations()
    database = Database(path)
    check_and_migrate(database, [(1, first[1], first[2] + "-- edited\n"), *rest])
    database.close()
    with pytest.raises(LedgerTrouble) as caught:
        Store.open(path, head_mac, 1)
    assert caught.value.code == "LEDGER_MIGRATION_CHANGED"


def test_an_older_ledger_is_brought_up_to_date(path):
    database = Database(path)
    check_and_migrate(database, known_migrations()[:1])
    database.close()
    with Store.open(path, head_mac, 1) as store:
        tap(store)
        assert store.verify()["ok"]


def test_a_migration_that_fails_leaves_nothing(path):
    database = Database(path)
    with pytest.raises(LedgerTrouble):
        check_and_migrate(database, [(1, "0001_bad.sql", "CREATE TABLE half(a);\nCREATE TABLE half(a);\n")])
    names = [row[0] for row in database.connection.execute("SELECT name FROM sqlite_schema")]
    database.close()
    assert names == []


def test_pragmas(store):
    execute = store._database.connection.execute
    assert execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert execute("PRAGMA synchronous").fetchone()[0] == 2
    assert execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert sqlite3.threadsafety >= 1
