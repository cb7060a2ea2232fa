"""Two slots as they were read, and the one picture of them from which everything is decided (docs/card-format.md, section 4).

A slot is *valid* when its MAC fits. Pages torn by a lost field may read differently each time, and one answer in many is
corrupted on the way; so whatever is not plainly valid, blank or being written is read once more before anything is decided.
(Measured: without the second look one corrupted answer loses a confirmed stamp in a third of runs.)
"""

from collections import namedtuple

from cardos.errors import CardAnswered
from cardos.records.record import (
    MAC_SIZE,
    TRAILER_SIZE,
    body_size,
    decode_body,
    is_any_in_progress,
    slot_size,
    trailer_done,
    trailer_in_progress,
)

VALID = "valid"  # the MAC fits
BLANK = "blank"  # all zero
WRITING = "writing"  # the MAC does not fit and the trailer says in progress: a torn write, harmless
PENDING = "pending"  # the MAC fits a one-way counter that was not raised yet: written, but not in force (`counted_slots`)
INVALID = "invalid"  # anything else


class ReadAgain(CardAnswered):
    """Two reads of one slot contradict each other in a way that may hide a done record; nothing may be decided."""

    code = "READ_AGAIN"

    def __init__(self):
        super().__init__("The card did not read the same twice.", "Present the card again.")


class Slot(namedtuple("Slot", ["raw", "state", "record", "done", "settled"])):
    """One slot as read. raw: its bytes; state: one of the words above; record: `Record` when valid (never when pending);
    done: its trailer says *done* with its own sequence; settled: needs no second look."""

    @property
    def image(self):
        """Body and MAC, without the trailer."""
        return self.raw[: len(self.raw) - TRAILER_SIZE]

    @property
    def body(self):
        """The record body."""
        return self.raw[: len(self.raw) - TRAILER_SIZE - MAC_SIZE]

    @property
    def mac(self):
        """The 8 MAC bytes."""
        return self.image[-MAC_SIZE:]

    @property
    def link(self):
        """What a successor names as its predecessor: the first 4 bytes of the MAC."""
        return self.mac[:4]


def look_at(raw, counters, judge):
    """The `Slot` in `slot_size(counters)` bytes. judge(body, mac): VALID, PENDING or, when the MAC does not fit, None."""
    body, trailer = raw[: body_size(counters)], raw[-TRAILER_SIZE:]
    mac = raw[body_size(counters) : -TRAILER_SIZE]
    record = decode_body(body, counters)
    verdict = None if record is None else judge(body, mac)
    if verdict == VALID:
        done = trailer == trailer_done(record.sequence)
        return Slot(raw, VALID, record, done, done or trailer == trailer_in_progress(record.sequence))
    if verdict == PENDING:
        return Slot(raw, PENDING, None, False, True)
    if not any(raw):
        return Slot(raw, BLANK, None, False, True)
    if is_any_in_progress(trailer):
        return Slot(raw, WRITING, None, False, True)
    return Slot(raw, INVALID, None, False, False)


def second_look(first, second):
    """What two reads of one unsettled slot mean together. Raises ReadAgain when they contradict each other."""
    if first.state == VALID and second.state == VALID:
        if first.image != second.image:
            raise ReadAgain()
        return second if second.done else first
    if first.state != VALID and second.state != VALID:
        return Slot(first.raw, INVALID, first.record, first.done, first.settled)
    valid = first if first.state == VALID else second
    if valid.done:
        raise ReadAgain()
    return valid


class Snapshot(namedtuple("Snapshot", ["slots"])):
    """Slots A and B, decided. `newest_index` is None when neither is good."""

    @property
    def newest_index(self):
        """0 or 1: the valid slot with the higher sequence (at equal sequence the done one); None when none is valid."""
        a, b = self.slots
        if a.state != VALID and b.state != VALID:
            return None
        if a.state == VALID and b.state == VALID:
            if a.record.sequence != b.record.sequence:
                return 0 if a.record.sequence > b.record.sequence else 1
            return 1 if b.done and not a.done else 0
        return 0 if a.state == VALID else 1

    @property
    def newest(self):
        """The newest good `Slot`, or None."""
        index = self.newest_index
        return None if index is None else self.slots[index]

    @property
    def other(self):
        """The slot that is not the newest."""
        return self.slots[1 - self.newest_index]

    @property
    def forked(self):
        """True when both slots are valid with one sequence number and different contents: a copied card."""
        a, b = self.slots
        return a.state == VALID and b.state == VALID and a.record.sequence == b.record.sequence and a.image != b.image

    def with_slot(self, index, slot):
        """The same picture with one slot changed."""
        return Snapshot((slot, self.slots[1]) if index == 0 else (self.slots[0], slot))


def alone(slot):
    """The `Snapshot` of a card that has one record and no second slot."""
    return Snapshot((slot, Slot(b"", BLANK, None, False, True)))


def split(raw, counters):
    """The two slots' bytes in the bytes of both."""
    size = slot_size(counters)
    return bytes(raw[:size]), bytes(raw[size : 2 * size])


def take_snapshot(first_raw, read_both, counters, judge):
    """Generator: the `Snapshot` of a card, reading again where the first look does not settle a slot.

    first_raw: both slots as the tap's first exchange brought them. read_both: a function giving a generator that reads
    both slots again. Raises ReadAgain as `second_look` does, and when a card without a good slot shows one on a third read.
    """
    slots = [look_at(raw, counters, judge) for raw in split(first_raw, counters)]
    if not (slots[0].settled and slots[1].settled):
        again = [look_at(raw, counters, judge) for raw in split((yield from read_both()), counters)]
        slots = [a if a.settled else second_look(a, b) for a, b in zip(slots, again)]
    snapshot = Snapshot(tuple(slots))
    if snapshot.newest is None:
        third = [look_at(raw, counters, judge) for raw in split((yield from read_both()), counters)]
        if third[0].state == VALID or third[1].state == VALID:
            raise ReadAgain()
    return snapshot
