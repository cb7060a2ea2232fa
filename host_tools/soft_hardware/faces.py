"""Which reader face a soft card gets on which stack, by what its selection tells: SAK bit 6 is ISO-DEP, bit 4 Classic.

Inside the tears stands what turns a reader's payload into the card's frames, outside of them what the reader answers itself.
"""

from cardos.exchange import CLASSIC, ISO_DEP, TYPE2
from cardos.soft_cards.two_step import CompatibilityWriteInOne
from host_tools.soft_hardware.classic_reader import ClassicReader
from host_tools.soft_hardware.contactless_atr import ULTRALIGHT, ULTRALIGHT_C, storage_atr
from host_tools.soft_hardware.contactless_reader import ContactlessReader
from host_tools.soft_hardware.served_card import ServedCard
from host_tools.soft_hardware.storage_reader import StorageReader, check_ability

# What most readers name in an ATR. Unsure on silicon, chosen here: an Ultralight AES shows as Ultralight.
_CARD_NAMES = {"ultralight-c": ULTRALIGHT_C}
_KEYS_NEED_UID = ("ultralight-c", "ultralight-aes")  # whose taps ask the reader for the UID
_GET_DATA = b"\xff\xca"


def kind_of(card):
    """TYPE2, ISO_DEP or CLASSIC."""
    if card.sak & 0x20:
        return ISO_DEP
    return CLASSIC if card.sak & 0x08 else TYPE2


def pn532_face(card):
    """What stands between the tears and the card on a PN532."""
    return CompatibilityWriteInOne(card) if kind_of(card) == TYPE2 else card


def vpcd_face(card, ability="pn532"):
    """What stands between the tears and the card behind a PC/SC reader. ability: see `storage_reader`, for TYPE2 only. Raises BadInput."""
    check_ability(ability)
    kind = kind_of(card)
    if kind == TYPE2:
        return StorageReader(card, ability=ability, atr=storage_atr(_CARD_NAMES.get(card.family, ULTRALIGHT)))
    return ClassicReader(card) if kind == CLASSIC else card


def vpcd_front(torn):
    """What stands outside of the tears behind a PC/SC reader. On an NTAG21x every APDU counts, Get Data too; no tap of ours sends it there."""
    if kind_of(torn) != TYPE2:
        return ContactlessReader(torn)
    return GetDataAside(torn) if torn.family in _KEYS_NEED_UID else torn


class GetDataAside:
    """A storage reader behind its tears, whose FF CA is the reader's own answer: no exchange with the card."""

    def __init__(self, torn):
        self._torn = torn

    def __getattr__(self, name):
        return getattr(self._torn, name)

    def transceive(self, apdu):
        """One APDU."""
        return self._torn.aside(apdu) if bytes(apdu[:2]) == _GET_DATA else self._torn.transceive(apdu)


def served_on_pn532(path, **how):
    """The `ServedCard` of a card file for a `Pn532Server`. how: tears, again_s, presentations."""
    return ServedCard(path, face=pn532_face, **how)


def served_on_vpcd(path, ability="pn532", **how):
    """The `ServedCard` of a card file for a `VpcdServer`. how: tears, again_s, presentations."""
    return ServedCard(path, face=lambda card: vpcd_face(card, ability), front=vpcd_front, **how)
