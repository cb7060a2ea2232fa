"""Ed25519: the RFC's signatures are good, and everything next to them is not. SHA-512 in integers, against FIPS 180-4's examples."""

from cardos.crypto.ed25519 import verify
from cardos.crypto.sha512 import sha512, sha512_of_integers

ORDER = (1 << 252) + 27742317777372353535851937790883648493
PRIME = (1 << 255) - 19

# RFC 8032, section 7.1: public key, message, signature
RFC_8032 = (
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
)  # fmt: skip

# Edge cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020; ed25519-speccheck): message, key, signature, good?
# A scheme that says what it takes: cofactorless, canonical, no small key.
EDGES = (
    ("key and R of small order, s = 0", "2a66241a42a9ee12994d8068dcf1bb7dfc6637b45450acd43711f637fa5080fc",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" + "00" * 32, False),
    ("key of small order", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", False),
    ("key and R of mixed order, good without the cofactor", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
     "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009", True),
    ("good only with the cofactor", "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
     "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
     "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09", False),
    ("s above the order", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514", False),
    ("s far above the order", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22", False),
    ("R not in its one encoding", "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "ec" + "ff" * 31 + "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f", False),
    ("key not in its one encoding", "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
     "ec" + "ff" * 31,
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04", False),
)  # fmt: skip


def h(text):
    return bytes.fromhex(text)


def little(number):
    return number.to_bytes(32, "little")


def flipped(data, place):
    changed = bytearray(data)
    changed[place >> 3] ^= 1 << (place & 7)
    return bytes(changed)


def test_the_signatures_of_rfc_8032():
    for key, message, signature in RFC_8032:
        assert verify(h(key), h(message), h(signature)), key


def test_one_changed_bit_is_refused():
    key, message, signature = [h(text) for text in RFC_8032[2]]
    for place in range(0, 512, 37):
        assert not verify(key, message, flipped(signature, place)), place
    for place in range(0, 256, 41):
        assert not verify(flipped(key, place), message, signature), place
    for place in range(16):
        assert not verify(key, flipped(message, place), signature), place
    assert not verify(key, message + b"\0", signature) and not verify(key, b"", signature)


def test_the_same_signature_written_otherwise_is_refused():
    key, message, signature = [h(text) for text in RFC_8032[1]]
    s = int.from_bytes(signature[32:], "little")
    for other in (s + ORDER, s + 2 * ORDER, s + 7 * ORDER, s + 15 * ORDER, ORDER, ORDER - s):
        assert not verify(key, message, signature[:32] + little(other)), other // ORDER
    for wrong in (b"", signature[:63], signature + b"\0", bytes(64), b"\xff" * 64):
        assert not verify(key, message, wrong)
    for wrong in (b"", key[:31], key + b"\0"):
        assert not verify(wrong, message, signature)


def test_edge_cases_on_which_libraries_differ():
    for name, message, key, signature, good in EDGES:
        assert verify(h(key), h(message), h(signature)) is good, name


def test_keys_of_small_order_sign_nothing():
    """With R = the neutral element and s = 0 such a key fits every message whose k is a multiple of its order."""
    order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    small = [little(1), little(PRIME - 1), little(0), little(1 << 255)] + [h(text) for text in order_8] + [flipped(h(text), 255) for text in order_8]
    for key in small:
        for message in (b"", b"a", b"b"):
            assert not verify(key, message, little(1) + bytes(32)), key.hex()


def test_numbers_that_are_no_points_are_no_keys():
    signature = h(RFC_8032[0][2])
    for number in (2, PRIME, PRIME + 1, PRIME + 18, (1 << 255) - 1, (1 << 255) + 1, (1 << 256) - 1, 1 << 255 | PRIME - 1):
        assert not verify(little(number), b"", signature), number


def test_sha512_of_integers():
    """FIPS 180-4's examples, and the million-letter kind cut short: every length around the padding's edges agrees with the machine's own."""
    assert sha512_of_integers(b"abc") == h(RFC_8032[3][1])
    assert sha512_of_integers(b"").hex()[:32] == "cf83e1357eefb8bdf1542850d66d8007"
    two = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
    assert sha512_of_integers(two).hex()[:32] == "8e959b75dae313da8cf4f72814fc143f" and sha512_of_integers(two).hex()[-16:] == "5e96e55b874be909"
    for size in (0, 1, 110, 111, 112, 113, 127, 128, 129, 239, 240, 256, 300):
        data = bytes([place * 7 & 255 for place in range(size)])
        assert sha512_of_integers(data) == sha512(data) == sha512_of_integers(bytearray(data)), size
