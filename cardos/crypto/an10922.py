"""Key diversification by CMAC (NXP AN10922): AES-128 on every machine, 2TDEA and 3TDEA on PCs.

K' = CMAC variant over constant || M, where constant || M is padded to **two** cipher blocks with 80 00.. and closed with K2
when it was shorter, K1 when it filled them. For AES-128 that is 32 bytes and M has 1 to 31; plain CMAC gives the same key
only when 01 || M has 17 to 32 bytes. For triple DES it is 16 bytes and M has 1 to 15.

Cards made elsewhere may carry keys of two programs that forgot the second block: see `diversify_as_another_program`.
"""

from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.crypto.tdes import TdesCmac

M_MAX = 31
TDEA_M_MAX = 15
_AES_128 = b"\x01"
_PADDED = 32
_TDEA_PADDED = 16
# bytes in the key -> one constant for each 8 bytes of the card key (sections 2.4 and 2.5)
_TDEA_CONSTANTS = {16: (b"\x21", b"\x22"), 24: (b"\x31", b"\x32", b"\x33")}

LIBFREEFARE_ISSUE_91 = "libfreefare-issue-91"  # libfreefare's AN10922_FLAG_EMULATE_ISSUE_91
PYTHON_DESFIRE_PAD_16 = "python-desfire-pad-16"  # python-desfire with pad_to_32 off
OTHER_PROGRAMS = (LIBFREEFARE_ISSUE_91, PYTHON_DESFIRE_PAD_16)


def diversify_aes128(key, m):
    """The 16-byte card key that AN10922 makes of a 16-byte master `key` and a diversification input `m` of 1..31 bytes."""
    _check_m(m, M_MAX)
    return _two_blocks(Cmac(key), _AES_128 + bytes(m), _PADDED)


def diversify_tdea(key, m):
    """The 16- or 24-byte card key that AN10922 makes of a master `key` of the same size and an `m` of 1..15 bytes.

    Two-key or three-key triple DES by the size. The lowest bit of each byte is what the MAC gave; cards take it for parity
    or key version, so compare keys with those bits masked. StampdError FAMILY_NOT_ON_THIS_TERMINAL without triple DES.
    """
    if len(key) not in _TDEA_CONSTANTS:
        raise ValueError("a triple DES master key has 16 or 24 bytes")
    _check_m(m, TDEA_M_MAX)
    cmac = TdesCmac(key)
    return b"".join(_two_blocks(cmac, constant + bytes(m), _TDEA_PADDED) for constant in _TDEA_CONSTANTS[len(key)])


def diversify_as_another_program(key, m, variant):
    """The 16-byte AES card key as a program made it that does **not** follow AN10922; only to read cards made with it.

    `variant`: one of `OTHER_PROGRAMS`; both take plain CMAC over 01 || M, which pads to 16 bytes. There is no default and
    nothing of ours makes keys so. `m` has 1..31 bytes; from 16 bytes on the key is the conformant one.
    """
    if variant not in OTHER_PROGRAMS:
        raise ValueError("no known variant %r" % (variant,))
    _check_m(m, M_MAX)
    return aes_cmac(key, _AES_128 + bytes(m))


def _check_m(m, size_max):
    if not 1 <= len(m) <= size_max:
        raise ValueError("a diversification input has 1 to %d bytes" % size_max)


def _two_blocks(cmac, message, size):
    whole = len(message) == size
    if not whole:
        message = message + b"\x80" + bytes(size - 1 - len(message))
    return cmac.padded(message, whole)
