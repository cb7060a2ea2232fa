"""What must hold for every input: round trips, boundaries, and our functions beside the library's."""

import zlib

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from cardos.crypto import tdes
from cardos.crypto.aes import cbc_decrypt
from cardos.crypto.an10922 import LIBFREEFARE_ISSUE_91, PYTHON_DESFIRE_PAD_16, diversify_aes128, diversify_as_another_program, diversify_tdea
from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.crypto.lrp import Lrp
from cardos.crypto.originality import CURVES, verify
from cardos.crypto.secure_messaging import (
    crc32,
    ev1_session_key,
    ev2_iv,
    ev2_mac,
    ev2_session_keys,
    lrp_session_master,
    pad_80,
    rotate_left,
    rotate_right,
    tmac_session_keys,
    truncated,
    unpad_80,
)
from cardos.crypto.sun import decrypt_file_data, decrypt_picc_data, encrypt_file_data, encrypt_picc_data
from cardos.crypto.sun_link import SunLink, make_link, read_link, verify_link
from cardos.errors import BadInput, CardAnswered, RangeError
from cardos.ndef_records import records, smart_poster, text, uri

pytestmark = pytest.mark.property

KEY = st.binary(min_size=16, max_size=16)
UID = st.binary(min_size=7, max_size=7)
COUNTER = st.integers(0, 0xFFFFFF)


