"""Disks, rights and other programs: each trouble has its code and a hint, and nothing is half written."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from cardos.errors import StampdError
from host_tools.store import Store
from host_tools.store.troubles import LedgerTrouble
from tests.store.shop import AT, FAMILY, UID, entry_of, head_mac, intend, settle, tap
from tests import needs

NOBODY = 65534


def trouble(code, call, *arguments, **named):
    with pytest.raises(LedgerTrouble) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value
    assert caught.value.hint and caught.value.message.endswith(".")
    return caught.value


@pytest.fixture
def closed(store, path):
    """The path of a closed ledger with one card and 40 sales: a few dozen pages."""
    tap(store, "issue")
    for _ in range(40):
        tap(store)
    store.write_head(AT)
    store.close()
    return path


@pytest.mark.parametrize("left", (1, 15, 16, 100))
def test_a_file_cut_inside_its_header(closed, left):
    closed.write_bytes(closed.read_bytes()[:left])
    trouble("LEDGER_CORRUPT", Store.open, closed, head_mac, 1)


def test_a_file_cut_in_the_middle(closed):
    data = closed.read_bytes()
    for size in range(4096, len(data), 8192):
        closed.write_bytes(data[:size])

        def use():
            with Store.open(closed, head_mac, 1) as store:
                store.verify()
                tap(store)

        trouble("LEDGER_CORRUPT", use)


@pytest.mark.parametrize("remains", ("empty", "gone"))
def test_an_emptied_or_lost_file_does_not_begin_again_at_one(closed, remains):
    closed.write_bytes(b"") if remains == "empty" else closed.unlink()
    trouble("LEDGER_CORRUPT", Store.open, closed, head_mac, 1)
    assert not closed.exists() or closed.stat().st_size == 0


def test_an_overwritten_file(closed):
    for junk in (b"not a database at all, just text\n" * 300, bytes(8192), os.urandom(8192)):
        closed.write_bytes(junk)
        trouble("LEDGER_CORRUPT", Store.open, closed, head_mac, 1)
        assert closed.read_bytes() == junk


def test_overwritten_pages_are_never_taken_for_good(closed, rng):
    data = closed.read_bytes()
    for _ in range(30):
        at = rng.randrange(4096, len(data) - 512)
        closed.write_bytes(data[:at] + rng.randbytes(512) + data[at + 512 :])
        try:
            with Store.open(closed, head_mac, 1) as store:
                assert not store.verify()["ok"] or _untouched(store)
        except LedgerTrouble as error:
            assert error.code in ("LEDGER_CORRUPT", "LEDGER_IO", "LEDGER_MIGRATION_CHANGED", "LEDGER_NEWER"), error.code
        for left in ("-wal", "-shm"):
            closed.with_name(closed.name + left).unlink(missing_ok=True)


def _untouched(store):
    """The damage hit free bytes or what the ledger does not hold: every line still reads as it was written."""
    return store.card(FAMILY, UID).counters == {"1": [40, 0]} and len(store.history(FAMILY, UID)) == 41


def test_another_programs_database(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t(a)")
    connection.commit()
    connection.close()
    trouble("LEDGER_CORRUPT", Store.open, path, head_mac, 1)


def test_a_directory_in_the_files_place(tmp_path):
    trouble("LEDGER_READ_ONLY", Store.open, tmp_path, head_mac, 1)


def test_no_directory(tmp_path):
    trouble("LEDGER_READ_ONLY", Store.open, tmp_path / "nowhere" / "ledger.sqlite", head_mac, 1)
    trouble("LEDGER_MISSING", Store.open, tmp_path / "ledger.sqlite", head_mac, 1, read_only=True)


def as_nobody(work):
    """What `work()` returns as text in a forked child that is not root (nothing is read-only to root)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            answer = str(work())
        except StampdError as error:
            answer = error.code
        except BaseException as error:  # noqa: BLE001 - a forked child must end here whatever happens; the parent compares
            answer = repr(error)
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


