"""A pack as it travels: what was signed comes back, and every other file is refused with a code and what to do."""

from cardos.cbor import encode
from cardos.crypto import sign1
from cardos.errors import BadInput, RangeError
from cardos.offers import pack_file
from cardos.offers.pack_file import PACK_BYTES_MAX, open_pack, unsigned_pack
from tests.portable.ed25519_signer import Signer

SCHEME = 0x1234
OFFICE = Signer(b"stampd tests: the office's key  ")
STRANGER = Signer(b"stampd tests: a stranger's key  ")
PACK = {"format": 1, "scheme": SCHEME, "number": 7, "currency": "EUR", "minor_digits": 2,
        "offers": [{"id": "a01", "kind": "stamp-card", "name": {"en": "Coffee", "lv": "K\u0101fija"}}]}  # fmt: skip

# The whole file of PACK: whoever changes a byte of the format changes this, the version and the docs.
GOLDEN = (
    "d2845834a3012703782a6170706c69636174696f6e2f766e642e7374616d70642e7061636b2b63626f723b20666f726d61743d3104421234a05871a666666f72"
    "6d617401666e756d62657207666f666665727381a362696463613031646b696e646a7374616d702d63617264646e616d65a262656e66436f66666565626c7667"
    "4bc48166696a6166736368656d651912346863757272656e6379634555526c6d696e6f725f646967697473025840c13df936b6a5e7343ccdd06a97359dc70478"
    "6c7e7bdffa26130d3d8a9b6bc9bf235771b765a8b27548afcd03bded8f83605a5ded4eee6b92c0f50319da9ded0e"
)


def with_fields(**fields):
    pack = dict(PACK)
    for name in fields:
        pack[name] = fields[name]
    return pack


def signed(pack, signer=OFFICE, scheme=SCHEME):
    protected, payload, message = unsigned_pack(pack, scheme)
    return pack_file.assemble(protected, payload, signer.sign(message))


def signed_anyhow(payload, purpose=pack_file.PURPOSE, content_type=pack_file.CONTENT_TYPE + "1", scheme=SCHEME, signer=OFFICE):
    """A good signature over what no compiler of ours writes."""
    protected = sign1.protected_header(scheme, content_type)
    return sign1.assemble(protected, payload, signer.sign(sign1.to_be_signed(protected, payload, purpose)))


def opened(data, newest_number=0, scheme=SCHEME, check=None):
    return open_pack(data, OFFICE.public_key, scheme, newest_number, check)


