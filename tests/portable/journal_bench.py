"""A board's day with its journal, and what must be true of the journal whatever happens to its power. For the tests beside it.

`Day` draws taps, `Log` notes what the journal reported durable, `promises` holds an opened journal against it.
"""

from cardos.exchange import Case, Done
from cardos.records.fields import EARN, REDEEM, family_number
from cardos.records.journal_entry import entry_record, make_entry
from cardos.records.journal_line import CASE, DOUBT, INTENT, NOT_LANDED, OUTCOME, fields_of
from cardos.records.record import Counter, Record
from terminal.journal import Journal
from terminal.journal_desk import JournalDesk
from terminal.journal_index import key_of

TERMINAL = 7
MINUTE = 85560
ALL = 1 << 30


class MemoryFiles:
    """The folder of `FlashFiles` in a dict; `before` is called with each change before it is made."""

    def __init__(self, content=None):
        self.content = dict(content or {})
        self.before = lambda *change: None

    def names(self):
        return list(self.content)

    def read(self, name, offset=0, size=-1):
        if name not in self.content:
            raise OSError(2)
        data = self.content[name]
        return data[offset:] if size < 0 else data[offset : offset + size]

    def create(self, name, data):
        self.before("create", name, data)
        self.content[name] = data

    def append(self, name, data):
        self.before("append", name, data)
        self.content[name] = self.content[name] + data

    def replace(self, name, pieces):
        data = b"".join([bytes(piece) for piece in pieces])
        self.before("replace", name, data)
        self.content[name] = data

    def remove(self, name):
        self.before("remove", name, None)
        del self.content[name]

    def free_bytes(self):
        return 1 << 20


def head_mac(message):
    """A stand-in for the board's key: 16 bytes that follow the message."""
    total = 0
    for byte in message:
        total = (total * 257 + byte) % 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF61
    return total.to_bytes(16, "big")


def opened(files, segment_size=4096, segments_max=128, cards_max=64):
    return Journal(files, TERMINAL, head_mac, segments_max, cards_max, segment_size)


class Model:
    """What lines come to, kept slowly and plainly: open intents, the newest record of each card, transaction and minute."""

    def __init__(self):
        self.intents, self.open, self.seen = {}, [], {}
        self.transaction = self.minute = 0

    def copy(self):
        again = Model()
        again.intents, again.open, again.seen = dict(self.intents), list(self.open), dict(self.seen)
        again.transaction, again.minute = self.transaction, self.minute
        return again

    def apply(self, line):
        fields = fields_of(line)
        if fields[0] == CASE:
            self.minute = max(self.minute, fields[1])
            return
        number = fields[1]
        self.transaction, self.minute = max(self.transaction, number), max(self.minute, fields[2])
        if fields[0] == INTENT:
            assert number not in self.intents, "a transaction stands twice"
            self.intents[number] = (key_of(fields[3], fields[4]), int.from_bytes(fields[8][4:7], "big"))
            self.open.append(number)
        elif fields[0] == DOUBT:
            assert number in self.open, "a doubt of nothing open"
        elif fields[0] == OUTCOME:
            assert number in self.open, "an outcome without its intent, or twice"
            self.open.remove(number)
            key, sequence = self.intents[number]
            if fields[3] != NOT_LANDED and sequence > self.seen.get(key, (0, b""))[0]:
                self.seen[key] = (sequence, fields[5])

    def doubts(self, key):
        return [number for number in sorted(self.open) if self.intents[number][0] == key]


class Log:
    """The lines that a journal reported durable, and the one that it was about to write. told: called with each of both."""

    def __init__(self, told=lambda line, is_durable: None):
        self.lines, self.trying, self.model = [], None, Model()
        self.told = told

    def copy(self):
        again = Log()
        again.lines, again.trying, again.model = list(self.lines), self.trying, self.model.copy()
        return again

    def begins(self, line):
        self.trying = line
        self.told(line, False)

    def is_durable(self, line):
        self.lines.append(line)
        self.model.apply(line)
        self.trying = None
        self.told(line, True)

    def listen(self, journal):
        append = journal._segments.append

        def noted(line, *rest):
            self.begins(line)
            place = append(line, *rest)
            self.is_durable(line)
            return place

        journal._segments.append = noted
        return journal


