"""Ed25519 signing (RFC 8032, section 5.1.6) for portable tests: the product only checks on boards. Slow, and not for secrets."""

from cardos.crypto import ed25519
from cardos.crypto.sha512 import sha512


def times_base(number):
    base = (ed25519._BASE_X, ed25519._BASE_Y, 1, ed25519._BASE_X * ed25519._BASE_Y % ed25519._P)
    return ed25519._encoded(ed25519._sum_of_products(number % ed25519._L, base, 0, base))


class Signer:
    """The owner of a 32-byte seed: `public_key`, `sign(message)`."""

    def __init__(self, seed):
        digest = sha512(seed)
        self._secret = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
        self._prefix = digest[32:]
        self.public_key = times_base(self._secret)

    def sign(self, message):
        order = ed25519._L
        nonce = int.from_bytes(sha512(self._prefix + bytes(message)), "little") % order
        point = times_base(nonce)
        challenge = int.from_bytes(sha512(point + self.public_key + bytes(message)), "little") % order
        return point + ((nonce + challenge * self._secret) % order).to_bytes(32, "little")
