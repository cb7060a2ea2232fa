"""AES-CMAC (RFC 4493; NIST SP 800-38B).

One implementation on both interpreters: CMAC is the last block of a CBC encryption, and the CBC is the library's.
Subkeys are two shifts a key; callers that MAC often under one key keep a `Cmac`.
"""

from cardos.bytes import xor
from cardos.crypto.aes import cbc_encrypt

BLOCK = 16
_ZERO = bytes(BLOCK)
_RB = 0x87  # the constant of SP 800-38B section 5.3 for 128-bit blocks


def double(block):
    """A 16-byte block doubled in GF(2^128) as for CMAC subkeys (SP 800-38B section 6.1)."""
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & ((1 << 128) - 1)) ^ _RB
    return value.to_bytes(BLOCK, "big")


class Cmac:
    """AES-CMAC under one 16-byte key, with its subkeys K1 and K2 kept."""

    def __init__(self, key):
        if len(key) != BLOCK:
            raise ValueError("AES-CMAC here takes 16-byte keys")
        self._key = bytes(key)
        self.k1 = double(cbc_encrypt(self._key, _ZERO, _ZERO))
        self.k2 = double(self.k1)

    def of(self, message, iv=_ZERO):
        """The 16-byte MAC of `message` (any length). `iv`: the running IV of a DESFire EV1 channel, else zero."""
        whole = len(message) > 0 and len(message) % BLOCK == 0
        return self.padded(message if whole else bytes(message) + b"\x80" + bytes(-(len(message) + 1) % BLOCK), whole, iv)

    def of_pieces(self, pieces):
        """The MAC of what the pieces make together: for a file that need not be in memory at once."""
        iv, held = _ZERO, b""
        for piece in pieces:
            held = held + bytes(piece)
            ready = (len(held) - 1) // BLOCK * BLOCK  # something stays behind: only the last block is closed with a subkey
            if ready > 0:
                iv, held = cbc_encrypt(self._key, iv, held[:ready])[-BLOCK:], held[ready:]
        return self.of(held, iv)

    def padded(self, blocks, whole, iv=_ZERO):
        """The MAC of `blocks` that are padded already; K1 closes a message that was `whole`, K2 one that was padded."""
        last = xor(blocks[-BLOCK:], self.k1 if whole else self.k2)
        return cbc_encrypt(self._key, iv, bytes(blocks[:-BLOCK]) + last)[-BLOCK:]


def aes_cmac(key, message):
    """The 16-byte AES-CMAC of `message` under a 16-byte `key`."""
    return Cmac(key).of(message)
