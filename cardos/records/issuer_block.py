"""The issuer block: 16 bytes that say whose card this is, written once as the last act of issue (docs/card-format.md, section 1).

| bytes | field |
|---|---|
| 1 | layout version (high nibble), issue epoch (low nibble) |
| 2 | scheme |
| 2 | batch |
| 4 | card number |
| 1 | profile: layout (bits 7-5), (counters - 1) / 2 (bits 4-2), ring (bit 1), seal (bit 0) |
| 2 | issue day |
| 4 | first 4 bytes of AES-CMAC |
"""

from collections import namedtuple

from cardos.bytes import Cursor, uint
from cardos.crypto.compare import constant_time_equal
from cardos.errors import RangeError
from cardos.records.fields import family_number

SIZE = 16
LAYOUT_VERSION = 1
LABEL = b"stampd/issuer/1"
MAC_SIZE = 4

LAYOUT_TYPE_2 = 0  # NTAG21x with a password
LAYOUT_NTAG424 = 1
LAYOUT_DESFIRE = 2
LAYOUT_CLASSIC = 3
LAYOUT_TYPE_2_OPEN = 4  # NTAG21x without a password, for readers that cannot send one
LAYOUT_NTAG424_LRP = 5
LAYOUT_ULTRALIGHT_C = 6
LAYOUT_ULTRALIGHT_AES = 7


class Profile(namedtuple("Profile", ["layout", "counters", "ring", "seal"])):
    """How many counters a record has (1, 3, 5, 7 or 9), how it lies on the chip, and whether ring and seal are reserved."""

    def encode(self):
        """The profile as its byte. RangeError for a number of counters that does not fill whole pages."""
        if self.counters not in (1, 3, 5, 7, 9) or not 0 <= self.layout <= 7:
            raise RangeError("A card carries 1, 3, 5, 7 or 9 counters, not %r." % (self.counters,))
        return self.layout << 5 | (self.counters - 1) // 2 << 2 | (2 if self.ring else 0) | (1 if self.seal else 0)


def decode_profile(byte):
    """The `Profile` in a byte, or None when it names more counters than the format has."""
    counters = (byte >> 2 & 7) * 2 + 1
    if counters > 9:
        return None
    return Profile(byte >> 5, counters, bool(byte & 2), bool(byte & 1))


class IssuerBlock(namedtuple("IssuerBlock", ["epoch", "scheme", "batch", "card_number", "profile", "issue_day"])):
    """The fields of an issuer block. epoch: 0..15; scheme, batch, issue_day: u16; card_number: u32; profile: `Profile`."""

    def body(self):
        """The 12 bytes before the MAC. RangeError when a field does not fit."""
        if not 0 <= self.epoch <= 15:
            raise RangeError("An issue epoch is 0 to 15, not %r." % (self.epoch,))
        return (
            uint(LAYOUT_VERSION << 4 | self.epoch, 1) + uint(self.scheme, 2) + uint(self.batch, 2)
            + uint(self.card_number, 4) + uint(self.profile.encode(), 1) + uint(self.issue_day, 2)
        )  # fmt: skip

    def encode(self, family, keys):
        """The 16 bytes, with the MAC of the card whose `keys` (`CardKeys`) these are."""
        body = self.body()
        return body + _mac(family, keys, self.epoch, body)


def _mac(family, keys, epoch, body):
    message = LABEL + uint(family_number(family), 1) + uint(len(keys.uid), 1) + keys.uid + body
    return keys.record_mac(epoch, message)[:MAC_SIZE]


def decode_issuer_body(body):
    """The `IssuerBlock` that 12 bytes spell, unproven; None when version or profile are not of this format."""
    cursor = Cursor(body)
    first = cursor.uint(1)
    block = IssuerBlock(first & 15, cursor.uint(2), cursor.uint(2), cursor.uint(4), decode_profile(cursor.uint(1)), cursor.uint(2))
    return block if first >> 4 == LAYOUT_VERSION and block.profile is not None else None


def decode_issuer_block(data, family, keys):
    """The `IssuerBlock` in 16 bytes, or None when they are not one of ours (version, epoch, profile or MAC do not fit)."""
    body, mac = data[: SIZE - MAC_SIZE], data[SIZE - MAC_SIZE :]
    block = decode_issuer_body(body)
    if block is None or not keys.knows(block.epoch):
        return None
    return block if constant_time_equal(mac, _mac(family, keys, block.epoch, body)) else None


def scheme_of(data):
    """The scheme number that 16 bytes claim, unproven: only to tell "another scheme's card" from "no card of this kind"."""
    return int.from_bytes(data[1:3], "big") if data[0] >> 4 == LAYOUT_VERSION else None


def layout_of(data):
    """The profile layout that 16 bytes claim, unproven; None when they are not of this version."""
    if data is None or data[0] >> 4 != LAYOUT_VERSION:
        return None
    profile = decode_profile(data[9])
    return None if profile is None else profile.layout


def epoch_of(data):
    """The issue epoch that 16 bytes claim, unproven: which key to prove the card with; None when not of this version."""
    return data[0] & 15 if data is not None and data[0] >> 4 == LAYOUT_VERSION else None
