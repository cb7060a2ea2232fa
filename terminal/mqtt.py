"""The line to the shop by way of an MQTT 3.1.1 broker (OASIS standard), for shops that have one already.

    request   PUBLISH, QoS 1, to stampd/<scheme, 4 hex digits>/<terminal>/up
    answer    PUBLISH on stampd/<scheme>/<terminal>/down

A broker's PUBACK says that the broker took a packet: no receipt. Brokers acknowledge what nobody listens to and what they throw away.
Only the shop's answer counts, and it carries a MAC; packets on the answer's topic that do not fit the request (late ones, retained
ones, a stranger's) are passed over. Sessions are clean: nothing is left at the broker. Each packet leaves in one write.
Name and password, where a broker wants them, cross the network in the clear: they keep guests off the broker, nothing else.
"""

import asyncio

from cardos.bytes import uint
from cardos.records.board_sync import MESSAGE_MAX
from terminal.line import WAIT_MS, Line

PORT = 1883
KEEP_ALIVE_S = 30  # a broker hangs up after one and a half times as long without a packet

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK, _PINGREQ, _PINGRESP = 1, 2, 3, 4, 8, 9, 12, 13  # section 2.2.1
_QOS_1 = 2  # the bits of a PUBLISH's flags; and the flags that SUBSCRIBE has to have
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_REFUSALS = ("", "its version", "the name of this client", "the broker is not ready", "the name or password", "not allowed")  # section 3.2.2.3
_PACKET_MAX = MESSAGE_MAX + 256
_SUBSCRIBE_ID = 1


def topic(scheme, terminal, way):
    """The topic of a board. way: "up" or "down"."""
    return "stampd/%04x/%d/%s" % (scheme, terminal, way)


def packet(kind, flags, body):
    """One control packet: its first byte, the length in groups of seven bits (section 2.2.3), the body."""
    head, left = bytearray([kind << 4 | flags]), len(body)
    while True:
        head.append(left & 127 | (128 if left > 127 else 0))
        left >>= 7
        if not left:
            return bytes(head) + body


def text(value):
    """A text with its length before it (section 1.5.3)."""
    raw = value.encode()
    return uint(len(raw), 2) + raw


class MqttLine(Line):
    """One board's connection to a broker. user, password: texts or None."""

    def __init__(self, host, port, scheme, terminal, user=None, password=None, wait_ms=WAIT_MS):
        Line.__init__(self, host, port, wait_ms)
        self._up, self._down = topic(scheme, terminal, "up"), topic(scheme, terminal, "down")
        self._name = "stampd-%04x-%d" % (scheme, terminal)
        self._user, self._password = user, password
        self._number = _SUBSCRIBE_ID
        self._pings, self._writing = None, asyncio.Lock()

    async def _connect(self):
        await Line._connect(self)
        flags, payload = _CLEAN, text(self._name)
        if self._user is not None:
            flags, payload = flags | _USER, payload + text(self._user)
            if self._password is not None:
                flags, payload = flags | _PASSWORD, payload + text(self._password)
        await self._write(packet(_CONNECT, 0, text("MQTT") + bytes([4, flags]) + uint(KEEP_ALIVE_S, 2) + payload))
        kind, _, body = await self._packet()
        if kind != _CONNACK or len(body) != 2:
            raise ValueError("it is no MQTT broker")
        if body[1]:
            raise ValueError("the broker refuses %s" % (_REFUSALS[body[1]] if body[1] < len(_REFUSALS) else "with code %d" % body[1]))
        await self._write(packet(_SUBSCRIBE, _QOS_1, uint(_SUBSCRIBE_ID, 2) + text(self._down) + b"\x01"))
        kind = None
        while kind != _SUBACK:  # what is retained may come before it
            kind, _, body = await self._packet()
        if body[2:] not in (b"\x00", b"\x01"):
            raise ValueError("the broker does not let this board listen on %s" % self._down)
        self._pings = asyncio.create_task(self._ping())

    async def _write(self, data):
        async with self._writing:  # a ping and a message must not meet in the stream's buffer
            await Line._write(self, data)

    async def _ping(self):
        while True:
            await asyncio.sleep(KEEP_ALIVE_S / 2)
            try:
                await self._write(packet(_PINGREQ, 0, b""))
            except OSError:  # whoever waits for an answer finds the connection gone
                return

    async def _answered(self, message, fits):
        self._number = self._number % 0xFFFF + 1
        number = uint(self._number, 2)
        await self._write(packet(_PUBLISH, _QOS_1, text(self._up) + number + message))
        while True:
            kind, flags, body = await self._packet()
            if kind == _PUBLISH:
                answer = await self._published(flags, body)
                if answer is not None and (fits is None or fits(answer)):
                    return answer
            elif kind not in (_PUBACK, _PINGRESP):  # a PUBACK is no receipt, and its absence no refusal
                raise ValueError("the broker sent a packet of kind %d" % kind)

    async def _published(self, flags, body):
        """The message in a PUBLISH, acknowledged where it asks for it; None when it is on another topic or too long for one."""
        size = int.from_bytes(body[:2], "big")
        name, rest = body[2 : 2 + size], body[2 + size :]
        if flags & 6:
            await self._write(packet(_PUBACK, 0, rest[:2]))
            rest = rest[2:]
        return rest if name == self._down.encode() and len(rest) <= MESSAGE_MAX else None

    async def _packet(self):
        """(kind, flags, body) of the next packet. ValueError for one that is longer than any of ours."""
        first, size, shift, more = (await self._input.exactly(1))[0], 0, 0, True
        while more:
            byte = (await self._input.exactly(1))[0]
            size |= (byte & 127) << shift
            shift, more = shift + 7, byte > 127
            if size > _PACKET_MAX or shift > 28:
                raise ValueError("the broker sent too long a packet")
        return first >> 4, first & 15, await self._input.exactly(size)

    async def close(self):
        if self._pings is not None:
            self._pings.cancel()
            self._pings = None
        await Line.close(self)
