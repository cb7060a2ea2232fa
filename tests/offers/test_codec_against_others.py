"""Our CBOR, COSE, base45 and Ed25519 beside other people's: cbor2 and cryptography read what we write, and we what they write."""

import hashlib
import io

import cbor2
import pytest
import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cardos.cbor import DEPTH_MAX, decode, encode
from cardos.crypto.ed25519 import verify
from cardos.crypto.sha512 import BACK_END, sha512, sha512_of_integers
from cardos.errors import BadInput
from cardos.offers import pack_file, receipt_file
from host_tools.offers.signing import open_receipt, sign_pack, sign_receipt, verify_pack
from host_tools.provisioning.keys import test_keys as printed_keys
from tests.portable.ed25519_signer import Signer
from tests.portable.test_pack_file import GOLDEN, PACK, SCHEME

INTEGERS = st.integers(-(1 << 64), (1 << 64) - 1)
KEYS = st.text(max_size=8) | INTEGERS
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.binary(max_size=40) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=40,
)
BYTE_STRINGS = st.binary(max_size=60)
SEEDS = st.binary(min_size=32, max_size=32)


def in_order(value):
    """The value with its maps in the order of RFC 8949, section 4.2.1 (cbor2's own `canonical` has RFC 7049's)."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=cbor2.dumps)}
    return value


def same(one, two):
    """Equal, and true is not 1."""
    if type(one) is not type(two):
        return False
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    return one == two


def ours(value, depth=0):
    """Whether packs may hold this value."""
    if isinstance(value, list):
        return depth < DEPTH_MAX and all(ours(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < DEPTH_MAX and all(type(key) in (str, int) and ours(key) and ours(inner, depth + 1) for key, inner in value.items())
    return value is None or type(value) in (bool, bytes, str) or (type(value) is int and -(1 << 64) <= value < 1 << 64)


def theirs(data):
    """(True, value) when cbor2 reads one whole value that packs may hold, written as they must be; else (False, None)."""
    stream = io.BytesIO(data)
    try:
        value = cbor2.load(stream)
        return (True, value) if ours(value) and cbor2.dumps(in_order(value)) == data else (False, None)
    except Exception:  # noqa: BLE001 - whatever it is that cbor2 says no with
        return False, None


@given(VALUES)
def test_cbor2_reads_what_we_write_and_writes_the_same(value):
    raw = encode(value)
    assert raw == cbor2.dumps(in_order(value))
    assert same(cbor2.loads(raw), value) and same(decode(raw), value)


@given(VALUES, st.data())
@settings(max_examples=300)
def test_changed_bytes_are_read_as_cbor2_reads_them_or_refused(value, data):
    raw = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + 1] = data.draw(st.binary(max_size=2))
        if not raw:
            break
    judged_alike(bytes(raw))


@given(BYTE_STRINGS)
@example(bytes.fromhex("a2016161f56162"))
@example(b"\x81" * 16 + b"\x80")
def test_any_bytes_are_read_as_cbor2_reads_them_or_refused(data):
    judged_alike(data)


@given(st.binary(min_size=1, max_size=23))
def test_text_is_utf_8_or_refused(raw):
    judged_alike(bytes([0x60 + len(raw)]) + raw)


def judged_alike(data):
    good, value = theirs(data)
    try:
        mine = decode(data)
    except BadInput:  # then cbor2 must have no canonical reading either
        assert not good, data.hex()
    else:
        assert good and same(mine, value), data.hex()


@given(SEEDS, BYTE_STRINGS, st.integers(0, 8 * 96))
@settings(max_examples=60)
def test_cryptography_signs_and_we_say_the_same_of_it(seed, message, place):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify(public, message, signature)
    signer = Signer(seed)
    assert signer.public_key == public and signer.sign(message) == signature
    if place == 8 * 96:
        return
    changed = bytearray(public + signature)
    changed[place >> 3] ^= 1 << (place & 7)
    public, signature = bytes(changed[:32]), bytes(changed[32:])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        good = True
    except (InvalidSignature, ValueError):  # ValueError: no point
        good = False
    assert verify(public, message, signature) is good is False


@given(st.binary(max_size=600))
def test_sha512_of_integers_is_hashlibs(message):
    assert BACK_END == "hashlib"
    assert sha512_of_integers(message) == sha512(message) == hashlib.sha512(message).digest()


def test_another_program_opens_our_pack():
    """RFC 9052 step by step, with cbor2 and cryptography alone."""
    keys = printed_keys()
    pack = dict(PACK, scheme=keys.scheme)
    message = cbor2.loads(sign_pack(pack, keys))
    assert message.tag == 18
    protected, unprotected, payload, signature = message.value
    assert cbor2.loads(protected) == {1: -8, 3: "application/vnd.stampd.pack+cbor; format=1", 4: b"\xff\xff"} and unprotected == {}
    signed = cbor2.dumps(["Signature1", protected, b"stampd/pack/1", payload])
    Ed25519PublicKey.from_public_bytes(keys.public_key("pack")).verify(signature, signed)
    assert cbor2.loads(payload) == pack


def test_we_open_the_pack_of_another_program():
    key = Ed25519PrivateKey.from_private_bytes(b"stampd tests: the office's key  ")
    protected = cbor2.dumps({1: -8, 3: "application/vnd.stampd.pack+cbor; format=1", 4: SCHEME.to_bytes(2, "big")})
    payload = cbor2.dumps(in_order(PACK))
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"stampd/pack/1", payload]))
    data = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    assert data.hex() == GOLDEN
    assert verify_pack(data, key.public_key().public_bytes_raw(), PACK["number"]) == PACK


def test_a_pack_signed_with_a_homes_keys():
    keys, asked = printed_keys(), []
    pack = dict(PACK, scheme=keys.scheme)
    data = sign_pack(pack, keys, asked.append)
    assert verify_pack(data, keys) == verify_pack(data, keys.public_key("pack"), 7) == pack and asked == [pack]
    for wrong, code in ((data[:-1], "PACK_DAMAGED"), (data[:-1] + bytes([data[-1] ^ 1]), "PACK_FORGED")):
        with pytest.raises(BadInput) as trouble:
            verify_pack(wrong, keys)
        assert trouble.value.code == code and trouble.value.hint
    with pytest.raises(BadInput) as trouble:
        verify_pack(data, keys, 8)
    assert trouble.value.code == "PACK_OLDER"
    with pytest.raises(BadInput) as trouble:
        verify_pack(data, keys.public_key("receipt"))
    assert trouble.value.code == "PACK_FORGED"
    with pytest.raises(BadInput) as trouble:
        sign_pack(PACK, keys)
    assert trouble.value.code == "PACK_SCHEME"


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
@settings(max_examples=30)
def test_a_receipt_comes_back_from_its_qr_code(receipt):
    keys = printed_keys()
    try:
        text = sign_receipt(receipt, keys)
    except BadInput as trouble:  # drawn larger, or nested deeper, than a slip takes
        assert trouble.code in ("RECEIPT_TOO_LARGE", "CBOR")
        return
    assert same(open_receipt(text, keys), receipt) and same(open_receipt(text, keys.public_key("receipt")), receipt)
    drawn = segno.make(text, micro=False)
    assert drawn.mode == "alphanumeric" and drawn.version <= 25


def test_the_longest_receipt_fits_the_qr_code_that_a_slip_can_show():
    longest = receipt_file.PREFIX + receipt_file.base45_encode(b"\xff" * receipt_file.RECEIPT_BYTES_MAX)
    drawn = segno.make(longest, error="l", boost_error=False, micro=False)
    assert drawn.mode == "alphanumeric" and drawn.version == 25


def test_a_pack_is_no_receipt_and_a_receipt_no_pack():
    keys = printed_keys()
    pack = sign_pack(dict(PACK, scheme=keys.scheme), keys)
    with pytest.raises(BadInput) as trouble:
        open_receipt(receipt_file.PREFIX + receipt_file.base45_encode(pack), keys.public_key("pack"))
    assert trouble.value.code == "RECEIPT_DAMAGED"
    receipt = receipt_file.base45_decode(sign_receipt({"paid": 1}, keys)[len(receipt_file.PREFIX) :])
    with pytest.raises(BadInput) as trouble:
        verify_pack(receipt, keys.public_key("receipt"))
    assert trouble.value.code == "PACK_DAMAGED"
    assert pack_file.KEY_PURPOSE != receipt_file.KEY_PURPOSE and pack_file.PURPOSE != receipt_file.PURPOSE
