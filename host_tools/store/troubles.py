"""SQLite's troubles, told as ours: what happened, in words of the shop, and what to do next.

Codes: LEDGER_CORRUPT, LEDGER_READ_ONLY, DISK_FULL, LEDGER_BUSY, LEDGER_NEWER, LEDGER_MIGRATION_CHANGED, LEDGER_IO.
Result codes: https://www.sqlite.org/rescode.html (the low byte is the primary code).
"""

import json
import shutil
import sqlite3

from cardos.errors import StampdError

_FREE_BYTES_MIN = 64 * 1024  # less than this on the ledger's disk, and an I/O error is a full disk (shared memory file, WAL growth)

_CORRUPT = (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB
_READ_ONLY = (3, 8, 14)  # SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN
_FULL = 13
_IO = 10
_BUSY = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED

RESTORE_HINT = (
    "Stop every stampd program of this shop, keep a copy of the whole directory, then put back the newest backup of it. "
    "The cards still hold their balances."
)


class LedgerTrouble(StampdError):
    """The ledger's file, disk or schema is in trouble. Nothing of the failed call was kept."""

    code = "LEDGER_IO"


class LedgerRule(StampdError):
    """A call that the ledger's rules forbid (a second outcome, a second intent of one sale …). Nothing was kept."""

    code = "LEDGER_RULE"


def corrupt(path, what):
    """The error for a ledger that cannot be read."""
    return LedgerTrouble("The ledger %s is damaged: %s." % (path, what), RESTORE_HINT, "LEDGER_CORRUPT")


# What a damaged file makes the library raise: its own errors, text that is no text (also inside its messages), JSON that is none.
TOLD = (sqlite3.Error, UnicodeDecodeError, json.JSONDecodeError)


def translate(error, path):
    """The `LedgerTrouble` that tells one of `TOLD`. The caller raises it from the original."""
    if not isinstance(error, sqlite3.Error):
        return corrupt(path, "it holds text that cannot be read")
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if primary in _CORRUPT:
        return corrupt(path, str(error))
    if primary in _READ_ONLY:
        return LedgerTrouble(
            "The ledger %s cannot be written." % path,
            "Give the user who runs stampd the right to write this file and its directory, and check that the disk is not mounted read-only.",
            "LEDGER_READ_ONLY",
        )
    if primary == _FULL or primary == _IO and _disk_is_full(path):
        return LedgerTrouble(
            "The disk that holds the ledger %s is full; nothing was written." % path, "Free some space there and try again.", "DISK_FULL"
        )
    if primary in _BUSY:
        return LedgerTrouble(
            "Another program is writing the ledger %s." % path,
            "Wait until it has finished or stop it (only one stampd writes a shop's ledger), then try again.",
            "LEDGER_BUSY",
        )
    if isinstance(error, sqlite3.IntegrityError):
        return LedgerRule("The ledger refused an entry that its rules forbid (%s)." % error, "Run `stampd ledger verify`.")
    return LedgerTrouble(
        "The ledger %s could not be read or written (%s)." % (path, error), "Check the disk, then run `stampd ledger verify`.", "LEDGER_IO"
    )


def _disk_is_full(path):
    try:
        return shutil.disk_usage(path.parent).free < _FREE_BYTES_MIN
    except OSError:
        return False
