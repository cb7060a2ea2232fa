"""The network between boards and their shop: it loses, repeats, changes and holds back what it carries, and keeps what it saw."""

from terminal.line import NoShop

GOOD = "good"
FAULTS = ("request lost", "answer lost", "carried twice", "request garbled", "answer garbled", "old answer", "old request first")
_SEEN_MAX = 400


class Wire:
    """desk: the shop's `SyncDesk`. share: how many exchanges of 100 meet a fault; `faults` counts them by their word."""

    def __init__(self, desk, rng):
        self.desk, self._rng = desk, rng
        self.share = 25
        self.faults = {}
        self._seen = []  # (terminal, request, answer) of earlier exchanges

    def open(self, terminal):
        """The `line` of one board."""
        return _Line(self, terminal)

    def carry(self, terminal, message):
        """The answer that arrives for a request. NoShop when none does."""
        word = self._rng.choice(FAULTS) if self._rng.randrange(100) < self.share else GOOD
        old = [seen for seen in self._seen if seen[0] == terminal]
        if word.startswith("old") and not old:
            word = GOOD
        self.faults[word] = self.faults.get(word, 0) + 1
        if word == "request lost":
            raise _not_reached()
        if word == "request garbled":
            assert self.desk.answer(self._garbled(message)) is None, "a garbled request was answered"
            raise _not_reached()
        if word == "old request first":
            self.desk.answer(self._rng.choice(old)[1])
        if word == "carried twice":
            self.desk.answer(message)
        answer = self.desk.answer(message)
        if answer is None or word == "answer lost":
            raise _not_reached()
        self._seen.append((terminal, message, answer))
        del self._seen[:-_SEEN_MAX]
        if word == "answer garbled":
            return self._garbled(answer)
        return self._rng.choice(old)[2] if word == "old answer" else answer

    def _garbled(self, data):
        place = self._rng.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << self._rng.randrange(8)]) + data[place + 1 :]


class _Line:
    def __init__(self, wire, terminal):
        self._wire, self._terminal = wire, terminal

    async def exchange(self, message, fits=None):
        return self._wire.carry(self._terminal, message)

    async def close(self):
        pass


def _not_reached():
    return NoShop("The shop was not reached.", "", "SHOP_NOT_REACHED")
