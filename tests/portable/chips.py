"""Chips small enough for a board, as the slots' classes see them: memory and a list of what was done. For the tests of this folder."""

from cardos.errors import CardLost


def run(steps):
    """The value of a generator that asks nothing of anybody."""
    try:
        next(steps)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it asked for an exchange")


class CountedChip:
    """48 pages and counter 2. cut_at: the number of the write (INCR counts as one) at which the card is gone; heard: after it was done."""

    def __init__(self):
        self.pages = [bytes(4)] * 48
        self.counter = 0
        self.said = []
        self.cut_at, self.heard = None, False

    def _writes(self, what, change):
        cut = self.cut_at is not None and self.cut_at == len(self.said)
        if not cut or self.heard:
            change()
        self.said.append(what)
        if cut:
            self.cut_at = None
            raise CardLost("gone")

    def read(self, first, last):
        return b"".join(self.pages[first : last + 1])
        yield

    def write(self, page, data):
        def change():
            self.pages[page] = bytes(data)

        self._writes(page, change)
        return True
        yield

    def write_surely(self, page, data):
        return self.write(page, data)

    def read_counter(self):
        return self.counter
        yield

    def increment(self):
        def change():
            self.counter += 1

        self._writes("INCR", change)
        return
        yield


class FileChip:
    """A file, and what was written how."""

    def __init__(self, size):
        self.file = bytes(size)
        self.said = []
        self.tmc = 0
        self.waiting = None

    def read(self, offset, length):
        self.said.append(("read", offset, length))
        return self.file[offset : offset + length]
        yield

    def write(self, offset, data):
        self.said.append(("write", offset, bytes(data)))
        self.file = self.file[:offset] + bytes(data) + self.file[offset + len(data) :]
        return
        yield


class CommitChip(FileChip):
    """As `FileChip`, but nothing is there before `commit`."""

    def write(self, offset, data):
        self.said.append(("write", offset, bytes(data)))
        self.waiting = self.file[:offset] + bytes(data) + self.file[offset + len(data) :]
        return
        yield

    def write_past(self, record):
        self.said.append(("past", record))
        return
        yield

    def reader_id(self, data):
        self.said.append(("reader", data))
        return
        yield

    def commit(self):
        self.said.append(("commit",))
        self.file, self.tmc = self.waiting, self.tmc + 1
        return self.tmc, bytes(8)
        yield
