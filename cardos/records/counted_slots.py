"""Slots of a page card with a one-way counter (Ultralight AES, counter 2): the counter says which record is in force.

Let c be the counter. A slot whose MAC was made with c is *current*, with c - 1 it is the one before; with c + 1 it is
*pending*: written and read back, but the counter was not raised. A pending record changes nothing until it is *adopted*.

1. The intent is durable. 2. The other slot with c + 1: trailer *in progress*; body and MAC; read back twice. 3. INCR, and the
counter is read. 4. Trailer *done*.

At the next tap a pending record that is this home's own **open** intent is first written again, whole, in its own slot and
read back twice, and only then the counter is raised: a page torn by the field may have read right by luck. Any other pending
record is written over, also one of ours that was settled already.

Body and MAC of a current record are never written again: the counter was raised only after two read-backs, so all that a cut
can have left open is the trailer. (Writing it again in place, as on cards without a counter, would let a cut make it read as
invalid today, be settled *not landed*, and read right tomorrow; the model in tests/simulation finds that.)

Counter and slots are read under authentication (docs/card-format.md, section 5).
"""

from cardos.bytes import uint
from cardos.errors import CardAnswered
from cardos.records.page_slots import PageSlots
from cardos.records.record import NO_COUNTER, decode_body, trailer_done
from cardos.records.snapshot import PENDING, VALID, Slot

COUNTER_SIZE = len(NO_COUNTER)
LOOK_BACK = 64  # how far behind the counter a record is recognised for the case; further back it is simply no good slot


class CountedSlots(PageSlots):
    """`PageSlots` with a counter. pages: also the generators `read_counter()` -> int and `increment()`, which raises it by one.

    counter: the value as last read. Neither generator may repeat an INCR whose answer was not heard.
    """

    def __init__(self, pages, first_page, counters, record_mac, skip_equal=True):
        PageSlots.__init__(self, pages, first_page, counters, record_mac, skip_equal)
        self.counter = None
        self._newest_counter = None  # the value in the newest record's MAC

    def read(self, first_raw=None, counter=None):
        """Take the snapshot. counter: its value if this presentation has read it already."""
        if counter is None:
            counter = yield from self._pages.read_counter()
        self.counter = counter
        yield from PageSlots.read(self, first_raw)
        self._newest_counter = counter
        if self.newest is not None and not self._fits(self.newest.body, self.newest.mac, counter):
            self._newest_counter = counter - 1
        return self.snapshot

    @property
    def counter_ahead(self):
        """True when no slot is good, but one was, two or more counts ago: an older image, or a counter raised by a stranger."""
        if self.newest is not None:
            return False
        for slot in self.snapshot.slots:
            if decode_body(slot.body, self.counters) is None:
                continue
            for back in range(2, LOOK_BACK + 1):
                if self._fits(slot.body, slot.mac, self.counter - back):
                    return True
        return False

    def judge(self, body, mac):
        if self._fits(body, mac, self.counter) or self._fits(body, mac, self.counter - 1):
            return VALID
        return PENDING if self._fits(body, mac, self.counter + 1) else None

    def mac_at(self, record, depth=0):
        """As the base; each record that came into force raised the counter by one."""
        value = self._newest_counter - depth
        return self.record_mac.of(record.body(), record.epoch, uint(value if value > 0 else 0, COUNTER_SIZE))

    def mac_input(self):
        return self.record_mac.message(self.newest.body, uint(self._newest_counter, COUNTER_SIZE))

    def finish_newest(self):
        """A record in force whose trailer was cut gets only the trailer."""
        if not self.newest.done:
            yield from self._close(self.snapshot.newest_index, self.newest.image, self.newest.record)

    def adopt_pending(self, record):
        body = record.body()
        for index, slot in enumerate(self.snapshot.slots):
            if slot.state == PENDING and slot.body == body:
                yield from self._write_image(index, slot.image, record, None)
                trailer = trailer_done(record.sequence)
                yield from self._write_trailer(index, trailer)
                yield from self._commit()
                self.snapshot = self.snapshot.with_slot(index, Slot(slot.image + trailer, VALID, record, True, True))
                return slot.mac
        return None

    def scrub_other(self):
        """Nothing: what is torn in the other slot carries c + 1 at most, is pending at best, and is written over."""
        return
        yield

    def _fits(self, body, mac, value):
        return 0 <= value < 1 << (8 * COUNTER_SIZE) and self.record_mac.fits(body, mac, uint(value, COUNTER_SIZE))

    def _mac_of_next(self, body, epoch):
        return self.record_mac.of(body, epoch, uint(self.counter + 1, COUNTER_SIZE))

    def _target(self):
        """The slot that is not the newest; where neither is good, one that is pending, or it would come into force as well."""
        if self.newest is None and self.snapshot.slots[1].state == PENDING:
            return 1
        return PageSlots._target(self)

    def _commit(self):
        yield from self._pages.increment()
        value = yield from self._pages.read_counter()
        if value != self.counter + 1:
            raise CardAnswered("The card's counter did not rise by one.", "Present the card again.", "COUNTER_NOT_RAISED")
        self.counter = self._newest_counter = value
