"""Answers of the API by client and Idempotency-Key: the same request again gets the first answer, never a second effect.

First `put` without an answer claims the key while the request is at work; the second `put` fills the answer in.
"""

from collections import namedtuple

from host_tools.store.troubles import LedgerRule

Remembered = namedtuple("Remembered", ["request_hash", "answer", "at"])  # answer: text, None while the first request is at work


class Idempotency:
    """The table `idempotency`. Not part of the ledger."""

    def __init__(self, database):
        self._database = database

    def get(self, client, key):
        """The `Remembered` of a key, or None."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT request_hash, answer, at FROM idempotency WHERE client = ? AND key = ?", (client, key)).fetchone()
        return Remembered(*row) if row else None

    def put(self, client, key, request_hash, answer, at):
        """Claims a key (answer None) or fills its answer in. An answer that stands is never changed.

        Raises `LedgerRule` IDEMPOTENCY_MISMATCH when the key was used for another request.
        """
        with self._database.writing() as connection:
            row = connection.execute("SELECT request_hash FROM idempotency WHERE client = ? AND key = ?", (client, key)).fetchone()
            if row is not None and row[0] != request_hash:
                raise LedgerRule(
                    "This Idempotency-Key was used for another request.", "Take a new key for each new request.", "IDEMPOTENCY_MISMATCH"
                )
            connection.execute(
                "INSERT INTO idempotency VALUES(?, ?, ?, ?, ?) ON CONFLICT(client, key) DO UPDATE SET answer = coalesce(answer, excluded.answer)",
                (client, key, request_hash, answer, at),
            )

    def prune(self, before):
        """Forgets answers older than the ISO text `before`."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM idempotency WHERE at < ?", (before,))
