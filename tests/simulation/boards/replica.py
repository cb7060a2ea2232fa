"""The same lines folded in another order into a second ledger: the same balances (docs/card-format.md, the last promise).

What the shop itself wrote and each board's batches keep their own order; between them chance decides. What has to wait for something
that is not there yet (a batch before its journal's beginning, a settlement before its intent) waits, as it would at a shop.
"""

import json

from host_tools.store import Store
from tests.simulation.boards.truth import Broken

_ROW = "SELECT t.terminal, t.number, t.state, e.body FROM transactions t JOIN events e ON e.number = t.event WHERE (t.terminal & 65535) = ? AND t.number = ?"


def balances(store):
    """What two ledgers must agree on: each card's standing, what landed and what is open."""
    cards = {(row.family, row.uid): (row.counters, row.last_seen_sequence, row.last_seen_mac, row.taps, row.status, row.card_number) for row in store.cards()}
    with store._database.reading() as connection:
        rows = connection.execute("SELECT t.state, e.body FROM transactions t JOIN events e ON e.number = t.event").fetchall()
    found: dict = {"landed": [], "open": [], "not_landed": []}
    for row in rows:
        entry = json.loads(row["body"])["entry"]
        found["landed" if row["state"] in ("done", "landed") else row["state"]].append((entry["uid"], entry["sequence"], entry["record"]))
    return {"cards": cards, **{state: sorted(found[state]) for state in found}}


def fold_again(world, path, rng):
    """A second ledger at `path` with everything that the first one took, in another order. The open `Store`."""
    home = world.home
    store = Store.open(path, None, home.store.terminal)
    for row in home.store.boards.all():
        terminal, serial = store.boards.pair(row.name, row.public_key, row.paired_at)
        assert (terminal, serial) == (row.terminal, row.serial)
        for event in world.certificates(row.terminal):
            store.boards.certify(row.terminal, event["from"], event["until"], event["says"], event["at"])
    for item in world.accepted[: world.first_accepted]:
        assert _take(store, item)
    queues: dict = {}
    for item in world.accepted[world.first_accepted :]:
        queues.setdefault(item[0], []).append(item)
    queues = {who: queue[::-1] for who, queue in queues.items()}
    waiting: set = set()
    while queues:
        ready = sorted(set(queues) - waiting)
        if not ready:
            raise Broken("replica: %s wait for each other" % sorted(waiting))
        who = rng.choice(ready)
        if not _take(store, queues[who][-1]):
            waiting.add(who)
            continue
        waiting.clear()
        queues[who].pop()
        if not queues[who]:
            del queues[who]
    return store


def check_replica(world, path, rng):
    """Raises `Broken` when another order gives something else."""
    store = fold_again(world, path, rng)
    try:
        one, other = balances(world.home.store), balances(store)
        for name in one:
            if one[name] != other[name]:
                raise Broken("balances: another order of the same lines gives other %s: %r" % (name, _difference(one[name], other[name])))
        if not store.verify()["ok"]:
            raise Broken("proof: the second ledger does not verify")
    finally:
        store.close()


def _difference(one, other):
    if isinstance(one, dict):
        return [(key, one.get(key), other.get(key)) for key in sorted(set(one) | set(other)) if one.get(key) != other.get(key)][:3]
    return [item for item in one if item not in other][:3], [item for item in other if item not in one][:3]


def _take(store, item):
    """True when the ledger took it; False: it has to wait."""
    _, what, arguments = item
    if what == "intent":
        store.record_intent(*arguments)
    elif what == "mark":
        store.mark_card(*arguments)
    elif what == "fold":
        batch, more = arguments
        return store.fold(*batch, **more).new is not None
    else:
        return _settled(store, *arguments)
    return True


def _settled(store, entry, outcome, more):
    """The shop's settlement of an entry, which may stand under another fork's number here, or be known already from the board."""
    with store._database.reading() as connection:
        rows = connection.execute(_ROW, (entry["terminal"] & 0xFFFF, entry["transaction"])).fetchall()
    for row in rows:
        found = json.loads(row["body"])["entry"]
        if (found["uid"], found["record"]) == (entry["uid"], entry["record"]):
            if row["state"] == "open":
                store.record_outcome(row["number"], outcome, **{**more, "terminal": row["terminal"]})
            return True
    return False
