-- The ledger proper: append-only events, chained by hash, and the heads that are MACed with the home's key.

CREATE TABLE events(
    number INTEGER PRIMARY KEY,     -- 1, 2, 3 … without gaps
    body TEXT NOT NULL,             -- canonical JSON: sorted keys, no spaces, ASCII
    hash BLOB NOT NULL              -- SHA-256(hash of the event before, 32 zero bytes for the first || body)
) STRICT;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'a ledger event is never changed'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'a ledger event is never deleted'); END;

CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'a ledger event takes the next number'); END;

CREATE TABLE heads(
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    events INTEGER NOT NULL,        -- how many events there were
    hash BLOB NOT NULL,             -- the hash of the last of them
    mac BLOB NOT NULL               -- 16 bytes, key role "head"
) STRICT;

CREATE TRIGGER heads_never_change BEFORE UPDATE ON heads
BEGIN SELECT RAISE(ABORT, 'a ledger head is never changed'); END;

CREATE TRIGGER heads_never_go BEFORE DELETE ON heads
BEGIN SELECT RAISE(ABORT, 'a ledger head is never deleted'); END;

-- Answers of the API by the client's Idempotency-Key. Not part of the ledger; may be pruned.
CREATE TABLE idempotency(
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    answer TEXT,                    -- JSON; NULL while the first request is still at work
    at TEXT NOT NULL,
    PRIMARY KEY(client, key)
) STRICT, WITHOUT ROWID;
