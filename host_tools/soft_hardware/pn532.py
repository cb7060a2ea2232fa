"""An emulated PN532 on a pseudo-terminal, with one soft card in its field.

Unmodified libnfc (`LIBNFC_DEFAULT_DEVICE=pn532_uart:LINK`) and nfcpy (transport `tty`, with LINK) talk to it. Any baud rate is
taken and answers come at once: a pty has no pacing. Each command is ACKed first, then answered; a host's ACK aborts a command
that is still waiting (a poll without end, a silent card), a NACK has the last answer sent again.
"""

import os
import select
import termios
import time
import tty

from cardos.errors import BadInput
from host_tools.soft_hardware import hsu_frames
from host_tools.soft_hardware.pn532_chip import Pn532Chip
from host_tools.soft_hardware.pty_link import place_link, remove_link


def link_path(attach):
    """`pn532:LINK` to LINK. Raises BadInput."""
    kind, _, link = attach.partition(":")
    if kind != "pn532" or not link:
        raise BadInput("%r is not pn532:LINK" % attach, "LINK is a path where the serial line shall appear: pn532:/tmp/reader")
    return link


class Pn532Server:
    """Serves one `ServedCard` until `stop` is set or its presentations are over.

    link: becomes a symbolic link to the pty and is removed at the end. A symbolic link there is replaced, a file is not.
    wtx_requests: how often an ISO-DEP card asks for more time before a command.
    """

    def __init__(self, served, link, *, stop, on_ready=lambda: None, wtx_requests=0):
        self._served = served
        self._link = os.path.abspath(link)
        self._stop = stop
        self._on_ready = on_ready
        self._frames = hsu_frames.FrameReader()
        self.chip = Pn532Chip(served.port, before_selection=served.powered, wtx_requests=wtx_requests)
        self._waiting = None  # (time at which the answer is due, code, data, Reply)
        self._last_answer = hsu_frames.ACK
        self._line = -1  # the chip's side of the pty

    def run(self):
        """Open the pty, link it, serve. Returns when stopped or finished."""
        self._line, terminal = os.openpty()
        try:
            tty.setraw(terminal, termios.TCSANOW)
            os.set_blocking(self._line, False)
            # Whoever runs the client may be another user than whoever runs the card.
            os.chmod(os.ttyname(terminal), 0o666)
            name = os.ttyname(terminal)
            place_link(name, self._link)
            try:
                self._on_ready()
                while not (self._stop.is_set or self._served.is_finished):
                    self._turn()
            finally:
                remove_link(name, self._link)
        finally:
            # The own descriptor of the terminal side kept the line alive while clients closed and reopened it.
            os.close(terminal)
            os.close(self._line)

    def _turn(self):
        ready, _, _ = select.select([self._line, self._stop], [], [], self._sleep_s())
        if self._served.tick() and self.chip.field_is_on:
            self._served.port.field_on()
        if self._line in ready:
            for kind, payload in self._frames.feed(os.read(self._line, 4096)):
                if kind == "frame":
                    self._take(payload)
                elif kind == "ack":
                    self._waiting = None
                elif kind == "nack":
                    self._put(self._last_answer)
        self._answer_what_is_due()

    def _sleep_s(self):
        waits = [self._served.wake_after_s()]
        if self._waiting is not None:
            waits.append(max(0.0, self._waiting[0] - time.monotonic()))
        waits = [seconds for seconds in waits if seconds is not None]
        return min(waits) if waits else None

    def _take(self, payload):
        self._put(hsu_frames.ACK)
        code, data = payload[1], payload[2:]
        self._command(code, data)

    def _command(self, code, data):
        field_was_on = self.chip.field_is_on
        reply = self.chip.command(code, data)
        if field_was_on and not self.chip.field_is_on:
            self._served.rests()
        self._waiting = (time.monotonic() + reply.after_s, code, data, reply)

    def _answer_what_is_due(self):
        if self._waiting is None or time.monotonic() < self._waiting[0]:
            return
        _, code, data, reply = self._waiting
        self._waiting = None
        if reply.retry:
            self._command(code, data)
            return
        if reply.data is None:
            self._last_answer = hsu_frames.SYNTAX_ERROR
        else:
            self._last_answer = hsu_frames.frame(bytes([hsu_frames.CHIP_TO_HOST, code + 1]) + reply.data)
        self._put(self._last_answer)

    def _put(self, data):
        """Write to the host. A host that reads nothing loses what the line cannot hold, as on a wire."""
        try:
            os.write(self._line, data)
        except BlockingIOError:
            termios.tcflush(self._line, termios.TCOFLUSH)
