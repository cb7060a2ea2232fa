"""The soft DESFire against whole sessions recorded from a real EV3 and authentications of real cards (tests/vectors/ev1.json names them).

Only the card's random numbers are given to it; every answer must be the recorded one, byte for byte.
"""

import json
from pathlib import Path

import pytest

from cardos.crypto.secure_messaging import crc32
from cardos.soft_cards.desfire_keys import AES, DES, Key, KeySet
from cardos.soft_cards.ev1_session import Ev1Session
from cardos.soft_cards.registry import new_card

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ev1.json").read_text())["vectors"]
UID = bytes.fromhex("0464d59add1e90")  # of the recorded card
BATCH, MADE = bytes.fromhex("2113623030"), bytes.fromhex("4024")


class Given:
    """Noise that gives these pieces, one a call."""

    def __init__(self, pieces):
        self.pieces = [bytes.fromhex(piece) for piece in pieces]

    def take(self, count):
        piece = self.pieces.pop(0)
        assert len(piece) == count
        return piece


def on_reader(family, nonces, **options):
    card = new_card(family, UID, noise=Given(nonces), **options)
    card.field_on()
    card.activate()
    return card


@pytest.mark.parametrize("vector", VECTORS["ev1_channel_session"], ids=lambda vector: vector["id"])
def test_recorded_session(vector):
    card = on_reader("desfire-ev3", [auth["rnd_b"] for auth in vector["auths"]], batch=BATCH, made=MADE)
    for number, (sent, answered) in enumerate(vector["frames"]):
        assert card.transceive(bytes.fromhex(sent)).hex() == answered, "frame %d" % number


@pytest.mark.parametrize("vector", VECTORS["ev1_auth"], ids=lambda vector: vector["id"])
def test_recorded_authentication(vector):
    card = on_reader("desfire-ev1", [vector["rnd_b"]])
    kind = AES if vector["alg"] == "AES" else DES
    card.memory.picc.sets[0] = KeySet(kind, [Key(kind, bytes.fromhex(vector["key"]))])
    assert card.transceive(bytes.fromhex(vector["command"] + "00")).hex() == "af" + vector["resp1"]
    assert card.transceive(bytes.fromhex("af" + vector["cmd2"])).hex() == "00" + vector["resp2"]


@pytest.mark.parametrize("vector", VECTORS["ev1_change_key"], ids=lambda vector: vector["id"])
def test_recorded_change_key(vector):
    kind = AES if vector["alg"] == "AES" else DES
    card = on_reader("desfire-ev1", [])
    card.memory.picc.sets[0] = KeySet(kind, [Key(kind, bytes(16))])
    session_key = bytes.fromhex(vector["session_key"])
    card.session, card.session_aid = Ev1Session("aes" if kind == AES else "des", session_key, 0), 0
    sent = bytearray.fromhex(vector["cmd"])
    if kind == AES:  # recorded in an application; at the PICC level KeyNo says that the key is AES, and the CRC covers that
        assert crc32(b"\xc4\x00" + bytes.fromhex(vector["plain"])[:17]).hex() == vector["crc32_cmd"]
        assert card.transceive(b"\xca\x01\x02\x03\x0f\x81")[0] == 0 and card.transceive(b"\x5a\x01\x02\x03")[0] == 0
        card.session, card.session_aid = Ev1Session("aes", session_key, 0), 0x030201
    assert card.transceive(bytes(sent)).hex() == "9100"
    assert card.application.keys[0].value.hex() == vector["plain"][:32]
