"""Originality signatures: ECDSA over a chip's UID, r || s, checked with NXP's public keys (AN11350, AN12196 section 8.2).

It proves that NXP signed that UID, not that this chip is the one: the signature can be read and copied. Only a key under a
fresh challenge proves a card. The three curves are in no library that both interpreters have, so the arithmetic is here:
plain integers, public data only, nothing secret and therefore nothing timed.
"""

from collections import namedtuple
from hashlib import sha256

RAW_UID = "raw uid"  # NXP: the bytes of the UID are the number that was signed
SHA256 = "sha256"  # other makers: SHA-256 of the UID, cut to the curve's size from the left

# y^2 = x^3 - 3x + b over the numbers below the prime p; G = (x, y) has order n; all three have p and n of `size` bytes.
Curve = namedtuple("Curve", ["size", "p", "b", "x", "y", "n"])

CURVES = {
    # SEC 2 version 1, sections 2.3.1, 2.5.2 and 2.6.2
    "secp128r1": Curve(
        16,
        0xFFFFFFFDFFFFFFFFFFFFFFFFFFFFFFFF,
        0xE87579C11079F43DD824993C2CEE5ED3,
        0x161FF7528B899B2D0C28607CA52C5B86,
        0xCF5AC8395BAFEB13C02DA292DDED7A83,
        0xFFFFFFFE0000000075A30D1B9038A115,
    ),
    "secp192r1": Curve(
        24,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF,
        0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1,
        0x188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012,
        0x07192B95FFC8DA78631011ED6B24CDD573F977A11E794811,
        0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831,
    ),
    "secp224r1": Curve(
        28,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000000000000000000000001,
        0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
        0xB70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21,
        0xBD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D,
    ),
}

Key = namedtuple("Key", ["product", "curve", "point"])  # point: 04 || x || y

# As printed in NXP's notes and collected in proxmark3 (client/src/crypto/originality.c).
_NTAG21X = (Key("NTAG21x", "secp128r1", bytes.fromhex("04494e1a386d3d3cfe3dc10e5de68a499b1c202db5b132393e89ed19fe5be8bc61")),)
_CLASSIC = (Key("MIFARE Classic EV1", "secp128r1", bytes.fromhex("044f6d3f294dea5737f0f46ffee88a356eed95695dd7e0c27a591e6f6f65962baf")),)
_ULTRALIGHT_AES = (
    Key(
        "MIFARE Ultralight AES",
        "secp192r1",
        bytes.fromhex("0453bf8c49b7bd9fe3207a91513b9c1d238ecab07186b772104ab535f7d3ae63cf7c7f3dd0d169da3e99e43c6399621a86"),
    ),
    Key(
        "MIFARE Ultralight AES, second key",
        "secp192r1",
        bytes.fromhex("04dc34daa903f2726a6225b11c692af6ab4396575ca12810cbbce3f781a097b3833b50ab364a70d9c2b641a728a599ae74"),
    ),
)


def _secp224r1(product, point):
    return Key(product, "secp224r1", bytes.fromhex(point))


_NTAG424 = (_secp224r1("NTAG 424 DNA", "048a9b380af2ee1b98dc417fecc263f8449c7625cece82d9b916c992da209d68422b81ec20b65a66b5102a61596af3379200599316a00a1410"),)
_EV1 = (_secp224r1("DESFire EV1", "04bb5d514f7050025c7d0f397310360eec91eaf792e96fc7e0f496cb4e669d414f877b7b27901fe67c2e3b33cd39d1c797715189ac951c2add"),)
_EV2 = (
    _secp224r1("DESFire EV2", "04b304dc4c615f5326fe9383ddec9aa892df3a57fa7ffb3276192bc0eaa252ed45a865e3b093a3d0dce5be29e92f1392ce7de321e3e5c52b3a"),
    _secp224r1("DESFire EV2 XL", "04cd5d45e50b1502f0ba4656ff37669597e7e183251150f9574cc8da56bf01c7abe019e29fea48f9ce22c3ea4029a765e1bc95a89543bad1bc"),
)
_EV3 = (_secp224r1("DESFire EV3", "041db46c145d0a36539c6544bd6d9b0aa62ff91ec48cbc6abae36e0089a46f0d08c8a715ea40a63313b92e90ddc1730230e0458a33276fb743"),)

