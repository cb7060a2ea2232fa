"""The seal: a public-key signature on the card's newest record, for whoever must not hold the shop's keys (docs/card-format.md, section 8).

72 bytes: sequence 3 || terminal 2 || zero 3 || Ed25519 64 over `stampd/seal/1` || the MAC's input || the MAC. terminal: whose key
signed. A seal is written after the record is done and the person was told, if the card is still there; it may be missing, old
or torn at any time, and then says nothing. Signing and verifying are the host's: boards have no SHA-512.
"""

from collections import namedtuple

from cardos.bytes import Cursor, uint
from cardos.errors import RangeError

LABEL = b"stampd/seal/1"
SIGNATURE_SIZE = 64
HEAD_SIZE = 8
SEAL_SIZE = HEAD_SIZE + SIGNATURE_SIZE

SEALED = "sealed"
UNSEALED = "unsealed"  # missing, old or torn: never a reason to refuse
WRONG = "wrong"  # this record's number with a signature that does not fit: a case, once two reads agree

_ZERO = bytes(3)


class Seal(namedtuple("Seal", ["sequence", "terminal", "signature"])):
    """One seal. sequence: of the record it is about; terminal: whose key signed; signature: 64 bytes."""

    def encode(self):
        """The 72 bytes. RangeError when a field does not fit."""
        if len(self.signature) != SIGNATURE_SIZE:
            raise RangeError("A signature has 64 bytes, not %d." % len(self.signature))
        return uint(self.sequence, 3) + uint(self.terminal, 2) + _ZERO + bytes(self.signature)

    def pieces(self):
        """[(offset, bytes)] in the order to write them: the sequence last, so that a seal that was cut names no record."""
        raw = self.encode()
        return [(HEAD_SIZE, raw[HEAD_SIZE:]), (4, raw[4:HEAD_SIZE]), (0, raw[:4])]


def seal_message(mac_input, mac):
    """What is signed. mac_input: the bytes under the record's MAC (`Slots.mac_input`); mac: its 8 bytes."""
    return LABEL + bytes(mac_input) + bytes(mac)


def decode_seal(raw):
    """The `Seal` that 72 bytes spell, unproven; None when there is none (blank, too short, or not of this form)."""
    if raw is None or len(raw) < SEAL_SIZE or not any(raw[:SEAL_SIZE]):
        return None
    cursor = Cursor(raw)
    sequence, terminal = cursor.uint(3), cursor.uint(2)
    if cursor.take(len(_ZERO)) != _ZERO:
        return None
    return Seal(sequence, terminal, cursor.take(SIGNATURE_SIZE))


def seal_state(raw, sequence, message, verify):
    """SEALED, UNSEALED or WRONG: what the seal area says of the record with this sequence.

    message: `seal_message` of that record. verify(terminal, message, signature) -> bool, with that terminal's public key.
    """
    seal = decode_seal(raw)
    if seal is None or seal.sequence != sequence:
        return UNSEALED
    return SEALED if verify(seal.terminal, message, seal.signature) else WRONG
