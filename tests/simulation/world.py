"""A small world: one card of some family, two homes (one with two terminals), the real taps, and the promises as functions.

The truth is kept beside the code under test: every record that any intent ever authorised, by its MAC. What the card holds is
then a chain of such records, and each promise is a sentence about that chain.
"""

import hashlib
import random

from cardos import tap_runner
from cardos.bytes import uint
from cardos.errors import CardLost, StampdError
from cardos.exchange import CardMemory, Done, Presentation, Refused
from cardos.records.diversification import CardKeys
from cardos.records.issuer_block import IssuerBlock, Profile
from cardos.records.journal_entry import entry_record
from cardos.records.record import NO_LINK, UNUSED, Counter, Record, RecordMac, trailer_done
from cardos.taps import open_card
from cardos.taps.block import block
from cardos.taps.read import read
from cardos.taps.sell import sell
from cardos.taps.terms import Terms
from cardos.taps.undo import undo
from tests.portable.shop import PACK
from tests.simulation.families import FAMILIES
from tests.simulation.model_card import FieldLost

SCHEME, EPOCH, OPENING_STAMPS = 0xFFFF, 1, 21
UID = bytes.fromhex("04a1b2c3d4e5f6")


class QuickKeys:
    """Keys by BLAKE2 instead of AES: the cipher is not under test here, and the runs are many."""

    epochs = (EPOCH,)

    def mac(self, role, epoch, m, message):
        return hashlib.blake2b(message, digest_size=16, key=bytes([epoch]) + m).digest()

    def derive(self, role, epoch, m):
        return hashlib.blake2b(role.encode(), digest_size=16, key=m).digest()


KEYS = QuickKeys()
CARD_KEYS = CardKeys(KEYS, SCHEME, UID)


class Violation(AssertionError):
    """A promise that did not hold."""


class ModelHome:
    """A shop's ledger in memory, with the rules of the store."""

    def __init__(self, name, first_terminal):
        self.name = name
        self.first_terminal = first_terminal
        self.transactions = {}  # number: [entry, state]
        self.last_seen = None
        self.known = []
        self.status = "active"
        self.cases = []
        self.next_number = 1

    def recall(self, family, uid):
        return CardMemory(self.status, self.last_seen, self.doubts(), list(self.known), True, 1)

    def doubts(self):
        return [entry for entry, state in self.transactions.values() if state == "open"]

    def intend(self, entry):
        number = entry["transaction"]
        if number in self.transactions:
            raise Violation("transaction %d has two intents" % number)
        for other, state in self.transactions.values():
            if entry["sale"] is not None and other["sale"] == entry["sale"] and state != "not_landed":
                raise Violation("sale %s has two live intents" % entry["sale"])
        self.transactions[number] = [entry, "open"]
        self.next_number = number + 1

    def outcome(self, number, landed, sequence, mac):
        found = self.transactions[number]
        if found[1] != "open":
            raise Violation("transaction %d settled twice" % number)
        found[1] = "landed" if landed else "not_landed"
        if landed:
            self.known.append((sequence, mac[:4], bytes.fromhex(found[0]["previous"])))
            if self.last_seen is None or sequence > self.last_seen[0]:
                self.last_seen = (sequence, mac[:4])
            if found[0]["operation"] in ("block", "unblock"):
                self.status = "blocked" if found[0]["operation"] == "block" else "active"

    def settle(self, settled):
        self.outcome(settled.transaction, settled.landed, settled.sequence, settled.record_mac)

    def case(self, case):
        self.cases.append(case.kind)

    def sale(self, reference):
        live = [pair for pair in self.transactions.values() if pair[0]["sale"] == reference and pair[1] != "not_landed"]
        return live[0] if live else None

    def last_sale(self):
        landed = [e for e, s in self.transactions.values() if s == "landed" and e["operation"] in ("earn", "redeem")]
        if not landed:
            return None
        entry = max(landed, key=lambda e: (e["sequence"], e["transaction"]))
        undone = any(e["undoes"] == entry["transaction"] and s != "not_landed" for e, s in self.transactions.values())
        return entry, undone


