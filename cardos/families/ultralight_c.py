"""Ultralight C: where things are on the chip, and its pages behind a 3DES key (MF0ICU2 data sheet, section 7).

The user pages lie as on an NTAG213. There is no GET_VERSION and no FAST_READ: both are answered by NAK. After the
authentication commands stay plain: it keeps writers out, it protects no answer. A new key, locks and AUTH0 count from the next
selection on; `drop` brings that about. Triple DES exists on PCs only (StampdError FAMILY_NOT_ON_THIS_TERMINAL elsewhere).

Unsure on silicon: which bits of lock bytes 2 and 3 stand for what, so an issuer proves a lock by a refused write.
"""

from cardos.crypto.ultralight_auth import KEY_SIZE, ReaderSide, chain_3des
from cardos.families.ntag21x import Chip
from cardos.families.type2 import GET_VERSION, PAGE, KeyPages

FAMILY = "ultralight-c"
LAST_USER_PAGE = 0x27
PAGE_LOCKS_2_3 = 0x28
PAGE_COUNTER = 0x29  # 16 bits, low byte first; not used: anybody who may write may raise it
PAGE_AUTH0 = 0x2A
PAGE_AUTH1 = 0x2B
PAGE_KEY = 0x2C

CHIP = Chip(FAMILY, 0x12, LAST_USER_PAGE, PAGE_LOCKS_2_3, PAGE_AUTH0)

AUTH0_OFF = 0x30
AUTH1_READ_FREE = b"\x01\x00\x00\x00"  # the key is for writing only

_BLOCK = 8


def auth0_page(first_page):
    """Page 2Ah: pages from `first_page` (3 to 30h) on want the key. ValueError outside; from 2Bh on the key itself is open."""
    if not 0x03 <= first_page <= AUTH0_OFF:
        raise ValueError("AUTH0 goes from 03h to 30h")
    return bytes([first_page, 0, 0, 0])


def key_pages(key):
    """[(page, 4 bytes), ..] that make `key`, 16 bytes as the cipher takes them: each half stands back to front."""
    if len(key) != KEY_SIZE:
        raise ValueError("an Ultralight C key has 16 bytes")
    stored = bytes([key[i ^ 7] for i in range(KEY_SIZE)])
    return [(PAGE_KEY + i, stored[i * PAGE : i * PAGE + PAGE]) for i in range(KEY_SIZE // PAGE)]


class UltralightCPages(KeyPages):
    """Page input and output on one presented Ultralight C; never FAST_READ."""

    def __init__(self):
        KeyPages.__init__(self)
        self.fast = False

    def authenticate(self, key, nonces):
        """Generator: prove the 16-byte cipher key, and have the card prove it. nonces: callable n -> n random bytes.

        Raises CardRefused (WRONG_KEY, AUTHENTICATION_REFUSED, TOO_MANY_FAILURES), CardAnswered, StampdError.
        """
        side = ReaderSide(chain_3des(key), nonces(_BLOCK))
        yield from self._prove(0, side, _BLOCK)

    def drop(self):
        """Generator: have the card refuse a command it does not know, so that it is selected anew before the next one."""
        self.authenticated = False
        yield from self._ask(GET_VERSION, b"")
