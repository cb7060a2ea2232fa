"""A receipt on a slip: RFC 9285's examples, what was signed comes back, misread and forged ones are refused."""

from cardos.cbor import encode
from cardos.crypto import sign1
from cardos.errors import BadInput
from cardos.offers import pack_file, receipt_file
from cardos.offers.receipt_file import PREFIX, RECEIPT_BYTES_MAX, base45_decode, base45_encode, open_receipt, unsigned_receipt
from tests.portable.ed25519_signer import Signer

SCHEME = 0x1234
SHOP = Signer(b"stampd tests: the shop's key    ")
STRANGER = Signer(b"stampd tests: a stranger's key  ")
RECEIPT = {"terminal": 7, "transaction": b"\x01\x02\x03\x04", "day": 2518, "lines": [["latte", 2, 450], ["cake", 1, 320]], "paid": 1220}

EXAMPLES = ((b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", ""), (b"\x00", "00"), (b"\xff\xff", "FGW"))


def signed(receipt, signer=SHOP, purpose=receipt_file.PURPOSE, content_type=None, scheme=SCHEME):
    protected, payload = sign1.protected_header(scheme, content_type), encode(receipt)
    return receipt_file.assemble(protected, payload, signer.sign(sign1.to_be_signed(protected, payload, purpose)))


def opened(text):
    return open_receipt(text, SHOP.public_key, SCHEME)


def code_of(function, *arguments):
    try:
        function(*arguments)
    except BadInput as trouble:
        assert trouble.message and trouble.hint, trouble.code
        return trouble.code
    return None


def test_the_examples_of_rfc_9285_both_ways():
    for data, text in EXAMPLES:
        assert base45_encode(data) == text and base45_decode(text) == data, text


def test_texts_that_are_no_base45_are_refused():
    for text in ("GGW", ":::", "0", "0000", "BB8B", "V5", "::", "bb8", "BB\u00e4", "BB\n", "=A0", "BB8_0"):
        assert code_of(base45_decode, text) == "RECEIPT_DAMAGED", text


def test_every_byte_count_comes_back():
    for size in range(40):
        data = bytes([255 - place * 5 for place in range(size)])
        assert base45_decode(base45_encode(data)) == data


def test_what_was_signed_comes_back():
    text = signed(RECEIPT)
    assert opened(text) == RECEIPT and opened(" %s\r\n" % text) == RECEIPT and open_receipt(text, SHOP.public_key) == RECEIPT
    protected, payload, message = unsigned_receipt(RECEIPT, SCHEME)
    assert receipt_file.assemble(protected, payload, SHOP.sign(message)) == text
    assert all(character in receipt_file._ALPHABET for character in text)


def test_forged_receipts_are_refused():
    assert code_of(opened, signed(RECEIPT, STRANGER)) == "RECEIPT_FORGED"
    assert code_of(opened, signed(RECEIPT, scheme=SCHEME + 1)) == "RECEIPT_FORGED"
    assert code_of(opened, signed(RECEIPT, purpose=pack_file.PURPOSE)) == "RECEIPT_FORGED"
    assert code_of(open_receipt, signed(RECEIPT), STRANGER.public_key) == "RECEIPT_FORGED"


def test_damaged_receipts_are_refused():
    text = signed(RECEIPT)
    assert code_of(opened, signed([1])) == "RECEIPT_DAMAGED" and code_of(opened, signed(RECEIPT, content_type="x")) == "RECEIPT_DAMAGED"
    for other in ("", "https://example.org/", text[1:], text[len(PREFIX) :], text.lower(), PREFIX, PREFIX + "BB8", text + "0", text + text):
        assert code_of(opened, other) == "RECEIPT_DAMAGED", other
    for size in range(len(text)):
        assert code_of(opened, text[:size]) == "RECEIPT_DAMAGED", size
    assert code_of(unsigned_receipt, [1], SCHEME) == "CBOR"


def test_what_is_signed_but_not_canonical_is_refused():
    protected, payload = sign1.protected_header(SCHEME), b"\xa2\x61b\x01\x61a\x02"
    signature = SHOP.sign(sign1.to_be_signed(protected, payload, receipt_file.PURPOSE))
    assert code_of(opened, receipt_file.assemble(protected, payload, signature)) == "RECEIPT_DAMAGED"


def test_one_changed_character_is_never_taken():
    text = signed(RECEIPT)
    for place in range(0, len(text), 7):
        other = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert code_of(opened, other) in ("RECEIPT_DAMAGED", "RECEIPT_FORGED"), place


def test_size_is_bounded():
    room = RECEIPT_BYTES_MAX - len(base45_decode(signed({"x": "a" * 500})[len(PREFIX) :])) + 500
    longest = signed({"x": "a" * room})
    assert opened(longest) == {"x": "a" * room} and len(longest) == len(PREFIX) + RECEIPT_BYTES_MAX // 2 * 3
    assert code_of(signed, {"x": "a" * (room + 1)}) == "RECEIPT_TOO_LARGE"
    assert code_of(opened, PREFIX + "0" * 100000) == "RECEIPT_DAMAGED"
