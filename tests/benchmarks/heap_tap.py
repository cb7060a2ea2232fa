"""What one earning tap keeps alive, run by MicroPython: micropython -X heapsize=8m heap_tap.py ROOT TOLD

TOLD is a JSON file that `heap` wrote: a shop's memory of a card, and what the card answers to the next sale. No soft card is here, so
that only `cardos` and its tap are counted. Prints: live bytes at most whenever the tap asks for something; the same with the garbage of
one step, which nothing alive in between can exceed; bytes allocated in all.
"""

import gc
import json
import sys

sys.path.insert(0, sys.argv[1])

from cardos.exchange import Presentation
from cardos.taps.sell import sell
from tests.portable import shop as portable_shop


class Fixed:
    """The same random numbers in both runs."""

    def __init__(self):
        self.next = 0

    def take(self, count):
        self.next = (self.next * 5 + 1) & 0xFF
        return bytes([(self.next + place) & 0xFF for place in range(count)])


class Replayed(portable_shop.Shop):
    """A shop with answers instead of a card; each time the tap asks for something it notes what is alive then."""

    def __init__(self, told):
        self.family, self.counters, self.pack = told["family"], 1, portable_shop.PACK
        self.open, self.landed, self.cases = {}, told["landed"], []
        self.known = [(sequence, bytes.fromhex(mac), bytes.fromhex(previous)) for sequence, mac, previous in told["known"]]
        self.last_seen = self.known[-1][:2]
        self.issued, self.next_number, self.status = True, told["next_number"], "active"
        self._answers = [bytes.fromhex(answer) for answer in told["answers"]]
        self._ats = bytes.fromhex(told["ats"])
        self.base = self.live = self.most = self.allocated = self._mark = 0

    def begin(self):
        gc.collect()
        self.base = self._mark = gc.mem_alloc()

    def note(self):
        self.most = max(self.most, gc.mem_alloc() - self.base)
        self.allocated += max(0, gc.mem_alloc() - self._mark)
        gc.collect()
        self._mark = gc.mem_alloc()
        self.live = max(self.live, self._mark - self.base)

    def exchange(self, frame, wait_ms):
        self.note()
        return self._answers.pop(0)

    def presented(self, uid_wanted):
        self.note()
        return Presentation("iso-dep", portable_shop.UID, self._ats, None, None)

    def recall(self, family, uid):
        self.note()
        return super().recall(family, uid)

    def intend(self, entry):
        self.note()


def main(told):
    portable_shop.nonces = Fixed().take
    again = Replayed(told)
    tap = sell(again.terms(), portable_shop.sale(), "R-2")
    again.begin()
    outcome = portable_shop.tap_runner.run(tap, again, again)
    again.note()
    if outcome.record_mac.hex() != told["record_mac"]:
        raise ValueError("the tap said something else the second time")
    print(again.live, again.most, again.allocated)


if __name__ == "__main__":
    with open(sys.argv[2]) as file:
        main(json.load(file))
