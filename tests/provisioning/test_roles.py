"""The key hierarchy: golden values with the TEST keys, and the same values computed another way."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from cardos.errors import BadInput
from cardos.records.board_vault import LINK_LABEL, STORE_LABEL, board_diversifier
from cardos.records.board_vault import ROLES as BOARD_ROLES
from cardos.records.diversification import KEY_PASSWORD, KEY_RECORD_MAC, diversifier
from host_tools.provisioning.keys import head_mac, test_keys
from host_tools.provisioning.roles import ROLES, KeyTrouble, role_master, signing_seed
from host_tools.provisioning.test_keys import TEST_MASTERS, TEST_SIGNING_ROOT

UID = bytes.fromhex("04A1B2C3D4E5F6")
M = diversifier(UID, KEY_RECORD_MAC, 0xFFFF, 1)

GOLDEN_MASTERS = {  # (role, epoch): role master of the TEST scheme
    ("read", 1): "4dbfe318b3b1b22aa9c059b6354203fb",
    ("read", 2): "7b95f90b27f39b44f1d905cefe3fbd1c",
    ("earn", 1): "064114654e577c49f8f028afe33c5944",
    ("earn", 2): "717b54acd0db5295b37f8154eee49792",
    ("redeem", 1): "79216f3e210ec7ac20c2904aafc14cab",
    ("redeem", 2): "978b664d207c2eedd8daeedb188e4770",
    ("admin", 1): "fc4af79b255451752500f72c6ee5de11",
    ("admin", 2): "b40ea490c50e70b926f696908e393e3f",
    ("uid", 1): "54085233a731e96ba2f9a85b8b6e86e8",
    ("uid", 2): "0592b7f81bc8a97c323d1062d35e0133",
    ("record-mac", 1): "5ed9d2d7f039362caac5683fe787219a",
    ("record-mac", 2): "eda8e47b28a031eaf5a760ffa7962002",
    ("password", 1): "a97fed2cfe55b9c2217bc830f817148c",
    ("password", 2): "d9ad044a692dc9f15b54f42563589970",
    ("head", 1): "7b3e1b6ca2e4bd3071c5d164b3fab76a",
    ("head", 2): "42b78a8a407559c837ee47ed4e902e36",
    ("board", 1): "f4bef31dc477e3260c79383fa2a4ae07",
    ("board", 2): "ab74303b9a45d981930a7e7e530f373c",
}
GOLDEN_CARD_KEYS = {  # (role, key number, epoch): key of the card 04A1B2C3D4E5F6
    ("record-mac", 0x10, 1): "a9db40c68d521e3ad88ccd3eca4bf461",
    ("record-mac", 0x10, 2): "d83007bedd63a7e4911d606a8d2134b7",
    ("password", 0x11, 1): "1883f46fc168ab957ee9a549b604c55f",
    ("password", 0x11, 2): "b3596a2d1af8ad6d1770e60cd2441b05",
}
GOLDEN_BOARD = {  # role "board", epoch 1, of terminal 7 and serial 1
    board_diversifier(LINK_LABEL, 7, 1): "aca0974b58da2aa5ba6b5730f3d17470",
    board_diversifier(STORE_LABEL, 7, 1): "abe634e527b5d7024a2c401c55cb2088",
}
GOLDEN_MAC = "e95fd4a77571de8d9d49beab789a4d4e"  # record-mac, epoch 1, over b"message"
GOLDEN_HEAD = "c58ec89752aa633ef2bdb7250c872ee9"  # head, over b"message"
GOLDEN_PUBLIC = "72e8c04256f5feac1c3cf0804871bac60f3f4627b39edf1f27aab4959bb45861"  # Ed25519, purpose "pack"


def an10922(key, m):
    """AN10922 by a CMAC that is not ours. Only where 01 || M has 17 to 32 bytes are the two the same."""
    assert 17 <= 1 + len(m) <= 32
    mac = CMAC(algorithms.AES(key))
    mac.update(b"\x01" + m)
    return mac.finalize()


def test_the_printed_constants():
    assert TEST_MASTERS == {1: b"stampd TEST key1", 2: b"stampd TEST key2"} and TEST_SIGNING_ROOT == b"stampd TEST signing root, public"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("epoch", (1, 2))
def test_role_masters(role, epoch):
    label = b"stampd/role/1/" + role.encode() + b"\xff\xff" + bytes([epoch])
    made = role_master(TEST_MASTERS[epoch], role, 0xFFFF, epoch)
    assert made == an10922(TEST_MASTERS[epoch], label)
    assert made.hex() == GOLDEN_MASTERS[role, epoch]


@pytest.mark.parametrize("role, number, epoch", GOLDEN_CARD_KEYS)
def test_card_keys(role, number, epoch):
    keys = test_keys()
    m = diversifier(UID, number, keys.scheme, epoch)
    key = keys.derive(role, epoch, m)
    assert key == an10922(role_master(TEST_MASTERS[epoch], role, 0xFFFF, epoch), m)
    assert key.hex() == GOLDEN_CARD_KEYS[role, number, epoch]


@pytest.mark.parametrize("m", GOLDEN_BOARD)
def test_a_boards_own_keys(m):
    master = role_master(TEST_MASTERS[1], "board", 0xFFFF, 1)
    assert test_keys().derive("board", 1, m) == an10922(master, m) == bytes.fromhex(GOLDEN_BOARD[m])


def test_what_a_board_carries():
    keys = test_keys()
    for epoch in (1, 2):
        assert keys.board_masters(epoch) == {role: bytes.fromhex(GOLDEN_MASTERS[role, epoch]) for role in BOARD_ROLES}
    assert not {"admin", "redeem", "head", "board"} & set(BOARD_ROLES)
    with pytest.raises(KeyTrouble):
        keys.board_masters(3)


def test_mac_and_head():
    keys = test_keys()
    mac = CMAC(algorithms.AES(keys.derive("record-mac", 1, M)))
    mac.update(b"message")
    assert keys.mac("record-mac", 1, M, b"message") == mac.finalize() == bytes.fromhex(GOLDEN_MAC)
    assert head_mac(keys)(b"message").hex() == GOLDEN_HEAD


def test_signatures():
    keys = test_keys()
    assert keys.public_key("pack").hex() == GOLDEN_PUBLIC and keys.public_key("stop-list") != keys.public_key("pack")
    signature = keys.sign("pack", b"text")
    Ed25519PublicKey.from_public_bytes(keys.public_key("pack")).verify(signature, b"text")
    assert len(signature) == 64 and len(signing_seed(TEST_SIGNING_ROOT, "pack")) == 32
    for wrong in ("", "x" * 33, "ä"):
        with pytest.raises(BadInput):
            keys.sign(wrong, b"")


def test_every_key_is_another():
    keys = test_keys()
    found = [keys.derive(role, epoch, diversifier(uid, number, 0xFFFF, epoch)) for role in ROLES for epoch in (1, 2)
             for uid in (UID, UID[:4], bytes(7), bytes(10)) for number in (KEY_RECORD_MAC, KEY_PASSWORD)]  # fmt: skip
    assert len(set(found)) == len(found) and all(len(key) == 16 for key in found)


def test_what_a_ring_refuses():
    keys = test_keys()
    with pytest.raises(BadInput):
        keys.derive("owner", 1, M)
    for epoch in (0, 3, None):
        with pytest.raises(KeyTrouble) as caught:
            keys.mac("earn", epoch, M, b"")
        assert caught.value.code == "KEYS_EPOCH"
    for m in (b"", bytes(32)):
        with pytest.raises(BadInput):
            keys.derive("earn", 1, m)


def test_the_docs_print_the_same():
    page = (Path(__file__).parents[2] / "docs" / "keys.md").read_text("utf-8")
    for (role, number, epoch), key in GOLDEN_CARD_KEYS.items():
        assert "| `%s`, %02X, %d | `%s` |" % (role, number, epoch, key) in page
    for m, key in GOLDEN_BOARD.items():
        assert "| `board`, `%s`, terminal 7, serial 1, epoch 1 | `%s` |" % (m[:-6].decode(), key) in page
    for text in (*TEST_MASTERS.values(), TEST_SIGNING_ROOT, GOLDEN_PUBLIC.encode()):
        assert "`%s`" % text.decode() in page
