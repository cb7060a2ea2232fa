"""A shop's SUN link, made and strictly checked: one exact form, upper-case hexadecimal, and the card's MAC over it.

Sources: NT4H2421Gx section 9.3, AN12196. A verifier still has to store the counter of each UID and refuse one that is not
higher than the last; that is the ledger's work.
"""

from collections import namedtuple

from cardos.crypto.compare import constant_time_equal
from cardos.crypto.sun import (
    BLOCK,
    COUNTER_SIZE,
    MAC_SIZE,
    UID_SIZE,
    decrypt_file_data,
    decrypt_picc_data,
    encrypt_file_data,
    encrypt_picc_data,
    picc_data_size,
    sdm_mac,
    unreadable,
)
from cardos.errors import BadInput, CardAnswered

SunMessage = namedtuple("SunMessage", ["uid", "counter", "file_data"])

_HEX = "0123456789ABCDEF"
_FROM = "mac_from"


class SunLink:
    """The one form of a shop's SUN link, by a template in which the chip's fields stand in braces.

    `{picc}` PICCData, or `{uid}` and `{counter}` in clear; `{file:32}` ENCFileData of so many characters; `{mac}` last.
    `{mac_from}` marks where the MAC input begins; without it the MAC covers the empty string. Example:
    `https://shop.example/c?{mac_from}p={picc}&m={mac}`. A link fits only when it is these characters and nothing else, the
    fields in upper-case hexadecimal: no other order, no further, missing or repeated parameter.
    """

    def __init__(self, template, lrp=False):
        self.lrp = lrp
        self.fields = {}  # name -> (offset in characters, length)
        self._parts, self.length = [], 0  # (text, None) and (None, field name), in order
        sizes = {"picc": 2 * picc_data_size(lrp), "uid": 2 * UID_SIZE, "counter": 2 * COUNTER_SIZE, "mac": 2 * MAC_SIZE, _FROM: 0}
        rest = template
        while rest:
            text, brace, rest = rest.partition("{")
            self._literal(text)
            if brace:
                name, _, rest = rest.partition("}")
                name, _, size = name.partition(":")
                self._field(name, int(size) if name == "file" else sizes.get(name))
        self._check_form()

    def _literal(self, text):
        self._parts.append((text, None))
        self.length += len(text)

    def _field(self, name, size):
        if size is None or name in self.fields:
            raise ValueError("a SUN link has no field %r, or has it twice" % (name,))
        self.fields[name] = (self.length, size)
        self._parts.append((None, name))
        self.length += size

    def _check_form(self):
        named = self.fields
        if "mac" not in named or named["mac"][0] + named["mac"][1] != self.length:
            raise ValueError("a SUN link ends with {mac}")
        if ("picc" in named) == ("uid" in named and "counter" in named) or ("uid" in named) != ("counter" in named):
            raise ValueError("a SUN link has {picc}, or {uid} and {counter}")
        if "file" in named and (named["file"][1] == 0 or named["file"][1] % (2 * BLOCK) or named["file"][0] < self.mac_input()[0]):
            raise ValueError("{file} has a multiple of 32 characters behind {mac_from}")

    def mac_input(self):
        """(first, end): the characters of the link that the MAC covers; equal for the empty string."""
        end = self.fields["mac"][0]
        return self.fields.get(_FROM, (end, 0))[0], end

    def fill(self, texts):
        """The link with `texts` (field name -> characters) in its places; zeros where a field is missing."""
        made = ""
        for text, name in self._parts:
            made += text if name is None else texts.get(name, "0" * self.fields[name][1])
        return made

    def split(self, link):
        """Field name -> bytes. BadInput SUN_LINK_SHAPE when `link` is not exactly of this form."""
        if len(link) != self.length:
            raise _other_form()
        found, offset = {}, 0
        for text, name in self._parts:
            size = len(text) if name is None else self.fields[name][1]
            piece = link[offset : offset + size]
            offset += size
            if name is None:
                if piece != text:
                    raise _other_form()
            elif not all(character in _HEX for character in piece):
                raise _other_form()
            else:
                found[name] = bytes.fromhex(piece)
        return found


def _other_form():
    return BadInput("This is not a link of this shop's cards.", "Give the whole link as the phone opened it.", "SUN_LINK_SHAPE")


def make_link(form, meta_key, file_key, uid, counter, noise, file_data=None):
    """The link that a chip with these keys shows at this counter. `file_data`: half as many bytes as `{file}` has characters."""
    if "file" in form.fields and 2 * len(file_data) != form.fields["file"][1]:
        raise ValueError("the file data do not fit their place in the link")
    texts = {"uid": uid.hex().upper(), "counter": "%06X" % counter}
    if "picc" in form.fields:
        texts["picc"] = encrypt_picc_data(meta_key, uid, counter, noise, form.lrp).hex().upper()
    if "file" in form.fields:
        texts["file"] = encrypt_file_data(file_key, uid, counter, file_data, form.lrp).hex().upper()
    first, end = form.mac_input()
    texts["mac"] = sdm_mac(file_key, uid, counter, form.fill(texts)[first:end].encode(), form.lrp).hex().upper()
    return form.fill(texts)


def read_link(link, form, meta_key, file_key_of):
    """The `SunMessage` in `link`, once its MAC fits. `file_key_of(uid)` gives SDMFileReadKey, which is made for each card.

    BadInput SUN_LINK_SHAPE: not this shop's form. CardAnswered SUN_PICC_DATA: another shop's key, or bytes changed.
    CardAnswered SUN_MAC_WRONG: not made by the card it names. The counter still has to be compared with the last one.
    """
    fields = form.split(link)
    if "picc" in fields:
        uid, counter = decrypt_picc_data(meta_key, fields["picc"], form.lrp)
        if uid is None or counter is None:
            raise unreadable()
    else:
        uid, counter = fields["uid"], int.from_bytes(fields["counter"], "big")
    file_key = file_key_of(uid)
    first, end = form.mac_input()
    if not constant_time_equal(sdm_mac(file_key, uid, counter, link[first:end].encode(), form.lrp), fields["mac"]):
        raise CardAnswered("The link was not made by the card it names.", "Tap the card again.", "SUN_MAC_WRONG")
    file_data = decrypt_file_data(file_key, uid, counter, fields["file"], form.lrp) if "file" in fields else None
    return SunMessage(uid, counter, file_data)


def verify_link(link, form, meta_key, file_key_of):
    """(uid, counter) of a link, or the errors of `read_link`."""
    message = read_link(link, form, meta_key, file_key_of)
    return message.uid, message.counter
