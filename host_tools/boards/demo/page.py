"""The demo's page and what a browser asks of it; everything else is the shop's own daemon, its till included.

    GET /board            the page            GET /board/state   all of it       GET /board/events   what happens, as server-sent events
    POST /board/card      {card, mishap}      POST /board/power, /board/network {on}
    POST /board/press     {button}            POST /board/taps {count}           POST /board/settings {language, mode}

The same gate as the daemon's: exact Host and Origin, and a session that the page gets when it is opened on this machine. The page
speaks English only: it is for whoever tries the terminal out, and the terminal itself speaks four languages.
"""

import asyncio
from typing import Literal

import msgspec
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cardos.errors import StampdError
from host_tools.daemon.api import Call, answer_of, authenticate, make_app
from host_tools.daemon.problems import Problem
from host_tools.daemon.routes_events import EventStream
from host_tools.daemon.security import cookie_header, identity
from host_tools.web.pages import SECURITY_HEADERS, STATIC

BODY_MAX = 2048
TAPS_MAX = 200
_LOOPBACK = ("127.0.0.1", "::1")
BUTTONS = ("redeem", "undo", "cancel", "enter", "00", *"0123456789")


class CardWish(msgspec.Struct, forbid_unknown_fields=True):
    """Hold a card to the terminal. mishap: what goes wrong in the middle of it."""

    card: str
    mishap: Literal["card", "power"] | None = None


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    on: bool


class Press(msgspec.Struct, forbid_unknown_fields=True):
    button: str


class Taps(msgspec.Struct, forbid_unknown_fields=True):
    count: int


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    language: Literal["en", "lv", "lt", "ru"]
    mode: Literal["stamp", "amount"]


def make_demo_app(shop, table):
    """The ASGI app of the whole demo. shop: the daemon's `Shop`; table: a `table.Table`."""
    daemon = make_app(shop)
    ours = Starlette(routes=_routes(shop, table), exception_handlers={StampdError: _told})

    async def inner(scope, receive, send):
        await ours(scope, receive, send)

    async def app(scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == "/board" or path.startswith("/board/")):
            await daemon(scope, receive, send)
            return
        await _gated(shop, inner, scope, receive, send)

    return app


async def _gated(shop, inner, scope, receive, send):
    from host_tools.daemon.api import Gate

    await Gate(inner, shop)(scope, receive, send)


async def _told(request, trouble):
    return answer_of(trouble)


def _routes(shop, table):
    def page(request):
        text = (STATIC / "board_demo.html").read_text("utf-8")
        answer = Response(text, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"}, media_type="text/html")
        try:
            authenticate(shop, request)
        except Problem:  # nobody yet: who opens the page on this machine plays with it
            if request.client is None or request.client.host not in _LOOPBACK:
                raise
            answer.headers.append("set-cookie", cookie_header(shop.tokens.open_session(identity("demo", "technician"))))
        return answer

    async def events(request):
        await asyncio.to_thread(_allowed, shop, request, "read")
        client = table.hub.subscribe()
        if client is None:
            raise Problem(503, "TOO_MANY_LISTENERS", "Too many pages listen to this demo.", "Close some.")
        return EventStream(shop, client)

    async def state(request):
        await asyncio.to_thread(_allowed, shop, request, "read")
        return _json(await asyncio.to_thread(table.shape))

    def act(struct, do):
        decoder = msgspec.json.Decoder(struct)

        async def endpoint(request):
            await asyncio.to_thread(_allowed, shop, request, "sell")
            wish = _decoded(decoder, await _body(request))
            await asyncio.to_thread(do, wish)
            return _json({"done": True}, 202)

        return endpoint

    def press(wish):
        if wish.button not in BUTTONS:
            raise Problem(422, "BAD_REQUEST", "The terminal has no button %r." % wish.button, "Buttons: " + " ".join(BUTTONS))
        table.press(wish.button)

    def taps(wish):
        if not 1 <= wish.count <= TAPS_MAX:
            raise Problem(422, "BAD_REQUEST", "A busy hour has 1 to %d taps." % TAPS_MAX, "")
        table.busy_hour(wish.count)

    return [
        Route("/board", page, methods=["GET"]),
        Route("/board/", lambda request: RedirectResponse("/board"), methods=["GET"]),
        Route("/board/state", state, methods=["GET"]),
        Route("/board/events", events, methods=["GET"]),
        Route("/board/card", act(CardWish, lambda wish: table.hold(wish.card, wish.mishap)), methods=["POST"]),
        Route("/board/power", act(Switch, lambda wish: table.power(wish.on)), methods=["POST"]),
        Route("/board/network", act(Switch, lambda wish: table.network(wish.on)), methods=["POST"]),
        Route("/board/press", act(Press, press), methods=["POST"]),
        Route("/board/taps", act(Taps, taps), methods=["POST"]),
        Route("/board/settings", act(Chosen, lambda wish: table.choose(wish.language, wish.mode)), methods=["POST"]),
    ]


def _allowed(shop, request, scope):
    Call(authenticate(shop, request), {}).need(scope)


def _json(value, status=200):
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")


async def _body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise Problem(413, "TOO_LARGE", "The body is larger than %d bytes." % BODY_MAX, "")
    return bytes(body)


def _decoded(decoder, body):
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(422, "BAD_REQUEST", "The request does not fit: %s." % error, "") from error
