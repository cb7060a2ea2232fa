"""The shop's memory: one SQLite file that holds the ledger, the card register and what the reports need.

    database   the file: pragmas, one writer, transactions, SQLite's troubles told as ours
    schema     the numbered migrations
    ledger     the append-only, hash-chained events and their MACed heads
    register   cards, transactions and cases: derived from the events, rebuildable
    boards     the boards of a shop; fold: their journals become part of the ledger; predecessors: records that nobody told us of
    reports    reading: today, history, sales, doubts
    export     the ledger as JSON lines or CSV
    store      `Store`, the one door that the rest of the program uses
"""

from host_tools.store.register import CardRow
from host_tools.store.store import Store

__all__ = ["CardRow", "Store"]
