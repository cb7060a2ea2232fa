"""The stop list on a board: looked up in flash, one page a tap, and what a stopped card's tap is told.

The kept bytes are checked by their MAC when this is made; of the table only the first entry of each page is in memory.
"""

from cardos.errors import BadInput
from cardos.exchange import CardMemory
from cardos.records.fields import family_number
from cardos.records.stop_list import ENTRY_SIZE, HEAD_MAX, card_entry, head_of
from terminal.journal_desk import JournalDesk

_PAGE = 512  # bytes of the table that are read at once


class StopList:
    """The kept list, or an empty one of number 0. kept: `kept.Kept`. `trouble`: the BadInput of a list that is damaged, else None.

    number, minute, lowest_epoch, terminals: of the list. A damaged list stops every tap (`authority`) until it came again.
    """

    def __init__(self, kept):
        self._kept = kept
        self.reload()

    def reload(self):
        """Reads the kept list anew, after the sync took another."""
        self.number = self.minute = self.lowest_epoch = self.cards = 0
        self.terminals, self.trouble, self._firsts, self._begin = (), None, b"", 0
        try:
            size = self._kept.check("list")
            if size is not None:
                self._open(size)
        except BadInput as trouble:  # said at each tap instead of stopping the start: the sync can heal it
            self.trouble = trouble

    def _open(self, size):
        head, self._begin, table_size = head_of(self._kept.part("list", 0, min(size, HEAD_MAX)))
        self.number, self.minute, self.lowest_epoch, self.terminals = head.number, head.minute, head.lowest_epoch, head.terminals
        self.cards = table_size // ENTRY_SIZE
        firsts = bytearray()
        for place in range(0, table_size, _PAGE):
            firsts.extend(self._kept.part("list", self._begin + place, ENTRY_SIZE))
        self._firsts = bytes(firsts)

    def has_terminal(self, terminal):
        """True when this terminal is revoked."""
        return terminal in self.terminals

    def has_card(self, family, uid):
        """True when a card is on the list. family: its number inside MACs."""
        wanted = card_entry(family, uid)
        pages = len(self._firsts) // ENTRY_SIZE
        page = _last_not_above(self._firsts, pages, wanted)
        if page < 0:
            return False
        count = min(_PAGE // ENTRY_SIZE, self.cards - page * (_PAGE // ENTRY_SIZE))
        rows = self._kept.part("list", self._begin + page * _PAGE, count * ENTRY_SIZE)
        place = _last_not_above(rows, count, wanted)
        return place >= 0 and rows[place * ENTRY_SIZE : (place + 1) * ENTRY_SIZE] == wanted


def _last_not_above(rows, count, wanted):
    """The place of the last of `count` sorted entries that is not above `wanted`; -1 when all are."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if rows[middle * ENTRY_SIZE : (middle + 1) * ENTRY_SIZE] <= wanted:
            low = middle + 1
        else:
            high = middle
    return low - 1


class ListedDesk(JournalDesk):
    """A `JournalDesk` whose cards are blocked when the stop list has them."""

    def __init__(self, journal, minute, stop_list):
        super().__init__(journal, minute)
        self._stop_list = stop_list

    def recall(self, family, uid):
        """The `CardMemory` of a card; status "blocked" for one on the list."""
        memory = super().recall(family, uid)
        if memory.status == "replaced" or not self._stop_list.has_card(family_number(family), uid):
            return memory
        return CardMemory("blocked", memory.last_seen, memory.doubts, memory.known_records, memory.issued, memory.card_number)
