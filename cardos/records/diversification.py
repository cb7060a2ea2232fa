"""The input from which every card's own keys are diversified (NXP AN10922; docs/keys.md).

M, 19 bytes: UID length u8 || UID, zero padded to 10 || application "stp" || key number u8 || scheme u16 || epoch u8 ||
personalisation version u8. With its leading 01 it has 20 bytes, inside the 17..32 in which AN10922 equals plain CMAC, so
field variants that pad differently cannot give another key.
"""

from cardos.bytes import uint
from cardos.errors import RangeError

APPLICATION = b"stp"
PERSONALISATION = 1

# Key numbers below 0x10 are a chip's own; a chip's key is made from the master of the role that may use it (docs/keys.md).
KEY_ADMIN, KEY_READ, KEY_WRITE = 0x00, 0x01, 0x02
KEY_SUN = 0x03  # NTAG 424 DNA: the key behind the link's MAC
KEY_TRANSACTION_MAC = 0x0D  # DESFire EV2/EV3: never authenticated with
KEY_PICC_MASTER = 0x0E  # DESFire: the card's own master key
KEY_UID = 0x0F  # of a group of cards, without a UID in it: opens the UID of a card that shows a random one
KEY_RECORD_MAC = 0x10
KEY_PASSWORD = 0x11
KEY_CHIP_3DES = 0x13  # Ultralight C
KEY_CHIP_AES = 0x14  # Ultralight AES, data protection

_ROLES = {
    KEY_ADMIN: "admin", KEY_READ: "read", KEY_WRITE: "earn", KEY_SUN: "read", KEY_TRANSACTION_MAC: "admin", KEY_PICC_MASTER: "admin",
    KEY_CHIP_3DES: "password", KEY_CHIP_AES: "password",
}  # fmt: skip


def diversifier(uid, key_number, scheme, epoch):
    """The 19-byte diversification input for one key of one card. uid: 4, 7 or 10 bytes; none for the key of a group."""
    if len(uid) not in (0, 4, 7, 10):
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

    def chip_key(self, number, epoch):
        """The 16-byte key that stands in the chip. number: one of the KEY_ constants below 0x15 except record MAC and password."""
        return self._provider.derive(_ROLES[number], epoch, diversifier(self.uid, number, self._scheme, epoch))

    def knows(self, epoch):
        """True when the provider holds keys of this epoch; keys are never tried in turn."""
        return epoch in self._provider.epochs


def group_uid_key(provider, scheme, epoch):
    """The 16-byte key that all cards of a scheme and epoch share: it opens nothing but their UID."""
    return provider.derive("uid", epoch, diversifier(b"", KEY_UID, scheme, epoch))