@given(KEY, st.integers(0, 3), st.integers(1, 16), st.data())
@settings(max_examples=30)
def test_lrp_decrypts_what_it_encrypted(key, index, nibbles, data):
    counter = data.draw(st.integers(0, 16**nibbles - 1) | st.just(16**nibbles - 1))
    plain = data.draw(st.integers(0, 5).flatmap(lambda blocks: st.binary(min_size=16 * blocks, max_size=16 * blocks)))
    lrp = Lrp(key)
    cipher, after = lrp.encrypt(index, counter, plain, nibbles)
    assert after == (counter + len(plain) // 16) % 16**nibbles
    assert lrp.decrypt(index, counter, cipher, nibbles) == (plain, after)
    half = len(plain) // 32 * 16
    first, middle = lrp.encrypt(index, counter, plain[:half], nibbles)
    assert first + lrp.encrypt(index, middle, plain[half:], nibbles)[0] == cipher  # the counter runs on


def test_lrp_takes_whole_blocks_and_counters_that_fit():
    lrp = Lrp(bytes(16))
    for counter, data in ((0, b"a"), (0, bytes(17)), (-1, bytes(16)), (1 << 32, bytes(16))):
        with pytest.raises(ValueError):
            lrp.encrypt(1, counter, data)
    with pytest.raises(ValueError):
        Lrp(bytes(15))


@given(st.binary(max_size=80))
def test_padding_comes_off_again(data):
    padded = pad_80(data)
    assert len(padded) % 16 == 0 and 1 <= len(padded) - len(data) <= 16
    assert unpad_80(padded) == data


@given(st.binary(max_size=80) | st.integers(0, 4).flatmap(lambda blocks: st.binary(min_size=16 * blocks, max_size=16 * blocks)))
def test_what_comes_off_is_what_went_on(data):
    plain = unpad_80(data)
    assert plain is None or pad_80(plain) == data


def test_paddings_that_do_not_fit():
    for data in (b"", b"\x80", bytes(16), b"\x80" + bytes(16), bytes(15) + b"\x81", b"\x80" + bytes(31), b"x" * 16):
        assert unpad_80(data) is None, data.hex()
    assert unpad_80(b"\x80" + bytes(15)) == b""


@pytest.mark.parametrize("size", range(1, 32))
def test_an10922_at_every_length(size):
    """Below 32 bytes the message is padded to two blocks under K2, a whole one closes with K1; the variants pad to one block."""
    key, m = bytes(range(16)), bytes(range(100, 100 + size))
    made, plain_cmac = diversify_aes128(key, m), aes_cmac(key, b"\x01" + m)
    assert (made == plain_cmac) is (size >= 16)
    for variant in (LIBFREEFARE_ISSUE_91, PYTHON_DESFIRE_PAD_16):
        assert diversify_as_another_program(key, m, variant) == plain_cmac


def test_an10922_refuses_what_it_has_no_rule_for():
    for size in (0, 32, 33, 64):
        with pytest.raises(ValueError):
            diversify_aes128(bytes(16), bytes(size))
        with pytest.raises(ValueError):
            diversify_as_another_program(bytes(16), bytes(size), LIBFREEFARE_ISSUE_91)
        with pytest.raises(ValueError):
            diversify_tdea(bytes(16), bytes(size))
    with pytest.raises(ValueError):
        diversify_tdea(bytes(16), bytes(16))
    for key_size in (8, 17, 32):
        with pytest.raises(ValueError):
            diversify_tdea(bytes(key_size), bytes(7))
    for variant in (None, "", "issue-91", True):
        with pytest.raises(ValueError):
            diversify_as_another_program(bytes(16), bytes(7), variant)
    with pytest.raises(TypeError):
        diversify_as_another_program(bytes(16), bytes(7))


@given(st.sampled_from((8, 16, 24)).flatmap(lambda size: st.binary(min_size=size, max_size=size)), st.binary(max_size=60), st.binary(min_size=8, max_size=8))
def test_our_tdes_cmac_and_cbc_are_the_librarys(key, message, iv):
    full = key * 3 if len(key) == 8 else key + key[:8] if len(key) == 16 else key
    theirs = cmac.CMAC(TripleDES(full))
    theirs.update(message)
    assert tdes.TdesCmac(key).of(message) == theirs.finalize()
    data = message + bytes(-len(message) % 8)
    encryptor = Cipher(TripleDES(full), modes.CBC(iv)).encryptor()
    cipher = tdes.cbc_encrypt(key, iv, data)
    assert cipher == encryptor.update(data) + encryptor.finalize()
    assert tdes.cbc_decrypt(key, iv, cipher) == data


def test_single_des_of_the_standard():
    """FIPS 81 example: a single DES key is the triple one three times."""
    key = bytes.fromhex("0123456789abcdef")
    assert tdes.cbc_encrypt(key, bytes(8), b"Now is t").hex() == "3fa40e8a984d4815"


def test_tdes_refuses_other_sizes():
    for key, iv, data in ((7, 8, 8), (17, 8, 8), (32, 8, 8), (16, 7, 8), (16, 16, 8), (16, 8, 9)):
        with pytest.raises(ValueError):
            tdes.cbc_encrypt(bytes(key), bytes(iv), bytes(data))


@given(st.binary(max_size=300))
def test_our_crc32_is_zlibs_without_the_complement(data):
    assert crc32(data) == (zlib.crc32(data) ^ 0xFFFFFFFF).to_bytes(4, "little")


@given(st.binary(min_size=1, max_size=40))
def test_rotations(data):
    assert rotate_right(rotate_left(data)) == data and rotate_left(data)[-1] == data[0]


def test_sizes_and_ranges_are_checked():
    for size in (0, 8, 15, 17):
        for function in (ev2_session_keys, lrp_session_master):
            with pytest.raises(ValueError):
                function(bytes(16), bytes(size), bytes(16))
            with pytest.raises(ValueError):
                function(bytes(16), bytes(16), bytes(size))
    for kind, size in (("des", 16), ("2k3des", 16), ("3k3des", 8), ("aes", 8), ("rot13", 16)):
        with pytest.raises(ValueError):
            ev1_session_key(kind, bytes(size), bytes(size))
    for counter in (-1, 0x10000):
        with pytest.raises(RangeError):
            ev2_mac(bytes(16), 0, counter, bytes(4), b"")
        with pytest.raises(RangeError):
            ev2_iv(bytes(16), bytes(4), counter, False)
    for ti in (0, 3, 5):
        with pytest.raises(ValueError):
            ev2_mac(bytes(16), 0, 0, bytes(ti), b"")
    with pytest.raises(RangeError):
        tmac_session_keys(bytes(16), 1 << 32, bytes(7))
    with pytest.raises(ValueError):
        tmac_session_keys(bytes(16), 1, bytes(4))
    with pytest.raises(ValueError):
        truncated(bytes(8))


def test_ev1_session_keys_take_their_pieces_from_the_right_places():
    a, b = bytes(range(16)), bytes(range(100, 116))
    assert ev1_session_key("3k3des", a, b) == a[:4] + b[:4] + a[6:10] + b[6:10] + a[12:] + b[12:]
    assert ev1_session_key("aes", a, b) == a[:4] + b[:4] + a[12:] + b[12:]
    assert ev1_session_key("2k3des", a[:8], b[:8]) == a[:4] + b[:4] + a[4:8] + b[4:8]
    assert ev1_session_key("des", a[:8], b[:8]) == a[:4] + b[:4]


@given(KEY, KEY, UID, COUNTER, st.binary(min_size=32, max_size=32), st.booleans())
@settings(max_examples=40)
def test_sun_round_trip(meta, file, uid, counter, data, lrp):
    def noise(count):
        return data[:count]

    assert decrypt_picc_data(meta, encrypt_picc_data(meta, uid, counter, noise, lrp), lrp) == (uid, counter)
    assert decrypt_file_data(file, uid, counter, encrypt_file_data(file, uid, counter, data, lrp), lrp) == data
    form = SunLink("https://a.example/{mac_from}?p={picc}&f={file:64}&m={mac}", lrp)
    link = make_link(form, meta, file, uid, counter, noise, data)
    assert read_link(link, form, meta, lambda _: file) == (uid, counter, data)


LINK = SunLink("https://a.example/c?p={picc}&m={mac}")


@given(st.text(max_size=90) | st.from_regex(r"https://a\.example/c\?p=[0-9A-F]{32}&m=[0-9A-F]{16}", fullmatch=True))
def test_no_invented_link_is_accepted(link):
    with pytest.raises((BadInput, CardAnswered)):
        verify_link(link, LINK, KEY_OF_NOBODY, lambda uid: KEY_OF_NOBODY)


KEY_OF_NOBODY = bytes.fromhex("5fd2a6c1b7e80934417c2d9e6a0bf358")


@given(st.sampled_from(sorted(CURVES)), st.binary(max_size=60), st.binary(max_size=12), st.binary(max_size=60))
def test_no_invented_signature_is_accepted(curve, public_key, uid, signature):
    assert verify(curve, public_key, uid, signature) is False


@pytest.mark.parametrize("name", sorted(CURVES))
def test_a_key_beside_the_curve_is_refused_even_where_its_sums_come_out(name):
    """r = x of G + Q, s = r and the number r fit any Q whatever: only whether Q is a point of the curve tells them apart."""
    c = CURVES[name]

    def forged(x, y):
        slope = (y - c.y) * pow(x - c.x, -1, c.p) % c.p
        r = ((slope * slope - c.x - x) % c.p % c.n).to_bytes(c.size, "big")
        return verify(name, b"\x04" + x.to_bytes(c.size, "big") + y.to_bytes(c.size, "big"), r, r + r)

    slope = (3 * c.x * c.x - 3) * pow(2 * c.y, -1, c.p) % c.p
    x = (slope * slope - 2 * c.x) % c.p
    y = (slope * (c.x - x) - c.y) % c.p  # 2 * G: on the curve
    assert forged(x, y) is True
    assert forged(x, (y + 1) % c.p) is False and forged(x + 1, y) is False


@given(KEY, KEY, st.binary(max_size=50))
def test_cmac_with_a_running_iv_is_one_long_cbc(key, iv, message):
    """An IV is what a block in front of the message would have left behind."""
    if message:
        block = cbc_decrypt(key, bytes(16), iv)
        assert Cmac(key).of(message, iv) == Cmac(key).of(block + message)
    assert Cmac(key).of(message) == Cmac(key).of(message, bytes(16))
    theirs = cmac.CMAC(algorithms.AES(key))
    theirs.update(message)
    assert Cmac(key).of(message) == theirs.finalize()


RECORD = st.tuples(st.sampled_from((0xD1, 0x91, 0x51, 0x11, 0xD9, 0xC1, 0xD0, 0xB1)), st.binary(max_size=3), st.binary(max_size=20)).map(
    lambda parts: bytes([parts[0], len(parts[1]), len(parts[2])]) + parts[1] + parts[2])


@given(st.binary(max_size=60) | st.lists(RECORD, max_size=4).map(b"".join))
def test_a_strangers_tag_is_read_or_refused(data):
    for function in (records, uri, text, smart_poster):
        try:
            function(data)
        except CardAnswered as refusal:
            assert refusal.code == "NDEF_BAD"
