"""The card's side of the EV1 channel of MIFARE DESFire: Authenticate (1A) under DES, 2K3DES and 3K3DES keys, AuthenticateAES (AA).

One IV runs through every CMAC and every cryptogram of a session, in both directions (rules and dialogues of real cards:
public code of libfreefare and proxmark3, recordings in tests/vectors/ev1.json). A command that carries no data has no MAC
of its own, but goes through the CMAC all the same; every answer has one. Triple DES exists on PCs only.
"""

from cardos.crypto import aes, tdes
from cardos.crypto.cmac import Cmac
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32, ev1_session_key, rotate_left
from cardos.soft_cards.ev2_session import FULL, LENGTH_ERROR, MAC, IntegrityError

MAC_BYTES = 8
CRC_BYTES = 4

AES_KIND = "aes"
NONCE_BYTES = {"des": 8, "2k3des": 8, "3k3des": 16, AES_KIND: 16}


class Ev1Session:
    """An authenticated channel. kind: "des", "2k3des", "3k3des" or "aes". key_number: what it was opened with."""

    name = "ev1"

    def __init__(self, kind, session_key, key_number):
        self._cipher = aes if kind == AES_KIND else tdes
        self.block = 16 if kind == AES_KIND else 8
        self.key_number = key_number
        self._key = session_key
        self._cmac = Cmac(session_key) if kind == AES_KIND else tdes.TdesCmac(session_key)
        self._iv = bytes(self.block)

    def open(self, ins, header, body, mode, size=None):
        """Plain data of a command. body: all that came after the header, chained frames joined. Raises IntegrityError.

        size: how many plain bytes the command has, or None when only its 80 00.. padding tells.
        """
        whole = bytes([ins]) + header
        if mode == FULL and body:
            return unwrap(self.decipher(body), size, CRC_BYTES, lambda data: crc32(whole + data))
        if mode == MAC and body:
            if len(body) < MAC_BYTES:
                raise IntegrityError(LENGTH_ERROR)
            data, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
            if not constant_time_equal(mac, self._mac(whole + data)):
                raise IntegrityError()
            return data
        self._mac(whole + body)
        return body

    def close(self, status, data, mode, sized=True):
        """Body of the answer: data and CMAC, or the cryptogram of data and CRC. sized False: the reader does not know the length."""
        end = bytes([status])
        if mode == FULL and data:
            plain = data + crc32(data + end) + (b"" if sized else b"\x80")
            return self._encipher(plain + bytes(-len(plain) % self.block))
        return data + self._mac(data + end)

    def decipher(self, body):
        """The plain blocks of a cryptogram, as ChangeKey needs them. Raises IntegrityError when they are no whole blocks."""
        if not body or len(body) % self.block:
            raise IntegrityError(LENGTH_ERROR)
        plain = self._cipher.cbc_decrypt(self._key, self._iv, body)
        self._iv = body[-self.block :]
        return plain

    def wire_size(self, size, mode):
        """How many bytes `size` plain ones of a command take behind its header."""
        if mode == FULL:
            return -(-(size + CRC_BYTES) // self.block) * self.block
        return size + (MAC_BYTES if mode == MAC else 0)

    def _mac(self, message):
        self._iv = self._cmac.of(message, self._iv)
        return self._iv[:MAC_BYTES]

    def _encipher(self, plain):
        sent = self._cipher.cbc_encrypt(self._key, self._iv, plain)
        self._iv = sent[-self.block :]
        return sent


class Ev1Handshake:
    """Authenticate (1A) or AuthenticateAES (AA) from its first command on; `challenge` is the body of its AF answer.

    key: 8, 16 or 24 bytes as `kind` has them. rnd_b: NONCE_BYTES[kind] bytes. The IV goes on from message to message.
    """

    def __init__(self, kind, key, key_number, rnd_b):
        self._kind = kind
        self._cipher = aes if kind == AES_KIND else tdes
        self._block = 16 if kind == AES_KIND else 8
        self._key = key
        self._key_number = key_number
        self._rnd_b = rnd_b
        self.challenge = self._cipher.cbc_encrypt(key, bytes(self._block), rnd_b)

    def finish(self, body):
        """(session, body of the 00 answer), or None when the reader does not know the key."""
        size = len(self._rnd_b)
        if len(body) != 2 * size:
            return None
        plain = self._cipher.cbc_decrypt(self._key, self.challenge[-self._block :], body)
        rnd_a, rotated_b = plain[:size], plain[size:]
        if not constant_time_equal(rotated_b, rotate_left(self._rnd_b)):
            return None
        session = Ev1Session(self._kind, ev1_session_key(self._kind, rnd_a, self._rnd_b), self._key_number)
        return session, self._cipher.cbc_encrypt(self._key, body[-self._block :], rotate_left(rnd_a))


def unwrap(plain, size, crc_bytes, crc_of):
    """The data in a deciphered `data || CRC || padding`. size: len(data), or None for 80 00.. padding. Raises IntegrityError."""
    if size is None:
        end = len(plain)
        while end and plain[end - 1] == 0:
            end -= 1
        if not end or plain[end - 1] != 0x80:
            raise IntegrityError()
        size = end - 1 - crc_bytes
    if size < 0 or size + crc_bytes > len(plain):
        raise IntegrityError(LENGTH_ERROR)
    data, crc, padding = plain[:size], plain[size : size + crc_bytes], plain[size + crc_bytes :]
    if not constant_time_equal(crc, crc_of(data)) or padding.strip(b"\x00\x80"):
        raise IntegrityError()
    return data
