"""Tears: the card leaves at exchange N, before, inside or after it, or one bit of an answer is lost.

    not-sent        the field is lost before the command: the card never saw it
    not-executed    the card received the command and did nothing, then the field is lost
    half[:OUTCOME]  a write leaves its page as OUTCOME says (old zero garbage new weak weak0), the field is lost; any other
                    command answers half its bytes. Without OUTCOME exchange N takes number N mod 6 of that list
    answer-lost     the command was carried out, its answer never heard, the field is lost
    corrupt         one bit of the answer is flipped, which one N decides; the card stays
"""

from collections import namedtuple

from cardos.errors import BadInput
from cardos.soft_cards.pages import OUTCOMES

NOT_SENT, NOT_EXECUTED, HALF, ANSWER_LOST, CORRUPT = "not-sent", "not-executed", "half", "answer-lost", "corrupt"

# Every mode a person can name, in the order in which help prints them.
MODES = (NOT_SENT, NOT_EXECUTED, HALF) + tuple([HALF + ":" + outcome for outcome in OUTCOMES]) + (ANSWER_LOST, CORRUPT)

# at: number of the exchange, from 0. mode: one of MODES.
Tear = namedtuple("Tear", ["at", "mode"])


def tear_from_text(text):
    """`N:MODE`, as in `5:half:weak`, to a Tear. Raises BadInput."""
    number, _, mode = text.partition(":")
    if not number.isdigit():
        raise BadInput("%r is not N:MODE" % text, "for example --tear 5:half:weak")
    return Tear(int(number), checked_mode(mode))


def checked_mode(mode):
    """mode, when it is one of MODES. Raises BadInput."""
    if mode not in MODES:
        raise BadInput("unknown tear mode %r" % mode, "use one of: " + " ".join(MODES))
    return mode


class TornCard:
    """A card (or a reader face of one) whose exchange N goes wrong. Same shape as what it wraps.

    tears: {N: mode} or an iterable of Tear. returns_with_field: after a tear the card is back with the next `field_on` that
    follows a `field_off` (a person presents it again); False: only `present_again` brings it back.
    exchanges: how many commands reached the card, over all presentations. on_lost: called when a tear takes the card.
    """

    def __init__(self, card, tears, *, returns_with_field=True):
        pairs = tears.items() if isinstance(tears, dict) else tears
        self._card = card
        self._tears = {}
        for at, mode in pairs:
            self._tears[at] = checked_mode(mode)
        self._returns_with_field = returns_with_field
        self.exchanges = 0
        self.is_lost = False
        self.answer_was_cut = False
        self.on_lost = None

    def __getattr__(self, name):
        return getattr(self._card, name)

    @property
    def frame_was_chained(self):
        """Whether the command came in several blocks: a note of the block layer to the card inside."""
        return self._card.frame_was_chained

    @frame_was_chained.setter
    def frame_was_chained(self, value):
        self._card.frame_was_chained = value

    def field_on(self):
        if not self.is_lost:
            self._card.field_on()

    def field_off(self):
        self._card.field_off()
        if self._returns_with_field:
            self.is_lost = False

    def activate(self, wake=True):
        return None if self.is_lost else self._card.activate(wake)

    def halt(self):
        if not self.is_lost:
            self._card.halt()

    @property
    def is_active(self):
        return not self.is_lost and self._card.is_active

    def present_again(self):
        """The person holds the card to the reader again. The field is off to the card until the next `field_on`."""
        self.is_lost = False

    def transceive(self, frame):
        """The answer; None for silence; after a `half` tear the first half of an answer, with `answer_was_cut` set."""
        self.answer_was_cut = False
        if self.is_lost:
            return None
        number = self.exchanges
        self.exchanges += 1
        mode = self._tears.get(number)
        if mode is None:
            return self._card.transceive(frame)
        if mode == CORRUPT:
            return flip_bit(self._card.transceive(frame), number)
        answer = None
        if mode == ANSWER_LOST:
            self._card.transceive(frame)
        elif mode.startswith(HALF):
            answer = self._half(frame, mode, number)
        self._lose()
        return answer

    def aside(self, frame):
        """What a reader answers by itself from the selection: no exchange, never torn; None when the card is away."""
        return None if self.is_lost else self._card.transceive(frame)

    def _half(self, frame, mode, number):
        outcome = mode[len(HALF) + 1 :] or OUTCOMES[number % len(OUTCOMES)]
        answer, torn = self._card.transceive_torn(frame, outcome)
        if torn or answer is None or len(answer) < 2:
            return None
        self.answer_was_cut = True
        return answer[: len(answer) // 2]

    def _lose(self):
        self._card.field_off()
        self.is_lost = True
        if self.on_lost is not None:
            self.on_lost()


def flip_bit(answer, number):
    """`answer` with one bit flipped, spread over the whole answer as `number` goes on. A 4-bit answer keeps to its 4 bits."""
    if not answer:
        return answer
    bits = 4 if len(answer) == 1 else len(answer) * 8
    bit = (number * 2654435761 >> 7) % bits
    flipped = bytearray(answer)
    flipped[bit >> 3] ^= 1 << (bit & 7)
    return bytes(flipped)
