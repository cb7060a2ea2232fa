"""Boards on the shop's network: messages with a length before each, over TCP. What they say is proven by the desk, nothing is secret.

Each connection has a thread of its own, so that a slow board holds up no other. A connection that shows no proven message soon is
closed, and so is one that keeps half a message back. A message that was answered before proves nothing; when all places are taken, the
line that has proven nothing for longest makes room.
"""

import hashlib
import logging
import socket
import threading
import time
from contextlib import suppress

from cardos.errors import BadInput
from cardos.records.board_sync import LENGTH_SIZE, MESSAGE_MAX

log = logging.getLogger("stampd.boards")

CONNECTIONS_MAX = 32  # a shop has a handful of boards
OF_ONE_ADDRESS_MAX = 8
STRANGER_S = 5.0  # until the first proven message
ANSWERED_MAX = 4096  # requests that are known again
IDLE_S = 180.0  # between messages of a board that proved itself: it asks every minute
MESSAGE_S = 10.0  # from a message's first byte to its last, and for the answer
_STOP_S = 3.0


class LineServer:
    """Listens at once, serves from `start` on. desk: anything with `answer(bytes) -> bytes or None`. port 0: a free one.

    Raises BadInput PORT_TAKEN (and its like) when the port cannot be had.
    """

    def __init__(self, desk, host, port):
        self._desk = desk
        self._lock = threading.Lock()
        self._open = {}  # socket: address
        self._strangers = {}  # of these the lines on which nothing new was proven yet, oldest first
        self._answered = {}  # starts of the digests of requests that were answered, oldest first
        self._threads = set()
        self._stopping = False
        try:
            self._socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=16)
        except OSError as error:
            raise BadInput(
                "The boards' port %d of %s cannot be opened (%s)." % (port, host, error.strerror or error),
                "Set `boards_port` or `boards_host` in shop.toml to what is free here.", "PORT_TAKEN",
            ) from error  # fmt: skip
        self.port = self._socket.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="boards", daemon=True)

    def start(self):
        """Takes connections from here on."""
        self._accepting.start()

    def stop(self):
        """Ends every connection; a message at work is answered to the ledger, if not to the board. A second call does nothing."""
        with self._lock:
            self._stopping = True
            threads, sockets = list(self._threads), list(self._open)
        for one in (self._socket, *sockets):
            with suppress(OSError):  # it is closed already
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        if self._accepting.ident is not None:
            self._accepting.join(_STOP_S)
        until = time.monotonic() + _STOP_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _accept(self):
        while True:
            try:
                connection, address = self._socket.accept()
            except OSError as error:
                if self._stopping:
                    return
                log.warning("a board's connection was not taken (%s)", error.strerror)  # too many files, say: it passes
                time.sleep(0.2)
                continue
            if not self._admit(connection, address[0]):
                connection.close()

    def _admit(self, connection, address):
        with self._lock:
            if self._stopping or sum(one == address for one in self._open.values()) >= OF_ONE_ADDRESS_MAX:
                return False
            if len(self._open) >= CONNECTIONS_MAX and not self._let_go():
                return False
            thread = threading.Thread(target=self._serve, args=(connection,), name="board " + address, daemon=True)
            self._open[connection] = address
            self._strangers[connection] = None
            self._threads.add(thread)
        thread.start()
        return True

    def _let_go(self):
        """Cuts the line that has said nothing of a board for longest; False when each has. Under the lock."""
        for connection in self._strangers:
            del self._strangers[connection]
            del self._open[connection]
            with suppress(OSError):  # gone by itself; else its thread closes it
                connection.shutdown(socket.SHUT_RDWR)
            return True
        return False

    def _is_new(self, message):
        """False for a request that was answered before: somebody's tape is no proof that a board is there."""
        digest = hashlib.sha256(message).digest()[:16]
        with self._lock:
            if digest in self._answered:
                return False
            self._answered[digest] = None
            while len(self._answered) > ANSWERED_MAX:
                del self._answered[next(iter(self._answered))]
        return True

    def _serve(self, connection):
        try:
            patience = STRANGER_S
            while not self._stopping:
                message = _message(connection, patience)
                answer = self._desk.answer(message) if message is not None else None
                if answer is None:
                    return
                connection.settimeout(MESSAGE_S)
                connection.sendall(len(answer).to_bytes(LENGTH_SIZE, "big") + answer)
                if self._is_new(message):
                    patience = IDLE_S
                    with self._lock:
                        self._strangers.pop(connection, None)
        except OSError as error:
            log.info("a board's connection ended (%s)", error.strerror or type(error).__name__)
        finally:
            connection.close()
            with self._lock:
                self._open.pop(connection, None)
                self._strangers.pop(connection, None)
                self._threads.discard(threading.current_thread())


def _message(connection, patience_s):
    """One message, or None when the other side is gone or sends a length that no message has. OSError (TimeoutError) when it waits too long."""
    connection.settimeout(patience_s)
    first = connection.recv(1)
    if not first:
        return None
    until = time.monotonic() + MESSAGE_S
    head = _bytes(connection, first, LENGTH_SIZE, until)
    size = int.from_bytes(head, "big") if head is not None else 0
    return _bytes(connection, b"", size, until) if 0 < size <= MESSAGE_MAX else None


def _bytes(connection, data, size, until):
    """`data` filled up to `size` bytes, or None when the other side ends before."""
    found = bytearray(data)
    while len(found) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(size - len(found))
        if not piece:
            return None
        found += piece
    return bytes(found)
