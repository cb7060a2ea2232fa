"""NTAG213, NTAG215 and NTAG216 made of code (NTAG213/215/216 data sheet; bit layouts in the field handbook, section 2.1).

AUTH0, PROT and CFGLCK count from the next selection on (traced on an NTAG215: flipperzero-firmware issue 4321; the sheet says so
of CFGLCK); lock bits and the rest of the configuration at once. `locks_effective` has two other ways. Unsure on silicon, chosen here: a
wrong password answers NAK 4 (Ultralight EV1 lineage), all else NAK 0; a right password sets the negative counter back; once
the limit was reached the protected part is gone for good.
"""

from collections import namedtuple

from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards import type2_locks as locks
from cardos.soft_cards.ntag21x_layout import LAYOUTS, factory_pages
from cardos.soft_cards.ntag21x_mirror import mirror, overlay
from cardos.soft_cards.page_card import PROTECTION_AFTER_SELECTION, PageCard
from cardos.soft_cards.pages import PAGE
from cardos.soft_cards.type2_card import NAK_ARGUMENT, NAK_LIMIT, Nak, Row

COUNTER_LAST = 0xFFFFFF  # the NFC counter stays there
COUNTER_NUMBER = 0x02
FAILURES_MAX = 7  # AUTHLIM has three bits

# CFG0 and CFG1 taken apart. cfg0: the page as read, for the mirror.
Access = namedtuple("Access", ["cfg0", "auth0", "prot", "cfglck", "count", "count_needs_password", "authlim"])


class SoftNtag21x(PageCard):
    """One chip. `fresh` makes a new one as delivered, `from_state` brings one back."""

    ROWS = {
        0x60: Row("GET_VERSION", (1,), "_get_version"),
        0x30: Row("READ", (2,), "_read"),
        0x3A: Row("FAST_READ", (3,), "_fast_read"),
        0xA2: Row("WRITE", (6,), "_write"),
        0xA0: Row("COMPATIBILITY_WRITE", (2,), "_compatibility_write"),
        0x39: Row("READ_CNT", (2,), "_read_cnt"),
        0x1B: Row("PWD_AUTH", (5,), "_pwd_auth"),
        0x3C: Row("READ_SIG", (2,), "_read_sig"),
    }

    SIGNATURE_BYTES = 32
    LOCKS_EFFECTIVE = PROTECTION_AFTER_SELECTION

    def __init__(self, family, *, noise=None):
        if family not in LAYOUTS:
            raise BadInput("%s is not an NTAG21x" % family, "use one of: " + " ".join(sorted(LAYOUTS)))
        self.layout = LAYOUTS[family]
        super().__init__(family, self.layout.pages, noise)
        self.counter = 0
        self.failures = 0
        self.locked_for_good = False
        self._counted = False

    @classmethod
    def families(cls):
        return sorted(LAYOUTS)

    def _factory_pages(self, uid):
        return factory_pages(self.layout, uid)

    def _add_to_state(self, state):
        state["counter"] = self.counter
        state["failures"] = self.failures
        state["locked_for_good"] = self.locked_for_good

    def _checked(self, state):
        return (
            fields.number(state.get("counter"), 0, COUNTER_LAST, "counter"),
            fields.number(state.get("failures"), 0, FAILURES_MAX, "failures"),
            fields.one_of(state.get("locked_for_good"), (False, True), "locked_for_good"),
        )

    def _take(self, own):
        self.counter, self.failures, self.locked_for_good = own

    # --- reading ---

    def _get_version(self, frame):
        return self.layout.version

    def _read_cnt(self, frame):
        access = self._access()
        if frame[1] != COUNTER_NUMBER or not access.count:
            raise Nak(NAK_ARGUMENT)
        if access.count_needs_password and not self._authenticated:
            raise Nak(NAK_ARGUMENT)
        return bytes([self.counter & 0xFF, self.counter >> 8 & 0xFF, self.counter >> 16])

    def _readable_end(self):
        """First page that this reader may not read: AUTH0 under PROT without the password, else the end of the memory."""
        access = self._access()
        if access.prot and not self._authenticated:
            return min(access.auth0, self.layout.pages)
        return self.layout.pages

    def _visible(self, pages):
        access = self._access()
        seen = self.counter if access.count and (self._authenticated or not access.count_needs_password) else None
        mirrored = mirror(self.layout, access.cfg0, self.uid, seen)
        hidden = self.layout.cfg0 + 2  # PWD and PACK read as zeros
        return b"".join(
            [bytes(PAGE) if page >= hidden else overlay(mirrored, page, self.memory.read(page)) for page in pages]
        )

    def _reading(self):
        """+1 with the first READ or FAST_READ after power-up, whoever reads."""
        if not self._counted and self._access().count:
            self._counted = True
            if self.counter < COUNTER_LAST:
                self.counter += 1
                self._changed()

    # --- writing ---

    def _protected_from(self):
        return self._access().auth0

    def _locked(self, page):
        layout = self.layout
        if page <= layout.user_end:
            return locks.dynamic_page_locked(layout, self._governing(layout.dynamic_lock), page)
        return self._access().cfglck and layout.cfg0 <= page < layout.cfg0 + 2

    def _store_page(self, page, data):
        layout = self.layout
        if page == layout.dynamic_lock:
            stored = self.memory.read(page)
            merged = locks.write_dynamic(layout, stored, self._governing(page), data)
            self.memory.write(page, merged, protected=True)
        elif page == layout.cfg0 + 3:
            self.memory.write(page, data[0:2] + bytes(2))
        else:
            self.memory.write(page, data)

    # --- access ---

    def _pwd_auth(self, frame):
        authlim = self._access().authlim
        if self.locked_for_good:
            raise Nak(NAK_LIMIT)
        if frame[1:5] == self.memory.read(self.layout.cfg0 + 2):
            self._authenticated = True
            if self.failures:
                self.failures = 0
                self._changed()
            return self.memory.read(self.layout.cfg0 + 3)[0:2]
        if authlim:
            self.failures = min(self.failures + 1, FAILURES_MAX)
            self.locked_for_good = self.failures >= authlim
            self._changed()
        raise Nak(NAK_LIMIT)

    def _access(self):
        cfg0, access = self._governing(self.layout.cfg0), self._governing(self.layout.cfg0 + 1)[0]
        auth0, protects = self._governing(self.layout.cfg0, True)[3], self._governing(self.layout.cfg0 + 1, True)[0]
        return Access(
            cfg0, auth0, bool(protects & 0x80), bool(protects & 0x40), bool(access & 0x10), bool(access & 0x08), access & 0x07
        )

    def _governing_pages(self):
        return (2, self.layout.dynamic_lock, self.layout.cfg0, self.layout.cfg0 + 1)

    def _powered(self):
        super()._powered()
        self._counted = False
