"""Making an Ultralight C a card: its 3DES key while protection is off, proven after a new selection, then AUTH1, AUTH0, issuer block.

AUTH0 is touched only when key and AUTH1 are whole. So an AUTH0 that does not read off in every look, torn or not, is opened with the key,
and neither key nor AUTH1 is ever written behind it; before that both are written again.

Which bits of lock bytes 2 and 3 lock the key pages is not public beyond doubt, so none of them is set: AUTH0 covers the key.
"""

from cardos.errors import CardRefused
from cardos.families import ntag21x, ultralight_c
from cardos.families.type2 import PAGE
from cardos.records.diversification import KEY_CHIP_3DES
from cardos.records.issuer_block import LAYOUT_ULTRALIGHT_C
from cardos.taps.cards.held import prove
from cardos.taps.cards.making_pages import PageMaking, all_alike
from cardos.taps.cards.page_view import PageView
from cardos.taps.cards.type2 import ISSUER_LAST, prove_ultralight_c


def begin(terms):
    """Generator: the making of a chip that has no GET_VERSION, or None when it is no Ultralight C either."""
    pages = ultralight_c.UltralightCPages()
    try:
        raw = yield from pages.read(0, ISSUER_LAST)
        config = yield from pages.read(ultralight_c.PAGE_LOCKS_2_3, ultralight_c.PAGE_AUTH1)
    except CardRefused:
        return None
    uid = ntag21x.uid_of(raw)
    return None if uid is None else MakeUltralightC(terms, uid, pages, PageView(0, raw), config)


class MakeUltralightC(PageMaking):
    """One chip being made into a card. config: pages 28h to 2Bh."""

    layout = LAYOUT_ULTRALIGHT_C

    def __init__(self, terms, uid, pages, view, config):
        PageMaking.__init__(self, terms, ultralight_c.FAMILY, uid, pages, view, ultralight_c.CHIP)
        self._config = config
        self._looks = [config]  # what was read of it before anything is written

    @property
    def _is_protected(self):
        return self._config[2 * PAGE] < ultralight_c.AUTH0_OFF

    def not_blank(self):
        """Generator: None when the chip's own area is free, else LOCKED_PAGES, CARD_LOCKED or NOT_BLANK."""
        if any(self.view.take(ntag21x.PAGE_LOCKS, PAGE)[2:]) or any(self._config[:2]):
            return "LOCKED_PAGES"
        if self._is_protected:
            return "CARD_LOCKED"
        return None if (yield from self.user_area_is_blank()) else "NOT_BLANK"

    def signature(self):
        """Generator: this chip has none."""
        return None
        yield

    def ready(self, plan, begun):
        """Generator: None, or CARD_LOCKED when the chip is protected by a key that is not ours."""
        self.rewrite_all = begun
        is_protected = self._is_protected
        if begun:
            self._looks = yield from self.looks(ultralight_c.PAGE_LOCKS_2_3, ultralight_c.PAGE_AUTH1)
            auth0 = all_alike(self._looks, 2)
            is_protected = auth0 is None or auth0[0] < ultralight_c.AUTH0_OFF
        if is_protected:
            try:
                yield from prove_ultralight_c(self, plan.epoch)
            except CardRefused:
                return "CARD_LOCKED"
        return None

    def make(self, plan, record, link, begun, keep):
        """Generator: all writes. Returns the card's slots."""
        pages, slots = self.pages, self.plan_slots(plan)
        auth1_is_whole = all_alike(self._looks, 3) == ultralight_c.AUTH1_READ_FREE and (pages.authenticated or not begun)
        yield from self.write_link(link)
        yield from self.write_opening(slots, record, keep)
        if not pages.authenticated:
            key = self.keys.chip_key(KEY_CHIP_3DES, plan.epoch)
            yield from pages.write_key(ultralight_c.key_pages(key))
            yield from pages.drop()  # the key counts from the next selection
            yield from prove(lambda: pages.authenticate(key, self.terms.nonces))
        if not auth1_is_whole:
            yield from pages.write_surely(ultralight_c.PAGE_AUTH1, ultralight_c.AUTH1_READ_FREE)
        yield from pages.write_surely(ultralight_c.PAGE_AUTH0, ultralight_c.auth0_page(ntag21x.PAGE_SLOTS))
        yield from self.close()
        return slots
