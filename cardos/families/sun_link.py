"""The link of an NTAG 424 DNA that the chip signs anew at every read: what to write into its NDEF file, and the settings that make
the chip fill in the marks (secure unique NFC message; NT4H2421Gx sections 9.3 and 10.7.1, AN12196).

The template is the one that the verifier has (`cardos.crypto.sun_link`): {picc} or {uid} and {counter}, {mac} last, {mac_from}, {file:32}.
"""

from collections import namedtuple

from cardos.bytes import uint
from cardos.crypto.sun_link import SunLink
from cardos.errors import BadInput, RangeError
from cardos.families.commands import PLAIN
from cardos.families.file_settings import FREE, NEVER, SDM_ASCII, SDM_COUNTER, SDM_ENC, SDM_UID, Access, Sdm, sdm_body
from cardos.families.ntag424 import FILE_NDEF, FILE_SIZES
from cardos.ndef import uri_message

KEY_ADMIN, KEY_FILE, KEY_META = 0, 3, 4
ACCESS = Access(FREE, KEY_ADMIN, KEY_ADMIN, KEY_ADMIN)
_SCHEME_MAX = 12  # "https://www.": what NDEF shortens to one byte; a mark in it would have no offset

# file: the first bytes of the NDEF file (length field and message). settings: body of ChangeFileSettings for it.
Signed = namedtuple("Signed", ["file", "settings"])


def signed_link(template, lrp=False, counter_key=NEVER):
    """`Signed` for a template. lrp: the card is switched to LRP, whose {picc} is longer. counter_key: who may ask GetFileCounters.

    BadInput LINK_UNUSABLE for a template that no verifier takes, LINK_TOO_LONG when it does not fit into the file.
    """
    try:
        link = SunLink(template, lrp)
    except ValueError as trouble:
        raise BadInput("This link cannot be signed: %s." % trouble, "For example https://shop.example/c?p={picc}&m={mac}", "LINK_UNUSABLE")
    try:
        message = uri_message(link.fill({}))
    except RangeError:
        raise _too_long()  # longer than a short NDEF record even
    file = uint(len(message), 2) + message
    if len(file) > FILE_SIZES[FILE_NDEF]:
        raise _too_long()
    moved = len(file) - link.length  # the front is shortened to a prefix code, so offsets are counted from the end

    def place(name):
        if name not in link.fields:
            return None
        at, _ = link.fields[name]
        if at < _SCHEME_MAX:
            raise BadInput("A mark stands in front of the shop's address.", "", "LINK_UNUSABLE")
        return at + moved

    mac_from, _ = link.mac_input()
    if mac_from < _SCHEME_MAX:
        raise BadInput("The check code of a link cannot cover its scheme.", "Put {mac_from} behind the address.", "LINK_UNUSABLE")
    enciphered = place("file")
    sdm = Sdm(
        SDM_UID | SDM_COUNTER | SDM_ASCII | (0 if enciphered is None else SDM_ENC),
        KEY_META if "picc" in link.fields else FREE,
        KEY_FILE,
        counter_key,
        place("uid"),
        place("counter"),
        place("picc"),
        mac_from + moved,
        enciphered,
        None if enciphered is None else link.fields["file"][1],
        place("mac"),
        None,
    )
    return Signed(file, sdm_body(PLAIN, ACCESS, sdm))


def _too_long():
    return BadInput("The link is too long for a card.", "Shorten it: about 200 characters fit beside {picc} and {mac}.", "LINK_TOO_LONG")


def unsigned_settings():
    """Body of ChangeFileSettings that switches the signing off; everybody reads, the admin key writes."""
    return sdm_body(PLAIN, ACCESS, None)
