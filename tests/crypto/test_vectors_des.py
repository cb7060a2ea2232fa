"""Published vectors of the cards that still speak DES: CMAC, diversification, Ultralight C, and DESFire's EV1 channel."""

import pytest

from cardos.crypto import tdes
from cardos.crypto.an10922 import diversify_tdea
from cardos.crypto.secure_messaging import crc32, ev1_session_key, rotate_left, rotate_right
from tests.crypto.ev1_replay import replay
from tests.portable.vector_files import entries, h

ZERO = bytes(8)


def ids(entry):
    return entry["id"]


def without_low_bits(key):
    """A DES key with the bits cleared that carry parity or the key's version."""
    return bytes(byte & 0xFE for byte in key)


def of_algorithm(file, kind, names, least):
    found = [e for e in entries(file, kind, least) if e["alg"] in names]
    assert len(found) >= least
    return found


def test_triple_des_is_here():
    assert tdes.AVAILABLE


@pytest.mark.parametrize("e", entries("cmac.json", "tdes_cmac", 5), ids=ids)
def test_tdes_cmac(e):
    assert len(h(e["key"])) == {"2TDEA": 16, "3TDEA": 24}[e["alg"]]
    assert tdes.TdesCmac(h(e["key"])).of(h(e["msg"])).hex() == e["mac"]


@pytest.mark.parametrize("e", of_algorithm("an10922.json", "an10922", ("2TDEA", "3TDEA"), 1), ids=ids)
def test_an10922_of_triple_des(e):
    made = diversify_tdea(h(e["key"]), h(e["m"]))
    assert (without_low_bits(made) == without_low_bits(h(e["out"]))) is e["conformant"]
    assert len(made) == {"2TDEA": 16, "3TDEA": 24}[e["alg"]]


def test_an10922_of_three_key_triple_des_takes_the_constants_in_order():
    """No public vector for 3TDEA is here: each 8 bytes are one CMAC over its constant, by the rule that 2TDEA is proven by."""
    key, m = bytes(range(24)), bytes(range(40, 55))
    made = diversify_tdea(key, m)
    cmac = tdes.TdesCmac(key)
    assert made == cmac.of(b"\x31" + m) + cmac.of(b"\x32" + m) + cmac.of(b"\x33" + m)  # 16 whole bytes: the plain CMAC
    short = diversify_tdea(key, m[:4])
    assert short[:8] == cmac.padded(b"\x31" + m[:4] + b"\x80" + bytes(10), False) != cmac.of(b"\x31" + m[:4])


@pytest.mark.parametrize("e", entries("ultralight.json", "ulc_auth", 1), ids=ids)
def test_ultralight_c_authentication(e):
    key, rnd_a, rnd_b = h(e["cipher_key"]), h(e["rnd_a"]), h(e["rnd_b"])
    memory = h(e["memory_key"])
    assert key == memory[7::-1] + memory[:7:-1]  # each half stands reversed in the pages
    resp1 = tdes.cbc_encrypt(key, ZERO, rnd_b)
    cmd2 = tdes.cbc_encrypt(key, resp1, rnd_a + rotate_left(rnd_b))
    resp2 = tdes.cbc_encrypt(key, cmd2[-8:], rotate_left(rnd_a))
    assert ("af" + resp1.hex(), "af" + cmd2.hex(), "00" + resp2.hex()) == (e["resp1"], e["cmd2"], e["resp2"])
    assert rotate_right(tdes.cbc_decrypt(key, resp1, cmd2)[8:]) == rnd_b


DES = ("DES", "2K3DES", "3K3DES")


@pytest.mark.parametrize("e", of_algorithm("ev1.json", "ev1_auth", DES, 1), ids=ids)
def test_ev1_authentication_with_des(e):
    key, rnd_a, rnd_b = h(e["key"]), h(e["rnd_a"]), h(e["rnd_b"])
    resp1 = tdes.cbc_encrypt(key, ZERO, rnd_b)
    cmd2 = tdes.cbc_encrypt(key, resp1, rnd_a + rotate_left(rnd_b))
    resp2 = tdes.cbc_encrypt(key, cmd2[-8:], rotate_left(rnd_a))
    assert (resp1.hex(), cmd2.hex(), resp2.hex()) == (e["resp1"], e["cmd2"], e["resp2"])
    made = ev1_session_key(e["alg"].lower(), rnd_a, rnd_b)
    assert without_low_bits(made) == without_low_bits(h(e["session_key"]))


@pytest.mark.parametrize("e", of_algorithm("ev1.json", "ev1_change_key", DES, 1), ids=ids)
def test_ev1_change_key_with_des(e):
    key, plain, sent = h(e["session_key"]), h(e["plain"]), h(e["cmd"])[6:-1]
    size = 24 if e["alg"] == "3K3DES" else 16  # a single DES key is sent twice
    assert tdes.cbc_encrypt(key, h(e["iv"]), plain) == sent
    assert crc32(bytes([0xC4, e["key_no"]]) + plain[:size]).hex() == e["crc32_cmd"] == plain[size : size + 4].hex()
    if e["rx_cmac"]:
        assert tdes.TdesCmac(key).of(b"\x00", sent[-8:]).hex() == e["rx_cmac"]


@pytest.mark.parametrize("e", entries("ev1.json", "ev1_channel_session", 4), ids=ids)
def test_a_recorded_ev1_session(e):
    """Real cards' dialogues, followed frame by frame: every MAC, IV, cryptogram and session key has to fit."""
    checked = replay(e)
    assert checked["authentications"] == len(e["auths"])
    assert checked["change_keys"] == len(e["change_keys"])
    assert checked["macs"] + checked["change_keys"] + checked["cryptograms"] >= 1


def test_a_changed_bit_in_a_recorded_session_is_found():
    for e in entries("ev1.json", "ev1_channel_session", 4):
        for number, (_, answer) in enumerate(e["frames"]):
            if len(answer) < 16:
                continue  # a bare status
            bent = dict(e, frames=[list(pair) for pair in e["frames"]])
            bent["frames"][number][1] = answer[:-1] + ("0" if answer[-1] != "0" else "1")
            with pytest.raises(AssertionError):
                replay(bent)
