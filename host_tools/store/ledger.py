"""The append-only history: events chained by hash, and heads (count, hash) MACed with a key of the home.

The chain shows accidents and edits; the heads, kept in the file and in `ledger.head` beside it, show a cut tail and a
chain that somebody without the key computed anew. Who holds the key can write any history: the threat model says so.

    hash(n) = SHA-256( hash(n - 1) || canonical JSON of event n ), hash(0) = 32 zero bytes
    head MAC input = "stampd/head/1" || terminal u16 || events u64 || hash 32
"""

import hashlib
import json
from collections import namedtuple

from cardos.crypto.compare import constant_time_equal
from host_tools.store.head_file import read_head_file, write_head_file

GENESIS = bytes(32)
_HEAD_LABEL = b"stampd/head/1"

Head = namedtuple("Head", ["at", "events", "hash", "mac"])


class Verdict(namedtuple("Verdict", ["events", "ok", "first_bad", "tail_missing"])):
    """What `verify` found. first_bad: the first event number that does not fit, or None."""


# The one way an event is written: JSON with sorted keys, no spaces, ASCII only.
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


def link(previous_hash, body):
    """The hash of an event from the hash before it and the bytes of its canonical text."""
    return hashlib.sha256(previous_hash + body).digest()


def append(connection, event):
    """Adds one event inside the caller's transaction; returns its number."""
    last = connection.execute("SELECT number, hash FROM events ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    body = canonical(event)
    connection.execute("INSERT INTO events VALUES(?, ?, ?)", (number, body, link(previous, body.encode("ascii"))))
    return number


class Heads:
    """Writes and judges the MACed heads. head_mac: bytes -> 16 bytes, or None where no key is at hand (MACs are then not checked)."""

    def __init__(self, database, head_mac, terminal):
        self._database = database
        self._head_mac = head_mac
        self._terminal = terminal
        self._file = database.path.with_suffix(".head")

    def _message(self, events, digest):
        return _HEAD_LABEL + self._terminal.to_bytes(2, "big") + events.to_bytes(8, "big") + digest

    def write(self, at):
        """MACs the present head into the ledger, then into the file beside it. Does nothing when nothing is new."""
        if self._head_mac is None:
            raise ValueError("a head is MACed: open the store with head_mac")
        with self._database.writing() as connection:
            last = connection.execute("SELECT number, hash FROM events ORDER BY number DESC LIMIT 1").fetchone()
            events, digest = (last[0], last[1]) if last else (0, GENESIS)
            head = Head(at, events, digest, self._head_mac(self._message(events, digest)))
            newest = connection.execute("SELECT events, hash FROM heads ORDER BY id DESC LIMIT 1").fetchone()
            if newest is None or tuple(newest) != (events, digest):
                connection.execute("INSERT INTO heads(at, events, hash, mac) VALUES(?, ?, ?, ?)", head)
            beside = self._beside()
            fits = _hash_at(connection, beside.events) == beside.hash
        # After the commit: the file must never know more than the ledger. A file that contradicts the ledger stays: it is evidence.
        if fits:
            write_head_file(self._file, head)

    def _beside(self):
        """The head in the file, or an empty one when there is none that this home's key made."""
        head = read_head_file(self._file)
        if head is None or not self._genuine(head):
            return Head("", 0, GENESIS, b"")
        return Head(*head)

    def _genuine(self, head):
        return self._head_mac is None or constant_time_equal(bytes(head[3]), self._head_mac(self._message(head[1], bytes(head[2]))))

    def tail_missing(self):
        """True when some head of this home names more events than the ledger holds. Quick enough for every start."""
        with self._database.reading() as connection:
            events = connection.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0]
            known = connection.execute("SELECT coalesce(max(events), 0) FROM heads").fetchone()[0]
        return max(known, self._beside().events) > events

    def judge(self, connection):
        """({count: hash} of the genuine heads, True when one of the ledger's own heads has a wrong MAC)."""
        promised: dict[int, set[bytes]] = {}
        forged = False
        for row in connection.execute("SELECT at, events, hash, mac FROM heads ORDER BY id"):
            if self._genuine(row):
                promised.setdefault(row["events"], set()).add(bytes(row["hash"]))
            elif (row["events"], bytes(row["hash"])) != (0, GENESIS):  # an empty ledger's head promises nothing; the terminal may come later
                forged = True
        beside = self._beside()
        if beside.mac:
            promised.setdefault(beside.events, set()).add(beside.hash)
        return promised, forged


def _hash_at(connection, events):
    """The hash of the ledger when it had so many events; None when it never had."""
    if events == 0:
        return GENESIS
    row = connection.execute("SELECT hash FROM events WHERE number = ?", (events,)).fetchone()
    return bytes(row[0]) if row else None


def verify_chain(connection, heads):
    """Recomputes every hash and holds the result against the MACed heads. Returns a `Verdict`."""
    promised, forged = heads.judge(connection)
    first_bad, events, expected, previous, good_head = None, 0, 1, GENESIS, 0
    # A changed chain that fits itself is known by the first head that does not fit; the last fitting one bounds it from below.
    if promised.get(0, {GENESIS}) != {GENESIS}:
        forged = True
    for number, body, digest in connection.execute("SELECT number, CAST(body AS BLOB), hash FROM events ORDER BY number"):
        events += 1
        if first_bad is None and (number != expected or link(previous, body) != digest):
            first_bad = expected
        previous, expected = digest, number + 1
        if number in promised:
            if first_bad is None and promised[number] != {digest}:
                first_bad = good_head + 1
            good_head = number
    last = expected - 1
    tail_missing = max(promised, default=0) > last
    ok = first_bad is None and not tail_missing and not forged
    return Verdict(events, ok, first_bad, tail_missing)


def every_event(database, batch=500):
    """Yields (number, event dict, hash) in order; the lock is taken a batch at a time."""
    after = 0
    while True:
        with database.reading() as connection:
            rows = connection.execute("SELECT number, body, hash FROM events WHERE number > ? ORDER BY number LIMIT ?", (after, batch)).fetchall()
        for number, body, digest in rows:
            yield number, json.loads(body), digest
        if len(rows) < batch:
            return
        after = rows[-1][0]
