"""What DESFire and NTAG 424 DNA answer when they refuse (NT4H2421Gx data sheet, tables of the command responses; the codes
that only DESFire has: libfreefare and proxmark3 agree). An unknown status is a refusal like any other: never success.
"""

from cardos.errors import CardAnswered, CardRefused

OK = 0x00
MORE = 0xAF
AUTHENTICATION_ERROR = 0xAE
BOUNDARY_ERROR = 0xBE
COMMAND_ABORTED = 0xCA
SIGNATURE_OK = 0x90  # Read_Sig's word for done (AN12196)

_AGAIN = "Present the card again."

# status byte -> what it means, in words for a person
MEANINGS = {
    0x0C: "nothing was changed",
    0x0E: "its memory is full",
    0x1C: "it does not know this command",
    0x1E: "a check code does not fit",
    0x40: "it has no such key",
    0x7E: "the command has a wrong length",
    0x9D: "this key does not allow that now",
    0x9E: "a value in the command is not allowed",
    0xA0: "it has no such application",
    0xA1: "the application's data is damaged",
    0xAD: "it waits after wrong keys",
    0xAE: "the key is wrong, or a key is needed first",
    0xBE: "the end of a file, or a limit, is passed",
    0xC1: "the chip's data is damaged",
    0xCA: "an earlier command was not finished",
    0xCD: "it is switched off",
    0xCE: "it has no room for more applications",
    0xDE: "that is there already",
    0xEE: "its memory could not be written",
    0xF0: "it has no such file",
    0xF1: "the file's data is damaged",
}


def refused(name, status):
    """CardRefused for a status byte: code "STATUS_9D", attribute `status`."""
    return _refusal(name, status, "STATUS_%02X" % status, MEANINGS.get(status, "unknown status %02X" % status))


def refused_by_word(name, word):
    """CardRefused for a status word of two bytes (ISO/IEC 7816-4): code "STATUS_6A82", attribute `status`."""
    return _refusal(name, word, "STATUS_%04X" % word, "status word %04X" % word)


def _refusal(name, status, code, meaning):
    error = CardRefused("The card refuses %s: %s." % (name, meaning), _AGAIN, code)
    error.status = status
    return error


def wrong_key(status=AUTHENTICATION_ERROR):
    """CardRefused WRONG_KEY: the card and this home do not hold the same key."""
    error = CardRefused(
        "The card refuses this shop's key.",
        "If the card is from this shop, present it once more; otherwise give the customer another card.",
        "WRONG_KEY",
    )
    error.status = status
    return error


def mac_wrong(name):
    """CardAnswered MAC_WRONG: an answer whose MAC is missing, short or wrong says nothing at all."""
    return CardAnswered("The card's answer to %s does not carry the right check code." % name, _AGAIN, "MAC_WRONG")


def wrong_length(name, got, wanted):
    """CardAnswered for an answer that is not as long as the manual says."""
    return CardAnswered("The card answered %s with %d bytes instead of %s." % (name, got, wanted), _AGAIN, "READ_AGAIN")


def check_size(name, data, size):
    """`data` itself when its length is `size` (a number, a tuple of allowed numbers, or None for any)."""
    if size is None or len(data) == size or (isinstance(size, tuple) and len(data) in size):
        return data
    raise wrong_length(name, len(data), size)
