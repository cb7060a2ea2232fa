"""DES and triple DES for old cards, on PCs only (FIPS 46-3, SP 800-67), and CMAC over it (SP 800-38B).

The cipher is the library's; it moved to its `decrepit` module, and no MicroPython build has DES at all. Where it is
missing, `AVAILABLE` is False and every function here raises StampdError FAMILY_NOT_ON_THIS_TERMINAL.
Keys: 8 bytes single DES, 16 two-key (K1 K2 K1), 24 three-key. Parity bits are ignored by the cipher and never changed here.
"""

from cardos.bytes import xor
from cardos.errors import StampdError

try:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    except ImportError:
        from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES  # before release 43
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    AVAILABLE = True
except ImportError:
    AVAILABLE = False

BLOCK = 8
_ZERO = bytes(BLOCK)
_RB = 0x1B  # the constant of SP 800-38B section 5.3 for 64-bit blocks


def _cipher(key, iv, data):
    if not AVAILABLE:
        raise StampdError(
            "This terminal has no triple DES, which this card needs.",
            "Use this card on a terminal with a PC, or give the customer an AES card.",
            "FAMILY_NOT_ON_THIS_TERMINAL",
        )
    if len(key) not in (8, 16, 24) or len(iv) != BLOCK or len(data) % BLOCK:
        raise ValueError("DES takes keys of 8, 16 or 24 bytes, an IV of 8 and whole blocks")
    three = bytes(key) * 3 if len(key) == 8 else bytes(key) + bytes(key[:8]) if len(key) == 16 else bytes(key)
    return Cipher(TripleDES(three), modes.CBC(bytes(iv)))


def cbc_encrypt(key, iv, data):
    """DES-CBC or triple DES-CBC of `data` (whole 8-byte blocks, no padding) under an 8-byte `iv`."""
    encryptor = _cipher(key, iv, data).encryptor()
    return encryptor.update(bytes(data)) + encryptor.finalize()


def cbc_decrypt(key, iv, data):
    """The inverse of `cbc_encrypt`."""
    decryptor = _cipher(key, iv, data).decryptor()
    return decryptor.update(bytes(data)) + decryptor.finalize()


def _double(block):
    value = int.from_bytes(block, "big") << 1
    if value >> 64:
        value = (value & ((1 << 64) - 1)) ^ _RB
    return value.to_bytes(BLOCK, "big")


class TdesCmac:
    """CMAC with an 8-byte block under a DES, 2-key or 3-key triple DES key, with its subkeys kept."""

    def __init__(self, key):
        self._key = bytes(key)
        self.k1 = _double(cbc_encrypt(self._key, _ZERO, _ZERO))
        self.k2 = _double(self.k1)

    def of(self, message, iv=_ZERO):
        """The 8-byte MAC of `message` (any length). `iv`: the running IV of an EV1 channel, else zero."""
        whole = len(message) > 0 and len(message) % BLOCK == 0
        return self.padded(message if whole else bytes(message) + b"\x80" + bytes(-(len(message) + 1) % BLOCK), whole, iv)

    def padded(self, blocks, whole, iv=_ZERO):
        """The MAC of `blocks` that are padded already; K1 closes a message that was `whole`, K2 one that was padded."""
        last = xor(blocks[-BLOCK:], self.k1 if whole else self.k2)
        return cbc_encrypt(self._key, iv, bytes(blocks[:-BLOCK]) + last)[-BLOCK:]
