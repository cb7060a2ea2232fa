"""`verify` sees what was done to the ledger behind its back: edits, deletions, cut tails, new chains, a changed register."""

import hashlib
import sqlite3

import pytest

from host_tools.store import Store
from host_tools.store.ledger import GENESIS, link
from tests.store.shop import AT, FAMILY, LATER, UID, head_mac, intend, settle, tap, undo_fields

GOOD = {"ok": True, "first_bad": None, "tail_missing": False}


@pytest.fixture
def day(store, path):
    """The path of a closed ledger of 13 events with heads at 8 and 13."""
    tap(store, "issue")
    sale = tap(store, sale="S1")
    tap(store, sale="S2")
    lost = intend(store, "redeem", sale="S3")
    settle(store, lost, "not_landed")
    store.write_head(AT)
    tap(store, "redeem", sale="S4")
    store.open_case("STALE_CARD", {"sequence": 1}, AT)
    tap(store, "block")
    store.write_head(LATER)
    assert store.verify() == {"events": 13, **GOOD} and not store.tail_missing()
    assert sale["sequence"] == 2
    store.close()
    return path


def edit(path, *statements):
    """Changes the file as somebody with SQLite and without scruples does: the guards are dropped first."""
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute("DROP TRIGGER %s" % name)
    for statement in statements:
        connection.execute(*((statement,) if isinstance(statement, str) else statement))
    connection.commit()
    connection.close()


def verdict(path, mac=head_mac):
    with Store.open(path, mac, 1) as store:
        return store.verify()


def chain_anew(path, cut_after=None):
    """Computes all hashes anew, as somebody who knows the format but not the key can."""
    connection = sqlite3.connect(path)
    previous, rows = GENESIS, []
    for number, body in connection.execute("SELECT number, body FROM events ORDER BY number"):
        previous = link(previous, body.encode())
        rows.append((previous, number))
    connection.executemany("UPDATE events SET hash = ? WHERE number = ?", rows)
    connection.commit()
    connection.close()


def test_the_triggers_refuse_changes(day):
    connection = sqlite3.connect(day)
    for statement in (
        "UPDATE events SET body = '{}' WHERE number = 3", "DELETE FROM events WHERE number = 13", "DELETE FROM heads",
        "UPDATE heads SET events = 1", "INSERT INTO events VALUES(20, '{}', x'00')", "INSERT INTO events VALUES(3, '{}', x'00')",
        "INSERT OR REPLACE INTO events VALUES(3, '{}', x'00')", "INSERT INTO events VALUES(0, '{}', x'00')",
    ):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()
    assert verdict(day) == {"events": 13, **GOOD}


@pytest.mark.parametrize("number", range(1, 14))
def test_an_edited_event_is_named(day, number):
    edit(day, "UPDATE events SET body = replace(body, '2026', '2025') WHERE number = %d" % number)
    assert verdict(day) == {"events": 13, "ok": False, "first_bad": number, "tail_missing": False}


def test_an_edited_hash_is_named(day):
    edit(day, ("UPDATE events SET hash = ? WHERE number = 6", (bytes(32),)))
    assert verdict(day)["first_bad"] == 6


def test_bytes_that_are_no_text_are_named(day):
    edit(day, "UPDATE events SET body = CAST(x'ff00fe' AS TEXT) WHERE number = 6")
    assert verdict(day)["first_bad"] == 6


@pytest.mark.parametrize("number", (1, 2, 7, 12))
def test_a_deleted_middle_event_is_named(day, number):
    edit(day, "DELETE FROM events WHERE number = %d" % number)
    found = verdict(day)
    assert (found["events"], found["ok"], found["first_bad"]) == (12, False, number)


def test_deleted_and_closed_up_is_named(day):
    edit(day, "DELETE FROM events WHERE number = 4", "UPDATE events SET number = number - 1 WHERE number > 4")
    found = verdict(day)
    assert found["first_bad"] == 4 and found["tail_missing"]


def test_two_events_that_changed_places_are_named(day):
    edit(day, "UPDATE events SET number = 99 WHERE number = 3", "UPDATE events SET number = 3 WHERE number = 4",
         "UPDATE events SET number = 4 WHERE number = 99")  # fmt: skip
    assert verdict(day)["first_bad"] == 3


@pytest.mark.parametrize("kept", (0, 1, 7, 8, 12))
def test_a_cut_tail_is_seen(day, kept):
    edit(day, "DELETE FROM events WHERE number > %d" % kept)
    assert verdict(day) == {"events": kept, "ok": False, "first_bad": None, "tail_missing": True}
    with Store.open(day, head_mac, 1) as store:
        assert store.tail_missing()


def test_a_cut_tail_is_seen_though_its_heads_were_cut_too(day):
    edit(day, "DELETE FROM events WHERE number > 8", "DELETE FROM heads WHERE events > 8")
    assert verdict(day)["tail_missing"]


