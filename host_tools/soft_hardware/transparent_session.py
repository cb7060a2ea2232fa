"""The transparent session of PC/SC part 3 (supplement 2.02): raw frames to the card inside BER-TLV objects.

P2 of `FF C2 00 P2`: 00 manage the session, 01 exchange, 02 switch protocol. Each answer begins with C0 03 ee s1 s2: number
of the object that failed (00 none) and its status. The timer (5F46) is accepted and not used.
"""

OK, FAILED, WRONG_LENGTH, NOT_SUPPORTED = b"\x90\x00", b"\x63\x00", b"\x67\x00", b"\x6a\x81"

FINE, NO_ANSWER, OBJECT_UNKNOWN, NOT_NOW = b"\x90\x00", b"\x64\x01", b"\x6a\x81", b"\x69\x85"

VERSION = bytes([0x80, 0x03, 0x02, 0x02, 0x00])


class TransparentSession:
    """One session over one card. is_open: between start (81) and end (82)."""

    def __init__(self, card):
        self._card = card
        self.is_open = False

    def end(self):
        """The session is over; the reader polls by itself again."""
        self.is_open = False

    def command(self, apdu):
        """FF C2 00 P2 Lc objects [Le]. Returns objects and status word."""
        objects = _objects(apdu)
        if objects is None or apdu[2] != 0x00 or apdu[3] > 0x02:
            return WRONG_LENGTH if objects is None else NOT_SUPPORTED
        rule = (self._manage, self._exchange, self._switch)[apdu[3]]
        told = b""
        for number, (tag, value) in enumerate(objects, 1):
            status, answer = rule(tag, value)
            told += answer
            if status != FINE:
                return bytes([0xC0, 0x03, number]) + status + told + OK
        return bytes([0xC0, 0x03, 0x00]) + FINE + told + OK

    def _manage(self, tag, value):
        if tag == 0x80:
            return FINE, VERSION
        if tag in (0x81, 0x82):
            self.is_open = tag == 0x81
        elif tag == 0x83:
            self._card.field_off()
        elif tag == 0x84:
            self._card.field_on()
        elif tag not in (0x5F46, 0xFF6D, 0xFF6E):
            return OBJECT_UNKNOWN, b""
        return FINE, b""

    def _switch(self, tag, value):
        if tag != 0x8F or len(value) != 2 or value[0] != 0x00:
            return OBJECT_UNKNOWN, b""
        if not self.is_open:
            return NOT_NOW, b""
        if value[1] == 0x02:
            return FINE, b""
        if value[1] != 0x03:  # part 4 is not for a type 2 card
            return OBJECT_UNKNOWN, b""
        return (FINE if self._card.activate() is not None else NO_ANSWER), b""

    def _exchange(self, tag, value):
        if not self.is_open:
            return NOT_NOW, b""
        if tag in (0x90, 0x91, 0x92, 0x5F46):
            return FINE, b""
        if tag != 0x95 or not value:
            return OBJECT_UNKNOWN, b""
        answer = self._card.transceive(value)
        if answer is None:
            return NO_ANSWER, b""
        last_bits = 4 if len(answer) == 1 else 0
        head = bytes([0x92, 0x01, last_bits, 0x96, 0x02, 0x00, 0x00, 0x97])
        return FINE, head + _length(len(answer)) + answer


def _objects(apdu):
    """[(tag, value)] in the data of an APDU, or None when they do not fit."""
    if len(apdu) < 6 or len(apdu) < 5 + apdu[4]:
        return None
    data = apdu[5 : 5 + apdu[4]]
    objects, at = [], 0
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & 0x1F == 0x1F and at < len(data):
            tag, at = tag << 8 | data[at], at + 1
        if at >= len(data) or at + 1 + data[at] > len(data) or data[at] > 0x7F:
            return None
        objects.append((tag, data[at + 1 : at + 1 + data[at]]))
        at += 1 + data[at]
    return objects


def _length(count):
    if count < 0x80:
        return bytes([count])
    return bytes([0x81, count]) if count < 0x100 else bytes([0x82, count >> 8, count & 0xFF])
