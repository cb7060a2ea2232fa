"""A board's certificate: what the scheme lets one board do, and until when. The only thing that makes a board a terminal.

    {"format": 1, "scheme": u16, "terminal": u16, "serial": u32, "key": 32 bytes, "from": minute, "until": minute,
     "operations": ["earn", "redeem", "undo"], "amount_max": minor units, "rewards_max": {"A": n, "B": n, "C": n},
     "unsure_taps_max": n, "epochs": [n, ...]}

in a COSE_Sign1 (`signed`) under the scheme's key of purpose "certificate". It lives at most 35 days and comes anew with each sync: a
board that is not to go on simply gets none. `key` is the public key of the board's own signing key: one identity, one board.
Codes: CERTIFICATE_ and DAMAGED, VERSION, SCHEME, FORGED, OLDER, OTHER_BOARD. Whether it still runs is `terminal.authority`'s question:
that needs a clock.
"""

from cardos.crypto.steps import finished
from cardos.records import signed
from cardos.records.signed import MINUTE_MAX, damaged, is_number, trouble

KEY_PURPOSE = "certificate"
FORMAT = 1
DAYS_MAX = 35  # a stolen board's authority ends after at most as long; a shop that is closed for a month finds its board working
OPERATIONS = ("earn", "redeem", "undo")
CLASSES = ("A", "B", "C")  # cardos.taps.classes
EPOCHS_MAX = 8
KIND = signed.Kind("certificate", "CERTIFICATE", b"stampd/board-certificate/1", 1024)

_KEY_SIZE = 32
_MINUTES_MAX = DAYS_MAX * 1440
_COUNT_MAX = 0xFFFF
_FIELDS = ("format", "scheme", "terminal", "serial", "key", "from", "until", "operations", "amount_max", "rewards_max", "unsure_taps_max", "epochs")


def unsigned_certificate(certificate):
    """(protected, payload, to_be_signed), all bytes, of a certificate map. BadInput for a map that is none."""
    _check(certificate)
    return signed.unsigned(KIND, certificate, certificate["scheme"])


def assemble(protected, payload, signature):
    """The certificate's bytes."""
    return signed.assemble(KIND, protected, payload, signature)


def open_certificate_steps(data, public_key, scheme, terminal, serial, board_key, newest_from=0):
    """Generator, yields None often and returns the certificate map of this one board.

    public_key: the scheme's of purpose "certificate". terminal, serial, board_key: whose it has to be; board_key: 32 bytes.
    newest_from: "from" of the certificate in use, 0 for none; an older one could bring ceilings back. Raises BadInput.
    """
    certificate = yield from signed.proven_steps(KIND, data, public_key, scheme)
    _check(certificate)
    if certificate["scheme"] != scheme:
        raise damaged(KIND, "it says another scheme inside than outside.")
    if (certificate["terminal"], certificate["serial"], certificate["key"]) != (terminal, serial, bytes(board_key)):
        text = "This certificate is for terminal %d with serial %d, or for another key." % (certificate["terminal"], certificate["serial"])
        raise trouble(KIND, "OTHER_BOARD", text, "Each board has its own; provision this board again if it became another.")
    if certificate["from"] < newest_from:
        raise trouble(KIND, "OLDER", "This certificate is older than the one in use here.", "Take the newest one.")
    return certificate


def open_certificate(data, public_key, scheme, terminal, serial, board_key, newest_from=0):
    """`open_certificate_steps`, run to its end."""
    return finished(open_certificate_steps(data, public_key, scheme, terminal, serial, board_key, newest_from))


def trusted_certificate(data):
    """The certificate map of bytes that this board proved before and keeps under its own MAC. BadInput: DAMAGED, VERSION."""
    _, certificate = signed.trusted(KIND, data)
    _check(certificate)
    return certificate


def _check(certificate):
    if not isinstance(certificate, dict):
        raise damaged(KIND, "it is no map.")
    signed.check_format(KIND, certificate.get("format"), FORMAT)
    if sorted(certificate) != sorted(_FIELDS):
        raise damaged(KIND, "its fields are not those of a certificate.")
    for name, most in (("scheme", 0xFFFF), ("terminal", 0xFFFF), ("serial", 0xFFFFFFFF), ("from", MINUTE_MAX), ("until", MINUTE_MAX),
                       ("amount_max", signed.NUMBER_MAX), ("unsure_taps_max", _COUNT_MAX)):  # fmt: skip
        if not is_number(certificate[name], most):
            raise damaged(KIND, "%s is no number of 0 to %d." % (name, most))
    if not isinstance(certificate["key"], bytes) or len(certificate["key"]) != _KEY_SIZE:
        raise damaged(KIND, "key has not %d bytes." % _KEY_SIZE)
    if not 0 < certificate["until"] - certificate["from"] <= _MINUTES_MAX:
        raise damaged(KIND, "it does not end after it begins, or runs longer than %d days." % DAYS_MAX)
    operations, rewards = certificate["operations"], certificate["rewards_max"]
    if not isinstance(operations, list) or [word for word in operations if word not in OPERATIONS]:
        raise damaged(KIND, "operations are some of: %s." % ", ".join(OPERATIONS))
    if not isinstance(rewards, dict) or sorted(rewards) != list(CLASSES) or not all([is_number(rewards[of], _COUNT_MAX) for of in CLASSES]):
        raise damaged(KIND, "rewards_max has a number for each of A, B and C.")
    if not are_epochs(certificate["epochs"]):
        raise damaged(KIND, "epochs are 1 to %d numbers of 0 to 255, rising." % EPOCHS_MAX)


def are_epochs(value):
    """True for a list of key epochs: one at least, each a u8, rising."""
    if not isinstance(value, list) or not 1 <= len(value) <= EPOCHS_MAX or not all([is_number(epoch, 0xFF) for epoch in value]):
        return False
    return all([value[place] < value[place + 1] for place in range(len(value) - 1)])
