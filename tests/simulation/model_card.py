"""What all model cards share: a field that may be cut or falsified at one exchange, and a count of what was written.

Much faster than the faithful soft cards, and harsher: any fault at any exchange.
"""

OLD, ZERO, GARBAGE, NEW, WEAK, WEAK0 = "old", "zero", "garbage", "new", "weak", "weak0"
TORN = (OLD, ZERO, GARBAGE, NEW, WEAK, WEAK0)
UNSTABLE = (WEAK, WEAK0)
LOST, ANSWER_LOST, CORRUPT, SHORT, HELD = "lost", "answer-lost", "corrupt", "short", "held"

READ, WRITE, WHOLE, COMMIT = "read", "write", "whole", "commit"  # what an exchange does; WHOLE: a change that cannot tear
FAULTS_OF = {
    READ: (LOST, CORRUPT, SHORT),
    WRITE: TORN + (LOST, ANSWER_LOST, CORRUPT),
    WHOLE: (LOST, ANSWER_LOST, CORRUPT),
    COMMIT: (LOST, ANSWER_LOST, CORRUPT, HELD),
}
FITS = b"\x01"  # stands for the MAC of an answer on cards that MAC their answers


class FieldLost(Exception):
    """The card left the field."""


class ModelCard:
    """rng: random.Random for garbage, weak reads and flipped bits. maced: a falsified answer is recognised."""

    maced = False

    def __init__(self, rng):
        self.rng = rng
        self.fault = None  # (exchange number of this tap, kind) or None
        self.sent = 0
        self.present = False
        self.faulted = False  # whether this tap's fault lay on an exchange that can have it
        self.writes = 0

    def put(self):
        """The card is presented: a new tap's exchanges are counted from 0."""
        self.present, self.sent, self.faulted = True, 0, False

    def exchange(self, frame):
        """One frame; raises FieldLost when the card is away or leaves now."""
        if not self.present:
            raise FieldLost()
        kind = self.fault[1] if self.fault and self.fault[0] == self.sent else None
        self.sent += 1
        does = self.does(frame)
        self.faulted = self.faulted or kind in FAULTS_OF[does]
        if kind == LOST or (kind is not None and kind not in FAULTS_OF[does] and kind in TORN + (HELD,)):
            self.present = False
            raise FieldLost()
        if does != READ:
            self.writes += 1
        answer = self.answer(frame, kind)
        if kind in TORN or kind in (ANSWER_LOST, HELD):
            self.present = False
            raise FieldLost()
        if self.maced:
            return b"\x00" if kind in (CORRUPT, SHORT) else answer + FITS
        if kind == CORRUPT:
            return self._flip(answer)
        return answer[: len(answer) // 2] if kind == SHORT else answer

    def _flip(self, answer):
        bits = 4 if len(answer) == 1 else 8 * len(answer)
        bit = self.rng.randrange(bits)
        out = bytearray(answer)
        out[bit // 8] ^= 1 << (bit % 8)
        return bytes(out)

    def does(self, frame):
        """READ, WRITE, WHOLE or COMMIT."""
        raise NotImplementedError

    def answer(self, frame, kind):
        """What the card does with a frame under a fault of this kind (or None), and answers."""
        raise NotImplementedError

    def image(self):
        """Everything a copier of the card could take."""
        raise NotImplementedError

    def restore(self, image):
        """Put a copied image back, as far as the chip allows."""
        raise NotImplementedError

    def undecided(self, image):
        """True for an image of unstable pages: what it shows next is not decided yet."""
        return False
