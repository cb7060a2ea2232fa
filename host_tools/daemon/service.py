"""Start, serve, stop: the home's lock and ledger, the port, the readers' counters, the hourly head, and an end in good order.

daemon.json (0600, in the home) tells the command line where this daemon is and with which token it may come; it is written
when connections are taken and removed at the end. A stale one is harmless: its port answers to nobody or not to its token.
"""

import json
import logging
import os
import threading

from cardos.errors import StampdError
from host_tools.daemon.api import make_app
from host_tools.daemon.security import FILE as TOKENS_FILE
from host_tools.daemon.security import Tokens, write_private
from host_tools.daemon.server import QuietServer, listening_socket
from host_tools.daemon.shop import Shop

log = logging.getLogger("stampd.service")

FILE = "daemon.json"
HEAD_EVERY_S = 3600.0


class Service:
    """One shop being served. `run` blocks until a signal or `stop`; then everything is closed, the home too."""

    def __init__(self, home, *, host=None, port=None, demo=None, tokens=None):
        """Takes the port at once. home: an open `Home`, closed by `close`. demo: what `demo_shop.DemoShop` is.

        Raises BadInput PORT_TAKEN and its like; the home is then still the caller's.
        """
        host = host or home.settings.host
        self.socket = listening_socket(host, home.settings.port if port is None else port)
        self.host, self.port = host, self.socket.getsockname()[1]
        self.home = home
        tokens = tokens if tokens is not None else Tokens(home.path / TOKENS_FILE)
        self.shop = Shop(home, self.port, tokens=tokens, demo=demo)
        self.server = QuietServer(make_app(self.shop), self.shop.hub.close)
        self.shop.abort_connection = self.server.abort
        self.on_ready = None
        self._room = None
        self._lines = None
        self._bridge = None
        self._head_timer = None
        self._closed = threading.Event()

    @property
    def url(self):
        """Where the till is."""
        host = "[%s]" % self.host if ":" in self.host else self.host
        return "http://%s:%d" % (host, self.port)

    def run(self):
        """Serve until the end. Returns the number of the signal that ended it, or None."""
        try:
            self._start_boards()
            self._start_readers()
            self._write_head()
            self.server.ready = self._ready
            self.server.run([self.socket])
            return self.server.ended_by
        finally:
            self.close()

    def stop(self):
        """From any thread."""
        self.server.stop()

    def _start_readers(self):
        if self.shop.demo is not None:
            self.shop.demo.join(self.shop)
            return
        from host_tools.daemon.readers_room import ReadersRoom

        self._room = ReadersRoom(self.shop)
        self._room.start()

    def _start_boards(self):
        settings = self.home.settings
        if settings.boards_host:
            from host_tools.boards.line_server import LineServer

            self._lines = LineServer(self.shop.sync_desk, settings.boards_host, settings.boards_port)
            self._lines.start()
            log.info("boards are heard on port %d", self._lines.port)
        if settings.mqtt_broker:
            from host_tools.boards.mqtt_bridge import MqttBridge, login_of

            login = login_of(settings.boards_mqtt_login)
            self._bridge = MqttBridge(self.shop.sync_desk, self.home.keys.scheme, settings.terminal, settings.mqtt_broker, login)
            self._bridge.start()

    def _ready(self):
        token = self.shop.tokens.passing("local", "technician")
        write_private(self.home.path / FILE, json.dumps({"port": self.port, "host": self.host, "pid": os.getpid(), "token": token}) + "\n")
        if self.on_ready is not None:
            self.on_ready(self)

    def _write_head(self):
        """Now, and again in an hour."""
        try:
            self.home.store.write_head(self.home.at())
        except StampdError as error:
            log.warning("%s %s", error.message, error.hint)
        if not self._closed.is_set():
            self._head_timer = threading.Timer(HEAD_EVERY_S, self._write_head)
            self._head_timer.daemon = True
            self._head_timer.start()

    def close(self):
        """Ends the readers' threads (a tap at work is finished), then the home. A second call does nothing."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._head_timer is not None:
            self._head_timer.cancel()
        self.shop.hub.close()
        self.shop.intents.close()
        if self._lines is not None:
            self._lines.stop()
        if self._bridge is not None:
            self._bridge.stop()
        if self._room is not None:
            self._room.stop()
        for name in self.shop.stop_counters():
            log.warning("%s did not end in time; its driver hangs", name)
        self.socket.close()
        (self.home.path / FILE).unlink(missing_ok=True)
        self.home.close()
