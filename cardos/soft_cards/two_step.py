"""Readers send COMPATIBILITY_WRITE as one: page and 16 bytes together. On air it is two frames with an ACK between.

The wrapper takes both forms, so that one payload of a reader stays one exchange.
"""

_COMPATIBILITY_WRITE = 0xA0
_WHOLE = 2 + 16


class CompatibilityWriteInOne:
    """Same shape as a card. `A0 pp` + 16 bytes goes out in two frames; all else passes through."""

    def __init__(self, card):
        self._card = card

    def __getattr__(self, name):
        return getattr(self._card, name)

    def transceive(self, frame):
        """As the card's, plus the whole form."""
        if len(frame) != _WHOLE or frame[0] != _COMPATIBILITY_WRITE:
            return self._card.transceive(frame)
        answer = self._card.transceive(frame[:2])
        if answer != b"\x0a":
            return answer
        return self._card.transceive(frame[2:])

    def transceive_torn(self, frame, outcome):
        """As the card's; only the second frame of the whole form can be torn."""
        if len(frame) != _WHOLE or frame[0] != _COMPATIBILITY_WRITE:
            return self._card.transceive_torn(frame, outcome)
        answer = self._card.transceive(frame[:2])
        if answer != b"\x0a":
            return answer, False
        return self._card.transceive_torn(frame[2:], outcome)
