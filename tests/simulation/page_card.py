"""A card reduced to what the protocol sees: 4-byte pages that tear, stay weak, and answers that are lost or falsified.

Much faster than the faithful soft card, and harsher: any write can tear in any of six ways at any exchange.
"""

PAGES = 45
ACK = b"\x0a"

OLD, ZERO, GARBAGE, NEW, WEAK, WEAK0 = "old", "zero", "garbage", "new", "weak", "weak0"
TORN = (OLD, ZERO, GARBAGE, NEW, WEAK, WEAK0)
LOST, ANSWER_LOST, CORRUPT, SHORT = "lost", "answer-lost", "corrupt", "short"
WRITE_FAULTS = TORN + (LOST, ANSWER_LOST, CORRUPT)
READ_FAULTS = (LOST, CORRUPT, SHORT)


class FieldLost(Exception):
    """The card left the field."""


class PageCard:
    """pages: list of 4-byte values. rng: random.Random for garbage, weak reads and flipped bits."""

    def __init__(self, rng, pack):
        self.pages = [bytes(4)] * PAGES
        self.weak = {}  # page: (one value, other value): every read picks each differing bit anew
        self.rng = rng
        self.pack = pack
        self.fault = None  # (exchange number of this tap, kind) or None
        self.sent = 0
        self.present = False
        self.faulted = False  # whether this tap's fault lay on an exchange that can have it
        self.writes = 0

    def put(self):
        """The card is presented: a new tap's exchanges are counted from 0."""
        self.present, self.sent, self.faulted = True, 0, False

    def image(self):
        """Everything a copier of the card could take."""
        return list(self.pages), dict(self.weak)

    def restore(self, image):
        self.pages, self.weak = list(image[0]), dict(image[1])

    def exchange(self, frame):
        """One frame; raises FieldLost when the card is away or leaves now."""
        if not self.present:
            raise FieldLost()
        kind = self.fault[1] if self.fault and self.fault[0] == self.sent else None
        self.sent += 1
        is_write = frame[0] == 0xA2
        self.faulted = self.faulted or (kind is not None and kind in (WRITE_FAULTS if is_write else READ_FAULTS))
        if kind == LOST or (kind in TORN and not is_write):
            self.present = False
            raise FieldLost()
        answer = self._write(frame[1], frame[2:], kind) if is_write else self._read(frame)
        if kind == ANSWER_LOST or kind in TORN:
            self.present = False
            raise FieldLost()
        if kind == CORRUPT:
            return self._flip(answer)
        return answer[: len(answer) // 2] if kind == SHORT else answer

    def _write(self, page, data, kind):
        self.writes += 1
        old = self._page(page)
        self.weak.pop(page, None)
        if kind == OLD:
            data = old
        elif kind == ZERO:
            data = bytes(4)
        elif kind == GARBAGE:
            data = bytes(self.rng.getrandbits(8) for _ in range(4))
        elif kind in (WEAK, WEAK0):
            self.weak[page] = (self._nearly(bytes(data), old if kind == WEAK else bytes(4)), bytes(data))
        self.pages[page] = bytes(data)
        return ACK

    def _nearly(self, data, before):
        """`data` with all, or only one to three, of the bits in which it differs from `before` left as they were: unstable ones."""
        places = [bit for bit in range(32) if (data[bit // 8] ^ before[bit // 8]) >> (bit % 8) & 1]
        if places and self.rng.random() < 0.7:
            places = self.rng.sample(places, min(len(places), 1 + self.rng.randrange(3)))
        out = bytearray(data)
        for bit in places:
            out[bit // 8] ^= 1 << (bit % 8)
        return bytes(out)

    def _read(self, frame):
        if frame[0] == 0x1B:
            return self.pack
        return b"".join(self._page(page) for page in range(frame[1], frame[2] + 1))

    def _page(self, page):
        if page not in self.weak:
            return self.pages[page]
        one, other = self.weak[page]
        mask = self.rng.getrandbits(32).to_bytes(4, "big")
        return bytes((a & m) | (b & ~m & 0xFF) for a, b, m in zip(one, other, mask))

    def _flip(self, answer):
        bits = 4 if len(answer) == 1 else 8 * len(answer)
        bit = self.rng.randrange(bits)
        out = bytearray(answer)
        out[bit // 8] ^= 1 << (bit % 8)
        return bytes(out)
