"""Somebody who signs, for the tests here: the product's own signing with its seed."""

from cardos.crypto.ed25519_sign import expand_steps, sign_steps
from cardos.crypto.steps import finished


class Signer:
    """The owner of a 32-byte seed: `public_key`, `sign(message)`."""

    def __init__(self, seed):
        self._key = finished(expand_steps(seed))
        self.public_key = self._key[2]

    def sign(self, message):
        return finished(sign_steps(self._key, message))
