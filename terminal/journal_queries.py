"""How many rewards this board itself gave on a card lately: what limits on rewards count (`cardos.taps.classes`).

The journal's lines are read once each and leave 16 bytes a redemption; those of other days go. What the journal frees when the shop
has it is kept in a file of its own first, so that a sync does not make a card's day begin anew.

    row    key of the card (8, `journal_index.key_of`) + transaction (4) + minute (3) + rewards (1)
    kept   CBOR [lines counted, rows]
"""

from cardos import cbor
from cardos.bytes import uint
from cardos.errors import BadInput
from cardos.records import journal_line as lines
from cardos.records.fields import family_number
from cardos.records.journal_line import fields_of, intent_record
from terminal.journal_index import key_of

ROWS_MAX = 512  # redemptions that are remembered: 8 KB. A board that gives more in a day gives no more that day
_ROW_SIZE = 16
_KEPT = "given"
_MANY = 1 << 16


class Given:
    """journal: an open `Journal`. kept: `kept.Kept`."""

    def __init__(self, journal, kept):
        self._journal = journal
        self._kept = kept
        self._rows = bytearray()
        self._line = 0  # the last line that is counted
        try:
            self._load()
        except (BadInput, TypeError, ValueError):  # damaged: what the journal has is counted anew, and the note is written again
            self._rows, self._line = bytearray(), 0

    def _load(self):
        data = self._kept.read(_KEPT)
        if data is None:
            return
        line, rows = cbor.decode(data)
        if len(rows) % _ROW_SIZE or line > self._journal.count:
            raise BadInput("These counts are of another journal.")
        self._line, self._rows = line, bytearray(rows)

    def count(self, family, uid, minute, transaction):
        """Rewards that this board gave on a card: those from `minute` on, and those from `transaction` on whatever their minute says.

        What is in doubt counts, and what was undone: it may have been handed over before. What did not land does not. A number beyond every
        limit when there are too many to count.
        """
        self.catch_up(minute, transaction)
        if len(self._rows) > ROWS_MAX * _ROW_SIZE:
            return _MANY
        key, total = key_of(family_number(family), uid), 0
        for place in range(0, len(self._rows), _ROW_SIZE):
            if self._rows[place : place + 8] == key:
                total += self._rows[place + 15]
        return total

    def catch_up(self, minute, transaction):
        """Reads the lines since the last time, and drops what is before both. The first time after a start may take seconds."""
        for number, line in self._journal.lines_from(self._line + 1, minute, transaction):
            self._line = max(self._line, number)
            self._take(fields_of(line))
        self._line = self._journal.count
        left = bytearray()
        for place in range(0, len(self._rows), _ROW_SIZE):
            row = self._rows[place : place + _ROW_SIZE]
            if int.from_bytes(row[12:15], "big") >= minute or int.from_bytes(row[8:12], "big") >= transaction:
                left.extend(row)
        self._rows = left

    def _take(self, fields):
        kind = fields[0]
        if kind in (lines.INTENT, lines.DOUBT):
            operation = intent_record(fields)[0]
            if operation == "redeem" and self._place(fields[1]) < 0 and len(self._rows) <= ROWS_MAX * _ROW_SIZE:
                rewards = min(0xFF, rewards_in(cbor.decode(fields[12])))
                self._rows.extend(key_of(fields[3], fields[4]) + uint(fields[1], 4) + uint(fields[2], 3) + uint(rewards, 1))
        elif kind == lines.OUTCOME:
            place = self._place(fields[1]) if fields[3] == lines.NOT_LANDED else -1
            if place >= 0:
                self._rows[place : place + _ROW_SIZE] = b""

    def _place(self, transaction):
        wanted = uint(transaction, 4)
        for place in range(0, len(self._rows), _ROW_SIZE):
            if self._rows[place + 8 : place + 12] == wanted:
                return place
        return -1

    def keep(self, minute, transaction):
        """Writes down what is counted. Called before `Journal.stored_up_to` frees lines; writes only when there is anything to say."""
        self.catch_up(minute, transaction)
        if self._rows or self._kept.has(_KEPT):
            self._kept.keep(_KEPT, cbor.encode([self._line, bytes(self._rows)]))


def rewards_in(details):
    """How many things an entry's details hand over: "free coffee x2" is two."""
    total = 0
    for text in details.get("rewards") or ():
        count = text.rsplit(" x", 1)[-1] if " x" in text else "1"
        total += int(count) if count and not [letter for letter in count if not "0" <= letter <= "9"] else 1
    return total
