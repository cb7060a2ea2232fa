"""Key diversification for AES-128 (NXP AN10922 section 2.2).

K' = CMAC variant over 01 || M, where M is 1 to 31 bytes and 01 || M is padded to **32** bytes with 80 00.. and closed with
K2 when it was shorter, K1 when it was exactly 32. Plain CMAC gives the same key only when 01 || M has 17 to 32 bytes.
"""

from cardos.crypto.cmac import Cmac

_AES_128 = b"\x01"
_PADDED = 32
M_MAX = 31


def diversify_aes128(key, m):
    """The 16-byte card key that AN10922 makes of a 16-byte master `key` and a diversification input `m` of 1..31 bytes."""
    if not 1 <= len(m) <= M_MAX:
        raise ValueError("a diversification input has 1 to 31 bytes")
    message = _AES_128 + bytes(m)
    whole = len(message) == _PADDED
    if not whole:
        message = message + b"\x80" + bytes(_PADDED - 1 - len(message))
    return Cmac(key).padded(message, whole)
