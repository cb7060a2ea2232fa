"""What both servers share: the card's file, its tears, when it comes back, and when it was presented often enough.

A *presentation* begins with the first exchange after the reader powers and selects the card. It ends when a tear takes the
card, when the reader's field was off for REST_S, or when the reader goes away. Shorter gaps belong to the same presentation:
nfcpy selects a card several times while it finds out what it is, and after each NAK; pcscd powers a card down a moment after
the last program let go of it. A selection without any exchange (pcscd looking at a new card) is no presentation.
"""

import time
from typing import Any

from cardos.errors import BadInput
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware.card_file import CardFile

REST_S = 0.3


class ServedCard:
    """A card file on the way to a reader.

    face: callable(card) that builds what the tears wrap (a reader face, or the card itself). front: callable(torn card) that
    builds what stands outside of the tears, where a reader answers by itself. `port` is what the server talks to.
    """

    def __init__(self, path, *, face, front=None, tears=(), again_s=None, presentations=None, now=time.monotonic):
        self.file = CardFile(path)
        self._torn = TornCard(face(self.file.card), tears, returns_with_field=False)
        self._torn.on_lost = self._lost
        self.port: Any = self._torn if front is None else front(self._torn)
        self._again_s = again_s
        self._presentations = presentations
        self._now = now
        self._back_at = None
        self._rests_since = None
        self._exchanges_at_start = 0
        self.presented = 0

    @property
    def is_present(self):
        """True while the card lies on the reader."""
        return not self._torn.is_lost

    @property
    def is_finished(self):
        """True when the card was presented as often as asked; nothing more will happen."""
        return self._presentations is not None and self.presented >= self._presentations

    def powered(self):
        """The reader's field is up: take over a file that somebody put back, and go on with a presentation."""
        self._rests_since = None
        self.refresh()

    def refresh(self):
        """True when the file was replaced under the card; the card then starts anew, out of the field."""
        try:
            return self.file.refresh()
        except BadInput:
            return False  # somebody is still writing it: the next look finds it whole, until then the card is as it was

    def rests(self):
        """The reader's field went off."""
        if self._rests_since is None:
            self._rests_since = self._now()

    def reader_left(self):
        """The reader or its service closed the line: the presentation is over."""
        self._end_presentation()

    def wake_after_s(self):
        """Seconds until `tick` has something to do, or None."""
        due = [at for at in (self._back_at, self._rest_ends_at()) if at is not None]
        return max(0.0, min(due) - self._now()) if due else None

    def tick(self):
        """Do what is due. Returns True when the card has just come back."""
        rest_ends_at = self._rest_ends_at()
        if rest_ends_at is not None and self._now() >= rest_ends_at:
            self._end_presentation()
        if self._back_at is not None and self._now() >= self._back_at and not self.is_finished:
            self._back_at = None
            self._torn.present_again()
            return True
        return False

    def close(self):
        """Give the file free."""
        self.file.close()

    def _rest_ends_at(self):
        if self._presentations is None or self._rests_since is None:
            return None
        return self._rests_since + REST_S

    def _end_presentation(self):
        self._rests_since = None
        if self._torn.exchanges > self._exchanges_at_start:
            self._exchanges_at_start = self._torn.exchanges
            self.presented += 1

    def _lost(self):
        self._end_presentation()
        if self._again_s is not None:
            self._back_at = self._now() + self._again_s