def test_a_new_head_does_not_bless_a_cut_tail(day):
    edit(day, "DELETE FROM events WHERE number > 8", "DELETE FROM heads WHERE events > 8")
    with Store.open(day, head_mac, 1) as store:
        store.rebuild()
        store.write_head(LATER)
        assert store.verify()["tail_missing"] and store.tail_missing()
        for _ in range(4):
            tap(store)
        store.write_head(LATER)
        assert not store.tail_missing()
        assert store.verify() == {"events": 16, "ok": False, "first_bad": 9, "tail_missing": False}


def test_an_older_ledger_file_put_back_is_seen(store, path, tmp_path):
    tap(store, "issue")
    store.write_head(AT)
    store.close()
    older = path.read_bytes()
    with Store.open(path, head_mac, 1) as store:
        tap(store)
        store.write_head(LATER)
    path.write_bytes(older)
    assert verdict(path) == {"events": 2, "ok": False, "first_bad": None, "tail_missing": True}


def test_a_chain_computed_anew_is_seen_by_the_heads(day):
    edit(day, "UPDATE events SET body = replace(body, 'S4', 'S5')")
    chain_anew(day)
    assert verdict(day) == {"events": 13, "ok": False, "first_bad": 9, "tail_missing": False}


def test_a_chain_computed_anew_shows_as_a_wrong_register_where_there_is_no_key_and_no_head(day):
    edit(day, "UPDATE events SET body = replace(body, 'S4', 'S5')", "DELETE FROM heads")
    chain_anew(day)
    day.with_suffix(".head").unlink()
    assert verdict(day, None) == {"events": 13, "ok": False, "first_bad": None, "tail_missing": False}


@pytest.mark.parametrize("what", ("mac = zeroblob(16)", "events = 12", "hash = zeroblob(32)"))
def test_a_forged_head_is_not_believed(day, what):
    edit(day, "UPDATE heads SET %s WHERE events = 13" % what)
    assert verdict(day)["ok"] is False


def test_a_forged_head_file_is_not_believed(day):
    file = day.with_suffix(".head")
    file.write_text(file.read_text().replace('"events": 13', '"events": 99'))
    assert verdict(day) == {"events": 13, **GOOD}
    file.write_text("not a head")
    assert verdict(day) == {"events": 13, **GOOD}


@pytest.mark.parametrize("what", (
    "UPDATE cards SET status = 'active'", "UPDATE cards SET last_seen_sequence = 3", "UPDATE cards SET counters = '{\"1\":[9,0]}'",
    "UPDATE transactions SET claim = NULL WHERE sale = 'S1'", "UPDATE transactions SET state = 'done' WHERE state = 'not_landed'",
    "DELETE FROM cases", "DELETE FROM card_numbers", "UPDATE newest SET minute = 0", "DELETE FROM days",
))  # fmt: skip
def test_a_changed_register_is_seen_and_rebuilt(day, what):
    edit(day, what)
    assert verdict(day) == {"events": 13, "ok": False, "first_bad": None, "tail_missing": False}
    with Store.open(day, head_mac, 1) as store:
        store.rebuild()
        assert store.verify() == {"events": 13, **GOOD}


def test_a_rebuild_gives_the_same_register(store):
    tap(store, "issue")
    sale = tap(store, sale="S")
    tap(store, "undo", **undo_fields(store, sale))
    settle(store, intend(store, "redeem"), "not_landed")
    store.mark_card(FAMILY, UID, "needs_repair", AT)
    store.close_case(store.open_case("A", {}, AT), "note", LATER)
    before = (store.card(FAMILY, UID), store.history(FAMILY, UID), store.cases(False), store.today("2026-11-22"))
    store.rebuild()
    assert before == (store.card(FAMILY, UID), store.history(FAMILY, UID), store.cases(False), store.today("2026-11-22"))
    assert store.verify()["ok"]


def test_the_chain_has_golden_bytes(store):
    store.open_case("ä", {"b": 1, "a": "x"}, AT)
    store.write_head(AT)
    ((number, event, digest),) = [tuple(row) for row in store._database.connection.execute("SELECT * FROM events")]
    text = '{"at":"2026-11-22T10:00:00Z","case":"\\u00e4","detail":{"a":"x","b":1},"kind":"case"}'
    assert (number, event) == (1, text)
    assert digest == hashlib.sha256(bytes(32) + text.encode()).digest()
    (mac,) = store._database.connection.execute("SELECT mac FROM heads").fetchone()
    assert mac == head_mac(b"stampd/head/1" + b"\x00\x01" + (1).to_bytes(8, "big") + digest)


def test_a_head_is_written_once_for_each_state(store):
    for at in (AT, AT, LATER):
        store.write_head(at)
    assert store._database.connection.execute("SELECT count(*) FROM heads").fetchone()[0] == 1


def test_heads_need_a_key(path):
    with Store.open(path, None, 1) as store:
        with pytest.raises(ValueError):
            store.write_head(AT)