class Day:
    """Taps of a few cards, drawn from a seed: done, in doubt, settled by the card's next tap, with a case now and then."""

    def __init__(self, seed, cards, details=None):
        self._random = seed * 2 + 1
        self.details = details or {"amount": 450, "earned": {"stamps": 1}}
        self.cards = [["ntag215", b"\x04" + bytes([number, 9, 8, 7, 6, 5]), 0, bytes(4)] for number in range(cards - 1)]
        self.cards.append(["desfire-ev2", b"\x08\x01\x02\x03", 0, bytes(4)])
        self.minute = MINUTE

    def draw(self, below):
        self._random = (self._random * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._random >> 8) % below

    def tap(self, journal):
        """One card is presented: what it owes is settled, then a sale is made, is torn, or lands."""
        journal.refuse_if_full()
        self.minute += 1
        card = self.cards[self.draw(len(self.cards))]
        desk = JournalDesk(journal, lambda: self.minute)
        memory = desk.recall(card[0], card[1])
        for entry in memory.doubts:
            self.settle(desk, card, entry)
        if self.draw(16) == 0:
            desk.case(Case("STALE_CARD", {"uid": card[1].hex(), "sequence": card[2]}))
            return
        entry = self.entry(journal, card)
        desk.intend(entry)
        if self.draw(6):
            self.land(card, entry)
            desk.finish(Done(entry, None, [], card[3] + bytes(4)))

    def settle(self, desk, card, entry):
        is_landed = entry["sequence"] == card[2] + 1 and self.draw(3) > 0
        if is_landed:
            self.land(card, entry)
        desk.settle(Told(entry["transaction"], is_landed, entry["sequence"], (card[3] if is_landed else bytes(4)) + bytes(4), {}))

    def land(self, card, entry):
        card[2] = entry["sequence"]
        card[3] = bytes([entry["transaction"] & 0xFF, self.draw(256), self.draw(256), card[2] & 0xFF])

    def entry(self, journal, card):
        operation = REDEEM if self.draw(8) == 0 else EARN
        number = journal.next_transaction
        record = Record(1, operation, 0, 1, card[2] + 1, self.minute, TERMINAL, number, card[3], (Counter(1, card[2] + 1, 0),))
        return make_entry(record, card[0], card[1], 12, "t7-%d" % number, card[2], {1: (card[2], 0)}, None, self.details)


class Told:
    """What `cardos.exchange.Settled` carries."""

    def __init__(self, transaction, landed, sequence, record_mac, evidence):
        self.transaction, self.landed, self.sequence = transaction, landed, sequence
        self.record_mac, self.evidence = record_mac, evidence


def promises(journal, log, cards):
    """Holds a journal that was just opened against the log; returns the log with what the journal really has."""
    log = log.copy()
    have = journal.count
    if have == len(log.lines) + 1:
        assert log.trying is not None, "a line that nobody wrote"
        log.is_durable(log.trying)
    log.trying = None
    assert have == len(log.lines), "lines that were reported durable are lost: %d of %d" % (have, len(log.lines))
    first = journal.stored + 1
    if first <= have:
        before, _, kept = journal.batch(first, ALL)
        assert before == first - 1 and kept == log.lines[before:], "what the shop does not have is not what was reported"
    assert not journal.troubles, journal.troubles
    assert journal.next_transaction == log.model.transaction + 1
    assert journal.newest_minute == log.model.minute
    for family, uid, _, _ in cards:
        key = key_of(family_number(family), uid)
        memory, seen = journal.recall(family, uid), log.model.seen.get(key)
        assert memory.last_seen == seen, (memory.last_seen, seen)
        assert [entry["transaction"] for entry in memory.doubts] == log.model.doubts(key)
        assert [entry_record(entry).sequence for entry in memory.doubts] == [entry["sequence"] for entry in memory.doubts]
    return log
