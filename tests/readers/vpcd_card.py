"""The card side of vpcd, scripted: every bad thing a card can do on the line, in the test's own process.

Dials the driver's port, answers the control bytes, and hands each APDU to `answer(apdu)`, which returns the bytes to send
or one of the actions below. The socket is shut down, not only closed: a forked child would keep it alive.
"""

import socket
import struct
import threading
import time

from cardos.soft_cards.registry import new_card
from host_tools.soft_hardware.storage_reader import ATR_TYPE2, StorageReader

CLOSE, HALF_A_FRAME, HANG = "close", "half a frame", "hang"

UID_A = bytes.fromhex("04A1B2C3D4E5F6")
UID_B = bytes.fromhex("04112233445566")


def storage_card(uid=UID_A, ability="pn532", family="ntag215"):
    """A soft card behind a storage-card reader face, powered."""
    face = StorageReader(new_card(family, uid), ability=ability)
    face.power_on()
    return face


class VpcdCard:
    """One presentation of a card on one vpcd port. answer: callable(apdu) -> bytes, or an action; `apdus` keeps what came."""

    def __init__(self, port, answer, atr=ATR_TYPE2):
        self._answer = answer
        self._atr = atr
        self.apdus = []
        self.controls = []
        self.hanging = threading.Event()
        self._let_go = threading.Event()
        self._line = self._dial(port)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _dial(port):
        deadline = time.monotonic() + 5
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=5)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def leave(self):
        """Take the card away."""
        self._let_go.set()
        try:
            self._line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the driver closed first
        self._thread.join(5)

    def _serve(self):
        self._line.settimeout(None)
        with self._line:
            while True:
                body = self._take()
                if body is None:
                    return
                if len(body) == 1:
                    self.controls.append(body[0])
                    if body[0] == 0x04:
                        self._send(self._atr)
                elif not self._apdu(body):
                    try:
                        self._line.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass  # `leave` was faster
                    return

    def _apdu(self, apdu):
        self.apdus.append(apdu)
        answer = self._answer(apdu)
        if answer == CLOSE:
            return False
        if answer == HALF_A_FRAME:
            self._line.sendall(struct.pack(">H", 18) + bytes(9))
            return False
        if answer == HANG:
            self.hanging.set()
            self._let_go.wait(60)
            return False
        self._send(answer)
        return True

    def _send(self, body):
        self._line.sendall(struct.pack(">H", len(body)) + body)

    def _take(self):
        head = self._exactly(2)
        return None if head is None else self._exactly(struct.unpack(">H", head)[0])

    def _exactly(self, count):
        taken = b""
        while len(taken) < count:
            try:
                self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                more = self._line.recv(count - len(taken))
            except OSError:
                return None
            if not more:
                return None
            taken += more
        return taken

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def after(count, action, face):
    """An `answer` that behaves as `face` for `count` APDUs and then does `action`."""
    seen = []

    def answer(apdu):
        seen.append(apdu)
        return action if len(seen) > count else face.transceive(apdu)

    return answer