class World:
    """seed decides weak reads, garbage and flipped bits; the schedule is the caller's. counters: how many the card has."""

    def __init__(self, seed, family=FAMILIES[0], counters=1, homes=2):
        self.rng = random.Random(seed)
        self.family = family
        self.counters = counters
        self.card = family.make_card(self.rng, CARD_KEYS.password(EPOCH)[1], counters)
        self.homes = [ModelHome("home %d" % n, 1 + 10 * n) for n in range(homes)]
        self.records = {}  # mac: (record, entry or None)
        self.macs = {}  # (home, transaction): mac
        self.minute = 100
        self.references = 0
        self._issue()

    def _issue(self):
        block = IssuerBlock(EPOCH, SCHEME, 0, 1, Profile(self.family.layout, self.counters, False, False), 2200)
        block_raw = block.encode(self.family.name, CARD_KEYS)
        self.record_mac = RecordMac(self.family.name, CARD_KEYS, block_raw)
        opening = Record(EPOCH, 1, 0, 1, 1, 50, 1, 0, NO_LINK, (Counter(1, OPENING_STAMPS, 0),) + (UNUSED,) * (self.counters - 1))
        mac = self.note(opening, None)
        self.family.lay(self.card, block_raw, opening.body() + mac, trailer_done(1))
        for home in self.homes:
            home.last_seen = (1, mac[:4])
            home.known.append((1, mac[:4], NO_LINK))

    def note(self, record, entry):
        """Keep a record that somebody authorised: its MAC, as it will stand on the card now."""
        mac = self.record_mac.of(record.body(), record.epoch, uint(self.family.counter_of_next(self.card), 3))
        self.records[mac] = (record, entry)
        return mac

    # --- the link ---

    def presented(self, uid_wanted):
        return Presentation("type2", None, b"", None, None)

    def exchange(self, frame, wait_ms):
        try:
            return self.card.exchange(frame)
        except FieldLost:
            raise CardLost("gone") from None

    # --- what people do ---

    def tap(self, home, terminal, wish, reference=None, fault=None):
        """One presentation. wish: earn redeem undo block unblock show. Returns the outcome, or the error that ended it."""
        self.card.put()
        self.card.fault = fault
        self.minute += 1
        terms = Terms(
            KEYS, SCHEME, EPOCH, home.first_terminal + terminal, home.next_number, self.minute, 2300, PACK, self.counters, True,
            None, None,
        )  # fmt: skip
        desk = _Desk(self, home)
        met, open_card.meet = open_card.meet, self.family.meet(UID)
        try:
            outcome = tap_runner.run(self._generator(home, terms, wish, reference), self, desk)
        except StampdError as error:
            return error
        finally:
            open_card.meet = met
        if isinstance(outcome, Done) and outcome.record_mac is not None:
            home.outcome(outcome.entry["transaction"], True, outcome.entry["sequence"], outcome.record_mac)
        return outcome

    def _generator(self, home, terms, wish, reference):
        if wish == "show":
            return read(terms)
        if wish == "undo":
            return undo(terms, lambda family, uid: home.last_sale())
        if wish in ("block", "unblock"):
            return block(terms, "", lift=wish == "unblock")
        if reference is None:
            self.references += 1
            reference = "r%d" % self.references
        known = home.sale(reference)
        if known is not None and known[1] != "open":
            return _replayed(known[0])
        amount, redeem = (450, "none") if wish == "earn" else (0, "free-coffee")
        sale = {"on": "sale", "amount": amount, "lines": [], "currency": "EUR", "redeem": redeem, "day": terms.day, "second": 36000}
        return sell(terms, sale, reference, known[0] if known else None)

    # --- the promises ---

    def look(self, home, tries=12):
        """What a clean read shows: the newest `Record`. Raises Violation when the card is dead (Promise 6)."""
        for _ in range(tries):
            outcome = self.tap(home, 0, "show")
            if isinstance(outcome, Done):
                return outcome.card.records[-1]
            if isinstance(outcome, StampdError):
                raise Violation("a clean read says %s" % outcome.code)
            if isinstance(outcome, Refused) and outcome.reason != "READ_AGAIN":
                raise Violation("a clean read says %s" % outcome.reason)
        raise Violation("the card does not read in %d presentations" % tries)

    def chain(self, record):
        """The MACs from a record back to the opening, by links. Raises Violation at a record that nobody authorised (Promise 2)."""
        macs, steps = [], 0
        found = [mac for mac, known in self.records.items() if known[0] == record]
        if len(found) != 1:
            raise Violation("the card carries a record without an intent")
        mac = found[0]
        while True:
            macs.append(mac)
            record, steps = self.records[mac][0], steps + 1
            if record.previous == NO_LINK:
                return macs
            before = [m for m in self.records if m[:4] == record.previous]
            if len(before) != 1 or steps > 10000:
                raise Violation("the chain is broken")
            mac = before[0]

    def check(self):
        """Promises 1 to 3 and 5, on what a clean read shows now."""
        macs = self.chain(self.look(self.homes[0]))
        on_card, counted = set(macs), {}
        for mac in macs:
            self._counters_follow(mac)
            entry = self.records[mac][1]
            if entry is not None and entry["sale"]:
                counted[entry["home"], entry["sale"]] = counted.get((entry["home"], entry["sale"]), 0) + 1
        for key, count in counted.items():
            if count > 1:
                raise Violation("sale %s counts %d times" % (key, count))
        for home in self.homes:
            for entry, state in home.transactions.values():
                mac = self.macs[home.name, entry["transaction"]]
                if state == "landed" and mac not in on_card:
                    raise Violation("%s lost transaction %d (%s)" % (home.name, entry["transaction"], entry["operation"]))
                if state == "not_landed" and mac in on_card:
                    raise Violation("%s settled transaction %d not landed, the card carries it" % (home.name, entry["transaction"]))

    def _counters_follow(self, mac):
        record, entry = self.records[mac]
        if entry is None:
            return
        before = [m for m in self.records if m[:4] == record.previous][0]
        had = self.records[before][0].values().get(1, (0, 0))[0]
        has = record.values().get(1, (0, 0))[0]
        wanted = {"earn": had + 1, "redeem": had - 10, "block": had, "unblock": had}.get(entry["operation"])
        if entry["operation"] == "undo":
            undone = self.records[before][0]
            wanted = self.records[[m for m in self.records if m[:4] == undone.previous][0]][0].values()[1][0]
        if has != wanted:
            raise Violation("%s made %d of %d" % (entry["operation"], has, had))


class _Desk:
    """The home as a tap sees it, with every authorised record noted in the world's truth."""

    def __init__(self, world, home):
        self._world = world
        self._home = home
        self.recall, self.settle, self.case = home.recall, home.settle, home.case

    def intend(self, entry):
        self._home.intend(entry)
        entry["home"] = self._home.name
        self._world.macs[self._home.name, entry["transaction"]] = self._world.note(entry_record(entry), entry)

    def familiar(self, presentation):
        return presentation


def _replayed(entry):
    return Done(entry, None, [], None)
    yield  # a tap that needs no card is still a generator
