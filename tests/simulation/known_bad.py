"""Protocols that look right and are not. The model must be seen to fail for each, or it would prove nothing.

Each is a context manager that replaces one rule of the code under test by the tempting shortcut.
"""

from contextlib import contextmanager

from cardos.records import page_slots, snapshot
from cardos.records.counted_slots import CountedSlots
from cardos.records.page_slots import PAGE, PageSlots
from cardos.records.record import trailer_done
from cardos.records.snapshot import PENDING, VALID, Slot
from tests.simulation import families
from tests.simulation.families import DESFIRE, NTAG, NTAG_424, ULTRALIGHT_AES, ULTRALIGHT_C


@contextmanager
def _replaced(owner, name, substitute):
    original = getattr(owner, name)
    setattr(owner, name, substitute)
    try:
        yield
    finally:
        setattr(owner, name, original)


# --- two slots in pages ---


@contextmanager
def plain_a_b():
    """Two slots, a MAC each, newest wins: no progress trailer, no read-back, nothing torn is ever finished."""

    def put(self, index, image, record, keep):
        whole = image + trailer_done(record.sequence)
        for offset in range(0, len(whole), PAGE):
            yield from self._pages.write(self._page(index, offset // PAGE), whole[offset : offset + PAGE])
        yield from self._commit()
        self.snapshot = self.snapshot.with_slot(index, Slot(whole, VALID, record, True, True))

    with _replaced(PageSlots, "_put", put):
        yield


@contextmanager
def no_second_look():
    """The first read decides: one corrupted answer hides a done record."""

    def take(first_raw, read_both, counters, judge):
        return snapshot.Snapshot(tuple(snapshot.look_at(raw, counters, judge) for raw in snapshot.split(first_raw, counters)))
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


# --- two slots and a one-way counter ---


@contextmanager
def raised_without_writing_again():
    """A pending record of ours is put in force as it stands: a page that read right by luck is torn tomorrow."""

    def adopt(self, record):
        for index, slot in enumerate(self.snapshot.slots):
            if slot.state == PENDING and slot.body == record.body():
                yield from self._commit()
                whole = slot.image + trailer_done(record.sequence)
                self.snapshot = self.snapshot.with_slot(index, Slot(whole, VALID, record, True, True))
                return slot.mac
        return None

    with _replaced(CountedSlots, "adopt_pending", adopt):
        yield


@contextmanager
def settled_pending_counts():
    """A record whose counter was not raised passes for the newest."""

    def judge(self, body, mac):
        return VALID if any(self._fits(body, mac, self.counter + step) for step in (0, -1, 1)) else None

    with _replaced(CountedSlots, "judge", judge):
        yield


@contextmanager
def current_record_in_place():
    """A record in force whose trailer was cut is written again whole in its own slot, as on cards without a counter."""

    def finish(self):
        newest, index = self.newest, self.snapshot.newest_index
        if not newest.done:
            yield from self._write_image(index, newest.image, newest.record, None)
            yield from self._close(index, newest.image, newest.record)

    with _replaced(CountedSlots, "finish_newest", finish):
        yield


@contextmanager
def raised_first():
    """The counter is raised before the slot is written."""

    def put(self, index, image, record, keep):
        yield from self._commit()
        yield from self._write_image(index, image, record, keep)
        yield from self._close(index, image, record)

    with _replaced(CountedSlots, "_put", put):
        yield


# --- one frame, one commit ---


@contextmanager
def answer_mac_not_checked():
    """Whatever the card answers passes for success."""

    def send(self, name, frame, writes=False):
        answer = yield families.exchange(name, frame, 10, writes)
        return answer[:-1] if writes else (answer[:-1] + bytes(88))[:88]

    with _replaced(families.Maced, "send", send):
        yield


@contextmanager
def no_fresh_authentication():
    """A doubt is settled in the session in which it began: a commit held back is still good."""

    def authenticate(self, channel):
        return
        yield

    with _replaced(families.Ntag424, "authenticate", authenticate):
        yield


VARIANTS = (
    (plain_a_b, NTAG),
    (no_second_look, NTAG),
    (unguarded_skipping, NTAG),
    (done_record_in_place, NTAG),
    (no_scrub, NTAG),
    (no_scrub, ULTRALIGHT_C),
    (raised_without_writing_again, ULTRALIGHT_AES),
    (settled_pending_counts, ULTRALIGHT_AES),
    (current_record_in_place, ULTRALIGHT_AES),
    (raised_first, ULTRALIGHT_AES),
    (answer_mac_not_checked, NTAG_424),
    (no_fresh_authentication, DESFIRE),
)
