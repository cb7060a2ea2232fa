"""The demo's reader: an emulated chip on a pseudo-terminal, served by a thread of its own, with a `Spot` in its field."""

import os
import socket
import termios
import threading
from typing import ContextManager

from cardos.errors import BadInput, ReaderLost
from host_tools.boards.demo.spot import Spot
from host_tools.soft_hardware.faces import pn532_face

CHIPS = ("pn532", "mfrc522")
_START_S = 5.0


class Stop:
    """What a server's loop waits for; `set` from any thread."""

    def __init__(self):
        self.is_set = False
        self._read, self._write = socket.socketpair()

    def fileno(self):
        return self._read.fileno()

    def set(self):
        self.is_set = True
        self._write.send(b"x")

    def close(self):
        self._read.close()
        self._write.close()


class ServedSpot:
    """The spot as a server takes a card (`host_tools.soft_hardware.served_card`): it never finishes, and needs no file."""

    is_finished = False

    def __init__(self, spot):
        self.port = spot

    def powered(self):
        """The reader's field is up."""

    def rests(self):
        """The reader's field went off."""

    def tick(self):
        """Nothing is ever due."""
        return False

    def wake_after_s(self):
        """None: no time to wait for."""
        return None


class DemoReader:
    """A reader whose serial line is at `link`. chip: one of CHIPS. Closed with `close`, or used in a `with`."""

    def __init__(self, link, chip="pn532", delay_s=0.0):
        """Raises BadInput for a chip that there is none of, and ReaderLost when its line cannot be opened."""
        if chip not in CHIPS:
            raise BadInput("There is no reader chip %r." % (chip,), "Readers: " + " ".join(CHIPS))
        self.link, self.chip = os.path.abspath(link), chip
        self.spot = Spot(delay_s)
        self._stop = Stop()
        self._hand: ContextManager = threading.RLock()  # what a hand holds while it moves a card
        self._trouble: BaseException | None = None
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), name="demo reader", daemon=True)
        self._thread.start()
        if not ready.wait(_START_S) or self._trouble is not None:
            raise ReaderLost("The demo's reader did not start (%s)." % (self._trouble or "no answer"), "Is there room for another pseudo-terminal?")

    @property
    def named(self):
        """How a board's configuration names it."""
        return "%s:%s" % (self.chip, self.link)

    def put(self, chip, mishap=None):
        """Lay a soft card on the spot; see `Spot.put`."""
        with self._hand:
            self.spot.put(pn532_face(chip), mishap)

    def remove(self):
        """Take it away."""
        with self._hand:
            self.spot.remove()

    def drain(self):
        """Forget what is still on the line, as when reader and board lose their power together."""
        line = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcflush(line, termios.TCIOFLUSH)
        finally:
            os.close(line)

    def close(self):
        """End the reader's thread; the link goes with it."""
        self._stop.set()
        self._thread.join(_START_S)
        self._stop.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _serve(self, ready):
        try:
            self._server(ready.set).run()
        except Exception as trouble:  # noqa: BLE001 - told by whoever waits for the start; later ones show as a silent reader
            self._trouble = trouble
            ready.set()

    def _server(self, on_ready):
        if self.chip == "mfrc522":
            from host_tools.soft_hardware.mfrc522_field import Field
            from host_tools.soft_hardware.mfrc522_server import Mfrc522Server

            field = Field()
            server = Mfrc522Server(field, self.link, stop=self._stop, on_ready=on_ready)
            self._hand = server.lock
            self.spot.stands_in(field)
            return server
        from host_tools.soft_hardware.pn532 import Pn532Server

        return Pn532Server(ServedSpot(self.spot), self.link, stop=self._stop, on_ready=on_ready)
