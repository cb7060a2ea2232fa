"""What a reader and a link to one card offer, whatever stands behind them.

A `Reader` waits for cards; a `Link` is one card in one field, from activation to removal, and holds the reader for
itself until it is closed. `exchange` raises CardLost, ReaderLost and ReaderCannot and nothing else; after CardLost or
ReaderLost the link is dead and says so at once, so that no later command can reach another card by mistake.
"""

import time

from cardos.errors import CardLost, ReaderCannot, ReaderLost, StampdError
from cardos.exchange import TYPE2, Presentation

# What a reader is doing, for `stampd readers` and the till.
EMPTY, CARD, IN_USE, GONE = "empty", "card", "in_use", "gone"

SIGNALS = ("done", "refused", "again", "reward")

PRESENT_AGAIN = "Present the card again."


class Link:
    """One card in one field. Counters follow the layer below: an APDU transmitted, or a payload handed to a PN532.

    uid: bytes when the activation tells it, else None. card_kind: TYPE2, ISO_DEP, CLASSIC or OTHER. ats: bytes, b"" where the
    reader does not show it. family: the family that the reader's own words name, or None.
    """

    kind = ""

    def __init__(self, name, uid=None, card_kind=TYPE2, *, ats=b"", family=None):
        self.name = name
        self.uid = uid
        self.card_kind = card_kind
        self.ats = ats
        self.family = family
        self.exchanges = 0
        self.bytes_out = 0
        self.bytes_in = 0
        self.was_ghost = False  # the reader announced a card that had left already: its first exchange never reached one
        self._dead = None  # the trouble that ended this link

    def exchange(self, frame, wait_ms):
        """Send one frame (bytes as the card sees them, no CRC), get the card's answer.

        Type 2 cards: a 4-bit answer is one byte, 0Ah for ACK and anything else for NAK; data has two bytes or more. ISO-DEP: one
        whole command, one whole answer. Classic: `60|61 block key`, `30 block`, `A0 block` + 16 bytes; answers as for Type 2, and a
        wrong key is NAK.
        """
        return self._alive(lambda: self._exchange(bytes(frame), wait_ms))

    def presented(self, uid_wanted=False):
        """The `Presentation` of this card: what is known of it before the first exchange. Raises as `exchange` does.

        uid_wanted: ask a PC/SC reader for the UID of a Type 2 card too: a word with the reader, no exchange with the card.
        """
        self._alive(lambda: self._learn_uid(uid_wanted))
        return Presentation(self.card_kind, self.uid, self.ats, self.family, None)

    def _alive(self, action):
        """`action()` unless this link is dead; its trouble ends the link."""
        if self._dead is not None:
            raise self._dead
        try:
            return action()
        except ReaderCannot:
            raise
        except StampdError as trouble:
            self._dead = trouble
            raise

    @property
    def lost_its_card(self):
        """True when this link ended because its card left or fell silent."""
        return isinstance(self._dead, CardLost)

    def guarded(self, job):
        """Run `job()`, a whole tap over this link, under the link's own watch over its driver; its result or its exception.

        Where a driver can hang, this changes threads once a tap instead of once an exchange. ReaderLost when it hangs: the
        job is given up, and its link answers nothing any more should the driver ever come back.
        """
        return job()

    def close(self):
        """Give the card and the reader free. Never raises; a second call does nothing."""
        if self._dead is None:
            self._dead = ReaderLost("This link is closed.", PRESENT_AGAIN)
        self._close()

    def _exchange(self, frame, wait_ms):
        raise NotImplementedError("a link says how it carries a frame")

    def _learn_uid(self, wanted):
        """Ask the reader for the UID where the activation did not tell it; the default knows it already."""

    def _close(self):
        """What a link has to give back; the default has nothing."""

    def _count_out(self, sent):
        self.exchanges += 1
        self.bytes_out += len(sent)

    def __enter__(self):
        return self

    def __exit__(self, *_trouble):
        self.close()


class Reader:
    """A place where a card can be put. One thread waits and taps; `wake` may be called from any other."""

    kind = ""

    def __init__(self, name):
        self.name = name

    def wait_for_card(self, timeout_s, cancelled=None):
        """Block until a card is there: a Link, or None after `timeout_s` (None: no limit) or when `cancelled` is set.

        Outlives a reader or service that goes and comes back; raises ReaderLost if it is away when the time is up.
        """
        raise NotImplementedError("a reader says how it waits")

    def wait_for_removal(self, timeout_s, cancelled=None):
        """Block until the last card is away. False after `timeout_s` or when cancelled."""
        raise NotImplementedError("a reader says how it sees a card go")

    def wake(self):
        """Make a blocked wait return at once; set its `cancelled` first."""

    def status(self):
        """(state, card): EMPTY, CARD, IN_USE or GONE, and None or a dict of what the activation tells."""
        raise NotImplementedError("a reader says what it is doing")

    def signal(self, word):
        """Show one of SIGNALS on the reader's own lamp or buzzer, where it has one. Never raises."""

    def close(self):
        """Give everything back. Never raises."""

    def __enter__(self):
        return self

    def __exit__(self, *_trouble):
        self.close()


class Deadline:
    """A moment in the future, or none. `left()` is seconds, never negative; None means for ever."""

    def __init__(self, timeout_s):
        self._at = None if timeout_s is None else time.monotonic() + timeout_s

    def left(self, at_most=None):
        if self._at is None:
            return at_most
        left = max(0.0, self._at - time.monotonic())
        return left if at_most is None else min(left, at_most)

    def passed(self):
        return self._at is not None and time.monotonic() >= self._at


def family_of_sak(sak):
    """The family that a SAK names by itself, or None: 08 is a Classic 1K (NXP AN10833), all others have company."""
    return "classic-1k" if sak == 0x08 else None


def is_cancelled(cancelled):
    return cancelled is not None and cancelled.is_set()


def card_lost(what):
    """CardLost with the usual advice; `what` is a plain sentence without any frame bytes."""
    return CardLost(what, PRESENT_AGAIN)
