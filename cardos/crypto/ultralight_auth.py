"""AUTHENTICATE of Ultralight C and Ultralight AES: the arithmetic of both ends, and the MAC of an Ultralight AES session.

Three messages: the card sends E(RndB), the reader E(RndA || RndB'), the card E(RndA'); ' is a rotation left by one byte.
Ultralight C: two-key triple DES in CBC, the IV is the last cipher block on the line, the first one zero (MF0ICU2 data sheet,
section 7.5.5). Ultralight AES: AES-128 in CBC with a zero IV at every step (recorded dialogues of real cards).
Whoever ends a handshake drops its object: the nonces are good for one try.
"""

from cardos.bytes import uint_le
from cardos.crypto import aes, tdes
from cardos.crypto.cmac import Cmac
from cardos.crypto.compare import constant_time_equal
from cardos.crypto.secure_messaging import rotate_left, truncated, ultralight_aes_session_key

KEY_SIZE = 16
MAC_SIZE = 8
SESSION_COUNTER_LAST = 0xFFFD  # the answer to this command is counted FFFEh; then a new authentication is due


class _Chain:
    """CBC over the three messages. engine: the module with cbc_encrypt and cbc_decrypt. block: bytes."""

    def __init__(self, key, engine, block, chained):
        if len(key) != KEY_SIZE:
            raise ValueError("an Ultralight key has 16 bytes")
        self._key = bytes(key)
        self._engine = engine
        self.block = block
        self._chained = chained
        self._iv = bytes(block)

    def encrypt(self, data):
        """The cipher text of one message."""
        cipher = self._engine.cbc_encrypt(self._key, self._iv, data)
        self._follow(cipher)
        return cipher

    def decrypt(self, cipher):
        """The plain text of one message."""
        data = self._engine.cbc_decrypt(self._key, self._iv, cipher)
        self._follow(cipher)
        return data

    def _follow(self, cipher):
        if self._chained:
            self._iv = bytes(cipher[-self.block :])


def chain_3des(key):
    """The cipher chain of an Ultralight C under its 16-byte cipher key. Raises StampdError where triple DES is missing."""
    tdes.cbc_encrypt(key, bytes(tdes.BLOCK), b"")  # refuses here, before a word to the card
    return _Chain(key, tdes, 8, True)


def chain_aes(key):
    """The cipher chain of an Ultralight AES under its 16-byte key."""
    return _Chain(key, aes, 16, False)


class ReaderSide:
    """One try of a reader. rnd_a: as many random bytes as the chain's block. rnd_b is known after `answer`."""

    def __init__(self, chain, rnd_a):
        if len(rnd_a) != chain.block:
            raise ValueError("RndA has %d bytes" % chain.block)
        self._chain = chain
        self.rnd_a = bytes(rnd_a)
        self.rnd_b = None

    def answer(self, challenge):
        """E(RndB), one block, to E(RndA || RndB'), two blocks."""
        self.rnd_b = self._chain.decrypt(challenge)
        return self._chain.encrypt(self.rnd_a + rotate_left(self.rnd_b))

    def is_proven_by(self, proof):
        """True when E(RndA'), one block, comes from a card that has the key."""
        return constant_time_equal(self._chain.decrypt(proof), rotate_left(self.rnd_a))


class CardSide:
    """One try of a card. rnd_b: as many random bytes as the chain's block. rnd_a is known after `proof`."""

    def __init__(self, chain, rnd_b):
        self._chain = chain
        self.rnd_b = bytes(rnd_b)
        self.rnd_a = None

    def challenge(self):
        """E(RndB), one block."""
        return self._chain.encrypt(self.rnd_b)

    def proof(self, answer):
        """E(RndA || RndB'), two blocks, to E(RndA'), or None when the reader does not have the key."""
        plain = self._chain.decrypt(answer)
        half = self._chain.block
        if not constant_time_equal(plain[half:], rotate_left(self.rnd_b)):
            return None
        self.rnd_a = plain[:half]
        return self._chain.encrypt(rotate_left(self.rnd_a))


class SessionMac:
    """MACs of one Ultralight AES session. Both ends count two an exchange: c for the command, c + 1 for its answer."""

    def __init__(self, key, rnd_a, rnd_b):
        self._mac = Cmac(ultralight_aes_session_key(key, rnd_a, rnd_b))
        self.counter = 0

    @property
    def is_used_up(self):
        """True when the 16-bit counter has no room for another exchange."""
        return self.counter > SESSION_COUNTER_LAST

    def of_command(self, command):
        """The 8 bytes behind a command."""
        return self._of(self.counter, command)

    def of_answer(self, data):
        """The 8 bytes behind an answer's data; instead of an ACK they stand alone (`data` empty)."""
        return self._of(self.counter + 1, data)

    def next(self):
        """The exchange is over."""
        self.counter += 2

    def _of(self, counter, data):
        return truncated(self._mac.of(uint_le(counter, 2) + bytes(data)))
