"""Ed25519 signing: the RFC's own vectors, always the same number of steps, and small ones."""

from cardos.crypto import ed25519_sign, sha512
from cardos.crypto.ed25519 import verify, verify_steps
from cardos.crypto.ed25519_sign import expand_steps, public_key, sign, sign_steps
from cardos.crypto.sha512 import sha512_of_integers_steps
from cardos.crypto.steps import finished

# RFC 8032, section 7.1: seed, public key, message, signature
RFC_8032 = (
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
)  # fmt: skip


def h(text):
    return bytes.fromhex(text)


def steps_of(steps):
    """(how many steps, value)."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:  # its value comes this way
            return count, end.value
        count += 1


def test_the_signatures_of_rfc_8032():
    for seed, public, message, signature in RFC_8032:
        assert public_key(h(seed)) == h(public)
        assert sign(h(seed), h(message)) == h(signature)


def test_every_secret_takes_the_same_steps():
    message, counts, signing = b"stampd" * 20, [], []
    for seed in (bytes(32), b"\xff" * 32, bytes(range(32)), h(RFC_8032[2][0])):
        count, key = steps_of(expand_steps(seed))
        counts.append(count)
        count, signature = steps_of(sign_steps(key, message))
        signing.append(count)
        assert verify(key[2], message, signature) and not verify(key[2], message + b"\0", signature)
    assert len(set(counts)) == 1 and len(set(signing)) == 1, (counts, signing)
    assert counts[0] > 360 and signing[0] > 360


def test_any_number_times_the_base_point():
    """Numbers at the edges of a window and of the range, against sums of the ones below."""
    known = {1: "5866666666666666666666666666666666666666666666666666666666666666"}
    order = (1 << 252) + 27742317777372353535851937790883648493
    for number in (1, order + 1, 2 * order + 1, 15 * order + 1):
        assert finished(ed25519_sign._base_times(number)) == h(known[1]), number
    for number in (0, order, 15 * order):
        assert finished(ed25519_sign._base_times(number)) == b"\1" + bytes(31), number
    assert finished(ed25519_sign._base_times(16)) == finished(ed25519_sign._base_times(order + 16))


def test_checking_comes_in_small_steps_and_says_the_same():
    _, public, message, signature = [h(text) for text in RFC_8032[1]]
    count, good = steps_of(verify_steps(public, message, signature))
    assert good is True and count > 450
    count, good = steps_of(verify_steps(public, b"s", signature))
    assert good is False and count > 450
    assert steps_of(verify_steps(public, message, signature[:63])) == (0, False)


def test_a_long_message_is_hashed_in_steps():
    count, _ = steps_of(sha512_of_integers_steps(bytes(1000)))
    assert count == 8 * 20


def test_the_constants_of_sha512_are_the_roots_of_primes():
    primes = [number for number in range(2, 410) if all([number % divisor for divisor in range(2, number)])]
    assert len(primes) == 80 == len(sha512._ROUND) and len(sha512._START) == 8
    for place, prime in enumerate(primes):
        for power, word in ((3, sha512._ROUND[place]), (2, sha512._START[place % 8] if place < 8 else None)):
            if word is not None:
                whole = [number for number in range(1, 21) if number**power <= prime][-1]
                root = whole << 64 | word
                assert root**power <= prime << 64 * power < (root + 1) ** power, prime


def test_a_seed_of_another_size_is_refused():
    for seed in (b"", bytes(31), bytes(33), bytes(64)):
        try:
            public_key(seed)
        except ValueError:  # as it should be
            continue
        raise AssertionError(len(seed))
