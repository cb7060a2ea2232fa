"""Pages of EEPROM (four bytes, or a Classic's blocks of 16), and what a write leaves there when the field goes in the middle of it.

Outcomes of a torn page: `old`, `zero`, `garbage`, `new`, `weak` (each bit that was changing reads unstably) and `weak0`
(each set bit of the new value reads unstably). A weak page stays weak, also through `state`, until it is written again.
Pages that the chip protects against tearing are left old or new: `zero` and `weak0` leave them old, `garbage` and `weak` new.
"""

from cardos.errors import BadInput
from cardos.soft_cards import state_fields as fields

PAGE = 4

OUTCOMES = ("old", "zero", "garbage", "new", "weak", "weak0")

_PROTECTED_LEAVES_NEW = ("garbage", "new", "weak")


class PageMemory:
    """`count` pages of `size` bytes. noise: source of unstable bits. on_write: called after each write, torn or whole."""

    def __init__(self, count, noise, on_write, size=PAGE):
        self.count = count
        self.size = size
        self.noise = noise
        self._bytes = bytearray(count * size)
        self._weak = {}  # page: mask of the bits that read unstably
        self._on_write = on_write
        self._tear = None
        self._was_torn = False

    def read(self, page):
        """The bytes that this read finds; a weak page may give others the next time."""
        found = bytes(self._bytes[page * self.size : (page + 1) * self.size])
        mask = self._weak.get(page)
        if mask is None:
            return found
        noise = self.noise.take(self.size)
        return bytes([found[i] ^ (noise[i] & mask[i]) for i in range(self.size)])

    def write(self, page, value, protected=False):
        """Write one page; under an armed tear leave what that tear leaves. protected: the chip keeps this page whole."""
        old = self.read(page)
        if self._tear is None:
            self._put(page, value, None)
        else:
            outcome = self._tear
            self._was_torn = True
            if protected:
                outcome = "new" if outcome in _PROTECTED_LEAVES_NEW else "old"
            self._put_torn(page, old, value, outcome)
        self._on_write()

    def atom(self, change):
        """Carry out `change()` on cells beside the pages that the chip keeps whole (a counter): under a tear done or not at all."""
        if self._tear is None or self._tear in _PROTECTED_LEAVES_NEW:
            change()
        self._was_torn = self._was_torn or self._tear is not None
        self._on_write()

    def place(self, page, value):
        """Set a page without any rule: the factory and the loader do this, no command does."""
        self._put(page, value, None)

    def arm(self, outcome):
        """From now on writes end torn, with this outcome (one of OUTCOMES)."""
        if outcome not in OUTCOMES:
            raise BadInput("unknown tear outcome %r" % (outcome,), "use one of: " + " ".join(OUTCOMES))
        self._tear = outcome
        self._was_torn = False

    def disarm(self):
        """Writes are whole again. Returns True when a write was torn since `arm`."""
        self._tear = None
        return self._was_torn

    def weak_pages(self):
        """The pages that read unstably, ascending."""
        return sorted(self._weak)

    def state(self):
        """{"pages": [hex digits of each page], "weak": {"page number": mask as hex}}"""
        return {
            "pages": [bytes(self._bytes[i * self.size : (i + 1) * self.size]).hex() for i in range(self.count)],
            "weak": {str(page): self._weak[page].hex() for page in sorted(self._weak)},
        }

    def restore(self, state):
        """Take over what `state` gave. Raises BadInput when it is not such a thing; then nothing has changed."""
        pages, weak = state.get("pages"), state.get("weak", {})
        if not isinstance(pages, list) or len(pages) != self.count:
            raise BadInput("a card of this family has %d pages in its file" % self.count, "make it new: stampd softcard new")
        if not isinstance(weak, dict):
            raise BadInput("weak pages must be an object of page number to mask")
        whole = b"".join([_page_bytes(text, self.size, "page %d" % i) for i, text in enumerate(pages)])
        masks = {}
        for number, text in weak.items():
            masks[fields.spelled(number, self.count - 1, "weak page " + number)] = _page_bytes(text, self.size, "weak page " + number)
        self._bytes = bytearray(whole)
        self._weak = masks

    def _put(self, page, value, mask):
        if len(value) != self.size:
            raise BadInput("a page of this card has %d bytes, not %d" % (self.size, len(value)))
        self._bytes[page * self.size : (page + 1) * self.size] = value
        if mask is None or mask == bytes(self.size):
            self._weak.pop(page, None)
        else:
            self._weak[page] = mask

    def _put_torn(self, page, old, new, outcome):
        if outcome == "old":
            return
        if outcome == "zero":
            self._put(page, bytes(self.size), None)
        elif outcome == "garbage":
            self._put(page, self.noise.take(self.size), None)
        elif outcome == "weak":
            self._put(page, new, bytes([old[i] ^ new[i] for i in range(self.size)]))
        else:
            self._put(page, new, bytes(new) if outcome == "weak0" else None)


def _page_bytes(text, size, what):
    try:
        value = bytes.fromhex(text)
    except (ValueError, TypeError):
        value = b""
    if len(value) != size:
        raise BadInput("%s is not %d hex digits" % (what, 2 * size))
    return value
