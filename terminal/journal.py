"""A board's journal: every change of a card, durable before the card changes, until the shop's daemon has it.

It is append-only, chained by hash, and bounded: `refuse_if_full` says JOURNAL_FULL before a tap begins, while there is still room
for that tap's intent, its outcome, what it settles and a case. Nothing that the shop has not confirmed is ever taken away;
`stored_up_to(n)` frees whole segments. What is known of cards is in the index (`journal_index`), which a checkpoint brings back
after a restart, so that only the segments since then are read again.

The folder holds segments (`journal_segments`), `index` (the checkpoint) and at times a `new` that was not finished.

    index = frame(CBOR [format, terminal, segment, lines, chain, transaction, minute, stored up to, rows, open, known]) + rows + seal (16)

The seal is the board's MAC over the SHA-256 of all before it; without a key its first 16 bytes.
"""

import hashlib

from cardos import cbor
from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput, StampdError
from cardos.exchange import CardMemory
from cardos.records import journal_line as lines
from cardos.records.fields import family_number
from cardos.records.journal_line import GENESIS, fields_of, framed, link, unframed, unpack_intent
from terminal.journal_index import CARDS_MAX, ROW_SIZE, STATUSES, Index, key_of
from terminal.journal_segments import RESERVE, SEGMENT_SIZE, JournalTrouble, Segments

FORMAT = 1
SEGMENTS_MAX = 128  # 512 KB: what a Pico W's file system has room for beside the firmware; about 1600 taps
CHECKPOINT_EVERY = 8  # segments that a start reads again at most, when the board had a quiet moment; three times that without one
OPEN_MAX = 200  # intents without an outcome: what a checkpoint may name
KEPT_MAX = 32  # open intents that the shop has and that are carried on; the hub settles the others
LOOK_BACK = 4  # segments in which the last sale of a card is looked for: about fifty taps
CASES_MAX = 16  # cases that are not said twice

_INDEX = "index"
_SEAL_SIZE = 16


