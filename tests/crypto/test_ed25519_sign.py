"""Our Ed25519 against the library's: the same keys, the same signatures, for any seed and message."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cardos.crypto.ed25519 import verify
from cardos.crypto.ed25519_sign import public_key, sign

SEEDS = st.binary(min_size=32, max_size=32)


@settings(max_examples=150)
@example(bytes(32), b"")
@example(b"\xff" * 32, bytes(300))
@given(SEEDS, st.binary(max_size=400))
def test_keys_and_signatures_are_those_of_cryptography(seed, message):
    theirs = Ed25519PrivateKey.from_private_bytes(seed)
    assert public_key(seed) == theirs.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    ours = sign(seed, message)
    assert ours == theirs.sign(message)
    assert verify(public_key(seed), message, ours)


@settings(max_examples=60)
@given(SEEDS, st.binary(max_size=100), st.integers(0, 511))
def test_one_bit_makes_another_signature(seed, message, place):
    changed = bytearray(sign(seed, message))
    changed[place >> 3] ^= 1 << (place & 7)
    assert not verify(public_key(seed), message, bytes(changed))
