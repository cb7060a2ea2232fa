"""An emulated MFRC522 at the end of a serial line, for a board whose SPI goes through one (terminal/boards/desk.py).

Each transfer comes as its length (u16, most significant byte first) and its bytes, and goes back as as many bytes; the chip is selected
for its length. The chip runs on the machine's clock; while bits are on the air, a pause of a busy machine counts as a short one, or
the chip's FIFO would run over where a board's does not.
"""

import os
import select
import termios
import threading
import time
import tty

from host_tools.soft_hardware.mfrc522_chip import Mfrc522Chip
from host_tools.soft_hardware.mfrc522_field import NEVER
from host_tools.soft_hardware.mfrc522_spi import wired
from host_tools.soft_hardware.pty_link import place_link, remove_link

_LENGTH_SIZE = 2
_ACCESS_US = 15
_ON_AIR_US_MAX = 300  # three bytes of the air; the chip's FIFO holds 64


class AirClock:
    """Microseconds as the emulated chip sees them. modem: set once the chip is there."""

    def __init__(self):
        self.modem = None
        self._us, self._at = 0, time.monotonic_ns()

    def now_us(self):
        """The chip's time."""
        return self._us

    def access(self, count):
        """A transfer of so many bytes begins."""
        then, self._at = self._at, time.monotonic_ns()
        passed_us, short_us = (self._at - then) // 1000, _ACCESS_US + count
        is_on_air = self.modem is not None and self.modem.next_at != NEVER
        self._us += max(short_us, min(passed_us, _ON_AIR_US_MAX) if is_on_air else passed_us)


class Mfrc522Server:
    """Serves one chip until `stop` is set.

    field: `mfrc522_field.Field`; whoever lays and lifts cards from another thread holds `lock` meanwhile. link: becomes a symbolic link to
    the line and is removed at the end. stop: has `is_set` and a `fileno` that is readable then.
    """

    def __init__(self, field, link, *, stop, on_ready=lambda: None):
        self._link = os.path.abspath(link)
        self._stop = stop
        self._on_ready = on_ready
        self.lock = threading.RLock()
        clock = AirClock()
        self.chip = Mfrc522Chip(field, clock.now_us)
        clock.modem = self.chip.modem
        self._port, self._select, _, _ = wired(self.chip, clock.access)

    def run(self):
        """Open the line, link it, serve. Returns when stopped."""
        line, terminal = os.openpty()
        try:
            tty.setraw(terminal, termios.TCSANOW)
            os.set_blocking(line, False)
            name = os.ttyname(terminal)
            os.chmod(name, 0o666)  # whoever runs the board may be another user than whoever runs the card
            place_link(name, self._link)
            try:
                self._on_ready()
                self._serve(line)
            finally:
                remove_link(name, self._link)
        finally:
            os.close(terminal)
            os.close(line)

    def _serve(self, line):
        held = b""
        while not self._stop.is_set:
            select.select([line, self._stop], [], [])
            try:
                held += os.read(line, 4096)
            except BlockingIOError:  # it was the stop
                continue
            while len(held) >= _LENGTH_SIZE and len(held) >= _LENGTH_SIZE + int.from_bytes(held[:_LENGTH_SIZE], "big"):
                end = _LENGTH_SIZE + int.from_bytes(held[:_LENGTH_SIZE], "big")
                out, held = held[_LENGTH_SIZE:end], held[end:]
                os.write(line, self._transfer(out))

    def _transfer(self, out):
        into = bytearray(len(out))
        with self.lock:
            self._select.value(0)
            self._port.write_readinto(out, into)
            self._select.value(1)
        return bytes(into)
