"""The one change that is made under a DES key: a DESFire as delivered (master key of zeros, single DES) gets an AES master key.

Until then anybody can format the card with a phone. PCs only: boards have no DES, and make no cards.
"""

from cardos.bytes import uint
from cardos.families import commands as rows
from cardos.families import ev1_channel
from cardos.families.ntag424 import change_key
from cardos.families.picc import RANKS

FACTORY_KEY = bytes(8)
_KEY_IS_AES = 0x80  # or'ed to the number in ChangeKey at chip level


def prove_factory_key(chip):
    """Generator: open a DES session with the delivered master key of a `Desfire` without a minimum, at chip level.

    CardRefused (WRONG_KEY) when the chip has another key.
    """
    yield from chip.open_session(ev1_channel.authenticate_iso(chip.framing, chip.nonces, 0, FACTORY_KEY), 0, RANKS[None])


def take_over(chip, key, version):
    """Generator: the delivered master key becomes the 16-byte AES `key`. The session ends; prove the new key next."""
    yield from prove_factory_key(chip)
    chip.session.looks_only = False
    yield from change_key(chip, rows.CHANGE_KEY, uint(_KEY_IS_AES, 1), True, key, version, None)
