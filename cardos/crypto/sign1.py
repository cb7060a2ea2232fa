"""COSE_Sign1 as ours are made (RFC 9052, section 4.2): one signature, Ed25519, nothing outside the signed part.

    18([ protected: bytes of a map, unprotected: {}, payload: bytes, signature: 64 bytes ])

protected  {1: -8 (EdDSA), 3: content type, where there is one, 4: key id = the scheme, 2 bytes}, canonical CBOR
signed     canonical CBOR of ["Signature1", protected, external_aad, payload]; the external data names purpose and version and is not sent

Trouble is `BadInput`: codes CBOR and COSE; packs, receipts and what boards are sent (`cardos.records.signed`) say what it means for
theirs. Nothing is verified here, so that whoever only takes apart what was proven before needs no Ed25519 in memory.
"""

from collections import namedtuple

from cardos.bytes import uint
from cardos.cbor import decode, encode
from cardos.errors import BadInput

TAG = 18
SIGNATURE_SIZE = 64  # of Ed25519
EDDSA = -8
_ALGORITHM, _CONTENT_TYPE, _KEY_ID = 1, 3, 4  # labels of RFC 9052, section 3.1
_SCHEME_SIZE = 2

# scheme: whose key signed, or so it says; content_type: text or None; the rest: bytes
Signed = namedtuple("Signed", ["scheme", "content_type", "protected", "payload", "signature"])


def protected_header(scheme, content_type=None):
    """The bytes of the signed header. scheme: 0..65535 (RangeError outside)."""
    header = {_ALGORITHM: EDDSA, _KEY_ID: uint(scheme, _SCHEME_SIZE)}
    if content_type is not None:
        header[_CONTENT_TYPE] = content_type
    return encode(header)


def to_be_signed(protected, payload, purpose):
    """The bytes under the signature (RFC 9052, section 4.4). purpose: the external data, as `b"stampd/pack/1"`."""
    return encode(["Signature1", protected, purpose, payload])


def unsigned(value, scheme, purpose, content_type=None):
    """(protected, payload, to_be_signed), all bytes, of a value. BadInput (CBOR) for what is not written, RangeError for a scheme above 65535."""
    protected, payload = protected_header(scheme, content_type), encode(value)
    return protected, payload, to_be_signed(protected, payload, purpose)


def assemble(protected, payload, signature):
    """The whole: tag 18 and its four parts."""
    if len(signature) != SIGNATURE_SIZE:
        raise BadInput("A signature has %d bytes, not %d." % (SIGNATURE_SIZE, len(signature)), "Sign it again.", "COSE")
    return encode([bytes(protected), {}, bytes(payload), bytes(signature)], tag=TAG)


def take_apart(data, bytes_max):
    """The `Signed` that `assemble` gave, unproven. BadInput (CBOR, COSE) for every other bytes; longer than `bytes_max` is not read."""
    parts = decode(data, tag=TAG, bytes_max=bytes_max)
    if not isinstance(parts, list) or len(parts) != 4 or parts[1] != {}:
        raise _trouble("It has not the four parts of a signed message.")
    protected, payload, signature = parts[0], parts[2], parts[3]
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise _trouble("It has not the four parts of a signed message.")
    if len(signature) != SIGNATURE_SIZE:
        raise _trouble("Its signature has %d bytes, not %d." % (len(signature), SIGNATURE_SIZE))
    header = decode(protected)
    if not isinstance(header, dict) or header.get(_ALGORITHM) != EDDSA:
        raise _trouble("Its header does not say that Ed25519 signed it.")
    key_id, content_type = header.get(_KEY_ID), header.get(_CONTENT_TYPE)
    if not isinstance(key_id, bytes) or len(key_id) != _SCHEME_SIZE:
        raise _trouble("Its header does not say whose key signed it.")
    if content_type is not None and not isinstance(content_type, str):
        raise _trouble("Its content type is not a text.")
    scheme = int.from_bytes(key_id, "big")
    if protected != protected_header(scheme, content_type):
        raise _trouble("Its header holds more than it may.")
    return Signed(scheme, content_type, protected, payload, signature)


def _trouble(message):
    return BadInput(message, "Make it again with the program that wrote it; fetch it again if it was copied.", "COSE")
