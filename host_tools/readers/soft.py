"""A reader made of code, in this process: the demo's reader, and what tests of taps use.

`put` a soft card on it and `remove` it, from any thread; nobody polls. `pull_after(n, mode)` takes the next card away at its
n-th exchange, in one of the tear modes of `cardos.soft_cards`. One frame is one exchange, counted as a direct transmit
would be: frame bytes out, answer bytes in. ISO-DEP cards get whole commands, Classic cards their frames without the cipher.
"""

import threading

from cardos.errors import CardLost
from cardos.exchange import CLASSIC, ISO_DEP, kind_of_sak
from cardos.soft_cards.tears import CORRUPT, TornCard, checked_mode
from host_tools.readers.base import CARD, EMPTY, Deadline, Link, Reader, card_lost, family_of_sak, is_cancelled

ACK, NAK = b"\x0a", b"\x00"
_CLASSIC_AUTHENTICATE = (0x60, 0x61)


class SoftLink(Link):
    kind = "soft"

    def __init__(self, reader, card, activation, presentation):
        super().__init__(reader.name, bytes(activation.uid), kind_of_sak(activation.sak), ats=activation.ats or b"",
                         family=family_of_sak(activation.sak))
        self._reader = reader
        self._card = card
        self._presentation = presentation
        self._fell_to_idle = False

    def _exchange(self, frame, wait_ms):
        self._reader.take_time(self._presentation)
        if self._fell_to_idle and self._card.activate() is None:
            raise card_lost("The card left the reader.")
        self._fell_to_idle = False
        self._count_out(frame)
        answer = self._card.transceive(frame)
        if not answer and self._has_refused_a_key(frame):
            return NAK
        if not answer:
            raise card_lost("The card did not answer.")
        self.bytes_in += len(answer)
        if self._card.answer_was_cut:
            raise card_lost("The card's answer was not complete.")
        self._fell_to_idle = self.card_kind != ISO_DEP and len(answer) == 1 and answer != ACK
        return bytes(answer)

    def _has_refused_a_key(self, frame):
        """A Classic card says no to a key by silence; a reader tells it from a card that left by selecting it anew."""
        return self.card_kind == CLASSIC and frame[0] in _CLASSIC_AUTHENTICATE and self._card.activate() is not None

    def _close(self):
        self._reader.link_closed(self)


class SoftReader(Reader):
    kind = "soft"

    def __init__(self, name="Soft reader", delay_s=0.0):
        """delay_s: how long one exchange takes, so that a person can pull a card mid-tap."""
        super().__init__(name)
        self.delay_s = delay_s
        self.last_signal = None
        self._changed = threading.Condition()
        self._cards = []
        self._presentation = 0  # counts every put and remove: a link belongs to one
        self._pull = None
        self._link = None
        self._handed = None  # the presentation last handed out
        self._silent = None  # the presentation whose card did not answer its activation
        self._wanted = False

    def put(self, card):
        """Lay a soft card on the reader. A second one makes the field unusable until one is taken away, as with plastic."""
        with self._changed:
            self._cards.append(card)
            self._moved()

    def remove(self):
        """Take every card away."""
        with self._changed:
            for card in self._cards:
                card.field_off()
            self._cards = []
            self._moved()

    def pull_after(self, exchanges, mode="answer-lost"):
        """Take the next presented card away at its exchange number `exchanges` (from 0), in this tear mode. Raises BadInput."""
        with self._changed:
            self._pull = (exchanges, checked_mode(mode))

    def wait_for_card(self, timeout_s, cancelled=None):
        deadline = Deadline(timeout_s)
        with self._changed:
            while True:
                if not self._wait(lambda: self._cards and self._silent != self._presentation, deadline, cancelled):
                    return None
                self._handed = self._presentation
                self._link = self._activate()
                if self._link is not None:
                    return self._link
                self._silent = self._presentation

    def wait_for_removal(self, timeout_s, cancelled=None):
        with self._changed:
            start = self._presentation if self._handed is None else self._handed
            return self._wait(lambda: not self._cards or self._presentation != start, Deadline(timeout_s), cancelled)

    def wake(self):
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def status(self):
        with self._changed:
            if not self._cards:
                return EMPTY, None
            return CARD, {"uid": bytes(self._cards[0].uid).hex(), "kind": "soft"}

    def signal(self, word):
        self.last_signal = word

    def close(self):
        link = self._link
        if link is not None:
            link.close()

    def _wait(self, happened, deadline, cancelled):
        """True once `happened()`; False on time-out or cancel. The condition is held."""
        while not happened():
            if is_cancelled(cancelled) or deadline.passed():
                return False
            self._changed.wait_for(lambda: self._wanted or happened(), deadline.left())
            self._wanted = False
        return not is_cancelled(cancelled)

    def _activate(self):
        if len(self._cards) > 1:
            return _TwoCards(self.name)
        card = self._cards[0]
        if self._pull is not None:
            (exchanges, mode), self._pull = self._pull, None
            card = TornCard(card, {exchanges: mode})
            if mode != CORRUPT:
                card.on_lost = self.remove
        card.field_on()
        activation = card.activate()
        if activation is None:
            return None
        return SoftLink(self, card, activation, self._presentation)

    def take_time(self, presentation):
        """One exchange's time; CardLost when the card was moved before or meanwhile."""
        with self._changed:
            if self.delay_s:
                self._changed.wait_for(lambda: self._presentation != presentation, self.delay_s)
            if self._presentation != presentation:
                raise card_lost("The card left the reader.")

    def link_closed(self, link):
        with self._changed:
            if self._link is link:
                self._link = None
            if len(self._cards) == 1 and isinstance(link, SoftLink):
                self._cards[0].field_off()

    def _moved(self):
        self._presentation += 1
        self._changed.notify_all()


class _TwoCards(Link):
    """Two cards answer at once: nothing can be read."""

    kind = "soft"

    def _exchange(self, frame, wait_ms):
        raise CardLost("There is more than one card on the reader.", "Present one card at a time.", "TWO_CARDS")

    def _learn_uid(self, wanted):
        self._exchange(b"", 0)
