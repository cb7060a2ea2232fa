"""The face that a contactless PC/SC reader gives an ISO-DEP card: APDUs go to the card whole, the block protocol is the reader's.

FF CA (UID, ATS) is answered by the reader from what selection told and never reaches the card. So this face stands outside of
the tears: `FF CA` is no exchange there. Inside it is the card itself, or for a Classic card the `ClassicReader`, which takes
the storage commands of class FF.
"""

from host_tools.soft_hardware.contactless_atr import CLASSIC_1K, iso_dep_atr, storage_atr

OK, WRONG_LENGTH, WRONG_CLASS, NOT_SUPPORTED = b"\x90\x00", b"\x67\x00", b"\x6e\x00", b"\x6a\x81"

_GET_DATA = 0xCA
_READER_CLASS = 0xFF


class ContactlessReader:
    """One reader with one card (a soft card, or its tears) on it. atr: bytes, b"" before the first selection."""

    def __init__(self, card):
        self._card = card
        self._activation = None
        self.atr = b""

    def __getattr__(self, name):
        return getattr(self._card, name)

    def power_on(self):
        """Field on, card selected. True when a card is there."""
        self._card.field_on()
        self._activation = activation = self._card.activate()
        if activation is None:
            return False
        self.atr = storage_atr(CLASSIC_1K) if activation.ats is None else iso_dep_atr(activation.ats)
        return True

    def power_off(self):
        """Field off."""
        self._card.field_off()

    def transceive(self, apdu):
        """One APDU, at least 4 bytes. Returns data and status word, or None when the card stays silent."""
        apdu = bytes(apdu)
        if len(apdu) < 4:
            return WRONG_LENGTH
        if self._activation is None:
            return None
        if apdu[0] == _READER_CLASS and apdu[1] == _GET_DATA:
            return _get_data(self._activation, apdu)
        if (apdu[0] == _READER_CLASS) == (self._activation.ats is None):
            answer = self._card.transceive(apdu)
            return None if self._card.answer_was_cut else answer  # half a block has no checksum that fits: the reader says nothing
        return NOT_SUPPORTED if apdu[0] == _READER_CLASS else WRONG_CLASS


def _get_data(activation, apdu):
    told = {b"\x00\x00": activation.uid, b"\x01\x00": activation.ats}.get(apdu[2:4])
    return NOT_SUPPORTED if told is None else get_data_answer(told, apdu)


def get_data_answer(data, apdu):
    """Data and 90 00; 6C and the length when Le asks for less than there is."""
    expected = apdu[4] if len(apdu) > 4 else 0
    if 0 < expected < len(data):
        return bytes([0x6C, len(data)])
    return data + OK
