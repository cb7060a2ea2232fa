"""A reader face on a vpcd driver's port: pcscd then shows a reader with this card.

Wire: both ways a 2-byte length, high byte first, then the body. A body of one byte from the driver is a control byte: 00
power off, 01 power on, 02 reset, 04 ATR wanted. The card dials the driver; the driver asks for the ATR every 400 ms to see
whether the card is still there.
"""

import select
import socket
import struct

from cardos.errors import BadInput

POWER_OFF, POWER_ON, RESET, GET_ATR = 0x00, 0x01, 0x02, 0x04

RETRY_S_FIRST = 0.02
RETRY_S_LAST = 0.5

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def address(attach):
    """`vpcd://HOST:PORT` to (host, port). Raises BadInput; hosts are on this machine only, as vpcd knows no authentication."""
    host, _, port = attach.removeprefix("vpcd://").rpartition(":")
    if not attach.startswith("vpcd://") or host not in LOOPBACK or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadInput("%r is not vpcd://127.0.0.1:PORT" % attach, "the driver's first port is 35963 (8C7B)")
    return host, int(port)


class VpcdServer:
    """Serves one `ServedCard` (with a face of `faces`) until `stop` is set or its presentations are over."""

    def __init__(self, served, host, port, *, stop, on_ready=lambda: None):
        self._served = served
        self._address = (host, port)
        self._stop = stop
        self._on_ready = on_ready

    def run(self):
        """Dial, serve, dial again. Returns when stopped or finished."""
        retry_s = RETRY_S_FIRST
        while not self._over():
            if not self._served.is_present:
                self._wait(self._served.wake_after_s())
                self._served.tick()
                continue
            line = self._dial()
            if line is None:
                self._wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_S_LAST)
                continue
            retry_s = RETRY_S_FIRST
            with line:
                # A contactless reader selects what enters its field by itself. pcscd relies on it when the card was swapped
                # between two of its looks: it then never sends POWER_ON.
                self._served.powered()
                self._served.port.power_on()
                try:
                    self._serve(line)
                except ConnectionError:
                    pass  # the driver went away in the middle: dial again
                _shut(line)
            self._served.port.power_off()
            self._served.reader_left()

    def _over(self):
        return self._stop.is_set or self._served.is_finished

    def _wait(self, seconds):
        select.select([self._stop], [], [], seconds)

    def _dial(self):
        try:
            line = socket.create_connection(self._address, timeout=5.0)
        except OSError:
            return None
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _serve(self, line):
        served = self._served
        while True:
            ready, _, _ = select.select([line, self._stop], [], [], served.wake_after_s())
            served.tick()
            if self._over():
                return
            if line not in ready:
                continue
            body = _receive(line)
            if body is None:
                return
            if len(body) == 1:
                self._control(line, body[0])
                # Ready only when pcscd has looked: until then it may still show the card that was there before.
                self._on_ready()
                self._on_ready = lambda: None
                continue
            answer = served.port.transceive(body)
            if not served.is_present:
                if answer:  # half an answer: the length of the whole, then half the bytes
                    line.sendall(struct.pack(">H", 2 * len(answer)) + answer)
                return
            if answer is None:
                return  # silent though it lies there: the reader gives it up, and selects it anew
            _send(line, answer)

    def _control(self, line, byte):
        served = self._served
        if byte == POWER_OFF:
            served.port.power_off()
            served.rests()
        elif byte in (POWER_ON, RESET):
            served.port.power_off()
            served.powered()
            served.port.power_on()
        elif byte == GET_ATR:
            if served.refresh():
                served.port.power_off()
                served.port.power_on()
            _send(line, served.port.atr)


def _send(line, body):
    line.sendall(struct.pack(">H", len(body)) + body)


def _receive(line):
    """The next body, or None when the driver closed the line."""
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, struct.unpack(">H", head)[0])


def _exactly(line, count):
    taken = b""
    while len(taken) < count:
        # The driver sends length and body in two small writes; a delayed ACK between them would cost 40 ms. The kernel
        # forgets this option, so it is set before every read.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        more = line.recv(count - len(taken))
        if not more:
            return None
        taken += more
    return taken


def _shut(line):
    """Close for good even when a forked child still holds the descriptor."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was faster
