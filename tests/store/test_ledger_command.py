"""`stampd ledger`: the shapes that scripts rely on, and exports that other programs can read and check."""

import csv
import hashlib
import io
import json
import sqlite3

import pytest
from click.testing import CliRunner

from host_tools.cli.main import stampd as root
from host_tools.provisioning.keys import head_mac, test_keys
from host_tools.store import Store
from host_tools.store.ledger import canonical
from tests.store.shop import AT, LATER, UID, intend, tap


def run(home, *words, code=0):
    done = CliRunner().invoke(root, ["--home", str(home), *map(str, words)], catch_exceptions=False)
    assert done.exit_code == code, (done.output, done.stderr)
    return done.stdout


@pytest.fixture
def shop(tmp_path):
    """A TEST home with an issue, a sale, an open redemption and heads."""
    home = tmp_path / "shop"
    run(home, "keys", "init", "--test")
    with Store.open(home / "ledger.sqlite", head_mac(test_keys()), 1) as store:
        tap(store, "issue")
        tap(store, sale="=1+1", details={"paid": 450, "discount": 50, "earned": {"stamps": 1}, "rewards": [], "note": "Käse, \"quoted\""})
        intend(store, "redeem", sale="S2")
        store.write_head(AT)
    return home


def test_a_new_home_may_be_given_its_terminal_number(tmp_path):
    home = tmp_path / "second"
    run(home, "keys", "init", "--test")
    (home / "shop.toml").write_text("terminal = 2\n")
    with Store.open(home / "ledger.sqlite", head_mac(test_keys()), 2) as store:
        tap(store, "issue", terminal=2)
        store.write_head(AT)
    assert json.loads(run(home, "ledger", "verify", "--json")) == {"events": 2, "ok": True, "first_bad": None, "tail_missing": False}


def test_a_ledger_of_another_terminal_is_refused_not_called_tampered(shop):
    (shop / "shop.toml").write_text("terminal = 2\n")
    answer = json.loads(run(shop, "ledger", "verify", "--json", code=1))
    assert answer["refused"] == "TERMINAL_CHANGED" and "terminal 1" in answer["message"]
    assert json.loads(run(shop, "card", "show", "--wait", "0", "--reader", "pn532:/nowhere", "--json", code=1))["refused"] == "TERMINAL_CHANGED"
    (shop / "shop.toml").write_text("terminal = 1\n")
    assert json.loads(run(shop, "ledger", "verify", "--json"))["ok"]


def test_verify(shop):
    assert json.loads(run(shop, "ledger", "verify", "--json")) == {"events": 5, "ok": True, "first_bad": None, "tail_missing": False}
    assert "whole: 5 events" in run(shop, "ledger", "verify")


def test_verify_while_the_daemon_writes(shop):
    with Store.open(shop / "ledger.sqlite", head_mac(test_keys()), 1) as store:
        tap(store)
        assert json.loads(run(shop, "ledger", "verify", "--json"))["events"] == 7


def damage(shop, statement):
    connection = sqlite3.connect(shop / "ledger.sqlite")
    for trigger in ("events_never_change", "events_never_go"):
        connection.execute("DROP TRIGGER " + trigger)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_verify_names_the_first_bad_event(shop):
    damage(shop, "UPDATE events SET body = replace(body, 'S2', 'S3')")
    assert json.loads(run(shop, "ledger", "verify", "--json", code=1)) == {"events": 5, "ok": False, "first_bad": 5, "tail_missing": False}
    assert "Event 5" in run(shop, "ledger", "verify", code=1)


def test_verify_sees_a_missing_tail(shop):
    damage(shop, "DELETE FROM events WHERE number > 3")
    assert json.loads(run(shop, "ledger", "verify", "--json", code=1)) == {"events": 3, "ok": False, "first_bad": None, "tail_missing": True}
    assert "end is missing" in run(shop, "ledger", "verify", code=1)


@pytest.mark.parametrize("what, refused", (("gone", "LEDGER_CORRUPT"), ("junk", "LEDGER_CORRUPT"), ("never", "LEDGER_MISSING")))
def test_verify_of_no_ledger(shop, what, refused):
    file = shop / "ledger.sqlite"
    if what == "junk":
        file.write_text("junk" * 100)
    else:
        file.unlink()
    if what == "never":
        (shop / "ledger.head").unlink()
    answer = json.loads(run(shop, "ledger", "verify", "--json", code=1))
    assert answer["refused"] == refused and answer["hint"]


def test_export_as_json_lines_can_be_checked_by_anybody(shop):
    lines = [json.loads(line) for line in run(shop, "ledger", "export").splitlines()]
    digest = bytes(32)
    for number, line in enumerate(lines, 1):
        digest = hashlib.sha256(digest + canonical(line["event"]).encode()).digest()
        assert line["number"] == number and line["hash"] == digest.hex()
    assert len(lines) == 5 and [line["event"]["kind"] for line in lines] == ["intent", "outcome", "intent", "outcome", "intent"]


def test_export_as_csv(shop, tmp_path):
    out = tmp_path / "taps.csv"
    assert run(shop, "ledger", "export", "--format", "csv", "--out", out) == ""
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert [(row["operation"], row["state"], row["uid"]) for row in rows] == [
        ("issue", "done", UID.hex()), ("earn", "done", UID.hex()), ("redeem", "open", UID.hex()),
    ]  # fmt: skip
    assert (rows[1]["sale"], rows[1]["paid"], rows[1]["discount"], rows[1]["stamps"]) == ("'=1+1", "450", "50", "1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "taps.csv"]


def test_no_export_holds_a_whole_mac(shop):
    with Store.open(shop / "ledger.sqlite", head_mac(test_keys()), 1) as store:
        entry = intend(store, sale="S9")
        store.record_outcome(entry["transaction"], "done", at=LATER, sequence=entry["sequence"], record_mac=bytes.fromhex("a1b2c3d4e5f60718"))
    text = run(shop, "ledger", "export") + run(shop, "ledger", "export", "--format", "csv")
    assert "a1b2c3d4" in text and "e5f60718" not in text


def test_export_to_where_nothing_can_be_written(shop, tmp_path):
    run(shop, "ledger", "export", "--out", tmp_path / "no" / "such", code=1)


def test_many_events_are_exported_in_batches(shop):
    with Store.open(shop / "ledger.sqlite", head_mac(test_keys()), 1) as store:
        for _ in range(600):
            tap(store)
    assert len(run(shop, "ledger", "export").splitlines()) == 1205
    assert len(run(shop, "ledger", "export", "--format", "csv").splitlines()) == 604
