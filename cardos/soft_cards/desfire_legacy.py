"""The first DESFire channel, Authenticate (0A): 4-byte DES MACs, CRC16, no running IV. Our own drivers refuse to use it.

The soft card has it for tools of others (libfreefare's start with it). The card only ever enciphers: the reader deciphers in
both directions, so what the reader sends is undone by one encryption a block (public code: libfreefare, proxmark3).
"""

from cardos.bytes import xor
from cardos.crypto import tdes
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import ev1_session_key, rotate_left
from cardos.soft_cards.ev1_session import unwrap
from cardos.soft_cards.ev2_session import FULL, LENGTH_ERROR, MAC, IntegrityError

BLOCK = 8
MAC_BYTES = 4
CRC_BYTES = 2
_ZERO = bytes(BLOCK)


class LegacySession:
    """An authenticated channel under a DES or 2K3DES session key. Only the data of file commands is protected."""

    name = "legacy"
    block = BLOCK

    def __init__(self, session_key, key_number):
        self._key = session_key
        self.key_number = key_number

    def open(self, ins, header, body, mode, size=None):
        """Plain data of a command; shapes as in `ev1_session`. Raises IntegrityError."""
        if mode == FULL and body:
            return unwrap(self.decipher(body), size, CRC_BYTES, crc16)
        if mode == MAC and body:
            if len(body) < MAC_BYTES:
                raise IntegrityError(LENGTH_ERROR)
            data, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
            if not constant_time_equal(mac, self._mac(data)):
                raise IntegrityError()
            return data
        return body

    def close(self, status, data, mode, sized=True):
        """Body of the answer: bare without data."""
        if mode == FULL and data:
            plain = data + crc16(data) + (b"" if sized else b"\x80")
            return tdes.cbc_encrypt(self._key, _ZERO, plain + bytes(-len(plain) % BLOCK))
        return data + self._mac(data) if mode == MAC and data else data

    def decipher(self, body):
        """The plain blocks of what a reader deciphered before it sent them. Raises IntegrityError."""
        if not body or len(body) % BLOCK:
            raise IntegrityError(LENGTH_ERROR)
        return undo(self._key, _ZERO, body)

    def wire_size(self, size, mode):
        """How many bytes `size` plain ones of a command take behind its header."""
        if mode == FULL:
            return -(-(size + CRC_BYTES) // BLOCK) * BLOCK
        return size + (MAC_BYTES if mode == MAC else 0)

    def _mac(self, data):
        blocks = data + bytes(-len(data) % BLOCK)
        return tdes.cbc_encrypt(self._key, _ZERO, blocks)[-BLOCK:][:MAC_BYTES]


class LegacyHandshake:
    """Authenticate (0A); the shape of `Ev1Handshake`. kind: "des" or "2k3des". rnd_b: 8 bytes."""

    def __init__(self, kind, key, key_number, rnd_b):
        self._kind = kind
        self._key = key
        self._key_number = key_number
        self._rnd_b = rnd_b
        self.challenge = tdes.cbc_encrypt(key, _ZERO, rnd_b)

    def finish(self, body):
        """(session, body of the 00 answer), or None when the reader does not know the key."""
        if len(body) != 2 * BLOCK:
            return None
        # Readers differ in whether the IV of this message is zero or the challenge; only RndA depends on it.
        rotated_b = xor(tdes.cbc_encrypt(self._key, _ZERO, body[BLOCK:]), body[:BLOCK])
        if not constant_time_equal(rotated_b, rotate_left(self._rnd_b)):
            return None
        rnd_a = tdes.cbc_encrypt(self._key, _ZERO, body[:BLOCK])
        session = LegacySession(ev1_session_key(self._kind, rnd_a, self._rnd_b), self._key_number)
        return session, tdes.cbc_encrypt(self._key, _ZERO, rotate_left(rnd_a))


def undo(key, iv, body):
    """Blocks that the other side chained and deciphered, back in the clear: P = E(C) xor the C before."""
    plain = b""
    for start in range(0, len(body), BLOCK):
        block = body[start : start + BLOCK]
        plain += xor(tdes.cbc_encrypt(key, _ZERO, block), iv)
        iv = block
    return plain


def crc16(data):
    """CRC_A of ISO/IEC 14443-3, 2 bytes LSB first."""
    value = 0x6363
    for byte in data:
        byte = (byte ^ value) & 0xFF
        byte = (byte ^ (byte << 4)) & 0xFF
        value = (value >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)
    return bytes([value & 0xFF, value >> 8 & 0xFF])
