"""Making an NTAG213, 215 or 216 a card: password and PACK while protection is off, proven, then AUTH0, then the issuer block.

AUTH0 is touched only when password, PACK and ACCESS are whole. So an AUTH0 that does not read off in every look, torn or not, is opened
with the password, which is never written again behind it.
"""

from cardos.errors import CardRefused
from cardos.families import ntag21x
from cardos.families.type2 import PAGE
from cardos.records.issuer_block import LAYOUT_TYPE_2, LAYOUT_TYPE_2_OPEN, Profile
from cardos.taps.cards.making_pages import PageMaking, all_alike
from cardos.taps.cards.type2 import cannot_write

_MIRROR_ON = 0xC0
_CFGLCK = 0x40
AUTH0_OFF = 0xFF


def begin(terms, pages, view, uid):
    """The making of an NTAG21x that `type2.look` has read, or None when its header is not that of one."""
    chip = ntag21x.chip_of(view.take(0, ntag21x.HEADER_PAGES * PAGE))
    return None if chip is None else MakeNtag21x(terms, chip.family, uid, pages, view, chip)


class MakeNtag21x(PageMaking):
    """One chip being made into a card."""

    layout = LAYOUT_TYPE_2

    def __init__(self, terms, family, uid, pages, view, chip):
        PageMaking.__init__(self, terms, family, uid, pages, view, chip)
        self.last_user_page = chip.last_user_page
        self.capacity_byte = chip.capacity_byte
        self._looks = []  # what was read of CFG0 and CFG1 before anything is written
        self._config = None  # one of them

    def profile(self, open_writes):
        found = PageMaking.profile(self, open_writes)
        if found is None or not open_writes:
            return found
        return Profile(LAYOUT_TYPE_2_OPEN, found.counters, found.ring, found.seal)

    def signature(self):
        """Generator: the 32 bytes of READ_SIG."""
        return (yield from self.pages.signature())

    def not_blank(self):
        """Generator: None when the chip's own area is free, else LOCKED_PAGES or NOT_BLANK."""
        lock_and_config = yield from self.pages.read(self.chip.dynamic_lock_page, self.chip.config_page + 1)
        self._looks = [lock_and_config[PAGE:]]
        if any(self.view.take(ntag21x.PAGE_LOCKS, PAGE)[2:]) or any(lock_and_config[:3]):
            return "LOCKED_PAGES"
        if self.view.last >= ntag21x.PAGE_ISSUER:
            held = (self.view.last + 1 - ntag21x.PAGE_ISSUER) * PAGE
            if not any(self.view.take(ntag21x.PAGE_ISSUER, held)):
                return None
            again = yield from self.pages.read(ntag21x.PAGE_ISSUER, self.view.last)
            return "NOT_BLANK" if any(again) else None
        return None

    def ready(self, plan, begun):
        """Generator: None, or CARD_LOCKED when the chip is protected by a password that is not ours, or froze what was torn."""
        self.rewrite_all = begun
        first = self.chip.config_page
        if begun:
            self._looks = yield from self.looks(first, first + 1)
        elif not self._looks:
            self._looks = [(yield from self.pages.read(first, first + 1))]
        cfg0 = all_alike(self._looks, 0)
        self.is_open = plan.profile.layout == LAYOUT_TYPE_2_OPEN
        if not self.is_open and not self.pages.fast:
            raise cannot_write()
        if cfg0 is None or cfg0[3] <= first + 3:  # protected already: an issue that was cut, or a stranger's card
            try:
                yield from self.pages.authenticate(*self.keys.password(plan.epoch))
            except CardRefused:
                return "CARD_LOCKED"
            self._looks = self._looks or (yield from self.looks(first, first + 1))
        access = all_alike(self._looks, 1)
        if not self._looks or (access is not None and access[0] & _CFGLCK and not self.is_open and (cfg0 is None or cfg0[3] != ntag21x.PAGE_SLOTS)):
            return "CARD_LOCKED"
        self._config = self._looks[0]
        return None

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes. Returns the card's slots."""
        slots = self.plan_slots(plan)
        yield from self._calm_mirror(plan)
        yield from self.write_link(link)
        yield from self.write_opening(slots, record, keep)
        if not self.is_open:
            yield from self._protect(plan)
        yield from self.close()
        return slots

    def _calm_mirror(self, plan):
        """A torn CFG0 may have switched the ASCII mirror on, which falsifies reads: off before anything is read back."""
        config = self._config
        if config[0] & _MIRROR_ON or config[2]:
            auth0 = ntag21x.PAGE_SLOTS if self.pages.authenticated else AUTH0_OFF
            if not self.is_open:
                yield from self._set_password(plan)  # before the page of AUTH0 is touched
            yield from self.pages.write_surely(self.chip.config_page, ntag21x.config_protected_from(config, auth0))

    def _set_password(self, plan):
        """Password and PACK, proven by a fresh authentication.

        A chip that this presentation has unlocked with the same password keeps it: a password page torn while AUTH0 is on
        would be a card that nobody opens again.
        """
        pages, first = self.pages, self.chip.config_page
        if pages.authenticated:
            return
        password, pack = self.keys.password(plan.epoch)
        yield from pages.write(first + 2, password)  # PWD and PACK read back as zero: only PWD_AUTH proves them
        yield from pages.write(first + 3, pack + bytes(2))
        yield from pages.authenticate(password, pack)

    def _protect(self, plan):
        """Password, ACCESS, and last AUTH0 (10h: slots, ring and configuration)."""
        yield from self._set_password(plan)
        pages, first, config = self.pages, self.chip.config_page, self._config
        access = bytes([ntag21x.ACCESS_WRITE_PROTECTED]) + bytes(config[5:8])
        if all_alike(self._looks, 1) != access:
            yield from pages.write_surely(first + 1, access)
        yield from pages.write_surely(first, ntag21x.config_protected_from(config, ntag21x.PAGE_SLOTS))