@pytest.mark.parametrize("what, how, expected", (
    ("file", "write", "LEDGER_READ_ONLY"), ("directory", "write", "LEDGER_READ_ONLY"), ("secret", "write", "LEDGER_READ_ONLY"),
    ("file", "read", "True"), ("directory", "read", "True"),
))  # fmt: skip
def test_read_only_files_and_directories(closed, what, how, expected):
    def work():
        with Store.open(ledger, head_mac, 1, read_only=how == "read") as store:
            return store.verify()["ok"] if how == "read" else tap(store)

    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: others may not look into its parents
        ledger = Path(folder, "ledger.sqlite")
        shutil.copy(closed, ledger)
        ledger.chmod({"file": 0o444, "directory": 0o666, "secret": 0o000}[what])
        Path(folder).chmod(0o777 if what == "file" else 0o555)
        before = closed.read_bytes()
        assert as_nobody(work) == expected
        Path(folder).chmod(0o755)
        ledger.chmod(0o644)
        assert ledger.read_bytes() == before


def test_a_full_disk_keeps_nothing_of_the_call(store):
    tap(store, "issue")
    store._database.connection.execute("PRAGMA max_page_count = %d" % (_pages(store) + 2))
    kept = 0
    try:
        for _ in range(200):
            entry = entry_of(store)
            store.record_intent(entry, AT)
            settle(store, entry)
            kept += 1
    except LedgerTrouble as error:
        assert error.code == "DISK_FULL" and error.hint
    assert 0 < kept < 200
    store._database.connection.execute("PRAGMA max_page_count = 100000")
    store.rebuild()
    assert store.verify()["ok"] and store.card(FAMILY, UID).taps == 1 + kept
    for doubt in store.all_doubts():
        settle(store, doubt)
    tap(store)


def _pages(store):
    return store._database.connection.execute("PRAGMA page_count").fetchone()[0]


def test_a_really_full_disk(tmp_path):
    """On a disk of 1 MB, where the machine lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True).returncode:
        needs.skip("a small disk cannot be mounted here", "run as root; max_page_count above tests the same code")
    try:
        store = Store.open(disk / "ledger.sqlite", head_mac, 1)
        tap(store, "issue")
        with pytest.raises(LedgerTrouble) as caught:
            for _ in range(5000):
                tap(store, details={"note": "x" * 500})
        assert caught.value.code == "DISK_FULL"
        acknowledged = [line for line in store.history(FAMILY, UID) if line["outcome"] == "done"]
        store.close()
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        with Store.open(disk / "ledger.sqlite", head_mac, 1) as store:
            assert [line for line in store.history(FAMILY, UID) if line["outcome"] == "done"] == acknowledged
            assert store.verify()["ok"]
            for doubt in store.all_doubts():
                settle(store, doubt)
            tap(store)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_second_program_that_writes(store, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerTrouble) as caught:
        Store.open(path, head_mac, 1, busy_ms=50)
    assert caught.value.code == "LEDGER_BUSY"
    store._database.connection.execute("PRAGMA busy_timeout = 50")
    trouble("LEDGER_BUSY", intend, store)
    assert store.next_transaction() == 1 and store.all_doubts() == []
    other.execute("ROLLBACK")
    other.close()
    tap(store)
    assert store.verify()["ok"]


def test_a_short_wait_is_waited_out(store, path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    release.start()
    tap(store)
    release.join()
    other.close()


def test_two_stores_on_one_file_stay_one_chain(store, path):
    with Store.open(path, head_mac, 1) as other:
        for n in range(10):
            tap(store if n % 2 else other)
        assert store.verify() == other.verify() == {"events": 20, "ok": True, "first_bad": None, "tail_missing": False}


def test_reading_while_another_writes(store, path):
    tap(store)
    with Store.open(path, head_mac, 1, read_only=True) as reader:
        tap(store)
        assert reader.verify()["events"] == 4 and reader.card(FAMILY, UID).taps == 2
        trouble("LEDGER_READ_ONLY", intend, reader)


@pytest.mark.parametrize("wrong", (
    {"uid": "xyz"}, {"previous": None}, {"sequence": "one"}, {"details": {"a": float("nan")}}, {"minute": None}, {"details": b""}, {"sale": 5.5},
))  # fmt: skip
def test_an_entry_that_breaks_inside_keeps_nothing(store, wrong):
    with pytest.raises((ValueError, TypeError, StampdError)):
        intend(store, **wrong)
    assert store.verify() == {"events": 0, "ok": True, "first_bad": None, "tail_missing": False}
    tap(store)
