"""NTAG21x and Ultralight C: link, issuer block and two slots in pages, read by anybody, written behind a password or a key.

The first exchange of a tap on an NTAG21x brings header, link, issuer block and both slots at once. An Ultralight C has no
FAST_READ; where the register or the reader names it, its header is not read at all (the UID comes from the selection).
"""

from cardos.errors import CardRefused, ReaderCannot
from cardos.families import ntag21x
from cardos.families.type2 import PAGE, Pages
from cardos.records.diversification import KEY_CHIP_3DES
from cardos.records.issuer_block import (
    LAYOUT_TYPE_2,
    LAYOUT_TYPE_2_OPEN,
    LAYOUT_ULTRALIGHT_C,
    layout_of,
)
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.page_slots import PageSlots
from cardos.records.record import RecordMac, slot_size
from cardos.taps.cards.behind import BehindPages
from cardos.taps.cards.held import HeldCard, prove
from cardos.taps.cards.page_view import PageView

ULTRALIGHT_C = "ultralight-c"
ISSUER_LAST = ntag21x.PAGE_ISSUER + ISSUER_SIZE // PAGE - 1


def cannot_write():
    """The refusal of a reader that carries neither direct commands nor a transparent session."""
    return ReaderCannot(
        "This reader cannot unlock cards.",
        "Use a reader with direct commands (see docs/readers.md), or cards made with `stampd card issue --open`.",
        "READER_CANNOT_WRITE",
    )


class HeldPages(HeldCard):
    """A page card. pages: its `Pages`; view: `PageView` of what was read; chip: where things are on it."""

    def __init__(self, terms, family, uid, pages, view, chip):
        HeldCard.__init__(self, terms, family, uid, _issuer_in(view))
        self.pages = pages
        self.view = view
        self.chip = chip

    def read_issuer(self):
        self.issuer_raw = yield from self.pages.read(ntag21x.PAGE_ISSUER, ISSUER_LAST)

    def slots_of(self, issuer):
        mac = RecordMac(self.family, self.keys, self.issuer_raw)
        return PageSlots(self.pages, ntag21x.PAGE_SLOTS, issuer.profile.counters, mac, self.terms.skip_equal)

    def read_slots(self, slots):
        if self.view.holds(ntag21x.PAGE_SLOTS, slots.last_page):
            size = (slots.last_page + 1 - ntag21x.PAGE_SLOTS) * PAGE
            yield from slots.read(self.view.take(ntag21x.PAGE_SLOTS, size))
        else:
            yield from slots.read()

    def behind(self, issuer, slots):
        return BehindPages(self.pages, issuer.profile, slots.last_page + 1, self.chip.last_user_page)


class HeldNtag21x(HeldPages):
    """An NTAG213, 215 or 216: a password of its own before the first write, none on cards issued open."""

    layouts = (LAYOUT_TYPE_2, LAYOUT_TYPE_2_OPEN)

    def unlock(self, issuer):
        """Generator: PWD_AUTH once a presentation. Raises ReaderCannot (READER_CANNOT_WRITE) where the reader cannot carry it."""
        if issuer.profile.layout == LAYOUT_TYPE_2_OPEN or self.pages.authenticated:
            return
        password, pack = self.keys.password(issuer.epoch)
        try:
            yield from self.pages.authenticate(password, pack)
        except ReaderCannot:
            raise cannot_write()


class HeldUltralightC(HeldPages):
    """An Ultralight C: 3DES authentication before the first write; what follows it is plain."""

    layouts = (LAYOUT_ULTRALIGHT_C,)

    def unlock(self, issuer):
        """Generator: the 3DES authentication, once a presentation."""
        if not self.pages.authenticated:
            yield from prove_ultralight_c(self, issuer.epoch)


def prove_ultralight_c(held, epoch):
    """Generator: the 3DES key of this epoch. Raises CardRefused (WRONG_KEY), ReaderCannot (READER_CANNOT_WRITE)."""
    key = held.keys.chip_key(KEY_CHIP_3DES, epoch)
    try:
        yield from prove(lambda: held.pages.authenticate(key, held.terms.nonces))
    except ReaderCannot:
        raise cannot_write()


def _issuer_in(view):
    if not view.holds(ntag21x.PAGE_ISSUER, ISSUER_LAST):
        return None
    return view.take(ntag21x.PAGE_ISSUER, ISSUER_SIZE)


def last_slot_page(terms):
    """The last page of slot B on a card with as many counters as this scheme's cards usually carry, on the smallest chip."""
    return min(ntag21x.PAGE_SLOTS + 2 * slot_size(terms.counters) // PAGE - 1, ntag21x.CHIPS[0].last_user_page)


def meet_ultralight_c(terms, uid):
    """Generator: a `HeldUltralightC` whose UID the selection told, without reading its header; None when it refuses to be read."""
    from cardos.families import ultralight_c

    pages = ultralight_c.UltralightCPages()
    try:
        raw = yield from pages.read(ntag21x.PAGE_ISSUER, last_slot_page(terms))
    except CardRefused:
        return None
    return HeldUltralightC(terms, ULTRALIGHT_C, uid, pages, PageView(ntag21x.PAGE_ISSUER, raw), ultralight_c.CHIP)


def look(terms):
    """Generator: what an unknown Type 2 card shows to anybody: (`Pages`, `PageView`, UID or None), or None when it refuses.

    One exchange on an NTAG21x. The UID is None where the header's check bytes do not fit (a random ID hides them).
    """
    pages = Pages()
    try:
        raw = yield from pages.read(0, last_slot_page(terms))
    except CardRefused:  # no FAST_READ (Ultralight C), or slots that are read behind a key only (Ultralight AES)
        pages.fast = False
        try:
            raw = yield from pages.read(0, ISSUER_LAST)
        except CardRefused:
            return None
    if not _header_fits(raw):  # one corrupted answer must not make a customer's card a stranger
        raw = (yield from pages.read(0, ntag21x.HEADER_PAGES - 1)) + raw[ntag21x.HEADER_PAGES * PAGE :]
    return pages, PageView(0, raw), ntag21x.uid_of(raw)


def believe(terms, pages, view, uid):
    """The holder of an NTAG21x or Ultralight C that `look` has read, or None when it is no chip of ours."""
    if layout_of(_issuer_in(view)) == LAYOUT_ULTRALIGHT_C:
        from cardos.families import ultralight_c

        return HeldUltralightC(terms, ULTRALIGHT_C, uid, ultralight_c.UltralightCPages(), view, ultralight_c.CHIP)
    chip = ntag21x.chip_of(view.take(0, ntag21x.HEADER_PAGES * PAGE))
    return None if chip is None else HeldNtag21x(terms, chip.family, uid, pages, view, chip)


def _header_fits(raw):
    if ntag21x.uid_of(raw) is None:
        return False
    return ntag21x.chip_of(raw[:16]) is not None or layout_of(raw[ntag21x.PAGE_ISSUER * PAGE :]) == LAYOUT_ULTRALIGHT_C
