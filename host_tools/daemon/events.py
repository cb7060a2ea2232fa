"""What clients hear: one hub, numbered events in a ring, a bounded queue for each client (server-sent events).

Any thread publishes; each client reads in the event loop. A client that reads too slowly is dropped and may come back
with Last-Event-ID. Numbers begin with the clock's milliseconds at start, so that an id of an earlier run is never mistaken
for one of this run; an id that the ring does not reach back to is answered with one `resync`: get the state again.
"""

import asyncio
import json
import threading
import time
from collections import deque, namedtuple

RING = 512  # several minutes of a busy till; more is cheaper told by `resync`
QUEUE = 128  # events a client may lag behind before it is dropped
CLIENTS_MAX = 64  # a shop has a few tills; bounds memory and open files

Event = namedtuple("Event", ["id", "name", "data"])  # data: JSON-able dict
CLOSED = object()


class Hub:
    """Publishes to every client. `close` ends all streams and refuses new ones."""

    def __init__(self, first_id=None, *, ring=RING, queue=QUEUE, clients_max=CLIENTS_MAX):
        self._lock = threading.Lock()
        self._next = int(time.time() * 1000) if first_id is None else first_id
        self._ring: deque[Event] = deque(maxlen=ring)
        self._queue = queue
        self._clients_max = clients_max
        self._clients = set()
        self._closed = False

    def publish(self, name, data):
        """Tell everybody. Returns the event's number."""
        with self._lock:
            event = Event(self._next, name, data)
            self._next += 1
            self._ring.append(event)
            for client in list(self._clients):
                client.offer(event)
            return event.id

    def subscribe(self, last_id=None):
        """A `Client` for the running event loop, or None when there are too many. last_id: int or None."""
        with self._lock:
            if self._closed or len(self._clients) >= self._clients_max:
                return None
            client = Client(self, asyncio.get_running_loop(), self._queue)
            for event in self._missed(last_id):
                client.offer(event)
            self._clients.add(client)
            return client

    def _missed(self, last_id):
        if last_id is None:
            return []
        oldest = self._ring[0].id if self._ring else self._next
        if not oldest - 1 <= last_id < self._next:
            return [Event(self._next - 1, "resync", {})]
        missed = [event for event in self._ring if event.id > last_id]
        return missed if len(missed) <= self._queue else [Event(self._next - 1, "resync", {})]

    def forget(self, client):
        with self._lock:
            self._clients.discard(client)

    def count(self):
        """How many clients listen."""
        with self._lock:
            return len(self._clients)

    def close(self):
        """End every stream."""
        with self._lock:
            self._closed = True
            clients, self._clients = list(self._clients), set()
        for client in clients:
            client.end()


class Client:
    """One listening client. `offer` from any thread; the rest in its event loop."""

    def __init__(self, hub, loop, limit):
        self._hub = hub
        self._loop = loop
        self._limit = limit
        self._waiting: deque[Event] = deque()
        self._ready = asyncio.Event()
        self.dropped = False  # lagged behind too far
        self._ended = False

    def offer(self, event):
        """Called by the hub, under its lock."""
        if self.dropped or self._ended:
            return
        if len(self._waiting) >= self._limit:
            self.dropped = True
            self._hub._clients.discard(self)
        else:
            self._waiting.append(event)
        self._wake()

    def end(self):
        self._ended = True
        self._wake()

    def _wake(self):
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:
            self._ended = True  # its loop is closed: nobody reads any more

    async def next(self, timeout_s):
        """The next Event, None after `timeout_s`, or CLOSED when the stream is over (dropped or stopped)."""
        while True:
            if self.dropped:
                return CLOSED
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                return CLOSED
            self._ready.clear()
            if self._waiting or self._ended or self.dropped:
                continue
            try:
                await asyncio.wait_for(self._ready.wait(), timeout_s)
            except asyncio.TimeoutError:
                return None

    def close(self):
        self._hub.forget(self)


def encode(event):
    """The bytes of one event on the wire."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.name.encode(), json.dumps(event.data, separators=(",", ":")).encode())
