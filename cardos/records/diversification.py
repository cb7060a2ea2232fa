"""The input from which every card's own keys are diversified (NXP AN10922; docs/keys.md).

M, 19 bytes: UID length u8 || UID, zero padded to 10 || application "stp" || key number u8 || scheme u16 || epoch u8 ||
personalisation version u8. With its leading 01 it has 20 bytes, inside the 17..32 in which AN10922 equals plain CMAC, so
field variants that pad differently cannot give another key.
"""

from cardos.bytes import uint
from cardos.errors import RangeError

APPLICATION = b"stp"
PERSONALISATION = 1

KEY_RECORD_MAC = 0x10  # key numbers below 0x10 are a chip's own key numbers
KEY_PASSWORD = 0x11


def diversifier(uid, key_number, scheme, epoch):
    """The 19-byte diversification input for one key of one card. uid: 4, 7 or 10 bytes."""
    if len(uid) not in (4, 7, 10):
        raise RangeError("A card's UID has 4, 7 or 10 bytes, not %d." % len(uid))
    padded = bytes(uid) + bytes(10 - len(uid))
    return (
        uint(len(uid), 1) + padded + APPLICATION
        + uint(key_number, 1) + uint(scheme, 2) + uint(epoch, 1) + uint(PERSONALISATION, 1)
    )  # fmt: skip


class CardKeys:
    """The keys of one card, asked of a provider (`derive`, `mac`). Holds no key byte itself."""

    def __init__(self, provider, scheme, uid):
        self._provider = provider
        self._scheme = scheme
        self.uid = bytes(uid)

    def record_mac(self, epoch, message):
        """16-byte AES-CMAC under the card's record-MAC key of `epoch`."""
        m = diversifier(self.uid, KEY_RECORD_MAC, self._scheme, epoch)
        return self._provider.mac("record-mac", epoch, m, message)

    def password(self, epoch):
        """(password 4 bytes, PACK 2 bytes) of a Type 2 card, from its password key."""
        m = diversifier(self.uid, KEY_PASSWORD, self._scheme, epoch)
        key = self._provider.derive("password", epoch, m)
        return key[:4], key[4:6]

    def knows(self, epoch):
        """True when the provider holds keys of this epoch; keys are never tried in turn."""
        return epoch in self._provider.epochs
