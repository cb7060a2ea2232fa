"""Any order of calls keeps the promises: a simple model of dictionaries beside the store, and a rebuild that changes nothing.

Promise 1 (no loss): what was acknowledged is there. 2 (no minting): every landed record has one intent. 3 (at most once):
a (terminal, transaction), a sale REF and an undo have one effect. 4: two records with one sequence are a case.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from host_tools.store import Store
from host_tools.store.troubles import LedgerRule
from tests.store.shop import AT, FAMILY, LATER, entry_of, head_mac, mac_of, undo_fields

UIDS = tuple(bytes([4, n, 0, 0, 0, 0, 0]) for n in range(3))
OPERATIONS = ("issue", "earn", "redeem", "block", "unblock", "repair", "undo")
uids = st.sampled_from(UIDS)
refs = st.sampled_from((None, "A", "B", "C", "D"))


class Shop(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "ledger.sqlite")
        self.store = Store.open(self.path, head_mac, 1)
        self.entries, self.states = {}, {}

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    def forbidden(self, entry):
        """What the model says of an intent: the code, or None."""
        standing = [e for n, e in self.entries.items() if self.states[n] != "not_landed"]
        if entry["transaction"] in self.entries:
            return "TRANSACTION_EXISTS"
        if entry["operation"] == "undo":
            sale = self.entries.get(entry["undoes"])
            if sale is None or sale["operation"] not in ("earn", "redeem") or sale["uid"] != entry["uid"]:
                return "NOT_A_SALE"
            if self.states[entry["undoes"]] not in ("done", "landed"):
                return "NOT_A_SALE"
            return "ALREADY_UNDONE" if any(e["operation"] == "undo" and e["undoes"] == entry["undoes"] for e in standing) else None
        if entry["sale"] and any(e["sale"] == entry["sale"] and e["operation"] != "undo" for e in standing):
            return "SALE_EXISTS"
        if entry["operation"] == "issue":
            if any(e["operation"] == "issue" and e["card_number"] == entry["card_number"] and e["uid"] != entry["uid"] for e in self.entries.values()):
                return "CARD_NUMBER_TAKEN"
            if any(e["operation"] == "issue" and e["uid"] == entry["uid"] and self.states[n] in ("done", "landed") for n, e in self.entries.items()):
                return "ALREADY_ISSUED"
        return None

    def record(self, entry):
        code = self.forbidden(entry)
        try:
            self.store.record_intent(entry, AT)
        except LedgerRule as error:
            assert error.code == code, (entry, error.code, code)
            return
        assert code is None, (entry, code)
        self.entries[entry["transaction"]], self.states[entry["transaction"]] = entry, "open"

    @rule(uid=uids, operation=st.sampled_from(OPERATIONS), ref=refs, skip=st.integers(0, 2), pick=st.integers(0, 30))
    def intend(self, uid, operation, ref, skip, pick):
        entry = entry_of(self.store, operation, uid, sale=ref)
        entry["sequence"] += skip
        if operation == "undo":
            sale = self.entries[sorted(self.entries)[pick % len(self.entries)]] if self.entries else None
            entry |= undo_fields(self.store, sale) if sale else {"undoes": 99}
        self.record(entry)

    @rule(pick=st.integers(0, 30))
    def intend_again(self, pick):
        if self.entries:
            self.record(self.entries[sorted(self.entries)[pick % len(self.entries)]])

    @rule(uid=uids, number=st.integers(1, 4))
    def issue_under_some_number(self, uid, number):
        self.record(entry_of(self.store, "issue", uid, card_number=number))

    @rule(pick=st.integers(0, 30), outcome=st.sampled_from(("done", "landed", "not_landed")))
    def settle(self, pick, outcome):
        if not self.entries:
            return
        number = sorted(self.entries)[pick % len(self.entries)]
        entry = self.entries[number]
        mac = None if outcome == "not_landed" else mac_of(entry)
        try:
            self.store.record_outcome(number, outcome, at=LATER, sequence=entry["sequence"], record_mac=mac)
        except LedgerRule as error:
            assert error.code == "OUTCOME_EXISTS" and self.states[number] != "open"
            return
        assert self.states[number] == "open"
        self.states[number] = outcome

    @rule()
    def open_again(self):
        self.store.write_head(AT)
        self.store.close()
        self.store = Store.open(self.path, head_mac, 1)

    @rule()
    def rebuild(self):
        self.store.rebuild()

    @invariant()
    def the_register_is_what_the_events_say(self):
        assert self.store.verify()["ok"]

    @invariant()
    def nothing_acknowledged_is_lost_or_minted(self):
        for number, entry in self.entries.items():
            found = self.store.transaction(number)
            assert found["entry"] == entry and found["state"] == self.states[number]
        assert self.store.next_transaction() == len(self.entries) + 1
        assert [e["transaction"] for e in self.store.all_doubts()] == [n for n in self.entries if self.states[n] == "open"]

    @invariant()
    def cards_show_the_highest_record(self):
        for uid in UIDS:
            landed = [e for n, e in self.entries.items() if e["uid"] == uid.hex() and self.states[n] in ("done", "landed")]
            card = self.store.card(FAMILY, uid)
            highest = max((e["sequence"] for e in landed), default=0)
            assert (card.last_seen_sequence if card else 0) == highest
            if landed:
                assert card.taps == len(landed)
                assert (card.last_seen_mac, card.counters) in [(mac_of(e)[:4], e["counters_after"]) for e in landed if e["sequence"] == highest]
            sequences = [e["sequence"] for e in landed]
            if len(set(sequences)) < len(sequences):
                assert any(case["kind"] == "SAME_SEQUENCE" for case in self.store.cases())
            assert len(self.store.known_records(FAMILY, uid)) == len(landed)

    @invariant()
    def numbers_are_never_given_twice(self):
        issues = [e for e in self.entries.values() if e["operation"] == "issue"]
        owners = {(e["card_number"], e["uid"]) for e in issues}
        assert len({number for number, _ in owners}) == len(owners)
        assert self.store.next_card_number() > max((e["card_number"] for e in issues), default=0)


TestShop = pytest.mark.property(Shop.TestCase)
TestShop.settings = settings(max_examples=settings.default.max_examples // 4 or 1, stateful_step_count=25, deadline=None)