def code_of(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except BadInput as trouble:
        assert trouble.message and trouble.hint, trouble.code
        return trouble.code
    return None


def test_the_bytes_of_a_pack_file():
    assert signed(PACK).hex() == GOLDEN, signed(PACK).hex()


def test_what_was_signed_comes_back():
    data = signed(PACK)
    assert opened(data) == PACK and opened(data, 7) == PACK and opened(data, scheme=None) == PACK and opened(bytearray(data), 6) == PACK


def test_an_older_pack_is_refused():
    assert code_of(opened, signed(PACK), 8) == "PACK_OLDER" and code_of(opened, signed(with_fields(number=1)), 2) == "PACK_OLDER"


def test_a_pack_that_another_key_signed_is_forged():
    assert code_of(opened, signed(PACK, STRANGER)) == "PACK_FORGED"
    data = signed(PACK)
    assert code_of(open_pack, data, STRANGER.public_key, SCHEME, 0) == "PACK_FORGED"
    assert code_of(open_pack, data, bytes(32), SCHEME, 0) == "PACK_FORGED" and code_of(open_pack, data, b"", SCHEME, 0) == "PACK_FORGED"


def test_a_signature_for_another_purpose_signs_no_pack():
    for purpose in (b"", b"stampd/pack/2", b"stampd/receipt/1"):
        assert code_of(opened, signed_anyhow(encode(PACK), purpose)) == "PACK_FORGED", purpose


def test_the_pack_of_another_scheme_is_refused():
    theirs = with_fields(scheme=0x4321)
    assert code_of(opened, signed(theirs, scheme=0x4321)) == "PACK_SCHEME"
    assert code_of(opened, signed_anyhow(encode(theirs))) == "PACK_SCHEME"
    assert code_of(unsigned_pack, theirs, SCHEME) == "PACK_SCHEME"


def test_a_format_of_later_is_refused_inside_and_outside():
    assert code_of(opened, signed_anyhow(encode(with_fields(format=2)))) == "PACK_VERSION"
    assert code_of(opened, signed_anyhow(encode(PACK), content_type=pack_file.CONTENT_TYPE + "2")) == "PACK_VERSION"
    assert code_of(unsigned_pack, with_fields(format=2), SCHEME) == "PACK_VERSION"


def test_what_is_signed_but_no_pack_is_refused():
    for content_type in (None, "text/plain", ""):
        assert code_of(opened, signed_anyhow(encode(PACK), content_type=content_type)) == "PACK_DAMAGED", content_type
    for payload in (encode([PACK]), encode({}), b"", b"\xff", encode(PACK) + b"\x00", b"\xa2\x61b\x01\x61a\x02", encode(with_fields(format=None))):
        assert code_of(opened, signed_anyhow(payload)) == "PACK_DAMAGED", payload
    for number in (0, -1, True, "7", None, 1 << 32):
        payload = encode(with_fields(number=number))
        assert code_of(opened, signed_anyhow(payload)) == "PACK_DAMAGED", payload


def test_other_frames_around_a_pack_are_refused():
    protected, payload, message = unsigned_pack(PACK, SCHEME)
    signature, header = OFFICE.sign(message), encode({1: -8})
    frames = (
        ([protected, {}, payload, signature], None), ([protected, {}, payload, signature], 17), ([protected, {}, payload], 18),
        ([protected, {4: b"\x12\x34"}, payload, signature], 18), ([protected, None, payload, signature], 18), ([protected, [], payload, signature], 18),
        ([protected, {}, None, signature], 18), ([protected, {}, payload, signature[:63]], 18), ([protected, {}, payload, signature + b"\0"], 18),
        (["x", {}, payload, signature], 18), ([b"", {}, payload, signature], 18), ([header, {}, payload, signature], 18),
        ([encode({1: -7, 3: "x", 4: b"\x12\x34"}), {}, payload, signature], 18), ([encode({1: -8, 4: b"\x12\x34\x56"}), {}, payload, signature], 18),
        ([encode({1: -8, 3: 60, 4: b"\x12\x34"}), {}, payload, signature], 18), ([encode([1]), {}, payload, signature], 18),
        ([encode({1: -8, 2: [9], 4: b"\x12\x34", 9: 1}), {}, payload, signature], 18), ({}, 18), (7, 18), ("d284", 18),
        ([protected, {}, payload, signature, 0], 18),
    )  # fmt: skip
    for parts, tag in frames:
        assert code_of(opened, encode(parts, tag=tag)) == "PACK_DAMAGED", parts
    for data in (b"", b"{}", bytes(300), b"\xff" * 300, b"PK\x03\x04", signed(PACK) + b"\0", signed(PACK)[1:]):
        assert code_of(opened, data) == "PACK_DAMAGED", data[:4]


def test_a_cut_file_is_damaged_wherever_it_was_cut():
    data = signed(PACK)
    for size in range(len(data)):
        assert code_of(opened, data[:size]) == "PACK_DAMAGED", size


def test_one_changed_bit_is_never_taken():
    data, codes = signed(PACK), {}
    for place in range(0, 8 * len(data), 29):
        changed = bytearray(data)
        changed[place >> 3] ^= 1 << (place & 7)
        code = code_of(opened, bytes(changed))
        assert code in ("PACK_DAMAGED", "PACK_FORGED", "PACK_VERSION", "PACK_SCHEME"), (place, code)
        codes[code] = place
    assert "PACK_DAMAGED" in codes and "PACK_FORGED" in codes, codes


def test_size_is_bounded():
    room = PACK_BYTES_MAX - len(signed(with_fields(note="x" * 1000))) + 1000
    assert len(signed(with_fields(note="x" * room))) == PACK_BYTES_MAX
    assert opened(signed(with_fields(note="x" * room)))["note"] == "x" * room
    assert code_of(signed, with_fields(note="x" * (room + 1))) == "PACK_TOO_LARGE"
    assert code_of(opened, signed_anyhow(encode(with_fields(note="x" * (room + 1))))) == "PACK_DAMAGED"


def test_the_rules_inside_are_checked_once_the_pack_is_proven():
    asked = []

    def check(pack):
        asked.append(pack["number"])
        raise BadInput("No such operation.", "Update.", "PACK_VERSION")

    assert code_of(opened, signed(PACK, STRANGER), check=check) == "PACK_FORGED" and code_of(opened, signed(PACK), 8, check=check) == "PACK_OLDER" and not asked
    assert code_of(opened, signed(PACK), check=check) == "PACK_VERSION" and asked == [7]


def test_what_a_pack_cannot_hold_is_refused_before_it_is_signed():
    assert code_of(unsigned_pack, with_fields(price=1.5), SCHEME) == "CBOR" and code_of(unsigned_pack, [PACK], SCHEME) == "PACK_DAMAGED"
    assert code_of(sign1.assemble, b"", b"", bytes(63)) == "COSE"
    try:
        unsigned_pack(with_fields(scheme=65536), 65536)
        raise AssertionError("a scheme of 17 bits was taken")
    except RangeError as trouble:
        assert trouble.code == "OUT_OF_RANGE"
