"""A pack as it travels: canonical CBOR in a COSE_Sign1 (`sign1`), signed by the scheme's key of purpose "pack".

    unsigned_pack -> (protected, payload, to_be_signed)    what a signer signs
    assemble                                               the file, from these and the signature
    open_pack                                              the pack, proven, or `BadInput`

| code | what is wrong |
|---|---|
| PACK_DAMAGED | not the bytes that anybody made: cut, copied wrongly, another kind of file, too large |
| PACK_VERSION | of a format that this program does not know |
| PACK_SCHEME | of another scheme |
| PACK_FORGED | the signature is not by this scheme's key |
| PACK_OLDER | its number is below that of the pack in use: an old pack could bring an old offer back |

The rules inside are checked by whoever gives `check`. Opening runs when a pack is fetched and at a board's start, never in a tap.
"""

from cardos.cbor import decode
from cardos.crypto import sign1
from cardos.crypto.steps import finished
from cardos.errors import BadInput

PURPOSE = b"stampd/pack/1"  # external data of the signature: no other thing we sign can be taken for a pack
KEY_PURPOSE = "pack"
FORMAT = 1
CONTENT_TYPE = "application/vnd.stampd.pack+cbor; format="  # then the format's number
PACK_BYTES_MAX = 16 * 1024  # four times the goal for six offers; the file and its pack fit a board's heap at once
NUMBER_MAX = 0xFFFFFFFF  # the width that journals and lists of packs have for it

_AGAIN = "Fetch the pack again; if it stays so, sign it again at the office."


def unsigned_pack(pack, scheme):
    """(protected, payload, to_be_signed), all bytes, of a pack dict. BadInput for what is no pack, RangeError for a scheme above 65535."""
    _check_frame(pack, scheme)
    return sign1.unsigned(pack, scheme, PURPOSE, CONTENT_TYPE + str(FORMAT))


def assemble(protected, payload, signature):
    """The bytes of the pack file. BadInput when the pack is larger than `PACK_BYTES_MAX`, or the signature has not 64 bytes."""
    data = sign1.assemble(protected, payload, signature)
    if len(data) > PACK_BYTES_MAX:
        raise BadInput(
            "The pack has %d bytes; terminals take at most %d." % (len(data), PACK_BYTES_MAX),
            "Leave out offers that have ended, or shorten names and messages.",
            "PACK_TOO_LARGE",
        )
    return data


def open_pack(data, public_key, scheme, newest_number, check=None):
    """The pack dict that a pack file holds.

    data: the file's bytes. public_key: the scheme's, of purpose "pack", 32 bytes. scheme: the terminal's own number;
    None takes any, for whoever only looks. newest_number: the highest number in use here so far, 0 for none; the same
    number is taken again. check: called with the proven pack, raises for rules that this program cannot run.
    Raises BadInput; the module's page lists the codes. Nothing of a pack that is not proven is given back or named.
    """
    return finished(open_pack_steps(data, public_key, scheme, newest_number, check))


def open_pack_steps(data, public_key, scheme, newest_number, check=None):
    """What `open_pack` gives, in steps (`cardos.crypto.steps`): a board proves a pack between taps."""
    from cardos.crypto.ed25519 import verify_steps  # not in a board's memory while it only opens what it proved before

    signed = _apart(data, scheme)
    if not (yield from verify_steps(public_key, sign1.to_be_signed(signed.protected, signed.payload, PURPOSE), signed.signature)):
        raise BadInput(
            "The signature on this pack is not by scheme %04X: it was forged or changed. The pack in use stays." % signed.scheme,
            "Fetch the pack from your own office again and tell them; it must be signed with this scheme's keys.",
            "PACK_FORGED",
        )
    pack = _inside(signed)
    if pack["number"] < newest_number:
        raise BadInput(
            "This pack has number %d; number %d is in use here." % (pack["number"], newest_number),
            "Take the newest pack. To bring old offers back, give them a higher number and sign them again.",
            "PACK_OLDER",
        )
    if check is not None:
        check(pack)
    return pack


def trusted_pack(data, scheme, check=None):
    """The pack dict of a file that this terminal proved before and keeps under a MAC of its own since: the signature is not checked.

    Everything else is as `open_pack` has it, except that no number is too old. Raises BadInput.
    """
    pack = _inside(_apart(data, scheme))
    if check is not None:
        check(pack)
    return pack


def _apart(data, scheme):
    """The `Signed` of a pack file, unproven."""
    try:
        signed = sign1.take_apart(data, PACK_BYTES_MAX)
    except BadInput as trouble:  # said as what it means for a pack
        raise BadInput("This is no pack, or a damaged one: %s" % trouble.message, _AGAIN, "PACK_DAMAGED")
    if signed.content_type != CONTENT_TYPE + str(FORMAT):
        raise _other_kind(signed.content_type)
    if scheme is not None and signed.scheme != scheme:
        raise BadInput(
            "This pack is of scheme %04X; this terminal belongs to scheme %04X." % (signed.scheme, scheme),
            "Take the pack of your own shop, or give the terminal the keys of that scheme.",
            "PACK_SCHEME",
        )
    return signed


def _inside(signed):
    try:
        pack = decode(signed.payload, bytes_max=PACK_BYTES_MAX)
    except BadInput as trouble:  # the office signed what is not canonical: its program is wrong, not the way here
        raise BadInput("The inside of this pack is damaged: %s" % trouble.message, _AGAIN, "PACK_DAMAGED")
    _check_frame(pack, signed.scheme)
    return pack


def _other_kind(content_type):
    if content_type is not None and content_type.startswith(CONTENT_TYPE):
        return _unknown_format(content_type[len(CONTENT_TYPE) :])
    return BadInput("This is signed, but it is not a pack.", "Give the file that `stampd offers compile` wrote.", "PACK_DAMAGED")


def _unknown_format(number):
    return BadInput(
        "This pack is of format %s; this program knows format %d." % (number, FORMAT),
        "Update stampd on this terminal, or compile the pack with the version that runs here.",
        "PACK_VERSION",
    )


def _check_frame(pack, scheme):
    """What every pack has, whatever its rules: format, number, scheme."""
    if not isinstance(pack, dict):
        raise BadInput("A pack is a map, and this is not.", _AGAIN, "PACK_DAMAGED")
    if not _is_number(pack.get("format")) or not _is_number(pack.get("number")) or not 1 <= pack["number"] <= NUMBER_MAX:
        raise BadInput("This pack has no format, or no number of 1 to %d." % NUMBER_MAX, _AGAIN, "PACK_DAMAGED")
    if pack["format"] != FORMAT:
        raise _unknown_format(pack["format"])
    if scheme is not None and pack.get("scheme") != scheme:
        raise BadInput(
            "This pack says scheme %s inside and %04X outside." % (pack.get("scheme"), scheme), "Compile it again for that scheme.", "PACK_SCHEME"
        )


def _is_number(value):
    return isinstance(value, int) and value is not True and value is not False
