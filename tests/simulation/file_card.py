"""Cards that take a change whole or not at all: NTAG 424 DNA (one frame) and DESFire (one commit)."""

from tests.simulation.model_card import COMMIT, HELD, READ, WHOLE, ModelCard

CMD_AUTHENTICATE, CMD_READ, CMD_WRITE, CMD_WRITE_PAST, CMD_READER_ID, CMD_COMMIT = 0x71, 0xAD, 0x8D, 0x3B, 0xC8, 0xC7


class FileCard(ModelCard):
    """file: the bytes of the records' file. A write frame lands whole or is lost whole."""

    maced = True

    def __init__(self, rng, size):
        ModelCard.__init__(self, rng)
        self.file = bytes(size)

    def put_bytes(self, offset, data):
        """Lay bytes into the file, as at issue."""
        self.file = self.file[:offset] + bytes(data) + self.file[offset + len(data) :]

    def image(self):
        return self.file

    def restore(self, image):
        self.file = image

    def does(self, frame):
        return WHOLE if frame[0] == CMD_WRITE else READ

    def answer(self, frame, kind):
        if frame[0] == CMD_READ:
            return self.file[frame[1] : frame[1] + frame[2]]
        if frame[0] == CMD_WRITE:
            self.put_bytes(frame[1], frame[2:])
        return b""


class CommitCard(FileCard):
    """Writes wait for CommitTransaction. A commit can be held back and delivered later, until a fresh authentication kills it."""

    def __init__(self, rng, size):
        FileCard.__init__(self, rng, size)
        self.past = ()
        self.waiting = None  # (file, past) as they will be after the commit, or None
        self.held = None  # the same, in an attacker's hand
        self.commits = 0
        self.delivered = 0  # how many of them were held back before

    def image(self):
        return self.file, self.past

    def restore(self, image):
        self.file, self.past = image

    def put(self):
        FileCard.put(self)
        self.waiting = None
        self._deliver()

    def _deliver(self):
        """The attacker's moment: any exchange before a fresh authentication."""
        if self.held is not None and self.rng.random() < 0.3:
            (self.file, self.past), self.held = self.held, None
            self.commits += 1
            self.delivered += 1

    def does(self, frame):
        return COMMIT if frame[0] == CMD_COMMIT else READ

    def answer(self, frame, kind):
        if frame[0] == CMD_AUTHENTICATE:
            self.held = self.waiting = None
            return b""
        self._deliver()
        if frame[0] in (CMD_WRITE, CMD_WRITE_PAST):
            file, past = self.waiting or (self.file, self.past)
            if frame[0] == CMD_WRITE:
                file = file[: frame[1]] + frame[2:] + file[frame[1] + len(frame) - 2 :]
            else:
                past = past + (bytes(frame[1:]),)
            self.waiting = (file, past)
            return b""
        if frame[0] != CMD_COMMIT:
            return FileCard.answer(self, frame, kind)
        if kind == HELD:
            self.held = self.waiting
            return b""
        (self.file, self.past), self.waiting = self.waiting, None
        self.commits += 1
        return self.commits.to_bytes(4, "little") + bytes(8)
