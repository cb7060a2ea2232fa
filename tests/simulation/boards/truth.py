"""What is really on a card: its chain of records, each of them an intent that somebody had before it was written.

The world hears of every intent, a thief's too; the card's newest record names its predecessor by the first bytes of its MAC, and so
back to the issue. What stands in that chain has happened, once; nothing else has. No ledger and no journal is asked.
"""

from collections import namedtuple

from cardos import tap_runner
from cardos.errors import StampdError
from cardos.exchange import UNKNOWN_CARD, Done
from cardos.records.journal_entry import entry_record
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import load_card
from cardos.taps.read import read
from host_tools.readers.soft import SoftReader


class Broken(Exception):
    """A promise that did not hold."""


# One record of a card. intents: every `Intended` of this very record (two only where two boards have one identity).
Landed = namedtuple("Landed", ["sequence", "link", "body", "counters", "intents"])


class Intended:
    """An entry that somebody was about to make durable, and who."""

    def __init__(self, who, entry):
        self.who, self.entry = who, entry
        self.link = None  # the first 4 bytes of its record's MAC, once they were asked for

    def __repr__(self):
        entry = self.entry
        return "<%s: %s %d of card %d, record %d>" % (self.who, entry["operation"], entry["transaction"], entry["card_number"], entry["sequence"])


class Truth:
    """home: whose keys read the cards. `intents`: {uid: [`Intended`]}."""

    def __init__(self, home):
        self._home = home
        self.intents = {}

    def intends(self, who, entry):
        self.intents.setdefault(bytes.fromhex(entry["uid"]), []).append(Intended(who, entry))

    def chain(self, card):
        """[`Landed`] of a card, oldest first; None while a torn page reads once so, once so. Broken for a record that nobody intended."""
        face = self._read(card)
        if face is None:
            return None
        slots, known = face.opened.slots, {}
        for one in self.intents[bytes(card.uid)]:
            if one.link is None:
                one.link = slots.mac_at(entry_record(one.entry))[:4]
            known.setdefault(one.link, []).append(one)
        found, link, sequence = [], slots.newest.link, slots.newest.record.sequence
        while True:
            intents = known.get(link)
            if intents is None:
                raise Broken("minting: record %d of card %s was intended by nobody" % (sequence, card.uid.hex()))
            record = entry_record(intents[0].entry)
            if record.sequence != sequence or any(one.entry["record"] != intents[0].entry["record"] for one in intents):
                raise Broken("minting: record %d of card %s is another than it was said to be: %r" % (sequence, card.uid.hex(), intents))
            found.append(Landed(sequence, link, intents[0].entry["record"], record.values(), intents))
            if sequence == 1:
                return found[::-1]
            link, sequence = record.previous, sequence - 1

    def _read(self, card):
        """The face of a copy of the card, or None: undecided."""
        reader = SoftReader()
        reader.put(load_card(card.state(), noise=Noise(1)))
        try:
            with reader.wait_for_card(0) as link:
                outcome = tap_runner.run(read(self._home.terms()), link, _Stranger())
        except StampdError:
            return None
        return outcome.card if isinstance(outcome, Done) else None


class _Stranger:
    """A desk that knows nothing."""

    def familiar(self, found):
        return found

    def ledger_state(self, family, uid):
        return None

    def recall(self, family, uid):
        return UNKNOWN_CARD
