"""Ultralight C made of code (MF0ICU2 data sheet, section 7; field handbook, section 3).

48 pages: 4 to 27h user, 28h lock bytes 2 and 3, 29h counter, 2Ah AUTH0, 2Bh AUTH1, 2Ch to 2Fh the key, never readable. No
GET_VERSION and no FAST_READ. After the authentication commands stay plain.

Unsure on silicon, chosen here:
  lock bytes 2, 3     byte 0: bit 0 freezes bits 1 to 3 (pages 16-19, 20-23, 24-27), bit 4 freezes bits 5 to 7 (28-31, 32-35,
                      36-39); byte 1: bits 0 to 3 freeze bits 4 to 7 (counter, AUTH0, AUTH1, key)
  when they count     locks, AUTH0 and AUTH1 from the next selection on (the data sheet says so for the locks; nfcpy writes AUTH1
                      behind an AUTH0 that covers it), or at once with `locks_effective=AT_ONCE`; the key always from the next
                      selection on
  AUTH0               below 3 acts as 3, above 30h as off; bytes 1 to 3 of the pages 2Ah and 2Bh are not kept
  counter             low byte first; writing 0 to a counter that is 0, or adding 0, is acknowledged and changes nothing
  delivery            pages 4 to 6 as public dumps show them
"""

from cardos.crypto.ultralight_auth import CardSide, chain_3des
from cardos.soft_cards import page_card
from cardos.soft_cards.page_card import AFTER_SELECTION, PageCard, factory, or_bytes
from cardos.soft_cards.pages import PAGE
from cardos.soft_cards.type2_card import NAK_ARGUMENT, Nak, Row

FAMILY = "ultralight-c"

PAGES = 0x30
USER_LAST = 0x27
PAGE_LOCKS_2_3, PAGE_COUNTER, PAGE_AUTH0, PAGE_AUTH1, PAGE_KEY = 0x28, 0x29, 0x2A, 0x2B, 0x2C

AUTH0_FIRST = 0x03
AUTH1_READS_FREE = 0x01
COUNTER_LAST = 0xFFFF
COUNTER_STEP_MASK = 0x0F

_DELIVERY = {
    4: b"\x02\x00\x00\x10",
    5: b"\x00\x06\x01\x10",
    6: b"\x11\xff\x00\x00",
    PAGE_AUTH0: b"\x30\x00\x00\x00",
    PAGE_KEY: b"BREA",
    PAGE_KEY + 1: b"KMEI",
    PAGE_KEY + 2: b"FYOU",
    PAGE_KEY + 3: b"CAN!",
}

# (freezing bit, the bits it freezes) of lock bytes 2 and 3 as one number, byte 0 low
_FROZEN = ((0x0001, 0x000E), (0x0010, 0x00E0), (0x0100, 0x1000), (0x0200, 0x2000), (0x0400, 0x4000), (0x0800, 0x8000))
_LOCK_COUNTER = 12  # bits 12 to 15: counter, AUTH0, AUTH1, key


class SoftUltralightC(PageCard):
    """One chip. `fresh` makes a new one as delivered, `from_state` brings one back."""

    ROWS = {
        0x30: Row("READ", (2,), "_read"),
        0xA2: Row("WRITE", (6,), "_write"),
        0xA0: Row("COMPATIBILITY_WRITE", (2,), "_compatibility_write"),
        0x1A: Row("AUTHENTICATE", (2,), "_authenticate"),
    }
    LOCKS_EFFECTIVE = AFTER_SELECTION

    def __init__(self, family=FAMILY, *, noise=None):
        super().__init__(family, PAGES, noise)
        self._key = None
        self._counter_shown = None

    @classmethod
    def families(cls):
        return (FAMILY,)

    # --- authentication ---

    def _authenticate(self, frame):
        if frame[1] != 0x00:
            raise Nak(NAK_ARGUMENT)
        self._authenticated = False
        handshake = CardSide(chain_3des(self._key), self.noise.take(8))
        challenge = handshake.challenge()
        self._second_part = lambda answer: self._prove(handshake, answer)
        return b"\xaf" + challenge

    def _prove(self, handshake, frame):
        proof = handshake.proof(frame[1:]) if frame[0] == 0xAF and len(frame) == 17 else None
        if proof is None:
            raise Nak(NAK_ARGUMENT)
        self._authenticated = True
        return b"\x00" + proof

    # --- protection ---

    def _auth0(self):
        return max(self._governing(PAGE_AUTH0)[0], AUTH0_FIRST)

    def _readable_end(self):
        if self._authenticated or self._governing(PAGE_AUTH1)[0] & AUTH1_READS_FREE:
            return PAGE_KEY
        return min(self._auth0(), PAGE_KEY)

    def _protected_from(self):
        return self._auth0()

    def _locked(self, page):
        bits = _lock_bits(self._governing(PAGE_LOCKS_2_3))
        if page == PAGE_LOCKS_2_3:
            return False
        if page > PAGE_LOCKS_2_3:
            return bool(bits >> (_LOCK_COUNTER + min(page, PAGE_KEY) - PAGE_COUNTER) & 1)
        group = (page - page_card.FIRST_DYNAMIC_PAGE) // 4
        return bool(bits >> (1 + group if group < 3 else 2 + group) & 1)

    def _governing_pages(self):
        return (2, PAGE_LOCKS_2_3, PAGE_AUTH0, PAGE_AUTH1)

    # --- memory ---

    def _visible(self, pages):
        return b"".join([self._counter_shown if page == PAGE_COUNTER else self.memory.read(page) for page in pages])

    def _store_page(self, page, data):
        if page == PAGE_LOCKS_2_3:
            self._store_locks(data)
        elif page == PAGE_COUNTER:
            self._count(data)
        elif page in (PAGE_AUTH0, PAGE_AUTH1):
            self.memory.write(page, data[0:1] + bytes(PAGE - 1))
        else:
            self.memory.write(page, data)

    def _store_locks(self, data):
        blocking = _lock_bits(self._governing(PAGE_LOCKS_2_3))
        allowed = _lock_bits(data)
        for bit, frozen in _FROZEN:
            if blocking & bit:
                allowed &= ~frozen
        new = bytes([allowed & 0xFF, allowed >> 8, 0, 0])
        self.memory.write(PAGE_LOCKS_2_3, or_bytes(self.memory.read(PAGE_LOCKS_2_3), new), protected=True)

    def _count(self, data):
        stored = self.memory.read(PAGE_COUNTER)
        value = stored[0] | stored[1] << 8
        value = value + (data[0] & COUNTER_STEP_MASK) if value else data[0] | data[1] << 8
        if value > COUNTER_LAST:
            raise Nak(NAK_ARGUMENT)
        self.memory.write(PAGE_COUNTER, bytes([value & 0xFF, value >> 8, 0, 0]), protected=True)

    def _powered(self):
        super()._powered()
        self._counter_shown = self.memory.read(PAGE_COUNTER)

    def _selected(self):
        super()._selected()
        pages = b"".join([self.memory.read(PAGE_KEY + i) for i in range(4)])
        self._key = bytes([pages[i ^ 7] for i in range(16)])  # each half of the key stands in the pages back to front

    def _factory_pages(self, uid):
        return factory(PAGES, uid, _DELIVERY)


def _lock_bits(page):
    return page[0] | page[1] << 8
