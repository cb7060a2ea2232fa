"""MIFARE Classic 1K: an identifier. The balance is this home's ledger under (family, UID); its cipher is broken, so nothing that
stands on the card is believed (docs/card-format.md, section 3).

A copy of the newest record goes into sectors 1 and 2 after the ledger has it, for people with another reader; whatever becomes
of it changes nothing. A card that this ledger does not know is nobody's.
"""

from cardos.errors import StampdError
from cardos.exchange import LedgerState
from cardos.families import classic
from cardos.records.issuer_block import LAYOUT_CLASSIC, decode_issuer_body
from cardos.records.ledger_record import LedgerRecord
from cardos.records.record import RecordMac, decode_body
from cardos.taps.cards.held import IDENTIFIER, HeldCard

FAMILY = "classic-1k"


class HeldClassic(HeldCard):
    """A Classic whose UID is in this home's ledger. state: (issuer block body, newest record's body) or None."""

    layouts = (LAYOUT_CLASSIC,)
    channel = IDENTIFIER

    def __init__(self, terms, uid, state):
        HeldCard.__init__(self, terms, FAMILY, uid, None)
        self.state = state
        if state is not None:
            self.issuer_raw = decode_issuer_body(state[0]).encode(FAMILY, self.keys)

    def read_issuer(self):
        return
        yield

    def slots_of(self, issuer):
        body = self.state[1]
        mac = RecordMac(FAMILY, self.keys, self.issuer_raw)
        return LedgerRecord(decode_body(body, issuer.profile.counters), mac)

    def mirror(self, slots):
        """Generator: the unauthoritative copy in sectors 1 and 2. Never raises for the card's sake: the ledger has it."""
        try:
            yield from classic.write_mirror(self.uid, self.issuer_raw, slots.newest.image)
        except StampdError:
            return


def meet(terms, uid):
    """Generator: a `HeldClassic`; its `state` is None when this home's ledger does not know the card."""
    state = yield LedgerState(FAMILY, uid)
    return HeldClassic(terms, uid, state)
