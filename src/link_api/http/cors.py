"""CORS of the Link API: an allow-list of origins (docs/protocol.md#callers).

A page of a listed origin may send the refresh cookie, and the response names exactly that origin.
Servers send no `Origin`.
"""

from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from link_kernel.errors import OriginNotAllowed
from link_kernel.web.cors import EXPOSED_HEADERS, is_preflight, preflight_headers, read_origin

CALLER_ORIGIN: Final = web.RequestKey("link_caller_origin", str)


class ListedOrigins:
    """The CORS policy of `LINK_ALLOWED_ORIGINS` for one sub-application."""

    def __init__(self, listed: Collection[str]) -> None:
        """Take canonical origins."""
        self._listed = frozenset(listed)

    def add_to(self, app: web.Application) -> None:
        """Check the origin of every request to `app`, and add CORS headers to every response."""
        app.middlewares.append(self._middleware())
        app.on_response_prepare.append(self._add_headers)

    def _middleware(self) -> Middleware:
        @web.middleware
        async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
            request[CALLER_ORIGIN] = self._listed_origin(request)
            if is_preflight(request):
                return web.Response(status=204, headers=preflight_headers("GET, POST, DELETE"))
            return await handler(request)

        return check_origin

    def _listed_origin(self, request: web.Request) -> str:
        """Return the listed origin, or an empty text for a caller that is no browser."""
        origin = read_origin(request)
        if origin is None:
            return ""
        if origin.text not in self._listed:
            raise OriginNotAllowed("not in LINK_ALLOWED_ORIGINS")
        return origin.text

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        origin = request.get(CALLER_ORIGIN, "")
        if origin:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED_HEADERS
