-- What a board may not do is evidence: its transaction stands in the ledger and counts for no card. Derived from the events, as the register is.
CREATE TABLE records_aside(
    terminal INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY(terminal, number)
) STRICT, WITHOUT ROWID;

-- A request of a board that somebody taped and plays again says nothing of the board.
ALTER TABLE board_facts ADD COLUMN recent BLOB NOT NULL DEFAULT x'';    -- starts of the digests of its last requests, 8 bytes each, newest last
ALTER TABLE board_facts ADD COLUMN newest INTEGER NOT NULL DEFAULT 0;   -- the newest minute of a clock that it was sure of
