"""The writes of an issue on an NTAG21x, in the order that keeps every torn state finishable. See `issue` for the decisions."""

from cardos.errors import CardRefused
from cardos.families import ntag21x
from cardos.families.type2 import PAGE

_MIRROR_ON = 0xC0
AUTH0_OFF = 0xFF


class Personalisation:
    """One chip being made into a card.

    rewrite_all: the issue was cut before, so a page that reads right may be weak: write every page anew.
    """

    def __init__(self, chip, pages, slots, rewrite_all):
        self._chip = chip
        self._pages = pages
        self._slots = slots
        self._rewrite_all = rewrite_all

    def calm_mirror(self, config):
        """A torn CFG0 may have switched the ASCII mirror on, which falsifies reads: off before anything is read back."""
        if config[0] & _MIRROR_ON or config[2]:
            auth0 = ntag21x.PAGE_SLOTS if self._pages.authenticated else AUTH0_OFF
            yield from self._pages.write_surely(self._chip.config_page, ntag21x.config_protected_from(config, auth0))

    def write_link(self, area):
        """The customer's link (bytes of a Type 2 data area) in pages 04h..0Bh."""
        yield from self._write_area(ntag21x.PAGE_NDEF, area)

    def write_opening(self, record, keep):
        """The opening record in slot A, slot B blank. keep: the card is genuine and holds a record; it is left alone."""
        if keep:
            yield from self._slots.read()
            if self._slots.newest is not None:
                return
        size = (self._slots.last_page + 1 - ntag21x.PAGE_SLOTS) * PAGE
        yield from self._write_area(ntag21x.PAGE_SLOTS, bytes(size))
        yield from self._slots.read()
        yield from self._slots.append(record)

    def protect(self, secrets, config):
        """Password and PACK, proven by a fresh authentication, then AUTH0 (10h: slots, ring and configuration).

        A chip that this presentation has unlocked with the same password keeps it: a password page torn while AUTH0 is on
        would be a card that nobody opens again.
        """
        pages, first = self._pages, self._chip.config_page
        if not pages.authenticated:
            password, pack = secrets
            yield from pages.write(first + 2, password)  # PWD and PACK read back as zero: only PWD_AUTH proves them
            yield from pages.write(first + 3, pack + bytes(2))
            yield from pages.authenticate(password, pack)
        access = bytes([ntag21x.ACCESS_WRITE_PROTECTED]) + bytes(config[5:8])
        if config[4:8] != access:
            yield from pages.write_surely(first + 1, access)
        yield from pages.write_surely(first, ntag21x.config_protected_from(config, ntag21x.PAGE_SLOTS))

    def close(self, issuer_raw):
        """Capability container read-only, the issuer block, and the lock of both. From here on the card is ours."""
        container = bytes([0xE1, 0x10, self._chip.capacity_byte, ntag21x.CC_READ_ONLY])
        seen = yield from self._pages.read(ntag21x.PAGE_LOCKS, ntag21x.PAGE_CC)
        locks = seen[:PAGE]
        if seen[PAGE:] != container:
            yield from self._pages.write_surely(ntag21x.PAGE_CC, container)
        if locks[3] & 0xF0 != 0xF0:
            yield from self._write_area(ntag21x.PAGE_ISSUER, issuer_raw)
        wanted = locks[:2] + bytes([locks[2] | ntag21x.LOCK_CC_AND_ISSUER[0], locks[3] | ntag21x.LOCK_CC_AND_ISSUER[1]])
        if locks != wanted:
            yield from self._pages.write_surely(ntag21x.PAGE_LOCKS, wanted)

    def _write_area(self, first, data):
        """Write what differs (everything after a cut), and read it back twice."""
        pages = self._pages
        last = first + len(data) // PAGE - 1
        seen = yield from pages.read(first, last)
        for offset in range(0, len(data), PAGE):
            piece = data[offset : offset + PAGE]
            if self._rewrite_all or seen[offset : offset + PAGE] != piece:
                yield from pages.write_surely(first + offset // PAGE, piece)
        for _ in range(2):
            if (yield from pages.read(first, last)) != data:
                raise CardRefused("The card does not keep what is written.", "Take another card.", "WRITE_REFUSED")