class Journal:
    """An open journal. Opening reads what is there and writes nothing.

    files: a `FlashFiles`. terminal: this board's number. head_mac: bytes -> 16 bytes with the board's key, or None.
    `troubles` says what did not fit: [(segment, "HEADER" | "MAC" | "GAP" | "INDEX" | "LINE")]; a person must look at them.
    Raises `JournalTrouble` (JOURNAL_OTHER_TERMINAL) and OSError for flash that cannot be read.
    """

    def __init__(self, files, terminal, head_mac=None, segments_max=SEGMENTS_MAX, cards_max=CARDS_MAX, segment_size=SEGMENT_SIZE):
        self.terminal = terminal
        self.segments_max = segments_max
        self.newest_minute = 0  # since 2026-01-01 UTC; 0: nothing carries one yet
        self.stored = 0  # lines that the shop has confirmed
        self._files = files
        self._seal = head_mac or (lambda digest: digest[:_SEAL_SIZE])
        self._segments = Segments(files, terminal, head_mac, segment_size)
        self._index = Index(cards_max)
        self._transaction = 0  # the highest taken
        self._checked = 0  # the segment from which a start reads
        self._cases = []
        self.before_freeing = lambda: None  # called before lines go that the shop has: whoever counts them notes what it counted
        self.troubles = self._segments.troubles
        self._open()

    @property
    def next_transaction(self):
        """The number that the next intent takes."""
        return self._transaction + 1

    @property
    def count(self):
        """How many lines there ever were: the newest line's number."""
        return self._segments.lines

    @property
    def open_intents(self):
        """How many intents have no outcome."""
        return len(self._index.open)

    def head(self):
        """(lines, chain 32 bytes, MAC 16 bytes or None): where the journal ends now (`journal_line.head_message`)."""
        return self._segments.head()

    # Opening

    def _open(self):
        segments = self._segments
        segments.find()
        first = segments.oldest
        if _INDEX in self._files.names():
            first = max(first, self._load())
        if first and first > segments.newest:
            self.troubles.append((first, "GAP"))
            first = segments.oldest
        self._checked = first
        if first:
            for segment, offset, line in segments.replay(first):
                self._again(line, (segment, offset))
        self._transaction = max(self._transaction, segments.transaction) + segments.lost  # a number is left out, never taken twice
        self.newest_minute, self.stored = max(self.newest_minute, segments.minute), max(self.stored, segments.stored)

    def _again(self, line, place):
        """Takes one line of an earlier life over."""
        try:
            fields = fields_of(line)
            kind = fields[0]
            if kind in (lines.INTENT, lines.DOUBT):
                self._index.intend(fields, place)
                self._note(fields[1], fields[2])
            elif kind == lines.OUTCOME:
                self._index.outcome(fields[1], fields[5])
                self._note(fields[1], fields[2])
            elif kind == lines.CASE:
                self._remember_case(fields[2], fields[3])
                self._note(0, fields[1])
        except (BadInput, IndexError, TypeError):  # its check fits: written by another version, or by somebody else
            self.troubles.append((place[0], "LINE"))

    def _note(self, transaction, minute):
        self._transaction = max(self._transaction, transaction)
        self.newest_minute = max(self.newest_minute, minute)

    def _load(self):
        """Takes the checkpoint over; returns the segment from which lines are read again, 0 when it cannot be believed."""
        data = self._files.read(_INDEX)
        found = unframed(data, 0, GENESIS)
        body = memoryview(data)[: max(0, len(data) - _SEAL_SIZE)]
        if found is None or not constant_time_equal(data[-_SEAL_SIZE:], self._seal(hashlib.sha256(body).digest())):
            self.troubles.append((0, "INDEX"))
            return 0
        form, terminal, segment, lines_then, chain, transaction, minute, stored, rows, opened, known = cbor.decode(found[0])
        if form != FORMAT or terminal != self.terminal:
            self.troubles.append((0, "INDEX"))
            return 0
        self._note(transaction, minute)
        self._segments.lines, self._segments.chain = lines_then, chain  # the segment's header says it too, unless it is damaged
        self.stored = stored
        self._index.load(memoryview(data)[found[2] : found[2] + rows * ROW_SIZE], opened, known)
        return segment

    def _checkpoint(self):
        """Writes the index as it stands; a start then reads from the newest segment on."""
        opened, known = self._index.checkpoint()
        segment, rows = self._segments.newest, self._index.rows
        then = [FORMAT, self.terminal, segment, self._segments.lines, self._segments.chain, self._transaction, self.newest_minute, self.stored]
        line = cbor.encode(then + [rows, opened, known])
        head, table = framed(line, link(GENESIS, line)), memoryview(self._index.table)[: rows * ROW_SIZE]
        digest = hashlib.sha256(head)
        digest.update(table)
        try:
            self._files.replace(_INDEX, (head, table, self._seal(digest.digest())))
        except OSError:
            raise JournalTrouble("The journal's index could not be written.", "Start the terminal again; then connect it to the shop.")
        self._checked = segment

    def rest(self):
        """A quiet moment: writes a checkpoint when one is due (about a quarter of a second of flash). True when it did."""
        if self._segments.newest - self._checked < CHECKPOINT_EVERY:
            return False
        self._checkpoint()
        return True

    # Room

    def refuse_if_full(self):
        """Raises `JournalTrouble` (JOURNAL_FULL) when a tap may not begin. Asked before each tap; `intend` asks again."""
        if self.segments_free <= 0 or len(self._index.open) >= OPEN_MAX:
            raise JournalTrouble("This terminal's journal is full.", "Connect it to the shop: what it holds has to be stored first.", "JOURNAL_FULL")

    @property
    def segments_free(self):
        """How many segments (about 13 taps each) may still be begun before JOURNAL_FULL."""
        return self.segments_max - RESERVE - self._segments.used

    # Writing

    def _append(self, line):
        return self._segments.append(line, self._transaction, self.newest_minute, self.stored)

    def intend(self, entry):
        """Makes an intent durable. Raises BadInput (TRANSACTION_EXISTS, JOURNAL_LINE) or `JournalTrouble`; then no intent is kept."""
        if entry["terminal"] != self.terminal or entry["transaction"] != self.next_transaction:
            raise BadInput("Transaction %r is not this journal's next." % (entry["transaction"],), "", "TRANSACTION_EXISTS")
        if self._segments.used > self.segments_max - RESERVE:
            self.refuse_if_full()
        fields = lines.intent_fields(entry)
        line = lines.pack_intent(fields)
        if self._segments.newest - self._checked >= 3 * CHECKPOINT_EVERY:
            self._checkpoint()
        place = self._append(line)
        self._index.intend(fields, place)
        self._note(entry["transaction"], entry["minute"])

    def outcome(self, transaction, outcome, sequence, record_mac, evidence, minute):
        """Makes an outcome durable: DONE, LANDED or NOT_LANDED of `cardos.records.journal_line`. record_mac: at least 4 bytes,
        None for not landed. minute: now, as far as the clock knows. Returns [(kind, detail)] of the cases that it made.

        BadInput (UNKNOWN_TRANSACTION) when no such intent is open.
        """
        if transaction not in self._index.open:
            raise BadInput("Transaction %r is not open in this journal." % (transaction,), "", "UNKNOWN_TRANSACTION")
        minute = max(minute, self.newest_minute)
        mac = None if outcome == lines.NOT_LANDED else bytes(record_mac[:4])
        clashes = [] if mac is None else self._index.contradictions(transaction, mac)
        card = self._index.open[transaction].key
        self._append(lines.pack_outcome(transaction, minute, outcome, sequence, mac, evidence))
        self._index.outcome(transaction, mac)
        self._note(0, minute)
        cases = [(kind, {"card": card.hex(), "sequence": at, "transaction": transaction}) for kind, at in clashes]
        for kind, detail in cases:
            self.case(kind, detail, minute)
        return cases

    def case(self, kind, detail, minute):
        """Opens a case, once for the same card and state as long as the journal remembers. True when it is new."""
        if not self._remember_case(kind, detail):
            return False
        minute = max(minute, self.newest_minute)
        self._append(lines.pack_case(kind, minute, detail))
        self._note(0, minute)
        return True

    def _remember_case(self, kind, detail):
        digest = hashlib.sha256(cbor.encode([kind, detail])).digest()[:8]
        if digest in self._cases:
            return False
        self._cases.append(digest)
        del self._cases[:-CASES_MAX]
        return True

    # What is known

    def recall(self, family, uid):
        """The `CardMemory` of a card."""
        key = key_of(family_number(family), uid)
        seen, doubts = self._index.seen(key), [self._entry_at(place) for place in self._index.doubts(key)]
        known = list(self._index.known.get(key, ()))
        if seen is None:
            return CardMemory("new", None, doubts, known, False, doubts[-1]["card_number"] if doubts else None)
        return CardMemory(STATUSES[seen.status], (seen.sequence, seen.mac), doubts, known, seen.issued, None)

    def familiar(self, uid, kind):
        """(key, `Seen`, whether its key epoch is sure) of the one card with this UID among the families of a kind, or None."""
        found = self._index.familiar(uid, kind)
        return None if found is None else (found[0], found[1], self._index.is_sure_of_keys(found[0]))

    def _entry_at(self, place):
        return unpack_intent(fields_of(self._segments.line_at(place[0], place[1])), self.terminal)

    def last_sale(self, family, uid):
        """(entry, whether it is undone) of the newest earn or redemption on a card that landed, among about the last fifty taps; or None."""
        number, uid, landed, undone = family_number(family), bytes(uid), set(), set()
        for segment in range(self._segments.newest, max(self._segments.newest - LOOK_BACK, self._segments.oldest - 1), -1):
            header = self._segments.header(segment)
            for _, line in reversed(self._segments.lines_of(header) if header else []):
                fields = fields_of(line)
                if fields[0] == lines.OUTCOME and fields[3] != lines.NOT_LANDED:
                    landed.add(fields[1])
                elif fields[0] in (lines.INTENT, lines.DOUBT) and fields[1] in landed and fields[3] == number and fields[4] == uid:
                    entry = unpack_intent(fields, self.terminal)
                    if entry["operation"] == "undo":
                        undone.add(entry["undoes"])
                    elif entry["operation"] in ("earn", "redeem"):
                        return entry, entry["transaction"] in undone
        return None

    def lines_from(self, first, minute=0, transaction=0):
        """Yields (number, line) from line number `first` on, oldest first. Whole segments are left out in which every line is from
        before `minute` and every intent below `transaction`; lines that are freed are left out too."""
        for segment in range(self._segments.oldest, self._segments.newest + 1):
            header, after = self._segments.header(segment), self._segments.header(segment + 1)
            if header is None or after is not None and (after.lines < first or after.minute < minute and after.transaction < transaction):
                continue
            for place, found in enumerate(self._segments.lines_of(header)):
                if header.lines + place + 1 >= first:
                    yield header.lines + place + 1, found[1]

    # The shop

    def batch(self, first, bytes_max):
        """(lines before, chain before, [line, …]) from line number `first` on, as many as fit in `bytes_max` bytes; at least one
        when there is any. BadInput (JOURNAL_LINE) when that line is freed or there is none yet."""
        header, segment = None, self._segments.newest
        while segment >= self._segments.oldest:
            header = self._segments.header(segment)
            if header is not None and header.lines < first:
                break
            segment -= 1
        if not 0 < first <= self.count or header is None or header.lines >= first:
            raise BadInput("Line %d is not in this journal." % first, "", "JOURNAL_LINE")
        before, chain, found, size, end = header.lines, header.chain, [], 0, header.chain
        while header is not None and segment <= self._segments.newest and (header.lines, header.chain) == (before + len(found), end):
            for _, line in self._segments.lines_of(header):
                end = link(end, line)
                if before + 1 < first:
                    before, chain = before + 1, end
                    continue
                if found and size + len(line) > bytes_max:
                    return before, chain, found
                found.append(line)
                size += len(line)
            segment += 1
            header = self._segments.header(segment)
        return before, chain, found  # up to a segment that does not go on where this one ends: damage is a gap, not a batch

    def stored_up_to(self, number):
        """The shop holds every line up to `number` (a receipt whose MAC the caller has checked). Returns how many segments were freed.

        A receipt that comes twice or late is harmless. Intents that are open still are carried into the newest segment first; while
        that would not pay, their segments stay (`journal_room`).
        BadInput (RECEIPT) for a line that this journal never had.
        """
        if number > self.count:
            raise BadInput("The shop confirms line %d, and this journal has %d." % (number, self.count), "Look at the terminal's number.", "RECEIPT")
        from terminal.journal_room import last_to_free  # after a sync

        self.stored = max(self.stored, number)
        first, is_full = self._segments.oldest, self.segments_free <= 0
        last = last_to_free(self._segments, self._index.open, self.stored, KEPT_MAX, is_full)
        if last >= first:
            try:
                self._make_room_behind(last)
            except StampdError:  # no room to write what freeing makes room for: first what needs no writing
                needless = min([last + 1, self._checked] + [one.segment for one in self._index.open.values()]) - 1
                if needless < first:
                    raise
                self._segments.free(needless)
                self._make_room_behind(last)
            self._segments.free(last)
        return self._segments.oldest - first

    def _make_room_behind(self, last):
        """Writes what must be known without the segments up to `last`."""
        self.before_freeing()
        self._carry(last)
        self._checkpoint()

    def _carry(self, last):
        """Says the open intents of the segments up to `last` again, so that these can go."""
        leaving = [number for number in sorted(self._index.open) if self._index.open[number].segment <= last]
        for place, number in enumerate(leaving):
            one = self._index.open[number]
            if place < len(leaving) - KEPT_MAX:
                self._index.forget(number)
                continue
            fields = fields_of(self._segments.line_at(one.segment, one.offset))
            fields[0] = lines.DOUBT
            one.segment, one.offset = self._append(cbor.encode(fields))
