"""Making a MIFARE Classic 1K a card: nothing on it is trusted, so its making is a line in the ledger and a copy on the card."""

from cardos.exchange import LedgerState
from cardos.records.issuer_block import LAYOUT_CLASSIC, Profile
from cardos.records.ledger_record import LedgerRecord
from cardos.records.record import RecordMac
from cardos.taps.cards.classic import FAMILY, HeldClassic


def begin(terms, found):
    """Generator: the making of the Classic whose UID the reader told."""
    state = yield LedgerState(FAMILY, found.uid)
    return MakeClassic(terms, found.uid, state)


class MakeClassic(HeldClassic):
    """One card that this ledger takes in."""

    def not_blank(self):
        """Generator: any Classic may be taken; other data on it is left alone."""
        return None
        yield

    def profile(self, open_writes):
        """The `Profile`: as many counters as this scheme's cards have; the ledger holds them."""
        return Profile(LAYOUT_CLASSIC, self.terms.counters, False, False)

    def signature(self):
        """Generator: a Classic has none that proves anything."""
        return None
        yield

    def check_link(self, link):
        """A Classic carries no link for phones."""

    def ready(self, plan, begun):
        """Generator: always."""
        return None
        yield

    def record_it_holds(self, plan):
        """Generator: the ledger's newest record."""
        return self.slots_of(plan).newest.record
        yield

    def make(self, plan, record, link, begun, keep):
        """Generator: nothing is written before the ledger has it. Returns the card's record."""
        self.issuer_raw = plan.encode(self.family, self.keys)
        return LedgerRecord(record, RecordMac(FAMILY, self.keys, self.issuer_raw))
        yield
