-- Boards: terminals whose own journals are folded into this ledger. The first three tables are derived from the events, as the register is.

CREATE TABLE boards(
    terminal INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    serial INTEGER NOT NULL,            -- how often it was provisioned
    public_key BLOB NOT NULL,           -- Ed25519, 32 bytes: signs its batches
    status TEXT NOT NULL CHECK(status IN ('paired', 'revoked', 'cloned')),
    paired_at TEXT NOT NULL,
    certificate_from INTEGER NOT NULL,  -- minutes since 2026-01-01 UTC; 0 and 0: none yet
    certificate_until INTEGER NOT NULL,
    certificate_says TEXT NOT NULL      -- JSON: its limits
) STRICT;

-- A board's journal, fork 0; each further fork is another journal of the same identity, that of a clone or of a restored flash image.
CREATE TABLE board_forks(
    terminal INTEGER NOT NULL,
    fork INTEGER NOT NULL,
    parent INTEGER,
    since INTEGER NOT NULL,             -- the last line that it shares with its parent
    lines INTEGER NOT NULL,             -- the newest line that is folded
    PRIMARY KEY(terminal, fork)
) STRICT, WITHOUT ROWID;

CREATE TABLE board_lines(
    terminal INTEGER NOT NULL,
    fork INTEGER NOT NULL,
    number INTEGER NOT NULL,
    chain BLOB NOT NULL,                -- the journal's chain after this line, 32 bytes
    PRIMARY KEY(terminal, fork, number)
) STRICT, WITHOUT ROWID;

-- No history: what changes at each sync. Not part of the register, not rebuilt.
CREATE TABLE board_facts(
    terminal INTEGER PRIMARY KEY,
    seen_at TEXT NOT NULL,              -- of its last request
    state TEXT NOT NULL,                -- JSON: what it said of itself then
    heard INTEGER NOT NULL,             -- how many events there were then
    told INTEGER NOT NULL,              -- everything it wrote before this event is folded
    offered BLOB NOT NULL,              -- digest of the last batch that was not taken
    refused INTEGER NOT NULL            -- batches kept as evidence since it was revoked
) STRICT;

CREATE TABLE predecessors_checked(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    event INTEGER NOT NULL              -- outcomes up to this event were asked for their predecessors
) STRICT;

CREATE INDEX cards_stopped ON cards(family, uid) WHERE status IN ('blocked', 'replaced');
