"""`Store`: the one door to a shop's ledger. Each method that writes is one transaction, on the disk when it returns.

Any thread of the process may call any method. The one writer of a home is whoever holds the home's lock; a second
process that writes all the same is met with LEDGER_BUSY or waits its turn, it never tears anything.
Times (`at`) are UTC texts that the caller gives ("2026-11-22T09:30:00Z"); nothing here reads a clock, and no rule depends
on them.
"""

from pathlib import Path

from cardos.errors import BadInput
from host_tools.store import register, reports, rules
from host_tools.store.boards import Boards
from host_tools.store.database import BUSY_MS, Database
from host_tools.store.export import export_lines
from host_tools.store.head_file import read_head_file
from host_tools.store.idempotency import Idempotency
from host_tools.store.kept import keep, keep_outcome, open_case, plain
from host_tools.store.ledger import Heads, every_event, verify_chain
from host_tools.store.replayed import register_fits
from host_tools.store.schema import check_and_migrate
from host_tools.store.troubles import LedgerRule, corrupt

CARD_NUMBER_MAX = 0xFFFFFFFF  # u32 in the issuer block
SALES_MAX = 200  # a list that a person reads; older sales are found by their REF


class Store:
    """An open ledger. terminal: this home's own number, under which it counts transactions."""

    def __init__(self, database, heads, terminal):
        self._database = database
        self._heads = heads
        self.terminal = terminal
        self.idempotency = Idempotency(database)
        self.boards = Boards(database, terminal)

    @classmethod
    def open(cls, path, head_mac=None, terminal=1, *, read_only=False, busy_ms=BUSY_MS):
        """Opens or creates the ledger file. head_mac: bytes -> 16 bytes, MACs the heads; None: heads are not checked.

        Raises `LedgerTrouble` with LEDGER_CORRUPT, LEDGER_READ_ONLY, LEDGER_MISSING (read_only), LEDGER_NEWER,
        LEDGER_MIGRATION_CHANGED, LEDGER_BUSY or DISK_FULL.
        """
        path = Path(path)
        _refuse_emptied(path)
        database = Database(path, read_only=read_only, busy_ms=busy_ms)
        try:
            if not read_only:
                check_and_migrate(database)
            return cls(database, Heads(database, head_mac, terminal), terminal)
        except BaseException:
            database.close()
            raise

    def close(self):
        """Closes the file. Write a head first (`write_head`)."""
        self._database.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def refuse_other_terminal(self):
        """Raises `LedgerRule` TERMINAL_CHANGED when this ledger is another terminal's: its numbers would begin anew, its heads not fit."""
        numbers, boards = self._read(reports.terminals)
        if self.terminal in boards:
            raise LedgerRule("Terminal %d is a board of this shop." % self.terminal, "Set `terminal` in shop.toml back.", "TERMINAL_CHANGED")
        if numbers and self.terminal not in numbers:
            raise LedgerRule(
                "This shop's ledger is that of terminal %d, not of terminal %d." % (numbers[0], self.terminal),
                "Set `terminal` in shop.toml back, or make a new home for the other terminal.", "TERMINAL_CHANGED",
            )  # fmt: skip

    # Numbers

    def next_transaction(self):
        """The next number of this terminal's transaction counter. Taken by `record_intent`, not by asking."""
        return self._one("SELECT coalesce(max(number), 0) + 1 FROM transactions WHERE terminal = ?", (self.terminal,))[0]

    def newest_minute(self):
        """The newest minute (since 2026-01-01 UTC) that any journal entry carries; 0 when there is none."""
        return self._one("SELECT coalesce(max(minute), 0) FROM newest")[0]

    def newest_at(self):
        """When the newest event of all was kept, UTC text; None: there is none."""
        row = self._one("SELECT json_extract(body, '$.at') FROM events ORDER BY number DESC LIMIT 1")
        return row[0] if row else None

    def next_card_number(self):
        """A card number that no card and no issue intent of this ledger ever had: the first free one above those that are known here."""
        with self._database.reading() as connection:
            number = reports.highest_number(connection, self.terminal) + 1
            for (taken,) in connection.execute("SELECT DISTINCT card_number FROM cards WHERE card_number >= ? ORDER BY card_number", (number,)):
                if taken != number:
                    break
                number += 1
        if number > CARD_NUMBER_MAX:
            raise LedgerRule("All card numbers of this shop are used up.", "", "CARD_NUMBERS_USED_UP")
        return number

    def reserved_number(self, family, uid):
        """The number that the newest issue intent of this card named, landed or not; None when there was none."""
        row = self._one("SELECT card_number FROM card_numbers WHERE family = ? AND uid = ? ORDER BY event DESC LIMIT 1", (family, bytes(uid)))
        return row[0] if row else None

    # Writing

    def record_intent(self, entry, at):
        """Makes one intended change durable. entry: a journal entry. Raises `LedgerRule` (SALE_EXISTS, TRANSACTION_EXISTS,

        ALREADY_UNDONE, NOT_A_SALE, CARD_NUMBER_TAKEN, ALREADY_ISSUED) and then keeps nothing.
        """
        event = {"at": at, "entry": plain(entry), "kind": "intent"}
        with self._database.writing() as connection:
            rules.refuse_intent(connection, entry)
            keep(connection, event)

    def record_outcome(self, transaction, outcome, *, at, sequence=None, record_mac=None, terminal=None, evidence=None):
        """Settles an open intent, once: 'done' (this tap), 'landed' or 'not_landed' (a later one).

        evidence: what the chip itself said of the change, kept raw in the event (DESFire: its transaction counter and MAC).

        record_mac: at least 4 bytes for done and landed; only the first 4 are kept, so that the ledger holds no whole record.
        Raises `LedgerRule` (UNKNOWN_TRANSACTION, OUTCOME_EXISTS, OUTCOME_RECORD). Opens a case (SAME_SEQUENCE,
        BROKEN_CHAIN) when the record contradicts one that is known.
        """
        if record_mac is not None and len(record_mac) < register.MAC_START:
            raise BadInput("A record's MAC has at least %d bytes." % register.MAC_START)
        mac = bytes(record_mac[: register.MAC_START]) if record_mac is not None and outcome in register.LANDED else None
        event = {
            "at": at, "kind": "outcome", "mac": mac.hex() if mac else None, "outcome": outcome, "sequence": sequence,
            "terminal": self.terminal if terminal is None else terminal, "transaction": transaction,
        }  # fmt: skip
        if evidence:
            event["evidence"] = evidence
        with self._database.writing() as connection:
            keep_outcome(connection, event, rules.refuse_outcome(connection, event), self.terminal)

    def mark_card(self, family, uid, mark, at):
        """Sets a card's status in the register alone: 'active' 'blocked' 'replaced' 'needs_repair'. A repair ends the last."""
        if mark not in register.MARKS:
            raise BadInput("There is no card status %r." % (mark,))
        event = {"at": at, "family": family, "kind": "mark", "mark": mark, "uid": bytes(uid).hex()}
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM cards WHERE family = ? AND uid = ?", (family, bytes(uid))).fetchone() is None:
                raise LedgerRule("This card is not in the register.", "", "UNKNOWN_CARD")
            keep(connection, event)

    def open_case(self, kind, detail, at):
        """Opens a case for a person to look at; returns its number."""
        with self._database.writing() as connection:
            return open_case(connection, kind, detail, at)

    def close_case(self, case_id, note, at):
        """Closes an open case with a note. Raises `LedgerRule` UNKNOWN_CASE."""
        event = {"at": at, "id": case_id, "kind": "case_closed", "note": note}
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM cases WHERE id = ? AND closed_at IS NULL", (case_id,)).fetchone() is None:
                raise LedgerRule("There is no open case %s." % case_id, "", "UNKNOWN_CASE")
            keep(connection, event)

    def fold(self, terminal, serial, lines_before, chain_before, lines, at, *, take_gap=False):
        """Folds a batch of a board's journal into the ledger; returns `fold.Folded` (stored, fork, cases, new). See `Boards.fold`."""
        return self.boards.fold(terminal, serial, lines_before, chain_before, lines, at, take_gap)

    # Reading (shapes: reports.py)

    def card(self, family, uid):
        """The `CardRow` of a card, or None when this home does not know it."""
        return register.card_row(self._one("SELECT * FROM cards WHERE family = ? AND uid = ?", (family, bytes(uid))))

    def card_by_number(self, number):
        """The `CardRow` with this number (a card of our own issue before another home's), or None."""
        return register.card_row(
            self._one(
                "SELECT c.* FROM cards c LEFT JOIN card_numbers n ON n.card_number = c.card_number AND n.family = c.family AND n.uid = c.uid"
                " WHERE c.card_number = ? ORDER BY n.event IS NULL, c.family, c.uid LIMIT 1",
                (number,),
            )
        )

    def cards(self):
        """Every `CardRow`, by number."""
        return self._read(reports.cards)

    def doubts(self, family, uid):
        """Entries of this card's open intents, oldest first; of boards those that can be settled here, and how (`reports.doubts`)."""
        return self._read(reports.doubts, family, bytes(uid))

    def all_doubts(self):
        """Entries of all open intents, oldest first."""
        return self._read(reports.doubts)

    def sale(self, ref):
        """The sale of this REF, or None."""
        return self._read(reports.sale, ref)

    def refund(self, ref):
        """The refund of this REF of its own, unless it did not land, or None."""
        return self._read(reports.refund, ref)

    def refunded(self, family, uid, origin):
        """What has come back so far of a sale, as the last refund here noted it; None: nothing. origin: [terminal, transaction]."""
        return self._read(reports.refunded, family, bytes(uid), list(origin))

    def last_sale(self, family, uid):
        """This terminal's last done or landed sale on this card, or None."""
        return self._read(reports.last_sale, self.terminal, family, bytes(uid))

    def sales_of_day(self, day_iso):
        """The newest sales of a local day that are done or landed, newest first; undone ones too."""
        return self._read(reports.sales_of_day, *reports.day_bounds(day_iso), SALES_MAX)

    def sales_of_card(self, family, uid):
        """The newest sales of a card that are done or landed, newest first; undone ones too."""
        return self._read(reports.sales_of_card, family, bytes(uid), SALES_MAX)

    def transaction(self, number, terminal=None):
        """One transaction of this terminal (or of another), or None."""
        return self._read(reports.transaction, self.terminal if terminal is None else terminal, number)

    def undo_of(self, transaction, terminal=None):
        """The entry of the open, done or landed undo of a transaction, or None."""
        return self._read(reports.undo_of, self.terminal if terminal is None else terminal, transaction)

    def familiar(self, uid, families):
        """(family, newest entry that set the chip's keys or None, whether it is not known to have landed) of the one card with this UID."""
        return self._read(reports.familiar, bytes(uid), families)

    def only_family(self):
        """The family of all cards in the register when they are of one, or None."""
        return self._read(reports.only_family)

    def ledger_state(self, family, uid):
        """(issue entry, newest landed entry) of a card, or None when this home has not issued it."""
        return self._read(reports.ledger_state, family, bytes(uid))

    def said_by_lost_boards(self, family, uid):
        """True when this card's newest record is known only from boards that are revoked or cloned."""
        return self._read(reports.said_by_lost_boards, family, bytes(uid))

    def believed_counters(self, family, uid):
        """What a repair gives back: the counters after this card's newest record that not only lost boards tell of, or None."""
        return self._read(reports.believed_counters, family, bytes(uid))

    def redeemed_on(self, family, uid, day_iso):
        """How many rewards this terminal gave on a card on a local day."""
        return self._read(reports.redeemed, self.terminal, family, bytes(uid), *reports.day_bounds(day_iso))

    def known_records(self, family, uid):
        """[(sequence, first 4 MAC bytes, previous link)…] of this card's done and landed records."""
        return self._read(reports.known_records, family, bytes(uid))

    def history(self, family, uid):
        """This card's ledger lines, oldest first."""
        return self._read(reports.history, family, bytes(uid))

    def today(self, day_iso):
        """{"sales", "stamps", "rewards", "doubts", "undos"} of a local day ("2026-11-22")."""
        return self._read(reports.today, *reports.day_bounds(day_iso))

    def cases(self, open_only=True):
        """Cases, oldest first."""
        return self._read(reports.cases, open_only)

    def _read(self, report, *arguments):
        with self._database.reading() as connection:
            return report(connection, *arguments)

    def _one(self, query, values=()):
        with self._database.reading() as connection:
            return connection.execute(query, values).fetchone()

    # Proof

    def write_head(self, at):
        """MACs count and hash of the ledger as it stands: at start, hourly, at stop, in each backup."""
        self._heads.write(at)

    def tail_missing(self):
        """True when a head of this home names more events than there are. Quick; `verify` looks at everything."""
        return self._heads.tail_missing()

    def verify(self):
        """{"events", "ok", "first_bad", "tail_missing"}: chain, heads, the file's own order, and the register against the events."""
        with self._database.reading() as connection:
            verdict = verify_chain(connection, self._heads)
            if verdict.ok and not register_fits(connection, self._database):
                verdict = verdict._replace(ok=False)
        return verdict._asdict()

    def rebuild(self):
        """Makes the register and its indexes anew from the events, in one transaction."""
        with self._database.writing() as connection:
            connection.execute("REINDEX")
            register.replay(connection, every_event(self._database))

    def export(self, kind="jsonl"):
        """Yields the lines of the export, without line ends: 'jsonl' (events with hashes) or 'csv' (transactions)."""
        return export_lines(self._database, kind)


def _refuse_emptied(path):
    """A ledger that was promised events and is gone or empty must not silently begin again at number 1."""
    head = read_head_file(path.with_suffix(".head"))
    if head is not None and head[1] > 0 and (not path.exists() or path.stat().st_size == 0):
        raise corrupt(path, "it held %d events and is gone or empty now" % head[1])
