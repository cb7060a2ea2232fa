"""What one earning tap keeps alive, run by MicroPython: micropython -X heapsize=8m heap_tap.py ROOT FAMILY

A soft card answers one sale, which is kept; then the same sale is said again with those answers and without the card, so that only
`cardos` and its tap are counted. Prints: live bytes at most, bytes allocated in all, bytes in use before (code and tables included).
"""

import gc
import sys

sys.path.insert(0, sys.argv[1])

from cardos.exchange import Presentation  # noqa: E402
from cardos.taps.sell import sell  # noqa: E402
from tests.portable import shop as portable_shop  # noqa: E402


class Recorder:
    """A card whose answers are kept."""

    def __init__(self, card):
        self.card = card
        self.answers = []

    def transceive(self, frame):
        answer = self.card.transceive(frame)
        self.answers.append(answer)
        return answer

    @property
    def is_active(self):
        return self.card.is_active

    def field_off(self):
        self.card.field_off()

    def field_on(self):
        self.card.field_on()

    def activate(self):
        return self.card.activate()


KEPT = ("family", "counters", "pack", "cases", "last_seen", "issued", "next_number", "status", "found")


class Replayed(portable_shop.Shop):
    """The same shop with answers instead of a card; each exchange notes what is alive then."""

    def __init__(self, shop, answers):
        for name in KEPT:
            setattr(self, name, getattr(shop, name))
        self.open, self.landed, self.known = {}, list(shop.landed), list(shop.known)
        self.card = None
        self._answers = answers
        self.base = self.live = self.allocated = self._mark = 0

    def begin(self):
        gc.collect()
        self.base = self._mark = gc.mem_alloc()

    def note(self):
        self.allocated += max(0, gc.mem_alloc() - self._mark)
        gc.collect()
        self.live = max(self.live, gc.mem_alloc() - self.base)
        self._mark = gc.mem_alloc()

    def exchange(self, frame, wait_ms):
        self.note()
        return self._answers.pop(0)

    def presented(self, uid_wanted):
        self.note()
        return Presentation("iso-dep", portable_shop.UID, self.found.ats, None, None)

    def intend(self, entry):
        self.note()


class Fixed:
    """The same numbers for the same tap, in both runs."""

    def __init__(self):
        self.next = 0

    def take(self, count):
        self.next = (self.next * 5 + 1) & 0xFF
        return bytes([(self.next + place) & 0xFF for place in range(count)])


def main(family):
    fixed = Fixed()
    portable_shop.nonces = fixed.take
    shop = portable_shop.Shop(family)
    shop.issue()
    shop.tap(sell(shop.terms(), portable_shop.sale(), "R-1"))
    shop.card = recorder = Recorder(shop.card)
    again = Replayed(shop, recorder.answers)
    fixed.next = 0
    first = shop.tap(sell(shop.terms(), portable_shop.sale(), "R-2"))
    del shop, recorder
    fixed.next = 0
    tap = sell(again.terms(), portable_shop.sale(), "R-2")
    again.begin()
    second = portable_shop.tap_runner.run(tap, again, again)
    if second.record_mac != first.record_mac:
        raise ValueError("the tap said something else the second time")
    again.note()
    print(again.live, again.allocated, again.base)


main(sys.argv[2])
