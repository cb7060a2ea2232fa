"""The key hierarchy below a scheme master: role masters, then card keys. Everything is AES-128 and AN10922.

    scheme master of an epoch     16 random bytes (TEST: printed in `test_keys`)
    role master = AN10922(scheme master, "stampd/role/1/" || role name || scheme u16 || epoch u8)
    card key    = AN10922(role master, diversifier)

AN10922 is `cardos.crypto.an10922.diversify_aes128`; integers are big-endian; a role's diversification input has 20 to 27 bytes.
The diversifier of a card's key (19 bytes) is `cardos.records.diversification.diversifier`; that of the ledger's head is the
text "stampd/ledger"; those of a board's own keys are `cardos.records.board_vault.board_diversifier`. Signing keys are Ed25519 and
stand apart:

    seed of a purpose = HKDF-SHA256(signing root 32 bytes, no salt, info "stampd/sign/1/" || purpose), 32 bytes

Golden values: tests/provisioning/test_roles.py and docs/keys.md.
"""

from cardos.crypto.an10922 import diversify_aes128
from cardos.errors import BadInput, StampdError

ROLES = ("read", "earn", "redeem", "admin", "uid", "record-mac", "password", "head", "board")
HEAD_DIVERSIFIER = b"stampd/ledger"
_ROLE_LABEL = b"stampd/role/1/"
_SIGN_LABEL = b"stampd/sign/1/"
PURPOSE_LENGTH_MAX = 32


class KeyTrouble(StampdError):
    """Keys are missing, damaged, locked or not for this shop. Holds no key byte and no pass phrase."""

    code = "KEYS"


def check_role(role):
    """Raises BadInput for a role that is not one of `ROLES`."""
    if role not in ROLES:
        raise BadInput("There is no key role %r." % (role,), "Roles are: " + ", ".join(ROLES) + ".")


def role_master(scheme_master, role, scheme, epoch):
    """The 16-byte master of one role in one epoch."""
    check_role(role)
    label = _ROLE_LABEL + role.encode("ascii") + scheme.to_bytes(2, "big") + epoch.to_bytes(1, "big")
    return diversify_aes128(scheme_master, label)


def card_key(master, diversifier):
    """The 16-byte key below a role master. diversifier: 1 to 31 bytes."""
    if not 1 <= len(diversifier) <= 31:
        raise BadInput("A key's diversifier has 1 to 31 bytes, not %d." % len(diversifier))
    return diversify_aes128(master, diversifier)


def signing_seed(root, purpose):
    """The 32-byte Ed25519 seed of a purpose ("pack", "stop-list" …)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if not purpose or len(purpose) > PURPOSE_LENGTH_MAX or not purpose.isascii():
        raise BadInput("A signing purpose is 1 to %d ASCII characters." % PURPOSE_LENGTH_MAX)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_SIGN_LABEL + purpose.encode("ascii")).derive(root)
