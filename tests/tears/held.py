"""An attacker who holds one command back, while the card stays powered and in its session, and delivers it later.

The till sees the card leave at exchange `at`. What it presents next is the same card behind the attacker: the held command
goes in before exchange `then` of that presentation, or at its end when the presentation is shorter. The attacker answers the
activation by itself, so that nothing but the till's own commands ends the old session.
"""

MODE = "held:"  # and the exchange of the next presentation before which it is delivered


class HeldBack:
    """A soft card behind that attacker. Same shape as the card."""

    def __init__(self, card, at, then):
        self._card, self._at, self._then = card, at, then
        self._presented = 0
        self._exchanges = 0
        self._kept = None
        self._activation = None

    def __getattr__(self, name):
        return getattr(self._card, name)

    @property
    def holds(self):
        """True while a command is kept."""
        return self._kept is not None

    def field_on(self):
        self._presented += 1
        self._exchanges = 0
        if self._kept is None:
            self._card.field_on()

    def activate(self, wake=True):
        if self._kept is None or self._exchanges:
            self._activation = self._card.activate(wake)
        return self._activation

    def field_off(self):
        if self._kept is not None and self._presented == 1:
            return
        self._deliver()
        self._card.field_off()

    def transceive(self, frame):
        number, self._exchanges = self._exchanges, self._exchanges + 1
        if self._presented == 1 and number == self._at:
            self._kept = bytes(frame)
        if self._presented == 1 and self._kept is not None:
            return None
        if number == self._then:
            self._deliver()
        return self._card.transceive(frame)

    def _deliver(self):
        kept, self._kept = self._kept, None
        if kept is not None:
            self._card.transceive(kept)
