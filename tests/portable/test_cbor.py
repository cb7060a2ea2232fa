"""CBOR: RFC 8949's own examples for what packs use, and a refusal for every second way to write them."""

from cardos.cbor import BYTES_MAX, DEPTH_MAX, decode, encode
from cardos.errors import BadInput

# RFC 8949, appendix A; the maps with number keys and the tag included.
EXAMPLES = (
    (0, "00"), (1, "01"), (10, "0a"), (23, "17"), (24, "1818"), (25, "1819"), (100, "1864"), (1000, "1903e8"),
    (1000000, "1a000f4240"), (1000000000000, "1b000000e8d4a51000"), (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"), (-10, "29"), (-100, "3863"), (-1000, "3903e7"), (-18446744073709551616, "3bffffffffffffffff"),
    (False, "f4"), (True, "f5"), (None, "f6"), (b"", "40"), (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"), ("a", "6161"), ("IETF", "6449455446"), ("\"\\", "62225c"), ("\u00fc", "62c3bc"), ("\u6c34", "63e6b0b4"),
    ("\U00010151", "64f0908591"), ([], "80"), ([1, 2, 3], "83010203"), ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"), ({1: 2, 3: 4}, "a201020304"), ({"a": 1, "b": [2, 3]}, "a26161016162820203"), (["a", {"b": "c"}], "826161a161626163"),
    ({"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}, "a56161614161626142616361436164614461656145"),
)  # fmt: skip

# Appendix A again: what packs do not use. Floats, big numbers, undefined, simple values, tags, open lengths.
NOT_OURS = (
    "c249010000000000000000", "c349010000000000000000", "f90000", "f93c00", "fb3ff199999999999a", "fa47c35000", "f97c00", "f97e00",
    "f7", "f0", "f818", "f8ff", "c074323031332d30332d32315432303a30343a30305a", "c11a514b67b0", "d74401020304", "d818456449455446",
    "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "9f018202039f0405ffff", "83019f0203ff820405", "bf61610161629f0203ffff",
    "826161bf61626163ff",
)  # fmt: skip

SECOND_WAYS = (
    "1800", "1817", "190018", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "3900ff",  # longer numbers than needed
    "5800", "580161", "7800", "780161", "9800", "980101", "b800", "b8010101",  # longer lengths than needed
    "a2616201616101", "a2616101616102", "a201010102", "a2200101ff", "a26261616161610001", "a2410101410202",  # keys: order, twice, kind
    "a1f501", "a1f601", "a18001", "a1a001", "a1410101",  # a key that is no text and no number
    "62c080", "63e08080", "63eda080", "64f4908080", "61ff", "61c3", "62ff61", "64f0808080",  # not UTF-8
    "0000", "f6f6", "8001",  # bytes left over
    "", "18", "19ff", "1bffffffffffffff", "41", "62c3", "81", "8201", "a1", "a101", "9affffffff", "bbffffffffffffffff", "5bffffffffffffffff",  # cut
    "1c", "1d", "1e", "3c", "5c", "7e", "9d", "bc", "dc", "f8", "fc", "ff", "1f", "df", "d2", "d201",  # reserved; a tag nobody asked for
)  # fmt: skip


def refuses(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except BadInput as trouble:
        assert trouble.code == "CBOR" and trouble.message and trouble.hint
        return True
    return False


def test_the_examples_of_rfc_8949_both_ways():
    for value, text in EXAMPLES:
        raw = bytes.fromhex(text)
        assert encode(value) == raw, (value, encode(value))
        back = decode(raw)
        assert back == value and type(back) is type(value), text


def test_what_packs_do_not_use_is_refused():
    for text in NOT_OURS:
        assert refuses(decode, bytes.fromhex(text)), text


def test_every_second_way_to_write_a_value_is_refused():
    for text in SECOND_WAYS:
        assert refuses(decode, bytes.fromhex(text)), text


def test_keys_are_sorted_bytewise_as_encoded():
    """The order of RFC 8949, section 4.2.1, in its own example: 10, 100, -1, "z", "aa"; not shorter keys first."""
    assert encode({"aa": 1, "z": 2, -1: 3, 100: 4, 10: 5}).hex() == "a50a051864042003617a0262616101"
    for number in range(60):
        many = {}
        for key in range(number):
            many["key %d" % (key * 7 % 61)] = key
        assert decode(encode(many)) == many


def test_true_is_not_1():
    assert encode([True, 1, False, 0, None]).hex() == "85f501f400f6"
    assert decode(bytes.fromhex("f5")) is True and decode(bytes.fromhex("01")) == 1 and decode(bytes.fromhex("01")) is not True


def test_values_that_cbor_has_no_place_for_here():
    for value in (1.5, 1 << 64, -1 - (1 << 64), {1.5: 1}, {True: 1}, {None: 1}, {b"a": 1}, {(1,): 1}, object(), set(), [[1.0]], "\ud800", {"\udfff": 1}):
        assert refuses(encode, value), value
    assert encode((1, (2,))) == encode([1, [2]]) and encode(bytearray(b"ab")) == encode(b"ab")


def test_every_edge_of_a_numbers_width():
    for power in (8, 16, 32, 64):
        for value in ((1 << power) - 1, 1 << power, -(1 << power), -1 - (1 << power)):
            if -(1 << 64) <= value < 1 << 64:
                assert decode(encode(value)) == value
    assert len(encode(23)) == 1 and len(encode(24)) == 2 and len(encode(-24)) == 1 and len(encode(-25)) == 2


def nested(depth, inner, kind):
    value = inner
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value


def test_depth_is_bounded():
    for kind in (list, dict):
        deepest = nested(DEPTH_MAX, 7, kind)
        assert decode(encode(deepest)) == deepest
        assert refuses(encode, nested(DEPTH_MAX + 1, 7, kind))
    assert refuses(decode, b"\x81" * (DEPTH_MAX + 1) + b"\x00") and refuses(decode, b"\x81" * 5000 + b"\x00")
    assert refuses(decode, b"\xa1\x61a" * (DEPTH_MAX + 1) + b"\x00")


def test_size_is_bounded():
    assert len(decode(encode(bytes(BYTES_MAX - 3)))) == BYTES_MAX - 3
    assert refuses(decode, encode(bytes(BYTES_MAX))) and refuses(decode, b"\x01", bytes_max=0)
    assert decode(encode(bytes(40)), bytes_max=42) == bytes(40)


def test_a_tag_stands_only_where_it_is_asked_for():
    raw = encode([1, {}], tag=18)
    assert raw.hex() == "d28201a0" and decode(raw, tag=18) == [1, {}]
    assert refuses(decode, raw) and refuses(decode, encode([1, {}]), tag=18) and refuses(decode, raw, tag=17)
    assert refuses(decode, b"\x81" + raw) and refuses(decode, b"\xd2" + raw, tag=18) and refuses(decode, b"\xd2", tag=18)


def test_one_changed_bit_gives_another_value_or_a_refusal():
    """No two byte strings decode to one value: that is what canonical means."""
    value = {"id": "a01", "n": [1, 200, 70000, -5, True, None], "name": {"en": "Coffee", "lv": "K\u0101fija"}, "x": b"\x00\xff"}
    raw = encode(value)
    for place in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[place >> 3] ^= 1 << (place & 7)
        changed = bytes(changed)
        try:
            other = decode(changed)
        except BadInput:  # most bits
            continue
        assert encode(other) == changed and other != value, place
