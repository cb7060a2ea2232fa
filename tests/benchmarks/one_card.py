"""One card of a family and one shop in this process: real desk, real ledger, the PC/SC link's own framing and counting, no service.

The fake driver hands each APDU to the reader face that the family gets behind pcscd, so exchanges and bytes are those of a reader
there; `air` keeps the frames that reached the card.
"""

import random

from collections import namedtuple
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from cardos.families import ntag21x
from cardos.families.type2 import PAGE
from cardos.records.record import slot_size
from cardos.soft_cards.registry import new_card
from host_tools.daemon.tap_desk import TapDesk
from host_tools.daemon.wishes import Wish
from host_tools.home import Home
from host_tools.provisioning.new_keys import make_test_keys
from host_tools.readers.atr import card_hint
from host_tools.readers.pcsc_link import PcscLink
from host_tools.readers.profiles import NONE, PN532, profile_of
from host_tools.settings import Settings
from cardos.soft_cards.tears import TornCard
from host_tools.soft_hardware.faces import vpcd_face, vpcd_front

UID = bytes.fromhex("04A1B2C3D4E5F6")
STARTS = datetime(2026, 3, 1, 10, 0, tzinfo=timezone.utc)
STEP = timedelta(days=1, minutes=7)  # between taps, so that no page stays equal by a standing clock
STAMPS_NEEDED = 3

PAGE_FAMILIES = ("ntag213", "ntag215", "ntag216", "ultralight-c", "ultralight-aes")

# family: of the soft card; what it is on the card may be less precise (ntag424-lrp is an ntag424).
Shape = namedtuple("Shape", ["family", "counters", "password", "skip_equal", "fast_read"])

# air: [(frame, answer), ...] at the card. written_pages: body pages that rule 3 makes this tap write. entry: what the ledger has of it.
Tap = namedtuple("Tap", ["answer", "air", "written_pages", "entry"])


class _Reader:
    """What a link asks of its reader."""

    def __init__(self, carry):
        self.name, self.carry = "Bench", carry
        self.profile = profile_of(self.name)
        self.direct_works = False

    def link_closed(self, link):
        """Nothing to give back."""


class _Driver:
    def __init__(self, face):
        self._face = face

    def transmit(self, handle, protocol, apdu):
        return self._face.transceive(apdu)

    def leave(self, handle, reset=False):
        """The card stays where it is."""


class _AtOnce:
    """A worker that runs its calls where it stands."""

    def call(self, limit_s, function, *arguments, undo=None):
        return function(*arguments)

    def run(self, job):
        return job()


class _Overheard:
    """A soft card whose frames are kept."""

    def __init__(self, card):
        self._card = card
        self.frames = []

    def __getattr__(self, name):
        return getattr(self._card, name)

    def transceive(self, frame):
        answer = self._card.transceive(frame)
        self.frames.append((bytes(frame), None if answer is None else bytes(answer)))
        return answer


class Lab:
    """A shop of one shape with one card. `tap` performs a wish as the till would."""

    def __init__(self, home, shape):
        self._home = home
        self._shape = shape
        self._now = STARTS
        self._card = _Overheard(new_card(shape.family, UID))
        home.clock = lambda: self._now
        home.nonces = random.Random(1).randbytes  # repeatable
        if not shape.skip_equal:
            terms = home.terms
            home.terms = lambda: terms()._replace(skip_equal=False)

    def tap(self, kind, **wish):
        """One presentation. Raises AssertionError when it was not done."""
        self._now += STEP
        self._card.frames = []
        before = self._slots()
        face = vpcd_front(TornCard(vpcd_face(self._card, "pn532" if self._shape.fast_read else "none"), {}))
        face.power_on()
        reader = _Reader(PN532 if self._shape.fast_read else NONE)
        link = PcscLink(reader, _Driver(face), _AtOnce(), 1, 2, card_hint(face.atr))
        answer = TapDesk(self._home).perform(Wish(kind=kind, **wish), link)
        link.close()
        face.power_off()
        assert answer["outcome"] == "done", answer
        known = self._home.store.transaction(self._home.store.next_transaction() - 1)
        return Tap(answer, list(self._card.frames), self._must_write(before, self._slots()), known["entry"])

    def _slots(self):
        if self._shape.family not in PAGE_FAMILIES:
            return b"", b""
        size = slot_size(self._shape.counters)
        first = ntag21x.PAGE_SLOTS
        raw = b"".join(self._card.memory.read(page) for page in range(first, first + 2 * size // PAGE))
        return raw[:size], raw[size:]

    def _must_write(self, before, after):
        """Body pages that the one changed slot needs: those that differ, or all over a blank slot (rule 3)."""
        changed = [pair for pair in zip(before, after) if pair[0] != pair[1]]
        if len(changed) != 1:
            return None
        old, new = changed[0]
        pages = range(0, len(new) - PAGE, PAGE)
        return len([at for at in pages if not any(old) or old[at : at + PAGE] != new[at : at + PAGE]])


@contextmanager
def lab(folder, shape):
    """A `Lab` in an empty folder."""
    make_test_keys(folder)
    settings = Settings(counters=shape.counters, stamps_needed=STAMPS_NEEDED)
    with Home.open(folder, settings=settings, test_now=STARTS) as home:
        yield Lab(home, shape)
