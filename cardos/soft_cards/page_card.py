"""What NTAG21x, Ultralight C and Ultralight AES made of code share: pages, locks that can only be set, protection from AUTH0 on,
reading that rolls over, and a state that is written out. Each chip adds its rows, its configuration pages and its secrets.

Unsure on silicon, chosen for all: a refused command is NAK 0 unless the chip says otherwise.
"""

from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields
from cardos.soft_cards import type2_locks as locks
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.pages import PAGE, PageMemory
from cardos.soft_cards.type2_card import ACK, NAK_ARGUMENT, Nak, Type2Card

# When locks and configuration count: with the write itself, or from the next selection on.
# When locks and configuration count: at once, both from the next selection on, or protection alone (AUTH0, PROT, CFGLCK) from then on.
AT_ONCE, AFTER_SELECTION, PROTECTION_AFTER_SELECTION = "at once", "after selection", "protection after selection"
EFFECTIVE = (AT_ONCE, AFTER_SELECTION, PROTECTION_AFTER_SELECTION)

UID_BYTES = 7
FIRST_DYNAMIC_PAGE = 16  # pages below are guarded by the static lock bytes

_CASCADE_TAG = 0x88
_INTERNAL_BYTE = 0x48


def header_pages(uid):
    """Pages 0 to 2 of a new chip: the 7-byte UID with its two check bytes, the internal byte, lock bytes 0 and 1 open."""
    bcc0 = _CASCADE_TAG ^ uid[0] ^ uid[1] ^ uid[2]
    bcc1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
    return [uid[0:3] + bytes([bcc0]), uid[3:7], bytes([bcc1, _INTERNAL_BYTE, 0x00, 0x00])]


def or_bytes(stored, written):
    """What one-time-programmable bytes hold after a write: bits can only be set."""
    return bytes([stored[i] | written[i] for i in range(len(stored))])


