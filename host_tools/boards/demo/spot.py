"""The spot on a reader: whatever soft card lies there, shaped like one card that comes and goes.

Any thread lays cards down and takes them away; the reader's thread talks to them. The exchanges of one presentation are
counted from 0, so that a card or the board's power can go at exchange N, in one of the tear modes of `cardos.soft_cards.tears`.
"""

import threading
import time
from collections import namedtuple
from typing import Any

from cardos.soft_cards.tears import CORRUPT, TornCard, checked_mode

# What shall go wrong in a presentation. at: the exchange's number, or a function of its frame that says True. then(): called when it
# has happened, in the reader's thread, before the reader hears anything.
Mishap = namedtuple("Mishap", ["at", "mode", "then"])

FIELD_S = 0.15


class LaidCard:
    """One presentation of a soft card: the card's own shape, with a `Mishap` or None, and the time that exchanges take."""

    def __init__(self, card, mishap=None, delay_s=0.0):
        if mishap is not None:
            checked_mode(mishap.mode)
        self._card = card
        self._delay_s = delay_s
        self._lock = threading.RLock()
        self._is_away = False
        self.mishap = mishap
        self.exchanges = 0
        self.answer_was_cut = False

    def __getattr__(self, name):
        return getattr(self._card, name)

    @property
    def frame_was_chained(self):
        """A note of the block layer to the card inside."""
        return self._card.frame_was_chained

    @frame_was_chained.setter
    def frame_was_chained(self, value):
        self._card.frame_was_chained = value

    def take_away(self):
        """The hand takes it: it is dead to this reader from now on."""
        with self._lock:
            self._is_away = True
            self._card.field_off()

    def field_on(self):
        with self._lock:
            if not self._is_away:
                self._card.field_on()

    def field_off(self):
        with self._lock:
            if not self._is_away:
                self._card.field_off()

    def activate(self, wake=True):
        with self._lock:
            return None if self._is_away else self._card.activate(wake)

    def halt(self):
        with self._lock:
            if not self._is_away:
                self._card.halt()

    @property
    def is_active(self):
        return not self._is_away and self._card.is_active

    def transceive(self, frame):
        """The card's answer; None for silence."""
        if self._delay_s:
            time.sleep(self._delay_s)
        with self._lock:
            self.answer_was_cut = False
            if self._is_away:
                return None
            number, mishap = self.exchanges, self.mishap
            self.exchanges += 1
            if mishap is None or not (mishap.at(frame) if callable(mishap.at) else mishap.at == number):
                answer = self._card.transceive(frame)
                self.answer_was_cut = self._card.answer_was_cut
                return answer
            return self._spoilt(number, mishap, frame)

    def _spoilt(self, number, mishap, frame):
        self.mishap = None
        torn = TornCard(self._card, {number: mishap.mode})
        torn.exchanges = number
        answer = torn.transceive(frame)
        self.answer_was_cut = torn.answer_was_cut
        self._is_away = mishap.mode != CORRUPT
        if mishap.then is not None:
            mishap.then()
        return answer


class Spot:
    """A place for one card, shaped like one; or, with `stands_in`, what lays cards into the field of an emulated front end."""

    def __init__(self, delay_s=0.0):
        """delay_s: how long one exchange takes, so that a person can act in the middle of a tap."""
        self.delay_s = delay_s
        self.answer_was_cut = False
        self.frame_was_chained = False
        self._field: Any = None
        self._lock = threading.RLock()
        self._laid: LaidCard | None = None
        self._has_field = False
        self._missed = threading.Event()  # a reader has looked for a new card, and there was none

    def stands_in(self, field):
        """Cards are laid into this `mfrc522_field.Field` from now on, and talked to there."""
        self._field = field

    # A person's hand

    def put(self, card, mishap=None):
        """Lay a card down; what lay there is gone. card: a soft card as its reader sees it. mishap: a `Mishap` of this presentation."""
        laid = LaidCard(card, mishap, self.delay_s)
        with self._lock:
            self.remove()
            if self._has_field:
                laid.field_on()
            self._laid = laid
            if self._field is not None:
                self._field.lay(laid)

    def remove(self):
        """Take away whatever lies there, now. Waits for the end of an exchange under way."""
        with self._lock:
            if self._laid is not None:
                self._laid.take_away()
                self._laid = None
                self._missed.clear()
                if self._field is not None:
                    self._field.lift()

    def spoil(self, mishap):
        """Give the presentation under way its `Mishap`. False when no card lies there."""
        checked_mode(mishap.mode)
        with self._lock:
            if self._laid is None:
                return False
            self._laid.mishap = mishap
            return True

    def wait_until_missed(self, timeout_s):
        """Wait until the reader has looked for a new card in the empty place: only then the same card counts as laid down anew. A front end's
        field does not tell who looked: it takes the time of a few looks there."""
        return self._missed.wait(timeout_s if self._field is None else FIELD_S)

    @property
    def exchanges(self):
        """How many exchanges the card that lies there had since it was laid down; 0 for none."""
        laid = self._laid
        return 0 if laid is None else laid.exchanges

    # What a reader sees: the shape of a soft card

    def field_on(self):
        with self._lock:
            self._has_field = True
            if self._laid is not None:
                self._laid.field_on()

    def field_off(self):
        with self._lock:
            self._has_field = False
            if self._laid is not None:
                self._laid.field_off()

    def activate(self, wake=True):
        laid = self._laid
        if laid is None and not wake:
            self._missed.set()
        return None if laid is None else laid.activate(wake)

    def halt(self):
        laid = self._laid
        if laid is not None:
            laid.halt()

    @property
    def is_active(self):
        laid = self._laid
        return laid is not None and laid.is_active

    def receive_garbled(self):
        """As a card's, when a frame came that nobody could read."""
        laid = self._laid
        return None if laid is None else laid.receive_garbled()

    def transceive(self, frame):
        """The card's answer; None for silence, also from an empty spot."""
        self.answer_was_cut = False
        laid = self._laid
        if laid is None:
            return None
        laid.frame_was_chained = self.frame_was_chained
        answer = laid.transceive(frame)
        self.answer_was_cut = laid.answer_was_cut
        return answer
