"""Boards over HTTP: the list for people, and the sync, whose messages prove themselves and need no token."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from cardos.records.board_sync import MESSAGE_MAX
from host_tools.boards.register import listed
from host_tools.daemon.problems import Problem

CONTENT_TYPES = ("application/octet-stream", "application/cbor")
AT_ONCE = 8  # messages at work
BODY_S = 10.0  # until a message is here whole


def boards(shop, call):
    return 200, listed(shop.home)


def sync_endpoint(shop, headers):
    """POST /api/v1/boards/sync: a message in, a message out. headers: [(name, value)] of each answer."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def endpoint(request):
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in CONTENT_TYPES:
            raise Problem(415, "NOT_A_MESSAGE", "The body must be application/octet-stream.", "Only boards of this shop ask here.")
        try:
            message = await asyncio.wait_for(_body(request), BODY_S)
        except (TimeoutError, ClientDisconnect) as error:
            raise Problem(400, "NOT_A_MESSAGE", "The message did not come whole.", "Send it again.") from error
        async with turns:
            answer = await asyncio.to_thread(shop.sync_desk.answer, message)
        if answer is None:
            raise Problem(403, "BOARD_UNKNOWN", "This is no message of a board of this shop.", "Provision the board: stampd board provision.")
        return Response(answer, headers=dict(headers), media_type=CONTENT_TYPES[0])

    return endpoint


async def _body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MESSAGE_MAX:
            raise Problem(413, "TOO_LARGE", "A message has at most %d bytes." % MESSAGE_MAX, "Send fewer lines at once.")
    return bytes(body)
