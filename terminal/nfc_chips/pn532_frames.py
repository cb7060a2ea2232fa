"""Frames between a host and a PN532, the same on every bus (UM0701-02, section 6.2.1), and CRC_A of frames to cards.

Normal `00 00 FF LEN LCS payload DCS 00`, extended `00 00 FF FF FF LENM LENL LCS payload DCS 00`; ACK, NACK and the error frame
are fixed. The payload begins with D4 towards the chip, D5 from it. What stands before a start code is skipped.
"""

ACK = b"\x00\x00\xff\x00\xff\x00"
NACK = b"\x00\x00\xff\xff\x00\x00"

TO_CHIP, FROM_CHIP, SYNTAX_ERROR = 0xD4, 0xD5, 0x7F

PAYLOAD_MAX = 265  # D4 or D5, the command and 263 bytes: an extended frame holds no more (section 6.2.1.2)
HEAD_BYTES = 8  # of the longest head, from the preamble on

# What a FrameReader finds.
IS_ACK, IS_NACK, IS_ANSWER, IS_ERROR, IS_BROKEN = "ack", "nack", "answer", "error", "broken"

_START = b"\x00\xff"
_KEPT_MAX = 600  # more unread bytes than two of the longest frames: noise


def frame(payload):
    """A whole frame around `payload`, which begins with D4 (or D5). ValueError over PAYLOAD_MAX."""
    if len(payload) > PAYLOAD_MAX:
        raise ValueError("a frame to the chip holds at most %d bytes" % PAYLOAD_MAX)
    tail = bytes([-sum(payload) & 0xFF, 0x00])
    if len(payload) < 0x100:
        return b"\x00\x00\xff" + bytes([len(payload), -len(payload) & 0xFF]) + payload + tail
    high, low = len(payload) >> 8, len(payload) & 0xFF
    return b"\x00\x00\xff\xff\xff" + bytes([high, low, -(high + low) & 0xFF]) + payload + tail


def _head(body):
    """Of what follows a start code: (bytes of LEN and LCS, length of the payload), None when cut, (0, 0) when it is none."""
    if len(body) < 2:
        return None
    if body[:2] == b"\xff\xff":
        if len(body) < 5:
            return None
        size, length, total = 5, body[2] << 8 | body[3], body[2] + body[3] + body[4]
    else:
        size, length, total = 2, body[0], body[0] + body[1]
    return (0, 0) if total & 0xFF or not 1 <= length <= PAYLOAD_MAX else (size, length)


def size_of_frame(data):
    """How many bytes `data`, the beginning of one frame, has when complete: HEAD_BYTES while its head is cut. Rubbish is complete as it is."""
    start = data.find(_START)
    body = data[start + 2 :]
    if start < 0 or body[:2] in (b"\x00\xff", b"\xff\x00"):
        return len(data) if start < 0 else start + 5
    head = _head(body)
    if head is None:
        return max(HEAD_BYTES, len(data))
    return len(data) if head[0] == 0 else start + 2 + head[0] + head[1] + 2


class FrameReader:
    """Cuts bytes from the chip into frames. `feed` returns a list of (what, payload): an IS_… word, and bytes for IS_ANSWER.

    IS_BROKEN is a frame whose length was right and whose payload was not. is_inside: a frame has begun and has not ended.
    """

    def __init__(self):
        self.forget()

    def forget(self):
        """Drop what is unread."""
        self._unread = b""
        self.is_inside = False

    def feed(self, data):
        """Take bytes; return what is complete."""
        self._unread += data
        found = []
        while (event := self._next()) is not None:
            if event[0] is not None:
                found.append(event)
        self._unread = self._unread[-_KEPT_MAX:]
        return found

    def _next(self):
        self.is_inside = False
        start = self._unread.find(_START)
        if start < 0:
            self._unread = self._unread[-1:]
            return None
        body = self._unread[start + 2 :]
        if body[:2] in (b"\x00\xff", b"\xff\x00"):
            self._unread = body[2:]
            return (IS_NACK if body[0] else IS_ACK), b""
        head = _head(body)
        if head is None:
            return None
        size, length = head
        if size == 0:  # no frame begins here: look on behind the start code
            self._unread = self._unread[start + 1 :]
            return None, b""
        if len(body) < size + length + 1:
            self.is_inside = True
            return None
        payload = body[size : size + length]
        whole = sum(payload) + body[size + length] & 0xFF == 0
        self._unread = body[size + length + 1 :] if whole else body[size:]
        if not whole:
            return IS_BROKEN, b""
        if payload[0] == SYNTAX_ERROR:
            return IS_ERROR, b""
        return (IS_ANSWER, payload) if payload[0] == FROM_CHIP and length > 1 else (None, b"")


def crc_a(data):
    """The 2 CRC bytes of a frame to or from a card as they go on air, low byte first (ISO/IEC 14443-3, annex B)."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return bytes([crc & 0xFF, crc >> 8])