# Family -> the keys NXP signs it with. Ultralight C and early DESFire EV1 have no signature.
KEYS = {
    "ntag213": _NTAG21X,
    "ntag215": _NTAG21X,
    "ntag216": _NTAG21X,
    "classic-1k": _CLASSIC,
    "ultralight-aes": _ULTRALIGHT_AES,
    "ntag424": _NTAG424,
    "ntag424-lrp": _NTAG424,
    "desfire-ev1": _EV1,
    "desfire-ev2": _EV2,
    "desfire-ev3": _EV3,
}


def genuine(family, uid, signature):
    """The product name of NXP's key that made `signature` (r || s) over `uid`, or None: no key of the family fits."""
    for key in KEYS.get(family, ()):
        if verify(key.curve, key.point, uid, signature):
            return key.product
    return None


def verify(curve, public_key, uid, signature, message=RAW_UID):
    """True when `signature` is ECDSA over `uid` by the owner of `public_key`; False for everything else.

    `curve`: a name in `CURVES`. `public_key`: 04 || x || y. `signature`: r || s, each of the curve's size.
    `message`: what was signed, `RAW_UID` or `SHA256`. Bytes from cards never raise here.
    """
    c = CURVES[curve]
    if message not in (RAW_UID, SHA256):
        raise ValueError("no rule %r for what is signed" % (message,))
    if len(signature) != 2 * c.size or len(public_key) != 1 + 2 * c.size or public_key[0] != 4:
        return False
    x, y = _number(public_key[1 : 1 + c.size]), _number(public_key[1 + c.size :])
    r, s = _number(signature[: c.size]), _number(signature[c.size :])
    if not (0 < r < c.n and 0 < s < c.n and _on_curve(c, x, y)):
        return False
    signed = sha256(bytes(uid)).digest() if message == SHA256 else bytes(uid)
    number = _number(signed[: c.size]) % c.n
    if number == 0:  # anyone can sign zero; an all-zero UID is what cards with a random ID show
        return False
    w = _inverse(s, c.n)
    total = _sum_of_products(c, number * w % c.n, (c.x, c.y, 1), r * w % c.n, (x, y, 1))
    if total[2] == 0:
        return False
    z2 = total[2] * total[2] % c.p  # the point's x is total[0] / z2; compared without dividing
    return total[0] == r * z2 % c.p or (r + c.n < c.p and total[0] == (r + c.n) * z2 % c.p)


def _number(data):
    return int.from_bytes(bytes(data), "big")


def _on_curve(c, x, y):
    return x < c.p and y < c.p and (y * y - (x * x * x - 3 * x + c.b)) % c.p == 0


def _inverse(value, modulus):
    """1 / value by Euclid's algorithm; `value` is not 0 and the modulus is prime."""
    a, b, u, v = value, modulus, 1, 0
    while a != 1:
        q = b // a
        a, b, u, v = b - q * a, a, v - q * u, u
    return u % modulus


def _sum_of_products(c, k, one, m, two):
    """k * one + m * two, both at once from the highest bit down (Shamir's trick). Points are (X, Y, Z), x = X/Z2, y = Y/Z3."""
    both = _add(c, one, two)
    total = _NOWHERE
    for place in range(8 * c.size - 1, -1, -1):
        total = _doubled(c, total)
        pick = ((k >> place) & 1) + 2 * ((m >> place) & 1)
        if pick:
            total = _add(c, total, (one, two, both)[pick - 1])
    return total


_NOWHERE = (1, 1, 0)  # the point at infinity


def _doubled(c, point):
    x, y, z = point
    if z == 0 or y == 0:
        return _NOWHERE
    z2, y2 = z * z % c.p, y * y % c.p
    s = 4 * x * y2 % c.p
    m = 3 * (x - z2) * (x + z2) % c.p  # 3 X^2 + a Z^4 with a = -3
    x3 = (m * m - 2 * s) % c.p
    return x3, (m * (s - x3) - 8 * y2 * y2) % c.p, 2 * y * z % c.p


def _add(c, one, two):
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    z1, z2 = one[2] * one[2] % c.p, two[2] * two[2] % c.p
    u1, u2 = one[0] * z2 % c.p, two[0] * z1 % c.p
    s1, s2 = one[1] * z2 * two[2] % c.p, two[1] * z1 * one[2] % c.p
    h, r = (u2 - u1) % c.p, (s2 - s1) % c.p
    if h == 0:
        return _doubled(c, one) if r == 0 else _NOWHERE
    h2 = h * h % c.p
    h3, v = h2 * h % c.p, u1 * h2 % c.p
    x3 = (r * r - h3 - 2 * v) % c.p
    return x3, (r * (v - x3) - s1 * h3) % c.p, h * one[2] * two[2] % c.p
