"""Frames between a host and a PN532 on its serial line (HSU), as the chip reads and writes them.

Normal `00 00 FF LEN LCS payload DCS 00`, extended `00 00 FF FF FF LENM LENL LCS payload DCS 00`; ACK, NACK and the error frame
are fixed. Everything before a start code (wake-up 55 55, zeros) is skipped; a frame with a wrong sum is dropped unanswered.
"""

ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
SYNTAX_ERROR = bytes.fromhex("0000FF01FF7F8100")

HOST_TO_CHIP, CHIP_TO_HOST = 0xD4, 0xD5

_START = b"\x00\xff"
_KEPT_MAX = 600  # more unread bytes than two longest frames: noise


def frame(payload):
    """A whole frame for a payload that begins with D4 or D5."""
    tail = bytes([-sum(payload) & 0xFF, 0x00])
    if len(payload) < 0x100:
        return b"\x00\x00\xff" + bytes([len(payload), -len(payload) & 0xFF]) + payload + tail
    high, low = len(payload) >> 8, len(payload) & 0xFF
    return b"\x00\x00\xff\xff\xff" + bytes([high, low, -(high + low) & 0xFF]) + payload + tail


class FrameReader:
    """Cuts a byte stream into frames. `feed` returns a list of ("ack", b""), ("nack", b"") and ("frame", payload)."""

    def __init__(self):
        self._unread = b""

    def feed(self, data):
        """Take bytes from the line; return what is complete."""
        self._unread += data
        found = []
        while (event := self._next()) is not None:
            found.append(event)
        self._unread = self._unread[-_KEPT_MAX:]
        return [event for event in found if event[0] != "noise"]

    def _next(self):
        start = self._unread.find(_START)
        if start < 0:
            self._unread = self._unread[-1:]
            return None
        body = self._unread[start + 2 :]
        if len(body) < 2:
            return None
        if body[:2] in (b"\x00\xff", b"\xff\x00"):
            self._unread = body[2:]
            return ("ack" if body[0] == 0x00 else "nack"), b""
        if body[:2] == b"\xff\xff":
            if len(body) < 5:
                return None
            head, length, sums = 5, body[2] << 8 | body[3], sum(body[2:5])
        else:
            head, length, sums = 2, body[0], sum(body[0:2])
        if sums & 0xFF or length > 265:
            self._unread = body
            return "noise", b""
        if len(body) < head + length + 1:
            return None
        payload = body[head : head + length]
        self._unread = body[head + length + 1 :]
        if (sum(payload) + body[head + length]) & 0xFF or length < 2 or payload[0] != HOST_TO_CHIP:
            return "noise", b""
        return "frame", payload
