"""NTAG213, NTAG215 and NTAG216 made of code (NTAG213/215/216 data sheet; bit layouts in the field handbook, section 2.1).

Unsure on silicon, chosen here: locks and configuration count at once, or with `locks_effective=AFTER_SELECTION` from the
next selection on (MF0ICU2 says so for the Ultralight C); a wrong password answers NAK 4 (Ultralight EV1 lineage), all else
NAK 0; a right password sets the negative counter back; once the limit was reached the protected part is gone for good.
"""

from collections import namedtuple

from cardos.errors import BadInput
from cardos.soft_cards import ntag21x_locks as locks
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.ntag21x_layout import FIRST_DYNAMIC_PAGE, LAYOUTS, factory_pages
from cardos.soft_cards.ntag21x_mirror import mirror, overlay
from cardos.soft_cards.pages import PAGE, PageMemory
from cardos.soft_cards.type2_card import ACK, NAK_ARGUMENT, NAK_LIMIT, Nak, Row, Type2Card

AT_ONCE, AFTER_SELECTION = "at once", "after selection"

UID_BYTES = 7
SIGNATURE_BYTES = 32
COUNTER_LAST = 0xFFFFFF  # the NFC counter stays there
COUNTER_NUMBER = 0x02
FAILURES_MAX = 7  # AUTHLIM has three bits

# CFG0 and CFG1 taken apart. cfg0: the page as read, for the mirror.
Access = namedtuple("Access", ["cfg0", "auth0", "prot", "cfglck", "count", "count_needs_password", "authlim"])


