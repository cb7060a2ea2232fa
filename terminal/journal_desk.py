"""What a tap asks of a board while it runs: recall, intent, settlement, case. The journal behind `cardos.tap_runner`."""

from cardos.exchange import Done, Presentation
from cardos.records.journal_line import DONE, LANDED, NOT_LANDED, OUTCOMES
from terminal.journal_index import family_of


class JournalDesk:
    """Answers one tap's requests from the board's journal, and remembers what was settled, whatever then becomes of the tap.

    minute: a function, () -> minutes since 2026-01-01 UTC as far as the clock knows.
    """

    def __init__(self, journal, minute):
        self._journal = journal
        self._minute = minute
        self.settled = []  # [{"sale", "outcome", "operation"}] made durable during this tap
        self.cases = []  # kinds of the cases that this tap opened
        self.intended = None  # the entry that this tap made durable, if any
        self._doubts = []

    def familiar(self, found):
        """The `Presentation` with what this board knows of the card: its family and the epoch of the keys on it."""
        known = None if found.uid is None else self._journal.familiar(found.uid, found.kind)
        if known is None:
            return found
        key, seen, is_sure = known
        return Presentation(found.kind, found.uid, found.ats, family_of(key, seen), seen.key_epoch if is_sure else None)

    def ledger_state(self, family, uid):
        """None: the truth of a card that only identifies is the shop's ledger, and a board has only its own part of it."""
        return None

    def recall(self, family, uid):
        """The `CardMemory` of a card."""
        memory = self._journal.recall(family, uid)
        self._doubts = memory.doubts
        return memory

    def intend(self, entry):
        """Makes the intent durable."""
        self._journal.intend(entry)
        self.intended = entry

    def settle(self, settled):
        """Makes a settlement durable."""
        self._outcome(settled, LANDED if settled.landed else NOT_LANDED)
        for entry in self._doubts:
            if entry["transaction"] == settled.transaction:
                sale = entry["sale"] or entry["details"].get("sale")
                outcome = OUTCOMES[LANDED if settled.landed else NOT_LANDED]
                self.settled.append({"sale": sale, "outcome": outcome, "operation": entry["operation"]})

    def land(self, landed):
        """Makes this tap's own outcome durable before a copy is written to the card."""
        self._outcome(landed, DONE)

    def case(self, case):
        """Opens a case, once for the same card and state."""
        if self._journal.case(case.kind, case.detail, self._minute()):
            self.cases.append(case.kind)

    def finish(self, outcome):
        """Makes the outcome that the tap returned durable; only then may it be told. outcome: what `tap_runner.run` returned."""
        if isinstance(outcome, Done) and outcome.record_mac is not None:
            entry, evidence = outcome.entry, outcome.card.evidence if outcome.card else None
            said = self._journal.outcome(entry["transaction"], DONE, entry["sequence"], outcome.record_mac, evidence, self._minute())
            self.cases.extend([kind for kind, _ in said])

    def _outcome(self, found, outcome):
        mac = None if outcome == NOT_LANDED else found.record_mac
        said = self._journal.outcome(found.transaction, outcome, found.sequence, mac, found.evidence, self._minute())
        self.cases.extend([kind for kind, _ in said])
