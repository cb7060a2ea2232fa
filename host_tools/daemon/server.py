"""uvicorn, kept quiet: no tick ten times a second, no date header, no access log; and the port, asked for before anything starts.

uvicorn's main loop sleeps 0.1 s for ever to see a signal and to renew the date; here it waits for one event (measured: 0
wake-ups a second while nobody asks).
"""

import asyncio
import errno
import signal
import socket
from contextlib import contextmanager

import uvicorn

from cardos.errors import BadInput

STOP_LIMIT_S = 3  # for answers under way; event streams are ended by us first
BACKLOG = 64


def listening_socket(host, port):
    """A bound socket. BadInput PORT_TAKEN, PORT_FORBIDDEN or ADDRESS with a hint."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the socket says that it is TCP (measured: 40 ms an answer otherwise).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from error
    return listener


def _cannot_listen(error, host, port):
    if error.errno == errno.EADDRINUSE:
        return BadInput(
            "Port %d on %s is in use by another program." % (port, host),
            "Is stampd running already? Open http://%s:%d, or take another port: --port %d." % (host, port, port + 1 if port < 65535 else 8788), "PORT_TAKEN",
        )  # fmt: skip
    if error.errno == errno.EACCES:
        return BadInput("Port %d may not be used by this user." % port, "Take a port above 1023, for example --port 8787.", "PORT_FORBIDDEN")
    return BadInput("stampd cannot listen on %s:%d (%s)." % (host, port, error.strerror), "Check `host` and `port` in shop.toml.", "ADDRESS")


class QuietServer(uvicorn.Server):
    """Serves until `stop` or SIGTERM or SIGINT. ended_by: the signal's number, or None."""

    def __init__(self, app, on_stop):
        """on_stop(): called in the event loop before connections are closed; ends the event streams."""
        super().__init__(
            uvicorn.Config(
                app, loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
                date_header=False, proxy_headers=False, timeout_graceful_shutdown=STOP_LIMIT_S, timeout_keep_alive=30,
            )  # fmt: skip
        )
        self._on_stop = on_stop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self.ended_by = None
        self.ready = None  # called once when connections are taken

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        if self.ready is not None:
            self.ready()

    async def main_loop(self):
        await self.on_tick(0)
        await self._stop.wait()

    async def _serve(self, sockets=None):
        if self.should_exit:
            self._stop.set()
        await super()._serve(sockets)

    async def shutdown(self, sockets=None):
        self._on_stop()
        await super().shutdown(sockets)

    def stop(self):
        """From any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    @contextmanager
    def capture_signals(self):
        """SIGTERM and SIGINT end the service in order, and the process says so with exit code 0."""
        import threading

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number, _frame):
        if self.should_exit:
            self.force_exit = True  # asked twice: do not wait for anybody
        self.ended_by = number
        self.stop()

    def abort(self, client):
        """Cut the connection of a client (its ASGI address), with whatever it has not taken."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()
