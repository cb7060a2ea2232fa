"""LRP, the leakage resilient primitive of NTAG 424 DNA and its relatives (NXP AN12304), on top of AES-128.

One 16-byte secret gives 16 "plaintexts" (one for each nibble) and four updated keys. `eval` walks a row of nibbles through
AES under changing keys; `cmac` is AES-CMAC with `eval` in place of AES; `encrypt` is LRICB, a counter mode whose key
stream is used as an AES key, so that data are always whole blocks.
In a session the master key gives both: updated key 0 for MACs and updated key 1 for encryption (NT4H2421Gx section 9.2.5).
"""

from cardos.bytes import xor
from cardos.crypto.aes import cbc_decrypt, cbc_encrypt
from cardos.crypto.cmac import double

BLOCK = 16
UPDATED_KEYS = 4  # the chips use two of them; AN12304 prints vectors for all four
COUNTER_NIBBLES = 8  # of the 4-byte LRICB counter of a session
_ZERO = bytes(BLOCK)
_UPPER = b"\x55" * BLOCK
_LOWER = b"\xaa" * BLOCK


def _aes(key, block):
    return cbc_encrypt(key, _ZERO, block)


def nibbles_of(data):
    """The nibbles of `data`, the high one of each byte first, as a list of numbers 0..15."""
    found = []
    for byte in data:
        found.append(byte >> 4)
        found.append(byte & 15)
    return found


class Lrp:
    """LRP under one 16-byte key. Making it costs 41 AES blocks; keep it for the session."""

    def __init__(self, key):
        if len(key) != BLOCK:
            raise ValueError("LRP takes 16-byte keys")
        self._plaintexts = []
        h = _aes(bytes(key), _UPPER)
        for _ in range(16):
            self._plaintexts.append(_aes(h, _LOWER))
            h = _aes(h, _UPPER)
        self._updated = []
        h = _aes(bytes(key), _LOWER)
        for _ in range(UPDATED_KEYS):
            self._updated.append(_aes(h, _LOWER))
            h = _aes(h, _UPPER)
        self._k1 = self._k2 = None

    def eval(self, key_index, nibbles, finalize):
        """16 bytes from the numbers 0..15 in `nibbles`, under updated key `key_index` (AN12304 algorithm 3)."""
        y = self._updated[key_index]
        for nibble in nibbles:
            y = _aes(y, self._plaintexts[nibble])
        return _aes(y, _ZERO) if finalize else y

    def cmac(self, message):
        """The 16-byte LRP-CMAC of `message` (any length), under updated key 0."""
        if self._k1 is None:
            self._k1 = double(self.eval(0, nibbles_of(_ZERO), True))
            self._k2 = double(self._k1)
        whole = len(message) > 0 and len(message) % BLOCK == 0
        padded = bytes(message) if whole else bytes(message) + b"\x80" + bytes(-(len(message) + 1) % BLOCK)
        y = _ZERO
        for start in range(0, len(padded) - BLOCK, BLOCK):
            y = self.eval(0, nibbles_of(xor(y, padded[start : start + BLOCK])), True)
        last = xor(padded[-BLOCK:], self._k1 if whole else self._k2)
        return self.eval(0, nibbles_of(xor(y, last)), True)

    def encrypt(self, key_index, counter, data, counter_nibbles=COUNTER_NIBBLES):
        """LRICB of `data` (whole 16-byte blocks, no padding): (cipher, counter for the next block).

        `counter` is a number of `counter_nibbles` nibbles; it goes up by one a block and wraps to 0.
        """
        return self._blocks(cbc_encrypt, key_index, counter, data, counter_nibbles)

    def decrypt(self, key_index, counter, data, counter_nibbles=COUNTER_NIBBLES):
        """The inverse of `encrypt`."""
        return self._blocks(cbc_decrypt, key_index, counter, data, counter_nibbles)

    def _blocks(self, cipher, key_index, counter, data, counter_nibbles):
        if len(data) % BLOCK:
            raise ValueError("LRICB data must be whole blocks")
        if counter < 0 or counter >> (4 * counter_nibbles):
            raise ValueError("the LRICB counter does not fit its nibbles")
        made = b""
        for start in range(0, len(data), BLOCK):
            walk = [(counter >> (4 * place)) & 15 for place in range(counter_nibbles - 1, -1, -1)]
            made += cipher(self.eval(key_index, walk, True), _ZERO, bytes(data[start : start + BLOCK]))
            counter = (counter + 1) & ((1 << (4 * counter_nibbles)) - 1)
        return made, counter
