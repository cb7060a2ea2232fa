"""CMAC, diversification and compare against published vectors (all of them again, from the files, in tests/vectors)."""

from cardos.bytes import I24_MAX, I24_MIN, Cursor, i24, read_i24, read_tlvs, tlv, uint, xor
from cardos.crypto.an10922 import diversify_aes128
from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.crypto.compare import constant_time_equal
from cardos.errors import CardAnswered, RangeError

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")  # RFC 4493 section 4
MESSAGE = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")


def refuses(kind, function, *arguments):
    try:
        function(*arguments)
    except kind:
        return True
    return False


def test_cmac_of_rfc_4493():
    assert aes_cmac(KEY, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert aes_cmac(KEY, MESSAGE[:16]).hex() == "070a16b46b4d4144f79bdd9dd04a287c"
    assert aes_cmac(KEY, MESSAGE[:40]).hex() == "dfa66747de9ae63030ca32611497c827"
    assert aes_cmac(KEY, MESSAGE).hex() == "51f0bebf7e3b9d92fc49741779363cfe"


def test_cmac_subkeys_of_rfc_4493():
    cmac = Cmac(KEY)
    assert cmac.k1.hex() == "fbeed618357133667c85e08f7236a8de"
    assert cmac.k2.hex() == "f7ddac306ae266ccf90bc11ee46d513b"


def test_diversification_of_an10922():
    m = bytes.fromhex("04782e21801d803042f54e585020416275")  # AN10922 section 2.2.1
    assert diversify_aes128(bytes.fromhex("00112233445566778899aabbccddeeff"), m).hex() == "a8dd63a3b89d54b37ca802473fda9175"


def test_diversification_pads_short_inputs_to_32_bytes():
    key = bytes.fromhex("f3f9377698707b688eaf84abe39e3791")
    m = bytes.fromhex("04deadbeeffeed")
    assert diversify_aes128(key, m) != aes_cmac(key, b"\x01" + m)  # plain CMAC is a variant found in the field, not AN10922
    assert diversify_aes128(key, bytes(16)) == aes_cmac(key, b"\x01" + bytes(16))
    assert diversify_aes128(key, bytes(31)) == aes_cmac(key, b"\x01" + bytes(31))
    assert refuses(ValueError, diversify_aes128, key, b"") and refuses(ValueError, diversify_aes128, key, bytes(32))


def test_constant_time_compare():
    assert constant_time_equal(b"", b"") and constant_time_equal(b"ab", b"ab")
    assert not constant_time_equal(b"ab", b"abc") and not constant_time_equal(b"ab", b"aa")


def test_numbers_that_do_not_fit_are_refused():
    for value, size in ((256, 1), (65536, 2), (1 << 24, 3), (-1, 1), (-1, 2), ("1", 1), (None, 2)):
        assert refuses(RangeError, uint, value, size), (value, size)
    for value in (I24_MAX + 1, I24_MIN - 1, 1.0, None):
        assert refuses(RangeError, i24, value), value


def test_i24_is_twos_complement_at_every_edge():
    for value, text in ((0, "000000"), (1, "000001"), (-1, "ffffff"), (I24_MAX, "7fffff"), (I24_MIN, "800000"), (-10, "fffff6")):
        assert i24(value).hex() == text and read_i24(bytes.fromhex(text)) == value


def test_a_cursor_never_reads_past_the_end():
    cursor = Cursor(b"\x01\x02\x03")
    assert cursor.uint(1) == 1 and cursor.left == 2
    assert refuses(CardAnswered, cursor.take, 3) and refuses(CardAnswered, cursor.take, -1)
    assert cursor.take(2) == b"\x02\x03"
    cursor.end()


def test_tlvs():
    assert read_tlvs(b"\x00\x03\x02ab\x00\xfe\x03\x01c") == [(3, b"ab")]
    long = tlv(3, bytes(300))
    assert long[:4] == b"\x03\xff\x01\x2c" and read_tlvs(long) == [(3, bytes(300))]
    assert refuses(CardAnswered, read_tlvs, b"\x03\x05ab")


def test_xor_wants_equal_lengths():
    assert xor(b"\x0f\xf0", b"\xff\xff") == b"\xf0\x0f"
    assert refuses(ValueError, xor, b"a", b"ab")
