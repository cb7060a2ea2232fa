"""The ASGI app: the table's rows behind one gate. Host and Origin first, then who asks, then what they may, then the body.

Handlers are plain functions run in a worker thread, so that a slow disk never stops the event streams.
"""

import asyncio
import logging
import re

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cardos.errors import StampdError
from host_tools.daemon import problems
from host_tools.daemon.problems import Problem
from host_tools.daemon.routes_boards import sync_endpoint
from host_tools.daemon.routes_events import event_stream
from host_tools.daemon.routes_pages import page_routes
from host_tools.daemon.security import COOKIE, identity
from host_tools.daemon.table import DEMO_ROWS, ROWS

log = logging.getLogger("stampd.api")

BODY_MAX = 256 * 1024  # 200 lines of a sale take about 30 KB
_KEY = re.compile(r"^[\x21-\x7e]{1,200}$")
_API_HEADERS = [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")]

Nobody = identity("nobody", "reader")._replace(scopes=frozenset())


class Call:
    """One request as a handler sees it. who: Identity; path: {name: text}; body: the decoded struct; key: Idempotency-Key;
    query: {name: text}, the last of each."""

    def __init__(self, who, path, query=None, body=None, key=None):
        self.who, self.path, self.query, self.body, self.key = who, path, query or {}, body, key
        self.headers = []  # further headers of the answer

    def need(self, scope):
        """Raises Problem 403 unless the client may."""
        if scope not in self.who.scopes:
            raise Problem(403, "NOT_YOUR_ROLE", "The role %s may not do this." % self.who.role, "Ask somebody with the right %r." % scope)


def make_app(shop):
    """The app of one shop."""
    rows = ROWS + (DEMO_ROWS if shop.demo is not None else ())
    routes = [Route(row.path, _endpoint(shop, row), methods=[row.method]) for row in rows]
    routes.append(Route("/api/v1/events", _events_endpoint(shop), methods=["GET"]))
    routes.append(Route("/api/v1/boards/sync", sync_endpoint(shop, _API_HEADERS), methods=["POST"]))
    app = Starlette(
        routes=routes + page_routes(shop, authenticate), exception_handlers={HTTPException: _http_error, StampdError: _stampd_error, Exception: _fault}
    )
    return Gate(app, shop)


class Gate:
    """Host and Origin, before anything is looked at."""

    def __init__(self, app, shop):
        self._app, self._shop = app, shop

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Request(scope).headers
        try:
            if len(headers.getlist("host")) != 1:
                raise Problem(421, "HOST_UNKNOWN", "A request names one host.", "Use http://127.0.0.1:%d." % self._shop.addresses.port)
            self._shop.addresses.check(headers["host"], headers.get("origin"))
        except Problem as trouble:
            await answer_of(trouble)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def authenticate(shop, request):
    """The `Identity` of a request. Raises Problem 401, 429, or 403 for a change that a foreign page might have asked for."""
    address = request.client.host if request.client else ""
    header = request.headers.get("authorization")
    if header is not None:
        word, _, token = header.partition(" ")
        who = shop.tokens.of_token(token.strip()) if word.lower() == "bearer" else None
    else:
        value = request.cookies.get(COOKIE)
        if value is None:
            raise _sign_in("This needs a token.")
        who = shop.tokens.of_session(value)
    if who is None:
        shop.wrong_tokens.note(address)
        raise _sign_in("This token is not known here.")
    if who.by_cookie and request.method not in ("GET", "HEAD") and request.headers.get("origin") is None:
        raise Problem(403, "ORIGIN_MISSING", "A signed-in page must say where it comes from.", "Send the Origin header, or use a token.")
    return who


def _sign_in(detail):
    hint = "Send `Authorization: Bearer TOKEN`; `stampd serve --add-client NAME` makes one."
    return Problem(401, "NOT_SIGNED_IN", detail, hint, [("www-authenticate", 'Bearer realm="stampd"')])


def _endpoint(shop, row):
    decoder = msgspec.json.Decoder(row.body) if row.body is not None else None

    async def endpoint(request):
        who = Nobody if row.scope is None else await asyncio.to_thread(authenticate, shop, request)
        call = Call(who, request.path_params, dict(request.query_params))
        if row.scope is not None:
            call.need(row.scope)
        if row.key:
            call.key = _idempotency_key(request)
        if decoder is not None:
            call.body = _decode(decoder, await _read_body(request))
        status, value = await asyncio.to_thread(row.handler, shop, call)
        return Response(
            msgspec.json.encode(value), status, headers=dict(_API_HEADERS + call.headers), media_type="application/json"
        )

    return endpoint


def _events_endpoint(shop):
    async def endpoint(request):
        who = await asyncio.to_thread(authenticate, shop, request)
        Call(who, {}).need("read")
        return event_stream(shop, request)

    return endpoint


def _idempotency_key(request):
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        hint = "Send a fresh random key with each new wish, the same one when you repeat it."
        raise Problem(400, "IDEMPOTENCY_KEY_MISSING", "This request has an effect and needs an Idempotency-Key.", hint)
    if len(keys) != 1 or not _KEY.match(keys[0]):
        raise Problem(400, "IDEMPOTENCY_KEY_BAD", "An Idempotency-Key is 1 to 200 printable characters without blanks.", "A UUID is good.")
    return keys[0]


async def _read_body(request):
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Problem(415, "NOT_JSON", "The body must be application/json.", "Send the header Content-Type: application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise Problem(413, "TOO_LARGE", "The body is larger than %d bytes." % BODY_MAX, "Split the sale.")
    return bytes(body)


def _decode(decoder, body):
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Problem(422, "BAD_REQUEST", "The request does not fit: %s." % error, "GET /openapi.json describes it.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "NOT_JSON", "The body is not JSON.", "Check it with a JSON parser.") from error


def answer_of(trouble):
    """The Response of any StampdError."""
    status, headers, body = problems.encode(trouble)
    return Response(body, status, headers=dict(_API_HEADERS + headers))


async def _stampd_error(request, trouble):
    return answer_of(trouble)


_LISTED = "GET /openapi.json lists what there is."
_HTTP_CODES = {404: ("NOT_FOUND", "There is nothing here.", _LISTED), 405: ("METHOD", "This address does not take that method.", _LISTED)}


async def _http_error(request, error):
    code, detail, hint = _HTTP_CODES.get(error.status_code, ("HTTP", "This request cannot be answered.", ""))
    headers = list((error.headers or {}).items())
    return answer_of(Problem(error.status_code, code, detail, hint, headers))


async def _fault(request, error):
    """A fault of ours: the log has the whole of it, the client a plain word."""
    return answer_of(Problem(500, "FAULT", "stampd made a mistake and wrote it to its log.", "Try again; if it goes on, run `stampd doctor`."))
