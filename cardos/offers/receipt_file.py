"""A receipt as the customer carries it: "STAMPD1:" and base45 (RFC 9285) of a COSE_Sign1 (`sign1`), drawn as a QR code on the slip.

A terminal that does not know a sale can read it here, proven by the scheme's key of purpose "receipt". The alphabet is that
of a QR code's alphanumeric mode, so a byte costs 8.25 bits in the picture. What a receipt holds is the caller's; here it is a map.

| code | what is wrong |
|---|---|
| RECEIPT_DAMAGED | not the whole text of a receipt: misread, cut, or another QR code |
| RECEIPT_FORGED | the signature is not by this scheme's key |
"""

from cardos.cbor import decode
from cardos.crypto.ed25519 import verify
from cardos.errors import BadInput
from cardos.crypto import sign1

PURPOSE = b"stampd/receipt/1"  # external data of the signature: no other thing we sign can be taken for a receipt
KEY_PURPOSE = "receipt"
PREFIX = "STAMPD1:"
# 1,800 characters are QR version 25 at level L: 117 modules and a quiet zone, three dots each on the 48 mm that a 58-mm
# roll prints at 203 dpi. More cannot be read off a slip.
RECEIPT_BYTES_MAX = 1200

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_AGAIN = "Scan the QR code of the slip again, flat and in good light, or type the number of the sale."


def base45_encode(data):
    """The text of bytes (RFC 9285, section 4): three characters for two bytes, two for a last one, least significant first."""
    out = []
    for place in range(0, len(data), 2):
        pair = data[place : place + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            out.append(_ALPHABET[number % 45])
            number //= 45
    return "".join(out)


def base45_decode(text):
    """The bytes of a base45 text. BadInput (RECEIPT_DAMAGED) for every text that `base45_encode` does not give."""
    out = bytearray()
    for place in range(0, len(text), 3):
        group = text[place : place + 3]
        size, number, weight = len(group) - 1, 0, 1
        for character in group:
            digit = _ALPHABET.find(character)
            if digit < 0:
                raise _damaged("%r is no character of such a code" % character)
            number += digit * weight
            weight *= 45
        if size == 0 or number >> (8 * size):
            raise _damaged("it was cut or misread")
        out.extend(number.to_bytes(size, "big"))
    return bytes(out)


def unsigned_receipt(receipt, scheme):
    """(protected, payload, to_be_signed), all bytes, of a receipt dict. BadInput (CBOR) for values that are not written."""
    if not isinstance(receipt, dict):
        raise BadInput("A receipt is a map, and this is not.", "Give it as a dict.", "CBOR")
    return sign1.unsigned(receipt, scheme, PURPOSE)


def assemble(protected, payload, signature):
    """The text for the QR code. BadInput (RECEIPT_TOO_LARGE) when it would not be readable on a slip."""
    data = sign1.assemble(protected, payload, signature)
    if len(data) > RECEIPT_BYTES_MAX:
        raise BadInput(
            "The receipt has %d bytes; a QR code on a slip holds %d." % (len(data), RECEIPT_BYTES_MAX),
            "Print the number of the sale instead, or put fewer lines into the code.",
            "RECEIPT_TOO_LARGE",
        )
    return PREFIX + base45_encode(data)


def open_receipt(text, public_key, scheme=None):
    """The receipt dict of a scanned text. public_key: the scheme's, of purpose "receipt", 32 bytes. scheme: its number, or None: any.

    Blanks and line ends around the text are left out: scanners add them. Raises BadInput: RECEIPT_DAMAGED, RECEIPT_FORGED.
    """
    text = text.strip()  # base45 ends in no blank: its last character is a small digit
    if not text.startswith(PREFIX):
        raise _damaged("it does not begin with %s" % PREFIX)
    if len(text) > len(PREFIX) + (RECEIPT_BYTES_MAX + 1) // 2 * 3:
        raise _damaged("it is too long")
    data = base45_decode(text[len(PREFIX) :])
    try:
        signed = sign1.take_apart(data, RECEIPT_BYTES_MAX)
    except BadInput as trouble:  # said as what it means for a receipt
        raise _damaged(trouble.message)
    if signed.content_type is not None:
        raise _damaged("it is signed, but no receipt")
    message = sign1.to_be_signed(signed.protected, signed.payload, PURPOSE)
    if (scheme is not None and signed.scheme != scheme) or not verify(public_key, message, signed.signature):
        raise BadInput(
            "This receipt was not signed by your shop: nothing is paid back on it.",
            "Ask for the slip itself and look the sale up by its number; do not take it from a picture.",
            "RECEIPT_FORGED",
        )
    try:
        receipt = decode(signed.payload, bytes_max=RECEIPT_BYTES_MAX)
    except BadInput as trouble:  # signed by a program that writes it wrongly
        raise _damaged(trouble.message)
    if not isinstance(receipt, dict):
        raise _damaged("its inside is not a map")
    return receipt


def _damaged(why):
    return BadInput("This is no receipt of stampd, or it was not read whole: %s" % (why if why.endswith(".") else why + "."), _AGAIN, "RECEIPT_DAMAGED")
