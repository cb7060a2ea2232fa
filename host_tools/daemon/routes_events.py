"""GET /api/v1/events: the stream of server-sent events. A comment every 15 s keeps the line open while somebody listens."""

import asyncio

from host_tools.daemon.events import CLOSED, encode
from host_tools.daemon.problems import Problem

HEARTBEAT_S = 15.0
SEND_LIMIT_S = 20.0  # a client whose network takes nothing for so long is gone
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
]  # fmt: skip


def event_stream(shop, request):
    """The ASGI response of one client. Problem 503 when too many listen."""
    client = shop.hub.subscribe(_last_id(request))
    if client is None:
        raise Problem(503, "TOO_MANY_LISTENERS", "Too many pages listen to this daemon.", "Close some.")
    return EventStream(shop, client)


def _last_id(request):
    text = request.headers.get("last-event-id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class EventStream:
    """Sends until the client leaves, lags behind, or the daemon stops."""

    background = None

    def __init__(self, shop, client):
        self._shop, self._client = shop, client

    async def __call__(self, scope, receive, send):
        gone = asyncio.ensure_future(_until_disconnect(receive))
        sending = asyncio.ensure_future(self._send_all(send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done() or sending.result() is False:
                self._abort(scope)
        finally:
            self._client.close()
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)

    async def _send_all(self, send):
        """True when the stream ended in order, False when the client is to be cut off."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        chunk = b"retry: 2000\n\n"
        while True:
            try:
                await asyncio.wait_for(send({"type": "http.response.body", "body": chunk, "more_body": True}), SEND_LIMIT_S)
            except asyncio.TimeoutError:
                return False
            event = await self._client.next(HEARTBEAT_S)
            if event is CLOSED:
                break
            chunk = b": still here\n\n" if event is None else encode(event)
        if self._client.dropped:
            return False
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    def _abort(self, scope):
        if self._shop.abort_connection is not None and scope.get("client"):
            self._shop.abort_connection(tuple(scope["client"]))


async def _until_disconnect(receive):
    while (await receive())["type"] != "http.disconnect":
        pass