class PageCard(Type2Card):
    """Base of the soft page chips. A subclass sets the constants and gives the hooks at the end of the class.

    SIGNATURE_BYTES: what READ_SIG answers (0 = no such command). LOCKS_EFFECTIVE: the default of that option.
    """

    SIGNATURE_BYTES = 0
    LOCKS_EFFECTIVE = AT_ONCE

    def __init__(self, family, page_count, noise=None):
        super().__init__()
        self.family = family
        self.noise = noise or Noise()
        self.memory = PageMemory(page_count, self.noise, self._changed)
        self.signature = bytes(self.SIGNATURE_BYTES)
        self.locks_effective = self.LOCKS_EFFECTIVE
        self._authenticated = False
        self._at_selection = None

    @classmethod
    def families(cls):
        """Names of the families that this class plays."""
        raise NotImplementedError("a chip has a name")

    @classmethod
    def fresh(cls, family, uid, *, signature=None, locks_effective=None, noise=None):
        """A chip as delivered. uid: 7 bytes. signature: what READ_SIG answers (zeros when not given). Raises BadInput."""
        card = cls(family, noise=noise)
        if len(uid) != UID_BYTES:
            raise BadInput("an %s has a UID of 7 bytes, not %d" % (family, len(uid)))
        for page, value in enumerate(card._factory_pages(bytes(uid))):
            card.memory.place(page, value)
        card.uid = bytes(uid)
        if locks_effective is not None:
            card.locks_effective = fields.one_of(locks_effective, EFFECTIVE, "locks_effective")
        if signature is not None:
            card.signature = fields.exactly(bytes(signature), cls.SIGNATURE_BYTES, "signature")
        return card

    @classmethod
    def from_state(cls, state, *, noise=None):
        """The chip that gave this `state()`. Raises BadInput."""
        card = cls(fields.one_of(state.get("family"), cls.families(), "family"), noise=noise)
        card.restore(state)
        return card

    def state(self):
        """Everything that survives without a field, JSON-able and the same for the same memory."""
        state = self.memory.state()
        state["family"] = self.family
        state["uid"] = self.uid.hex()
        if self.SIGNATURE_BYTES:
            state["signature"] = self.signature.hex()
        state["locks_effective"] = self.locks_effective
        self._add_to_state(state)
        return state

    def restore(self, state):
        """Become the chip of this state in place, out of the field. Raises BadInput and leaves the chip as it was."""
        uid = fields.hex_bytes(state.get("uid"), UID_BYTES, "uid")
        signature = b""
        if self.SIGNATURE_BYTES:
            signature = fields.hex_bytes(state.get("signature"), self.SIGNATURE_BYTES, "signature")
        effective = fields.one_of(state.get("locks_effective"), EFFECTIVE, "locks_effective")
        own = self._checked(state)
        self.memory.restore(state)
        self.uid, self.signature, self.locks_effective = uid, signature, effective
        self._take(own)
        self.field_off()

    # --- rows that all share ---

    def _read(self, frame):
        first, end = frame[1], self._readable_end()
        if first >= end:
            raise Nak(NAK_ARGUMENT)
        self._reading()
        return self._visible([(first + i) % end for i in range(4)])

    def _fast_read(self, frame):
        first, last = frame[1], frame[2]
        if first > last or last >= self._readable_end():
            raise Nak(NAK_ARGUMENT)
        self._reading()
        return self._visible(range(first, last + 1))

    def _read_sig(self, frame):
        if frame[1] != 0x00:
            raise Nak(NAK_ARGUMENT)
        return self.signature

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
        if page < 2 or page >= self.memory.count:
            raise Nak(NAK_ARGUMENT)
        if page >= self._protected_from() and not self._authenticated:
            raise Nak(NAK_ARGUMENT)
        if page >= FIRST_DYNAMIC_PAGE:
            locked = self._locked(page)
        else:
            locked = page > 2 and locks.static_locks(self._governing(2)) >> page & 1
        if locked:
            raise Nak(NAK_ARGUMENT)

    def _store(self, page, data):
        if page == 2:
            stored = self.memory.read(2)
            self.memory.write(2, locks.write_static(stored, self._governing(2), data), protected=True)
        elif page == 3:
            self.memory.write(3, or_bytes(self.memory.read(3), data), protected=True)
        else:
            self._store_page(page, data)

    # --- what counts now ---

    def _governing(self, page, protects=False):
        """A lock or configuration page as it counts now. A weak one is read anew each time and so acts unstably.

        protects: asked for what protects pages (AUTH0, PROT, CFGLCK), not for a lock or what a chip does.
        """
        held = self._at_selection is not None and page in self._at_selection
        if held and (protects or self.locks_effective == AFTER_SELECTION):
            return self._at_selection[page]
        return self.memory.read(page)

    def _powered(self):
        self._at_selection = None

    def _selected(self):
        self._at_selection = None
        if self.locks_effective != AT_ONCE:
            self._at_selection = {page: self.memory.read(page) for page in self._governing_pages()}

    def _dropped(self):
        self._authenticated = False

    # --- hooks ---

    def _factory_pages(self, uid):
        """All pages of a new chip, a list of 4-byte values."""
        raise NotImplementedError("a chip knows what it is delivered with")

    def _governing_pages(self):
        """The pages that locks_effective is about."""
        raise NotImplementedError("a chip knows its lock and configuration pages")

    def _readable_end(self):
        """First page that this reader may not read; reading rolls over just before it."""
        raise NotImplementedError("a chip knows its protection")

    def _protected_from(self):
        """First page that wants an authentication for writing."""
        raise NotImplementedError("a chip knows its protection")

    def _visible(self, pages):
        """The bytes that a read of these pages shows."""
        return b"".join([self.memory.read(page) for page in pages])

    def _reading(self):
        """A READ or FAST_READ is going to be answered."""

    def _locked(self, page):
        """True when a lock bit or the configuration forbids writing this page (16 and up)."""
        raise NotImplementedError("a chip knows its locks")

    def _store_page(self, page, data):
        """Carry out an allowed write of a page from 4 on."""
        raise NotImplementedError("a chip knows its pages")

    def _add_to_state(self, state):
        """Put what the chip keeps beside its pages into `state`."""

    def _checked(self, state):
        """The same, checked: whatever `_take` wants. Raises BadInput."""

    def _take(self, own):
        """Take over what `_checked` gave."""


def factory(page_count, uid, contents):
    """All pages of a new chip: the header, `contents` ({page: 4 bytes}), zeros elsewhere."""
    pages = header_pages(uid) + [bytes(PAGE)] * (page_count - 3)
    for page in contents:
        pages[page] = contents[page]
    return pages
