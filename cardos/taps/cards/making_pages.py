"""What the makings of all page cards share: the link, both slots, capability container, issuer block and its lock.

A page that the field tore may read unstably: right today, wrong tomorrow. So a making writes in stages, and touches a stage only
when everything before it was written in this presentation and proven: link and records, keys, rights, AUTH0 (and so on; each chip
names its own). A begun making writes again whatever the last stage that was touched leaves open; what stands behind a touched
stage is whole, and keys or rights are never written again behind an AUTH0 that may protect them. Whether a stage was touched is
told by many looks, because a weak page of it may read untouched by luck.
"""

from cardos.errors import CardRefused
from cardos.families import ntag21x
from cardos.families.type2 import PAGE
from cardos.ndef import link_area
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.issuer_block import Profile
from cardos.records.record import slot_size
from cardos.records.ring import ENTRY_SIZE as RING_ENTRY_SIZE
from cardos.records.seal import SEAL_SIZE
from cardos.taps.cards.held import newest_in
from cardos.taps.cards.type2 import HeldPages

LOOKS = 20  # one weak bit reads alike in all of them once in 500,000 times


def all_alike(looks, page):
    """The 4 bytes that all looks find in their `page` (0: the first one read); None when they differ, or there are none."""
    found = [look[page * PAGE : page * PAGE + PAGE] for look in looks]
    return found[0] if found and found == found[:1] * len(found) else None


class PageMaking(HeldPages):
    """A page card that is being made: what it writes at issue. `last_user_page` is the chip's; `rewrite_all` after a cut."""

    rewrite_all = False
    last_user_page = ntag21x.CHIPS[0].last_user_page
    capacity_byte = ntag21x.CHIPS[0].capacity_byte
    layout = 0

    def looks(self, first, last):
        """Generator: what LOOKS reads find in these pages, one by one; empty when they are refused."""
        found = []
        try:
            for _ in range(LOOKS):
                found.append((yield from self.pages.read(first, last)))
        except CardRefused:
            return []  # protected: that is what the caller asks about
        return found

    def check_link(self, link):
        """Raises BadInput when the link does not fit its 32 bytes."""
        link_area(link, ntag21x.NDEF_SIZE)

    def profile(self, open_writes):
        """The `Profile` of a new card, or None when the chip cannot hold so many counters. Ring and seal where there is room."""
        counters = self.terms.counters
        left = (self.last_user_page + 1 - ntag21x.PAGE_SLOTS) * PAGE - 2 * slot_size(counters)
        if left < 0:
            return None
        seal = left >= SEAL_SIZE
        ring = left - (SEAL_SIZE if seal else 0) >= RING_ENTRY_SIZE
        return Profile(self.layout, counters, ring, seal)

    def record_it_holds(self, plan):
        """Generator: the newest record of a genuine card that this home does not know, or None."""
        return (yield from newest_in(self.slots_of(plan)))

    def plan_slots(self, plan):
        """The slots of the card that `plan` makes of this chip."""
        self.issuer_raw = plan.encode(self.family, self.keys)
        return self.slots_of(plan)

    def user_area_is_blank(self):
        """Generator: True when pages 0Ch to the last user page are zero. A second read clears a corrupted answer."""
        for _ in range(2):
            data = yield from self.pages.read(ntag21x.PAGE_ISSUER, self.last_user_page)
            if not any(data):
                return True
        return False

    def write_link(self, link):
        """Generator: the customer's link in pages 04h..0Bh."""
        yield from self.write_area(ntag21x.PAGE_NDEF, link_area(link, ntag21x.NDEF_SIZE))

    def write_opening(self, slots, record, keep):
        """Generator: the opening record in slot A, slot B blank; or the record that a genuine card holds already."""
        if keep:
            yield from slots.read()
            if slots.newest is not None:
                return
        yield from self.write_area(ntag21x.PAGE_SLOTS, bytes((slots.last_page + 1 - ntag21x.PAGE_SLOTS) * PAGE))
        yield from slots.read()
        yield from slots.append(record)

    def close(self):
        """Generator: capability container read-only, the issuer block, and the lock of both. From here on the card is ours."""
        container = bytes([0xE1, 0x10, self.capacity_byte, ntag21x.CC_READ_ONLY])
        seen = yield from self.pages.read(ntag21x.PAGE_LOCKS, ntag21x.PAGE_CC)
        locks = seen[:PAGE]
        if seen[PAGE:] != container:
            yield from self.pages.write_surely(ntag21x.PAGE_CC, container)
        if locks[3] & 0xF0 != 0xF0:
            yield from self.write_area(ntag21x.PAGE_ISSUER, self.issuer_raw[:ISSUER_SIZE])
        wanted = locks[:2] + bytes([locks[2] | ntag21x.LOCK_CC_AND_ISSUER[0], locks[3] | ntag21x.LOCK_CC_AND_ISSUER[1]])
        if locks != wanted:
            yield from self.pages.write_surely(ntag21x.PAGE_LOCKS, wanted)

    def write_area(self, first, data):
        """Generator: write what differs (everything after a cut), and read it back twice."""
        pages = self.pages
        last = first + len(data) // PAGE - 1
        seen = yield from pages.read(first, last)
        for offset in range(0, len(data), PAGE):
            piece = data[offset : offset + PAGE]
            if self.rewrite_all or seen[offset : offset + PAGE] != piece:
                yield from pages.write_surely(first + offset // PAGE, piece)
        for _ in range(2):
            if (yield from pages.read(first, last)) != data:
                raise CardRefused("The card does not keep what is written.", "Take another card.", "WRITE_REFUSED")
