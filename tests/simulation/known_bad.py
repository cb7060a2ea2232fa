"""Protocols that look right and are not. The model must be seen to fail for each, or it would prove nothing.

Each is a context manager that replaces one rule of the code under test by the tempting shortcut.
"""

from contextlib import contextmanager

from cardos.records import page_slots, snapshot
from cardos.records.page_slots import PAGE, PageSlots
from cardos.records.record import trailer_done


@contextmanager
def _replaced(owner, name, substitute):
    original = getattr(owner, name)
    setattr(owner, name, substitute)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def plain_a_b():
    """Two slots, a MAC each, newest wins: no progress trailer, no read-back, nothing torn is ever finished."""

    def put(self, index, image, record, keep):
        whole = image + trailer_done(record.sequence)
        for offset in range(0, len(whole), PAGE):
            yield from self._pages.write(self._page(index, offset // PAGE), whole[offset : offset + PAGE])
        slots = list(self.snapshot.slots)
        slots[index] = snapshot.Slot(whole, snapshot.VALID, record, True, True)
        self.snapshot = snapshot.Snapshot(tuple(slots))

    with _replaced(PageSlots, "_put", put):
        yield


@contextmanager
def no_second_look():
    """The first read decides: one corrupted answer hides a done record."""

    def take(first_raw, read_both, counters, record_mac):
        return snapshot.Snapshot(tuple(snapshot.look_at(raw, counters, record_mac) for raw in snapshot.split(first_raw, counters)))
        yield

    with _replaced(page_slots, "take_snapshot", take):
        yield


@contextmanager
def unguarded_skipping():
    """Pages that look equal are left unwritten whatever stands in the slot."""
    original = PageSlots._put

    def put(self, index, image, record, keep):
        return original(self, index, image, record, self.snapshot.slots[index].raw)

    with _replaced(PageSlots, "_put", put):
        yield


@contextmanager
def done_record_in_place():
    """An in-doubt record found done is written again whole, in its own slot, whatever the other slot holds."""

    def confirm(self):
        newest, index = self.newest, self.snapshot.newest_index
        yield from self._put(index, newest.image, newest.record, None)

    with _replaced(PageSlots, "confirm_newest", confirm):
        yield


@contextmanager
def no_scrub():
    """A redemption is settled *not landed* while its torn record still stands in the other slot."""

    def scrub(self):
        return
        yield

    with _replaced(PageSlots, "scrub_other", scrub):
        yield


VARIANTS = (plain_a_b, no_second_look, unguarded_skipping, done_record_in_place, no_scrub)