class SoftNtag21x(Type2Card):
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

    def __init__(self, family, *, noise=None):
        super().__init__()
        if family not in LAYOUTS:
            raise BadInput("%s is not an NTAG21x" % family, "use one of: " + " ".join(sorted(LAYOUTS)))
        self.family = family
        self.layout = LAYOUTS[family]
        self.memory = PageMemory(self.layout.pages, noise or Noise(), self._changed)
        self.signature = bytes(SIGNATURE_BYTES)
        self.counter = 0
        self.failures = 0
        self.locked_for_good = False
        self.locks_effective = AT_ONCE
        self._authenticated = False
        self._counted = False
        self._at_selection = None

    @classmethod
    def fresh(cls, family, uid, *, signature=None, locks_effective=AT_ONCE, noise=None):
        """A chip as delivered. uid: 7 bytes. signature: 32 bytes for READ_SIG (zeros when not given)."""
        card = cls(family, noise=noise)
        if len(uid) != UID_BYTES:
            raise BadInput("an NTAG21x has a UID of 7 bytes, not %d" % len(uid))
        for page, value in enumerate(factory_pages(card.layout, bytes(uid))):
            card.memory.place(page, value)
        card.uid = bytes(uid)
        card.locks_effective = fields.one_of(locks_effective, (AT_ONCE, AFTER_SELECTION), "locks_effective")
        if signature is not None:
            card.signature = fields.exactly(bytes(signature), SIGNATURE_BYTES, "signature")
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The chip that gave this `state()`. Raises BadInput."""
        card = cls(fields.one_of(state.get("family"), sorted(LAYOUTS), "family"), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able and the same for the same memory."""
        state = self.memory.state()
        state["family"] = self.family
        state["uid"] = self.uid.hex()
        state["signature"] = self.signature.hex()
        state["counter"] = self.counter
        state["failures"] = self.failures
        state["locked_for_good"] = self.locked_for_good
        state["locks_effective"] = self.locks_effective
        return state

    def restore(self, state):
        """Become the chip of this state in place, out of the field. Raises BadInput and leaves the chip as it was."""
        uid = fields.hex_bytes(state.get("uid"), UID_BYTES, "uid")
        signature = fields.hex_bytes(state.get("signature"), SIGNATURE_BYTES, "signature")
        counter = fields.number(state.get("counter"), 0, COUNTER_LAST, "counter")
        failures = fields.number(state.get("failures"), 0, FAILURES_MAX, "failures")
        locked = fields.one_of(state.get("locked_for_good"), (False, True), "locked_for_good")
        effective = fields.one_of(state.get("locks_effective"), (AT_ONCE, AFTER_SELECTION), "locks_effective")
        self.memory.restore(state)
        self.uid, self.signature, self.counter, self.failures = uid, signature, counter, failures
        self.locked_for_good, self.locks_effective = locked, effective
        self.field_off()

    # --- reading ---

    def _get_version(self, frame):
        return self.layout.version

    def _read(self, frame):
        first = frame[1]
        end = self._readable_end()
        if first >= end:
            raise Nak(NAK_ARGUMENT)
        self._count_tap()
        return self._visible([(first + i) % end for i in range(4)])

    def _fast_read(self, frame):
        first, last = frame[1], frame[2]
        if first > last or last >= self._readable_end():
            raise Nak(NAK_ARGUMENT)
        self._count_tap()
        return self._visible(range(first, last + 1))

    def _read_cnt(self, frame):
        access = self._access()
        if frame[1] != COUNTER_NUMBER or not access.count:
            raise Nak(NAK_ARGUMENT)
        if access.count_needs_password and not self._authenticated:
            raise Nak(NAK_ARGUMENT)
        return bytes([self.counter & 0xFF, self.counter >> 8 & 0xFF, self.counter >> 16])

    def _read_sig(self, frame):
        if frame[1] != 0x00:
            raise Nak(NAK_ARGUMENT)
        return self.signature

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

    def _count_tap(self):
        """+1 with the first READ or FAST_READ after power-up, whoever reads."""
        if not self._counted and self._access().count:
            self._counted = True
            if self.counter < COUNTER_LAST:
                self.counter += 1
                self._changed()

    # --- writing ---

    def _write(self, frame):
        self._check_writable(frame[1])
        self._store(frame[1], frame[2:6])
        return ACK

    def _compatibility_write(self, frame):
        page = frame[1]
        self._check_writable(page)
        self._second_part = lambda data: self._compatibility_data(page, data)
        return ACK

    def _compatibility_data(self, page, data):
        if len(data) != 16:
            raise Nak(NAK_ARGUMENT)
        self._store(page, data[0:4])
        return ACK

    def _check_writable(self, page):
        layout = self.layout
        access = self._access()
        if page < 2 or page >= layout.pages:
            raise Nak(NAK_ARGUMENT)
        if page >= access.auth0 and not self._authenticated:
            raise Nak(NAK_ARGUMENT)
        if 3 <= page < FIRST_DYNAMIC_PAGE:
            locked = bool(locks.static_locks(self._governing(2)) >> page & 1)
        elif FIRST_DYNAMIC_PAGE <= page <= layout.user_end:
            locked = locks.dynamic_page_locked(layout, self._governing(layout.dynamic_lock), page)
        else:
            locked = access.cfglck and layout.cfg0 <= page < layout.cfg0 + 2
        if locked:
            raise Nak(NAK_ARGUMENT)

    def _store(self, page, data):
        layout = self.layout
        if page == 2:
            stored = self.memory.read(2)
            self.memory.write(2, locks.write_static(stored, self._governing(2), data), protected=True)
        elif page == 3:
            stored = self.memory.read(3)
            self.memory.write(3, bytes([stored[i] | data[i] for i in range(PAGE)]), protected=True)
        elif page == layout.dynamic_lock:
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
        cfg0 = self._governing(self.layout.cfg0)
        access = self._governing(self.layout.cfg0 + 1)[0]
        return Access(
            cfg0, cfg0[3], bool(access & 0x80), bool(access & 0x40), bool(access & 0x10), bool(access & 0x08), access & 0x07
        )

    def _governing(self, page):
        """A lock or configuration page as it counts now. A weak one is read anew each time and so acts unstably."""
        if self._at_selection is not None and page in self._at_selection:
            return self._at_selection[page]
        return self.memory.read(page)

    def _powered(self):
        self._counted = False

    def _selected(self):
        self._at_selection = None
        if self.locks_effective == AFTER_SELECTION:
            cfg0 = self.layout.cfg0
            self._at_selection = {page: self.memory.read(page) for page in (2, self.layout.dynamic_lock, cfg0, cfg0 + 1)}

    def _dropped(self):
        self._authenticated = False
