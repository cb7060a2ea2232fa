"""The secure channel of DESFire EV1, the reader's side: AES (AA), and triple DES (1A) for looking at old cards only.

One IV runs through every CMAC and every cryptogram of the session, both ways. Every answer carries a CMAC over its data and its
status, whatever the file's mode; a command carries one only where it brings data for a file in MAC mode, but the CMAC is made over every
command all the same, to move the IV (libfreefare and proxmark3 agree; recordings of a DESFire EV3 in this channel).
"""

from cardos.bytes import uint, xor
from cardos.crypto import aes, tdes
from cardos.crypto.cmac import Cmac
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import crc32, ev1_session_key, rotate_left
from cardos.families.commands import AUTHENTICATE_AES, AUTHENTICATE_ISO, FULL, MAC
from cardos.families.ev2_channel import accepted, challenge_of
from cardos.families.status import MORE, mac_wrong, wrong_key, wrong_length
from cardos.families.wrapped import one

MAC_SIZE = 8


class Ev1Channel:
    """An EV1 session. kind: "aes", "des", "2k3des" or "3k3des". key: the session key."""

    name = "ev1"
    rank = 1

    def __init__(self, kind, key):
        self.kind = kind
        self.looks_only = kind != "aes"
        self._key = key
        self._cipher, self._block = (aes, 16) if kind == "aes" else (tdes, 8)
        self._cmac = (Cmac if kind == "aes" else tdes.TdesCmac)(key)
        self._iv = bytes(self._block)

    def outgoing(self, row, header, data, mode, tail=b""):
        """The bytes behind the command code. tail: what ChangeKey adds behind the CRC."""
        code = uint(row.code, 1)
        if mode == FULL and data:
            plain = data + crc32(code + header + data) + tail
            cipher = self._cipher.cbc_encrypt(self._key, self._iv, plain + bytes(-len(plain) % self._block))
            self._iv = cipher[-self._block :]
            return header + cipher
        self._iv = self._cmac.of(code + header + data, self._iv)
        return header + data + (self._iv[:MAC_SIZE] if mode == MAC and data else b"")

    def incoming(self, row, status, answer, mode, size):
        """The plain data of an answer. size: as the caller expects it; a deciphered answer of unknown size is not taken."""
        if mode == FULL and size != 0:
            return self._deciphered(row, status, answer, size)
        data, mac = answer[:-MAC_SIZE], answer[-MAC_SIZE:]
        wanted = self._cmac.of(data + uint(status, 1), self._iv)
        if len(mac) != MAC_SIZE or not constant_time_equal(mac, wanted[:MAC_SIZE]):
            raise mac_wrong(row.name)
        self._iv = wanted
        return data

    def _deciphered(self, row, status, answer, size):
        block = self._block
        if not isinstance(size, int):
            raise wrong_length(row.name, len(answer), "a known number")
        if len(answer) != size + 4 + -(size + 4) % block:
            raise mac_wrong(row.name)
        plain = self._cipher.cbc_decrypt(self._key, self._iv, answer)
        self._iv = answer[-block:]
        data, check, padding = plain[:size], plain[size : size + 4], plain[size + 4 :]
        if not constant_time_equal(check, crc32(data + uint(status, 1))) or padding != bytes(len(padding)):
            raise mac_wrong(row.name)
        return data

    def new_key(self, new, version, old):
        """(data, tail) of ChangeKey. old: None when the key in use is changed. DES keys have no version byte of their own."""
        if len(new) == 8:
            new = new + new  # both halves of a DES key are sent
        body = (new if old is None else xor(new, old + old if len(old) == 8 else old)) + (uint(version, 1) if version is not None else b"")
        return body, crc32(new) if old is not None else b""


def authenticate_aes(framing, nonces, number, key):
    """AuthenticateAES: returns a new `Ev1Channel` of kind "aes"."""
    return (yield from _authenticate(framing, nonces, AUTHENTICATE_AES, number, key, "aes"))


def authenticate_iso(framing, nonces, number, key):
    """AuthenticateISO with a DES key (8 bytes, or 16 with equal halves), two-key or three-key triple DES: to look at old cards."""
    kind = "3k3des" if len(key) == 24 else "2k3des"
    if len(key) == 8 or (len(key) == 16 and _same_halves(key)):
        kind = "des"
    return (yield from _authenticate(framing, nonces, AUTHENTICATE_ISO, number, key, kind))


def _same_halves(key):
    """True when both halves are one DES key: the lowest bit of each byte is parity, or the key's version."""
    return constant_time_equal(bytes(b & 0xFE for b in key[:8]), bytes(b & 0xFE for b in key[8:16]))


def _authenticate(framing, nonces, row, number, key, kind):
    encrypt, decrypt = (aes.cbc_encrypt, aes.cbc_decrypt) if kind == "aes" else (tdes.cbc_encrypt, tdes.cbc_decrypt)
    block, size = (16 if kind == "aes" else 8), (16 if kind in ("aes", "3k3des") else 8)
    status, challenge = yield from one(framing, row, row.code, uint(number, 1))
    challenge = challenge_of(row, status, challenge, size)
    rnd_b = decrypt(key, bytes(block), challenge)
    rnd_a = nonces(size)
    answer_to_card = encrypt(key, challenge[-block:], rnd_a + rotate_left(rnd_b))  # the IV chains: last cipher block seen
    status, answer = yield from one(framing, row, MORE, answer_to_card)
    accepted(row, status, answer, size)
    if not constant_time_equal(decrypt(key, answer_to_card[-block:], answer), rotate_left(rnd_a)):
        raise wrong_key()
    return Ev1Channel(kind, ev1_session_key(kind, rnd_a, rnd_b))
