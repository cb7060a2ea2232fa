"""Cards of 4-byte pages that tear and stay weak: NTAG21x and Ultralight C plain, Ultralight AES with MACs and a one-way counter."""

from tests.simulation.model_card import GARBAGE, OLD, READ, WEAK, WEAK0, WHOLE, WRITE, ZERO, ModelCard

PAGES = 48
ACK = b"\x0a"
CMD_READ, CMD_FAST_READ, CMD_WRITE, CMD_PASSWORD = 0x30, 0x3A, 0xA2, 0x1B
CMD_AUTHENTICATE, CMD_COUNTER, CMD_INCREMENT = 0x1A, 0x39, 0xA5


class PageCard(ModelCard):
    """pages: list of 4-byte values. pack: what answers a password."""

    def __init__(self, rng, pack):
        ModelCard.__init__(self, rng)
        self.pages = [bytes(4)] * PAGES
        self.weak = {}  # page: (one value, other value): every read picks each differing bit anew
        self.pack = pack

    def put_bytes(self, first, data):
        """Lay bytes from a page on, as at issue."""
        for offset in range(0, len(data), 4):
            self.pages[first + offset // 4] = data[offset : offset + 4]

    def image(self):
        return list(self.pages), dict(self.weak)

    def restore(self, image):
        self.pages, self.weak = list(image[0]), dict(image[1])

    def undecided(self, image):
        return bool(image[1])

    def does(self, frame):
        return WRITE if frame[0] == CMD_WRITE else READ

    def answer(self, frame, kind):
        if frame[0] == CMD_WRITE:
            return self._write(frame[1], frame[2:], kind)
        if frame[0] == CMD_PASSWORD:
            return self.pack
        last = frame[2] if frame[0] == CMD_FAST_READ else frame[1] + 3
        return b"".join([self._page(page % PAGES) for page in range(frame[1], last + 1)])

    def _write(self, page, data, kind):
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

    def _page(self, page):
        if page not in self.weak:
            return self.pages[page]
        one, other = self.weak[page]
        mask = self.rng.getrandbits(32).to_bytes(4, "big")
        return bytes((a & m) | (b & ~m & 0xFF) for a, b, m in zip(one, other, mask))


class CountedCard(PageCard):
    """With counter 2, which nobody can lower: a copier restores pages only. INCR happens whole or not at all."""

    maced = True

    def __init__(self, rng):
        PageCard.__init__(self, rng, b"")
        self.counter = 0

    def does(self, frame):
        return WHOLE if frame[0] == CMD_INCREMENT else PageCard.does(self, frame)

    def answer(self, frame, kind):
        if frame[0] == CMD_AUTHENTICATE:
            return b""
        if frame[0] == CMD_COUNTER:
            return self.counter.to_bytes(3, "big")
        if frame[0] == CMD_INCREMENT:
            self.counter += 1
            return b""
        return PageCard.answer(self, frame, kind)
