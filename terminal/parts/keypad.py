"""A 4x4 keypad without diodes. One row at a time is pulled low and the columns are read; the other rows float (open drain).

Without diodes three keys at corners of a rectangle make the fourth look pressed. Here a key counts only while it is the only one down:
two at once, or more, are nothing until all but one are let go, so that no ghost is ever typed into an amount.
"""

from terminal import compat

SCAN_MS = 10
STEADY_SCANS = 2

# The usual sheet has 1 2 3 A / 4 5 6 B / 7 8 9 C / * 0 # D.
KEYS = (
    ("1", "2", "3", "redeem"),
    ("4", "5", "6", "undo"),
    ("7", "8", "9", "cancel"),
    ("00", "0", "enter", "enter"),
)


class Keypad:
    """rows: four output pins, open drain, 1 = let go. columns: four input pins with pull-ups."""

    def __init__(self, rows, columns, keys=KEYS, sleep_ms=compat.sleep_ms):
        self._rows, self._columns, self._keys = rows, columns, keys
        self._sleep_ms = sleep_ms
        self._steady = None  # what was last taken for true: a (row, column), None for nothing, or MANY
        self._seen = None
        self._looks = 0
        self._is_spent = False  # several keys were down: whatever is left of them types nothing
        for row in rows:
            row.value(1)

    async def next(self):
        """Wait for the next key; return its word: a digit, "00", "enter", "cancel", "redeem" or "undo". A held key is one press."""
        while True:
            word = self._look(self._scan())
            if word is not None:
                return word
            await self._sleep_ms(SCAN_MS)

    def _look(self, seen):
        """Take in one scan: the word of a key that has now been down alone long enough, or None."""
        if seen != self._seen:
            self._seen, self._looks = seen, 0
        self._looks += 1
        if self._looks < STEADY_SCANS or seen == self._steady:
            return None
        before, self._steady = self._steady, seen
        if seen is None:
            self._is_spent = False
        elif seen == MANY:
            self._is_spent = True
        elif before is None and not self._is_spent:
            return self._keys[seen[0]][seen[1]]
        return None

    def _scan(self):
        """(row, column) of the one key that is down; None for none, MANY for several."""
        found = None
        for at, row in enumerate(self._rows):
            row.value(0)
            try:
                for column, pin in enumerate(self._columns):
                    if not pin.value():
                        if found is not None:
                            return MANY
                        found = (at, column)
            finally:
                row.value(1)
        return found


MANY = (-1, -1)
