"""The face that a contactless PC/SC reader gives a storage card: pseudo-APDUs in, status words out.

Direct commands differ between readers, so their ability is chosen: "pn532" takes `FF 00 00 00 Lc D4 ..` as an ACR122U does,
"bare" takes the card's frame there (ACR1281; it says 63 00 to every 4-bit answer, also to a WRITE that landed), "transparent"
has the session of PC/SC part 3, "none" has READ and WRITE only. After a NAK the reader selects the card anew before the
next APDU; the card's authentication is gone then.
"""

from cardos.errors import BadInput
from cardos.soft_cards.two_step import CompatibilityWriteInOne
from host_tools.soft_hardware.contactless_atr import ULTRALIGHT, storage_atr
from host_tools.soft_hardware.contactless_reader import get_data_answer
from host_tools.soft_hardware.pn532_chip import Pn532Chip
from host_tools.soft_hardware.transparent_session import TransparentSession

ABILITIES = ("pn532", "bare", "transparent", "none")

ATR_TYPE2 = storage_atr(ULTRALIGHT)

FIRMWARE_TEXT = b"ACR122U214"  # ten letters and no status word, as the real one answers

OK, FAILED = b"\x90\x00", b"\x63\x00"
WRONG_LENGTH, WRONG_CLASS, WRONG_INS, NOT_SUPPORTED, WRONG_P1P2 = b"\x67\x00", b"\x6e\x00", b"\x6d\x00", b"\x6a\x81", b"\x6b\x00"

ACK = b"\x0a"


def check_ability(ability):
    """Raises BadInput when it is not one of ABILITIES."""
    if ability not in ABILITIES:
        raise BadInput("a soft reader has no ability %r" % ability, "use one of: " + " ".join(ABILITIES))


class StorageReader:
    """One reader with one card (anything shaped like a soft card) on it."""

    def __init__(self, card, *, ability="pn532", atr=ATR_TYPE2):
        check_ability(ability)
        card = CompatibilityWriteInOne(card)
        self._card = card
        self._ability = ability
        self.atr = atr
        self._chip = Pn532Chip(card)
        self._session = TransparentSession(card)
        self._uid = b""
        self.answer_was_cut = False

    def __getattr__(self, name):
        return getattr(self._card, name)

    def power_on(self):
        """Field on, card selected. True when a card is there."""
        self._chip.set_field(True)
        return self._select()

    def power_off(self):
        """Field off."""
        self._session.end()
        self._chip.set_field(False)

    def transceive_torn(self, apdu, outcome):
        """As a soft card's: the write inside this APDU ends torn. Returns (answer, True when a write was torn)."""
        self._card.memory.arm(outcome)
        try:
            answer = self.transceive(apdu)
        finally:
            torn = self._card.memory.disarm()
        return answer, torn

    def transceive(self, apdu):
        """One APDU, at least 4 bytes. Returns data and status word."""
        apdu = bytes(apdu)
        if len(apdu) < 4:
            return WRONG_LENGTH
        if apdu[0] != 0xFF:
            return WRONG_CLASS
        if not self._card.is_active and not self._session.is_open:
            self._select()
        ins = apdu[1]
        if ins == 0xCA:
            return self._get_data(apdu)
        if ins == 0xB0:
            return self._read_binary(apdu)
        if ins == 0xD6:
            return self._update_binary(apdu)
        if ins == 0x00:
            return self._reader_command(apdu)
        if ins == 0xC2:
            return self._session.command(apdu) if self._ability == "transparent" else NOT_SUPPORTED
        if ins in (0x82, 0x86, 0x88):  # Classic keys: not this kind of card
            return FAILED
        return WRONG_INS

    def _select(self):
        activation = self._card.activate()
        if activation is not None:
            self._uid = activation.uid
        return activation is not None

    def _get_data(self, apdu):
        if apdu[2:4] != b"\x00\x00":
            return NOT_SUPPORTED  # no ATS: a storage card has no historical bytes
        return get_data_answer(self._uid, apdu)

    def _read_binary(self, apdu):
        expected = apdu[4] if len(apdu) == 5 else 0
        if len(apdu) != 5 or expected > 16:
            return WRONG_LENGTH
        if apdu[2] != 0x00:
            return WRONG_P1P2
        answer = self._card.transceive(bytes([0x30, apdu[3]]))
        if answer is None or len(answer) < 16:
            return FAILED
        return answer[: expected or 16] + OK

    def _update_binary(self, apdu):
        data = apdu[5:]
        if len(apdu) < 5 or apdu[4] != len(data) or len(data) not in (4, 16):
            return WRONG_LENGTH
        if apdu[2] != 0x00:
            return WRONG_P1P2
        answer = self._card.transceive(bytes([0xA2 if len(data) == 4 else 0xA0, apdu[3]]) + data)
        return OK if answer == ACK else FAILED

    def _reader_command(self, apdu):
        if self._ability not in ("pn532", "bare"):
            return NOT_SUPPORTED
        if apdu[2] == 0x00 and apdu[3] == 0x00:
            data = apdu[5:]
            if len(apdu) < 6 or apdu[4] != len(data):
                return WRONG_LENGTH
            return self._to_pn532(data) if self._ability == "pn532" else self._to_card(data)
        if self._ability == "bare":
            return NOT_SUPPORTED
        if apdu[2] == 0x48:
            return FIRMWARE_TEXT
        if apdu[2] == 0x40:  # LED and buzzer; the second status byte is the state of the LEDs
            return bytes([0x90, apdu[3] & 0x03])
        if apdu[2] in (0x50, 0x51):  # PICC operating parameter
            return bytes([0x90, 0xFF if apdu[2] == 0x50 else apdu[3]])
        if apdu[2] in (0x41, 0x52):  # time-out, buzzer on detection
            return OK
        return NOT_SUPPORTED

    def _to_pn532(self, data):
        if len(data) < 2 or data[0] != 0xD4:
            return FAILED
        reply = self._chip.command(data[1], data[2:])
        if reply.data is None or reply.retry:
            return FAILED
        return bytes([0xD5, data[1] + 1]) + reply.data + OK

    def _to_card(self, frame):
        answer = self._card.transceive(frame)
        if answer is None or len(answer) < 2:
            return FAILED
        return answer + OK
