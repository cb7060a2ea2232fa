"""Boards over HTTP: the list for people, pairing and its end, and the sync, whose messages prove themselves and need no token.

Pairing takes a public key and gives what is public: the board's seed and every key of the shop stay with the command that makes it.
"""

import asyncio

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from cardos.records.board_sync import MESSAGE_MAX
from host_tools.boards import register
from host_tools.daemon.problems import Problem

CONTENT_TYPES = ("application/octet-stream", "application/cbor")
AT_ONCE = 8  # messages at work
BODY_S = 10.0  # until a message is here whole


def boards(shop, call):
    return 200, register.listed(shop.home)


def pair(shop, call):
    body, home = call.body, shop.home

    def effect():
        made = register.pair(home, body.name, body.public_key, body.terminal)
        return {"terminal": made.terminal, "serial": made.serial}

    def found():
        row = next((row for row in home.store.boards.all() if (row.public_key, row.name) == (body.public_key, body.name)), None)
        return row and {"terminal": row.terminal, "serial": row.serial}

    made = shop.effects.once(call, "/api/v1/boards", msgspec.to_builtins(body), effect, found)
    row = home.store.boards.of(made["terminal"])
    if row.status != "paired" or row.serial != made["serial"]:
        raise Problem(409, "BOARD_SERIAL", "Board %d was revoked or provisioned anew since." % row.terminal, "Provision it again.")
    load = register.first_load(home, row.terminal, shop.sync_desk.shelf)
    return 201, {**made, "name": row.name, "scheme": home.keys.scheme, "epoch": home.keys.epoch, **load}


def revoke(shop, call):
    text = call.path["terminal"]
    terminal = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0

    def effect():
        register.revoke(shop.home, terminal, call.body.reason)
        return {"terminal": terminal}

    shop.effects.once(call, "/api/v1/boards/%d/revoke" % terminal, {"reason": call.body.reason}, effect)
    row = shop.home.store.boards.of(terminal)
    return 200, {"terminal": terminal, "name": row.name, "status": row.status}


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
