-- The register: everything here is derived from the events and can be rebuilt from them.

CREATE TABLE transactions(
    terminal INTEGER NOT NULL,
    number INTEGER NOT NULL,        -- the terminal's transaction counter
    event INTEGER NOT NULL,         -- the intent's event
    family TEXT NOT NULL,
    uid BLOB NOT NULL,
    card_number INTEGER NOT NULL,
    operation TEXT NOT NULL,
    sale TEXT,
    claim TEXT,                     -- the sale REF, as long as no second sale may take it (not landed, undo: NULL)
    undoes INTEGER,                 -- transaction of the same terminal
    state TEXT NOT NULL CHECK(state IN ('open', 'done', 'landed', 'not_landed')),
    sequence INTEGER NOT NULL,
    mac BLOB,                       -- first 4 bytes, once done or landed
    previous BLOB NOT NULL,         -- first 4 bytes of the MAC of the record it replaces
    counters TEXT NOT NULL,         -- JSON {id: [value, expiry day]} after it
    stamps INTEGER NOT NULL,        -- earned units, for the day's report
    rewards INTEGER NOT NULL,
    at TEXT NOT NULL,
    settled_at TEXT,
    PRIMARY KEY(terminal, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX transactions_of_card ON transactions(uid, family, sequence);
CREATE INDEX transactions_open ON transactions(event) WHERE state = 'open';
CREATE UNIQUE INDEX transactions_one_sale ON transactions(claim) WHERE claim IS NOT NULL;
CREATE INDEX transactions_lost_sale ON transactions(sale) WHERE state = 'not_landed';
CREATE UNIQUE INDEX transactions_one_undo ON transactions(terminal, undoes)
    WHERE operation = 'undo' AND state <> 'not_landed';

-- Where a day's report begins to read, and how far the clock has come: written once a day and once a minute, where an
-- index would be written at every tap.
CREATE TABLE days(
    day TEXT NOT NULL,              -- UTC, of `at`
    terminal INTEGER NOT NULL,
    first_number INTEGER NOT NULL,  -- the lowest transaction of that day
    PRIMARY KEY(day, terminal)
) STRICT, WITHOUT ROWID;

CREATE TABLE newest(
    one INTEGER PRIMARY KEY CHECK(one = 1),
    minute INTEGER NOT NULL         -- the newest that any journal entry carries
) STRICT;

CREATE TABLE cards(
    family TEXT NOT NULL,
    uid BLOB NOT NULL,
    card_number INTEGER NOT NULL,
    status TEXT NOT NULL CHECK(status IN ('new', 'active', 'blocked', 'replaced')),
    status_sequence INTEGER NOT NULL,       -- the record that set it: an older one that lands later does not
    needs_repair INTEGER NOT NULL,
    issued_at TEXT,                         -- NULL: no issue of this card is known as done here
    last_seen_sequence INTEGER NOT NULL,    -- 0: none
    last_seen_mac BLOB NOT NULL,            -- first 4 bytes
    counters TEXT NOT NULL,                 -- JSON {id: [value, expiry day]} after that record
    taps INTEGER NOT NULL,                  -- records done or landed
    updated_at TEXT NOT NULL,
    PRIMARY KEY(family, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX cards_by_number ON cards(card_number);

-- Numbers taken by issue intents, landed or not: a number is never given to a second card.
CREATE TABLE card_numbers(
    card_number INTEGER PRIMARY KEY,
    family TEXT NOT NULL,
    uid BLOB NOT NULL,
    event INTEGER NOT NULL
) STRICT;

CREATE TABLE cases(
    id INTEGER PRIMARY KEY,
    event INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,           -- JSON
    at TEXT NOT NULL,
    closed_at TEXT,
    note TEXT
) STRICT;
