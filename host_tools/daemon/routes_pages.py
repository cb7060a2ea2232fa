"""Pages and their files: the till, the customer's card, styles and scripts, translations. Everything under a strict CSP.

`/?token=…` is how a till signs in: the token is changed for a cookie at once and leaves the address bar.
"""

import asyncio
import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from host_tools.daemon.problems import Problem
from host_tools.daemon.security import cookie_header, identity

_LOOPBACK = ("127.0.0.1", "::1")


def page_routes(shop, authenticate):
    """The routes of all pages. authenticate(shop, request) -> Identity, as the API has it."""

    def language_of(request):
        from host_tools.web.pages import choose_language

        return choose_language(request.headers.get("accept-language"), shop.home.settings.language)

    def page(name, request, status=200, **values):
        from host_tools.web.pages import SECURITY_HEADERS, render

        text = render(name, language_of(request), shop=shop.about(), **values)
        return Response(text, status, headers={**SECURITY_HEADERS, "Cache-Control": "no-store"}, media_type="text/html")

    async def till(request):
        token = request.query_params.get("token")
        if token is not None:
            return await asyncio.to_thread(_sign_in, request, token)
        try:
            who = await asyncio.to_thread(authenticate, shop, request)
        except Problem as trouble:
            if trouble.status != 401:
                raise
            if shop.demo is not None and request.client is not None and request.client.host in _LOOPBACK:
                answer = await asyncio.to_thread(page, "till.html", request, demo=True)
                _set_cookie(answer, shop, identity("demo", "technician"))
                return answer
            return await asyncio.to_thread(page, "sign_in.html", request, 401)
        if "read" not in who.scopes:
            return await asyncio.to_thread(page, "sign_in.html", request, 401)
        return await asyncio.to_thread(page, "till.html", request, demo=shop.demo is not None)

    def _sign_in(request, token):
        who = shop.tokens.of_token(token)
        if who is None:
            shop.wrong_tokens.note(request.client.host if request.client else "")
            return page("sign_in.html", request, 401)
        answer = RedirectResponse("/", 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})
        _set_cookie(answer, shop, who)
        return answer

    def card_page(request):
        number = shop.home.number_of_code(request.path_params["code"])
        card = shop.card(number) if number is not None else None
        if card is None:
            return page("not_found.html", request, 404)
        shown = {key: card[key] for key in ("card_number", "status", "counters", "progress", "updated_at", "in_doubt")}
        shown["expires"] = min((day for day in card["expires"].values() if day), default=None)
        return page("card.html", request, card=shown)

    def translation(request):
        from host_tools.web.pages import SECURITY_HEADERS, languages, texts

        language = request.path_params["language"]
        if language not in languages():
            raise Problem(404, "NOT_FOUND", "There is no such language.", "Languages: " + " ".join(languages()))
        headers = {**SECURITY_HEADERS, "Cache-Control": "no-cache"}
        return Response(json.dumps(texts(language), ensure_ascii=False), headers=headers, media_type="application/json")

    return [
        Route("/", till, methods=["GET"]),
        Route("/c/{code}", card_page, methods=["GET"]),
        Route("/translations/{language}.json", translation, methods=["GET"]),
        Mount("/static", _Static()),
    ]


def _set_cookie(answer, shop, who):
    answer.headers.append("set-cookie", cookie_header(shop.tokens.open_session(who)))


class _Static:
    """Files of host_tools/web/static; the machinery is loaded with the first one."""

    def __init__(self):
        self._files = None

    async def __call__(self, scope, receive, send):
        from host_tools.web.pages import SECURITY_HEADERS, STATIC

        if self._files is None:
            from starlette.staticfiles import StaticFiles

            self._files = StaticFiles(directory=STATIC)

        async def guarded(message):
            if message["type"] == "http.response.start":
                extra = {**SECURITY_HEADERS, "Cache-Control": "no-cache"}
                message = {**message, "headers": [*message.get("headers", ()), *((k.lower().encode(), v.encode()) for k, v in extra.items())]}
            await send(message)

        if Request(scope).method not in ("GET", "HEAD"):
            raise Problem(405, "METHOD", "This address does not take that method.", "")
        await self._files(scope, receive, guarded)
