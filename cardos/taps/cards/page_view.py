"""What a tap has read of a page card's memory so far, by page number."""

from cardos.families.type2 import PAGE


class PageView:
    """Bytes of pages first..; `data` is a whole number of pages."""

    def __init__(self, first, data):
        self.first = first
        self.data = bytes(data)

    @property
    def last(self):
        """The last page held."""
        return self.first + len(self.data) // PAGE - 1

    def holds(self, first, last):
        """True when all pages first..last were read."""
        return self.first <= first and last <= self.last

    def take(self, first, count):
        """`count` bytes from page `first`; the pages are held."""
        start = (first - self.first) * PAGE
        return self.data[start : start + count]
