"""What the scheme signs for its boards besides packs: certificates, stop lists and releases, each a COSE_Sign1 (`crypto.sign1`).

    Kind            what one of them is called, its external data, its largest size
    unsigned        what a signer signs
    assemble        the bytes, from these and the signature
    proven_steps    the value inside, its signature checked; in steps, because a board takes seconds for it
    trusted         the value inside, not checked again: for bytes that this board proved once and keeps under a MAC of its own

A kind's codes are its prefix and DAMAGED (not the bytes that anybody made), VERSION (of a format that this program does not know),
SCHEME (of another scheme), FORGED (the signature is not by this scheme's key), OLDER and TOO_LARGE.
"""

from collections import namedtuple

from cardos.cbor import decode
from cardos.crypto import sign1
from cardos.errors import BadInput

NUMBER_MAX = 0xFFFFFFFF  # of lists and releases: the width that the sync has for it
MINUTE_MAX = 0xFFFFFF  # since 2026-01-01 UTC, as a record carries it

# noun: as messages have it, "stop list". prefix: of its codes. purpose: external data of the signature. bytes_max: a longer one is not read.
Kind = namedtuple("Kind", ["noun", "prefix", "purpose", "bytes_max"])


def unsigned(kind, value, scheme):
    """(protected, payload, to_be_signed), all bytes. RangeError for a scheme above 65535, BadInput (CBOR) for what is not written."""
    return sign1.unsigned(value, scheme, kind.purpose)


def assemble(kind, protected, payload, signature):
    """The bytes of the whole. BadInput when it is larger than its kind may be, or the signature has not 64 bytes."""
    data = sign1.assemble(protected, payload, signature)
    if len(data) > kind.bytes_max:
        raise trouble(kind, "TOO_LARGE", "This %s has %d bytes; boards take at most %d." % (kind.noun, len(data), kind.bytes_max), "Leave some of it out.")
    return data


def proven_steps(kind, data, public_key, scheme):
    """Generator, yields None often and returns the value inside. public_key: the scheme's of this purpose, 32 bytes. scheme: the
    board's own number. Raises BadInput: DAMAGED, SCHEME, FORGED. Nothing that is not proven is given back or named."""
    from cardos.crypto.ed25519 import verify_steps  # only when something was downloaded: a tap's heap is better without it

    signed = _apart(kind, data)
    if signed.scheme != scheme:
        text = "This %s is of scheme %04X; this board belongs to scheme %04X." % (kind.noun, signed.scheme, scheme)
        raise trouble(kind, "SCHEME", text, "Take what your own shop sends, or provision the board for that scheme.")
    message = sign1.to_be_signed(signed.protected, signed.payload, kind.purpose)
    is_good = yield from verify_steps(public_key, message, signed.signature)
    if not is_good:
        text = "The signature on this %s is not by scheme %04X: it was forged or changed. What is in use stays." % (kind.noun, scheme)
        raise trouble(kind, "FORGED", text, "Fetch it from your own office again and tell them; it must be signed with this scheme's keys.")
    return _inside(kind, signed)


def trusted(kind, data):
    """(scheme, value inside) of bytes that were proven before and kept under a MAC since. BadInput: DAMAGED."""
    signed = _apart(kind, data)
    return signed.scheme, _inside(kind, signed)


def trouble(kind, code, text, hint):
    """The BadInput of a kind."""
    return BadInput(text, hint, kind.prefix + "_" + code)


def damaged(kind, why):
    """The BadInput of bytes that nobody made."""
    hint = "Fetch it again; if it stays so, sign it again at the office."
    return trouble(kind, "DAMAGED", "This is no %s, or a damaged one: %s" % (kind.noun, why), hint)


def check_format(kind, number, known):
    """Refuses another format than `known`. BadInput: DAMAGED, VERSION."""
    if not is_number(number):
        raise damaged(kind, "it does not say its format.")
    if number != known:
        text = "This %s is of format %d; this program knows format %d." % (kind.noun, number, known)
        raise trouble(kind, "VERSION", text, "Update the board, or sign it with the version that runs there.")


def refuse_older(kind, number, newest):
    """Refuses a number below the newest that was in use here: what is old must not come back. BadInput: OLDER."""
    if number < newest:
        text = "This %s has number %d; number %d is in use here." % (kind.noun, number, newest)
        raise trouble(kind, "OLDER", text, "Take the newest one. What is to come back is signed again with a higher number.")


def is_number(value, most=NUMBER_MAX):
    """True for a whole number of 0 to `most`; what is true or false is none."""
    return isinstance(value, int) and value is not True and value is not False and 0 <= value <= most


def _apart(kind, data):
    try:
        signed = sign1.take_apart(data, kind.bytes_max)
    except BadInput as found:  # said as what it means for this kind
        raise damaged(kind, found.message)
    if signed.content_type is not None:
        raise damaged(kind, "it is signed, but it is something else.")
    return signed


def _inside(kind, signed):
    try:
        return decode(signed.payload, bytes_max=kind.bytes_max)
    except BadInput as found:  # the office signed what is not canonical: its program is wrong, not the way here
        raise damaged(kind, found.message)
