"""kill -9 before every single SQL statement of a scripted day: what was acknowledged is there, nothing is half written."""

import json
import os
import signal

import pytest

from host_tools.store import Store
from tests.store.shop import AT, FAMILY, LATER, UID, head_mac, intend, settle, tap, undo_fields


def script(store, said):
    """A day: issue, sales, a doubt settled, an undo, a block, a case, heads. `said(step)` after each call that returned."""
    issue = intend(store, "issue")
    said("intent %d" % issue["transaction"])
    settle(store, issue)
    said("done 1")
    store.write_head(AT)
    said("head 2")
    sale = tap_in_steps(store, said, "earn", sale="S1")
    doubt = intend(store, "redeem", sale="S2")
    said("intent %d" % doubt["transaction"])
    settle(store, doubt, "not_landed")
    said("not_landed %d" % doubt["transaction"])
    tap_in_steps(store, said, "undo", **undo_fields(store, sale))
    store.open_case("STALE_CARD", {"sequence": 1}, AT)
    said("case 1")
    tap_in_steps(store, said, "block")
    store.write_head(LATER)
    said("head 11")
    store.rebuild()
    said("rebuilt")


def tap_in_steps(store, said, operation, **fields):
    entry = intend(store, operation, **fields)
    said("intent %d" % entry["transaction"])
    settle(store, entry)
    said("done %d" % entry["transaction"])
    return entry


def run_and_kill(path, at_statement):
    """Runs the script in a child that is killed before its n-th statement; what it said, and whether it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store = Store.open(path, head_mac, 1)
            seen = [0]

            def count(_):
                seen[0] += 1
                if seen[0] == at_statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            store._database.connection.set_trace_callback(count)
            script(store, lambda word: os.write(writing, (json.dumps(word) + "\n").encode()))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    return said, os.WIFSIGNALED(status)


def check(path, said):
    """Everything said is there; at most one call more (its commit was through, its answer was not); all is well formed."""
    with Store.open(path, head_mac, 1) as store:
        verdict = store.verify()
        assert verdict["ok"], (verdict, said)
        calls = [word.split() for word in said if not word.startswith(("head", "rebuilt"))]
        for kind, number in calls:
            if kind == "case":
                assert store.cases()[0]["id"] == 1
                continue
            state = store.transaction(int(number))["state"]
            assert state == kind or kind == "intent", (kind, number, state)
        assert verdict["events"] - len(calls) in (0, 1), (verdict, said)
        if "head 11" in said:
            assert verdict["events"] == 11 or not store.tail_missing()
        for doubt in store.all_doubts():
            settle(store, doubt, "landed")
        if store.card(FAMILY, UID) is not None and store.card(FAMILY, UID).issued:
            tap(store)
        assert store.verify()["ok"]


def test_killed_before_every_statement(tmp_path, tears_all, rng):
    """Every fourth statement from a drawn one on; every one in `make tears`."""
    step = 1 if tears_all else 4
    killed, statement = True, 0 if tears_all else rng.randrange(-3, 1)
    while killed:
        statement += step
        path = tmp_path / ("%d.sqlite" % statement)
        Store.open(path, head_mac, 1).close()
        said, killed = run_and_kill(path, statement)
        check(path, said)
    assert statement > 100 and said[-1] == "rebuilt"


@pytest.mark.parametrize("round_", range(8))
def test_killed_at_a_random_moment(tmp_path, rng, round_):
    """From outside, while the child works as fast as it can: also inside SQLite and inside fsync."""
    path = tmp_path / "ledger.sqlite"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store = Store.open(path, head_mac, 1)
            tap(store, "issue")
            while True:
                entry = tap(store)
                os.write(writing, b"%d\n" % entry["transaction"])
        finally:
            os._exit(0)
    os.close(writing)
    acknowledged = 0
    with os.fdopen(reading) as pipe:
        for _ in range(rng.randrange(1, 120)):
            acknowledged = int(pipe.readline())
        os.kill(child, signal.SIGKILL)
        rest = pipe.read().split("\n")
    os.waitpid(child, 0)
    acknowledged = max([acknowledged, *(int(word) for word in rest[:-1])])
    with Store.open(path, head_mac, 1) as store:
        assert all(store.transaction(number)["state"] == "done" for number in range(1, acknowledged + 1))
        assert store.next_transaction() in (acknowledged + 1, acknowledged + 2)
        assert store.verify()["ok"]
        for doubt in store.all_doubts():
            settle(store, doubt, "landed")
        assert store.card(FAMILY, UID).counters["1"][0] == store.next_transaction() - 2
