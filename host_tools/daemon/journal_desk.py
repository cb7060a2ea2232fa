"""What a tap asks of this home while it runs: recall, intent, settlement, case. The store behind `cardos.tap_runner`."""

from cardos.errors import StampdError
from cardos.exchange import CardMemory, Presentation
from cardos.records.issuer_block import decode_issuer_body
from host_tools.daemon.board_doubts import judged
from host_tools.store.register import NO_MAC

KEYS_FOR_LIFE = ("ultralight-c", "ultralight-aes")  # their chip keys stay those of the issue epoch


FAMILIES_OF_KIND = {
    "type2": ("ntag213", "ntag215", "ntag216", "ultralight-c", "ultralight-aes"),
    "iso-dep": ("ntag424", "desfire-ev1", "desfire-ev2", "desfire-ev3"),
    "classic": ("classic-1k",),
}


class JournalDesk:
    """Answers one tap's requests from the home's store, and remembers what was settled, whatever then becomes of the tap."""

    def __init__(self, home):
        self._home = home
        self.settled = []  # [{"sale", "outcome", "operation"}] made durable during this tap
        self.uid = None
        self.family = None
        self.cases = []
        self.intended = None  # the entry that this tap made durable, if any
        self.done_card = None  # (`OpenCard`, entry) once the tap's answer is "done": what may follow needs them

    def familiar(self, found):
        """The `Presentation` with what the register knows of the card: its family and the epoch of the keys on it."""
        store = self._home.store
        if found.uid is None:
            return found if found.family or found.kind != "type2" else Presentation(found.kind, None, found.ats, store.only_family(), None)
        known = store.familiar(found.uid, FAMILIES_OF_KIND.get(found.kind, ()))
        if known is None:
            return found
        family, entry, unsettled = known
        if entry is None:
            return Presentation(found.kind, found.uid, found.ats, family, None)
        if family == "ntag424" and entry["details"].get("channel") == "lrp":
            family = "ntag424-lrp"
        return Presentation(found.kind, found.uid, found.ats, family, None if unsettled else _key_epoch(entry))

    def ledger_state(self, family, uid):
        """(issuer block body, newest record's body) of a card that this home has issued, or None."""
        found = self._home.store.ledger_state(family, uid)
        return None if found is None else (bytes.fromhex(found[0]["details"]["block"]), bytes.fromhex(found[1]["record"]))

    def recall(self, family, uid):
        """The `CardMemory` of a card."""
        self.family, self.uid = family, bytes(uid)
        store = self._home.store
        row = store.card(family, uid)
        doubts = judged(self._home, store.doubts(family, uid))
        if row is None:
            return CardMemory("new", None, doubts, [], False, store.reserved_number(family, uid))
        known = store.known_records(family, uid) if doubts else []  # grows with the card's life, and only a settlement follows it
        seen = (row.last_seen_sequence, row.last_seen_mac) if row.last_seen_sequence and row.last_seen_mac != NO_MAC else None
        return CardMemory(row.status, seen, doubts, known, row.issued, row.card_number)

    def intend(self, entry):
        """Makes the intent durable."""
        self._home.store.record_intent(entry, self._home.at())
        self.intended = entry

    def settle(self, settled):
        """Makes a settlement durable."""
        store = self._home.store
        found = store.transaction(settled.transaction, settled.terminal)
        store.record_outcome(
            settled.transaction, "landed" if settled.landed else "not_landed", at=self._home.at(),
            sequence=settled.sequence, record_mac=settled.record_mac if settled.landed else None, evidence=settled.evidence,
            terminal=settled.terminal,
        )  # fmt: skip
        entry = found["entry"]
        outcome = "landed" if settled.landed else "not_landed"
        self.settled.append(settled_item(entry, outcome))

    def land(self, landed):
        """Makes this tap's own outcome durable before a copy is written to the card."""
        self._home.store.record_outcome(
            landed.transaction, "done", at=self._home.at(), sequence=landed.sequence, record_mac=landed.record_mac, evidence=landed.evidence
        )

    def moved_on(self, card, entry):
        """The card carries `entry` now: what a board intended in its place, and the till only looked at, did not land.

        card: the tap's `OpenCard`; entry: this tap's own, done.
        """
        for doubt in card.still_open:
            same = all(doubt[name] == entry[name] for name in ("previous", "previous_sequence", "family", "uid"))
            if not same or not doubt.get("only_looked_at"):
                continue
            try:
                self._home.store.record_outcome(doubt["transaction"], "not_landed", at=self._home.at(), terminal=doubt["terminal"])
            except StampdError:  # its board's own word came meanwhile, or the disk is full: this sale is done, and the next tap looks again
                continue
            self.settled.append(settled_item(doubt, "not_landed"))

    def case(self, case):
        """Opens a case, once for the same card and state."""
        for known in self._home.store.cases():
            if known["kind"] == case.kind and known["detail"] == case.detail:
                return
        self._home.store.open_case(case.kind, case.detail, self._home.at())
        self.cases.append(case.kind)


def settled_item(entry, outcome):
    """{"sale", "outcome", "operation"} of a settled entry; of a refund {"ref", "refunded"} too, in minor units: what landed of it."""
    details = entry["details"]
    item = {"sale": entry["sale"] or details.get("sale"), "outcome": outcome, "operation": entry["operation"]}
    if entry["operation"] == "refund":
        item["ref"], item["refunded"] = details.get("ref"), details["refunded"] if outcome == "landed" else 0
    return item


def _key_epoch(entry):
    """The epoch of the keys on the chip since this issue or rotation, or None: the card is asked.

    A card that was taken in with a record of another home may have been rotated there, where its family can be.
    """
    if entry["operation"] == "migrate":
        return entry["details"]["epoch"]
    if entry["sequence"] != 1 and entry["family"] not in KEYS_FOR_LIFE:
        return None
    return decode_issuer_body(bytes.fromhex(entry["details"]["block"])).epoch
