"""The storage commands of a PC/SC reader for a Classic card (PC/SC part 3): keys are loaded into the reader, blocks read and written.

The cipher of the air is the reader's own affair: the soft card takes `60|61 block key` as one frame and answers ACK, or not at
all. A card that refused is selected anew before the next APDU; its authentication is gone then.
"""

from host_tools.soft_hardware.contactless_reader import NOT_SUPPORTED, OK, WRONG_CLASS, WRONG_LENGTH

FAILED = b"\x63\x00"

ACK = b"\x0a"
KEYS_MAX = 32  # places for keys: 00 to 1F, as the ACR122U has two and others more
KEY_A, KEY_B = 0x60, 0x61


class ClassicReader:
    """Same shape as a card; `transceive` takes APDUs of class FF and gives data and status word."""

    def __init__(self, card):
        self._card = card
        self._keys = {}

    def __getattr__(self, name):
        return getattr(self._card, name)

    def transceive(self, apdu):
        """One APDU."""
        return self._perform(bytes(apdu), self._card.transceive)

    def transceive_torn(self, apdu, outcome):
        """As a soft card's: the write inside this APDU ends torn. Returns (answer, True when a write was torn)."""
        torn = []

        def send(frame):
            answer, was_torn = self._card.transceive_torn(frame, outcome)
            torn.append(was_torn)
            return answer

        return self._perform(bytes(apdu), send), any(torn)

    def _perform(self, apdu, send):
        if len(apdu) < 5:
            return WRONG_LENGTH
        if apdu[0] != 0xFF:
            return WRONG_CLASS
        rule = {0x82: self._load_key, 0x86: self._authenticate, 0x88: self._authenticate, 0xB0: self._read, 0xD6: self._write}.get(apdu[1])
        return NOT_SUPPORTED if rule is None else rule(apdu, send)

    def _load_key(self, apdu, send):
        if apdu[4] != 6 or len(apdu) != 11:
            return WRONG_LENGTH
        if apdu[3] >= KEYS_MAX:
            return FAILED
        self._keys[apdu[3]] = apdu[5:]
        return OK

    def _authenticate(self, apdu, send):
        """FF 86 00 00 05 01 00 block 60|61 place, or the older FF 88 00 block 60|61 place (P2, P3 and one byte)."""
        if apdu[1] == 0x86:
            if apdu[4] != 5 or len(apdu) != 10 or apdu[5] != 0x01:
                return WRONG_LENGTH
            block, kind, place = apdu[7], apdu[8], apdu[9]
        else:
            if len(apdu) != 6:
                return WRONG_LENGTH
            block, kind, place = apdu[3], apdu[4], apdu[5]
        if kind not in (KEY_A, KEY_B) or place not in self._keys:
            return FAILED
        return OK if self._ask(send, bytes([kind, block]) + self._keys[place]) == ACK else FAILED

    def _read(self, apdu, send):
        if len(apdu) != 5 or apdu[4] not in (0, 16):
            return WRONG_LENGTH
        answer = self._ask(send, bytes([0x30, apdu[3]]))
        return FAILED if answer is None or len(answer) != 16 else answer + OK

    def _write(self, apdu, send):
        if apdu[4] != 16 or len(apdu) != 21:
            return WRONG_LENGTH
        return OK if self._ask(send, bytes([0xA0, apdu[3]]) + apdu[5:]) == ACK else FAILED

    def _ask(self, send, frame):
        if not self._card.is_active:
            self._card.activate()
        return send(frame)
