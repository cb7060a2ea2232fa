"""What the tests of Ultralight and Classic share: chosen random numbers, and a reader that drives a generator over a card."""

from cardos.errors import CardLost, ReaderCannot
from cardos.exchange import Exchange


class GivenNoise:
    """A card's random numbers, foretold: these pieces in turn, then zeros."""

    def __init__(self, *pieces):
        self._pieces = list(pieces)

    def take(self, count):
        if not self._pieces:
            return bytes(count)
        piece = self._pieces.pop(0)
        assert len(piece) == count
        return piece


def given(*pieces):
    """A reader's nonces, foretold."""
    return GivenNoise(*pieces).take


class Line:
    """A reader with one card. A card that dropped is selected again before the next frame, as readers do.

    said: [(frame, answer), ..]. cannot: first bytes of frames that this reader does not carry. twist: {number of exchange:
    what becomes of its answer}, a function from bytes to bytes or None.
    """

    def __init__(self, card, cannot=b"", twist=None):
        self.card = card
        self.said = []
        self.yielded = []
        self._cannot = cannot
        self._twist = twist or {}

    def run(self, generator):
        """Drive a driver's generator to its result."""
        answer = trouble = None
        while True:
            try:
                request = generator.throw(trouble) if trouble is not None else generator.send(answer)
            except StopIteration as stop:
                return stop.value
            assert isinstance(request, Exchange)
            self.yielded.append(request)
            answer = trouble = None
            if request.frame[0] in self._cannot:
                trouble = ReaderCannot("not here")
                continue
            answer = self._carry(request.frame)
            if answer is None:
                trouble = CardLost("silent")

    def _carry(self, frame):
        if not self.card.is_active:
            self.card.field_on()
            self.card.activate()
        answer = self.card.transceive(frame)
        if len(self.said) in self._twist and answer is not None:
            answer = self._twist[len(self.said)](answer)
        self.said.append((bytes(frame), answer))
        return answer


def refusal(kind, function, *arguments):
    """The code of the error of this kind that `function` raises."""
    try:
        function(*arguments)
    except kind as error:
        return error.code
    raise AssertionError("nothing was raised")


def refuses(kind, function, *arguments):
    """True when `function` raises an error of this kind."""
    try:
        function(*arguments)
    except kind:
        return True
    return False
