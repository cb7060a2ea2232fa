"""A shop small enough for a board: TEST role masters, a link to a soft card, a journal in memory. For the tests in this folder."""

import os

from cardos import tap_runner
from cardos.crypto.an10922 import diversify_aes128
from cardos.crypto.cmac import aes_cmac
from cardos.errors import CardLost
from cardos.exchange import CardMemory, Done, Presentation
from cardos.soft_cards.registry import new_card
from cardos.taps.issue import issue
from cardos.taps.terms import Terms

SCHEME, EPOCH, DAY, MINUTE = 0xFFFF, 1, 2251, 85560  # 2026-03-01, 10:00
UID = bytes.fromhex("04a1b2c3d4e5f6")
LINK = "http://127.0.0.1:8787/c/1a2b3"
STAMPS = {"name": "stamps", "kind": "plain", "ids": [1], "debt": True}
PACK = {
    "format": 1, "scheme": SCHEME, "number": 1, "currency": "EUR", "minor_digits": 2, "counters": [STAMPS],
    "offers": [{"id": "free-coffee", "kind": "stamp-card", "name": {"en": "free coffee"}}],
    "rules": {
        "rewards": [{"op": "gifts", "c": 0, "gifts": [["free-coffee", 10, "free coffee"]], "auto": True, "offer": 0}],
        "earn": [{"op": "stamps", "c": 0, "on": ["coffee"], "per": 1, "amount": True, "offer": 0}],
        "status": [], "roll": [], "events": [], "gifts": True,
    },
    "prices": [], "next": [], "perks": [], "codes": [],
}  # fmt: skip

# Role masters that docs/keys.md prints for the TEST keys of epoch 1; a board gets them at its provisioning.
ROLE_MASTERS = {
    "record-mac": bytes.fromhex("5ed9d2d7f039362caac5683fe787219a"),
    "password": bytes.fromhex("a97fed2cfe55b9c2217bc830f817148c"),
    "read": bytes.fromhex("4dbfe318b3b1b22aa9c059b6354203fb"),
    "earn": bytes.fromhex("064114654e577c49f8f028afe33c5944"),
    "admin": bytes.fromhex("fc4af79b255451752500f72c6ee5de11"),
    "uid": bytes.fromhex("54085233a731e96ba2f9a85b8b6e86e8"),
}


class Keys:
    epochs = (EPOCH,)

    def derive(self, role, epoch, m):
        return diversify_aes128(ROLE_MASTERS[role], m)

    def mac(self, role, epoch, m, message):
        return aes_cmac(self.derive(role, epoch, m), message)


KEYS = Keys()


def nonces(count):
    return os.urandom(count)


class Shop:
    """One card, one journal. `tap` presents the card once."""

    def __init__(self, family="ntag215", counters=1, pack=PACK, uid=UID):
        self.family = family
        self.card = new_card(family, uid)
        self.counters = counters
        self.pack = pack
        self.open, self.landed, self.known, self.cases = {}, [], [], []
        self.last_seen, self.issued, self.next_number, self.status = None, False, 1, "new"
        self.exchanges = 0
        self.found = None

    # --- the link ---

    def exchange(self, frame, wait_ms):
        if not self.card.is_active:  # a refusal drops a Type 2 card: readers select it again
            self.card.activate()
        self.exchanges += 1
        answer = self.card.transceive(frame)
        if answer is None:
            raise CardLost("the card is silent")
        return answer

    def presented(self, uid_wanted):
        kind = "iso-dep" if self.found.sak & 0x20 else "classic" if self.found.sak & 0x08 else "type2"
        return Presentation(kind, self.found.uid, self.found.ats or b"", None, None)

    # --- the desk ---

    def familiar(self, found):
        if not self.issued:
            return found
        return Presentation(found.kind, found.uid, found.ats, self.family, EPOCH)

    def ledger_state(self, family, uid):
        if not self.issued:
            return None
        return bytes.fromhex(self.landed[0]["details"]["block"]), bytes.fromhex(self.landed[-1]["record"])

    def land(self, landed):
        self.outcome(landed.transaction, True, landed.sequence, landed.record_mac)

    def recall(self, family, uid):
        doubts = [self.open[number] for number in sorted(self.open)]  # no ties: keys of a dict
        return CardMemory(self.status, self.last_seen, doubts, self.known, self.issued, None)

    def intend(self, entry):
        self.open[entry["transaction"]] = entry
        self.next_number = entry["transaction"] + 1

    def settle(self, settled):
        self.outcome(settled.transaction, settled.landed, settled.sequence, settled.record_mac)

    def case(self, case):
        self.cases.append(case.kind)

    def outcome(self, number, landed, sequence, mac):
        entry = self.open.pop(number)
        if not landed:
            return
        self.landed.append(entry)
        self.known.append((sequence, mac[:4], bytes.fromhex(entry["previous"])))
        self.last_seen = (sequence, mac[:4])
        self.issued = self.issued or entry["operation"] == "issue"
        self.status = {"block": "blocked", "unblock": "active", "issue": "active"}.get(entry["operation"], self.status)

    # --- what people do ---

    def terms(self):
        return Terms(KEYS, SCHEME, EPOCH, 1, self.next_number, MINUTE, DAY, self.pack, self.counters, True, nonces, None)

    def tap(self, generator):
        self.card.field_off()
        self.card.field_on()
        self.found = self.card.activate()
        self.exchanges = 0
        outcome = tap_runner.run(generator, self, self)
        if isinstance(outcome, Done) and outcome.record_mac is not None:
            self.outcome(outcome.entry["transaction"], True, outcome.entry["sequence"], outcome.record_mac)
        return outcome

    def issue(self, opening=None):
        return self.tap(issue(self.terms(), 1, LINK, opening or {}, "paper card" if opening else ""))


def sale(amount=450, redeem="none", lines=()):
    return {"on": "sale", "amount": amount, "lines": list(lines), "currency": "EUR", "redeem": redeem, "day": DAY, "second": 36000}
