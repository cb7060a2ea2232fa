"""The soft NTAG21x against bytes recorded from real chips (tests/vectors/soft_ntag21x.json names the sources)."""

import json
from pathlib import Path

import pytest

from cardos.soft_cards.registry import new_card

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "soft_ntag21x.json").read_text())["vectors"]


def on_reader(uid, **options):
    card = new_card("ntag213", uid, **options)
    card.field_on()
    card.activate()
    return card


@pytest.mark.parametrize("vector", VECTORS["ultralight_pwd_auth"], ids=lambda vector: vector["id"])
def test_password_exchange_of_a_real_chip(vector):
    card = on_reader(bytes(7))
    card.transceive(bytes.fromhex("a22b" + vector["pwd"]))
    card.transceive(bytes.fromhex("a22c" + vector["pack"] + "0000"))
    assert card.transceive(bytes.fromhex(vector["cmd"])).hex() == vector["resp"]


@pytest.mark.parametrize("vector", VECTORS["originality"], ids=lambda vector: vector["id"])
def test_a_card_with_a_real_chips_uid_and_signature_passes_for_it(vector):
    """secp128r1 is in no usual library: the 20 lines below are ECDSA over it, with the UID itself as the hash."""
    card = on_reader(bytes.fromhex(vector["uid"]), signature=bytes.fromhex(vector["signature"]))
    uid = card.uid
    answer = card.transceive(b"\x3c\x00")
    assert len(answer) == 32
    assert signed(bytes.fromhex(vector["public_key"]), uid, answer)
    assert not signed(bytes.fromhex(vector["public_key"]), bytes([uid[0] ^ 1]) + uid[1:], answer)


# secp128r1 (SEC 2, version 1, section 2.3.1)
P = 0xFFFFFFFDFFFFFFFFFFFFFFFFFFFFFFFF
A = P - 3
N = 0xFFFFFFFE0000000075A30D1B9038A115
G = (0x161FF7528B899B2D0C28607CA52C5B86, 0xCF5AC8395BAFEB13C02DA292DDED7A83)


def add(one, two):
    if one is None or two is None:
        return one or two
    if one[0] == two[0] and (one[1] + two[1]) % P == 0:
        return None
    if one == two:
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P)
    x = (slope**2 - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(scalar, point):
    total = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def signed(public_key, uid, signature):
    key = (int.from_bytes(public_key[1:17], "big"), int.from_bytes(public_key[17:], "big"))
    r, s = int.from_bytes(signature[:16], "big"), int.from_bytes(signature[16:], "big")
    w = pow(s, -1, N)
    point = add(times(int.from_bytes(uid, "big") * w % N, G), times(r * w % N, key))
    return point is not None and point[0] % N == r
