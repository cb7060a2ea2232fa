"""A board's vault, byte for byte: who the board is and every key it holds. Written once over the cable, when the board is provisioned.

    vault   canonical CBOR of the map below || the first 8 bytes of its SHA-256

    {"format": 1, "scheme": u16, "terminal": u16, "serial": u32, "epoch": u8, "masters": {epoch: {role: 16 bytes}}, "seed": 32 bytes,
     "link": 16 bytes, "store": 16 bytes, "public": {purpose: 32 bytes}, "wifi": [name, password] or null}

The check shows accidents, nothing more: whoever reads a board's flash has its keys. So there is nothing in it that a board does not
need: role masters of two epochs at most, never those that issue, change or take back cards (docs/keys.md).
"""

import hashlib

from cardos.bytes import uint
from cardos.cbor import decode, encode
from cardos.errors import BadInput

FORMAT = 1
VAULT_BYTES_MAX = 2048
ROLES = ("read", "earn", "uid", "record-mac", "password")
PURPOSES = ("pack", "list", "certificate", "release")
EPOCHS_MAX = 2  # the current and the one before it: two rotations end what a stolen board can do
KEY_SIZE, SEED_SIZE, PUBLIC_SIZE = 16, 32, 32

# Diversifiers of the two keys below role "board": label || terminal u16 || serial u32, 23 and 24 bytes.
LINK_LABEL = b"stampd/board-link"
STORE_LABEL = b"stampd/board-store"

_CHECK_SIZE = 8
_FIELDS = ("epoch", "format", "link", "masters", "public", "scheme", "seed", "serial", "store", "terminal", "wifi")
_AGAIN = "Provision the board again: stampd board provision."


def board_diversifier(label, terminal, serial):
    """M of a board's own key of role "board". label: LINK_LABEL or STORE_LABEL."""
    return label + uint(terminal, 2) + uint(serial, 4)


def pack_vault(fields):
    """The vault's bytes. fields: the map of the module's page without "format". BadInput (VAULT_FIELD) names the field that does not fit."""
    whole = dict(fields)
    whole["format"] = FORMAT
    wrong = _wrong_field(whole)
    if wrong is not None:
        raise BadInput("A board's vault cannot be made: %s." % wrong, "Give it the fields that docs/keys.md lists.", "VAULT_FIELD")
    body = encode(whole)
    if len(body) + _CHECK_SIZE > VAULT_BYTES_MAX:
        raise BadInput("A board's vault cannot be made: it is too long.", "Shorten the network's name or password.", "VAULT_FIELD")
    return body + hashlib.sha256(body).digest()[:_CHECK_SIZE]


def open_vault(data):
    """The map in a vault's bytes. BadInput: VAULT_DAMAGED, VAULT_VERSION. No message holds a byte of a key."""
    body = bytes(data[:-_CHECK_SIZE])
    if not _CHECK_SIZE < len(data) <= VAULT_BYTES_MAX or hashlib.sha256(body).digest()[:_CHECK_SIZE] != bytes(data[-_CHECK_SIZE:]):
        raise _damaged("its check does not fit")
    try:
        fields = decode(body, bytes_max=VAULT_BYTES_MAX)
    except BadInput:  # the check fits and the bytes do not: another program wrote them. What they say stays unsaid
        raise _damaged("it cannot be read")
    if not isinstance(fields, dict) or not _is_number(fields.get("format"), 0xFFFFFFFF):
        raise _damaged("it does not say its format")
    if fields["format"] != FORMAT:
        text = "This board's vault is of format %d; this firmware knows format %d." % (fields["format"], FORMAT)
        raise BadInput(text, _AGAIN, "VAULT_VERSION")
    wrong = _wrong_field(fields)
    if wrong is not None:
        raise _damaged(wrong)
    return fields


def _damaged(why):
    return BadInput("This board's vault is damaged: %s." % why, _AGAIN, "VAULT_DAMAGED")


def _wrong_field(fields):
    """What does not fit, without a byte of it; None when all does."""
    if not isinstance(fields, dict) or sorted(fields) != list(_FIELDS):
        return "its fields are not those of a vault"
    for name, most in (("scheme", 0xFFFF), ("terminal", 0xFFFF), ("serial", 0xFFFFFFFF), ("epoch", 0xFF)):
        if not _is_number(fields[name], most):
            return "%s is no number of 0 to %d" % (name, most)
    for name, size in (("seed", SEED_SIZE), ("link", KEY_SIZE), ("store", KEY_SIZE)):
        if not _is_bytes(fields[name], size):
            return "%s has not %d bytes" % (name, size)
    public = fields["public"]
    if not isinstance(public, dict) or sorted(public) != sorted(PURPOSES) or not all([_is_bytes(public[one], PUBLIC_SIZE) for one in PURPOSES]):
        return "public has not a key of 32 bytes for each of: " + ", ".join(PURPOSES)
    wifi = fields["wifi"]
    if wifi is not None and not (isinstance(wifi, list) and len(wifi) == 2 and all([isinstance(text, str) and len(text) <= 64 for text in wifi])):
        return "wifi is no name and password"
    return _wrong_masters(fields["masters"], fields["epoch"])


def _wrong_masters(masters, epoch):
    if not isinstance(masters, dict) or not 1 <= len(masters) <= EPOCHS_MAX or epoch not in masters:
        return "masters are not those of its epoch and at most one more"
    for of in masters:
        row = masters[of]
        if not _is_number(of, 0xFF) or not isinstance(row, dict) or sorted(row) != sorted(ROLES) or not all([_is_bytes(row[role], KEY_SIZE) for role in row]):
            return "masters have not a key of 16 bytes for each of: " + ", ".join(ROLES)
    return None


def _is_number(value, most):
    return isinstance(value, int) and value is not True and value is not False and 0 <= value <= most


def _is_bytes(value, size):
    return isinstance(value, bytes) and len(value) == size
