"""CORS of the Link API: an allow-list of origins (docs/protocol.md#callers).

A page of a listed origin may send the refresh cookie, and the response names exactly that origin.
Servers send no `Origin`.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_kernel.errors import ApiError, OriginNotAllowed
from link_kernel.observability.metrics import OriginReason
from link_kernel.web.cors import (
    EXPOSED_HEADERS,
    preflight_headers,
    read_origin,
    require_preflight,
)
from link_kernel.web.unrouted import route_pattern

CALLER_ORIGIN: Final = web.RequestKey("link_caller_origin", str)


class ListedOrigins:
    """The CORS policy of `LINK_ALLOWED_ORIGINS` for the paths below a prefix."""

    def __init__(self, listed: Collection[str], *, prefix: str) -> None:
        """Take canonical origins, and the prefix of the paths."""
        self._listed = frozenset(listed)
        self._prefix = prefix

    def guard(self, handler: Handler) -> Handler:
        """Return a handler that is called only for listed origins, and for servers."""

        async def check_origin(request: web.Request) -> web.StreamResponse:
            self._note_origin(request)
            return await handler(request)

        return check_origin

    async def preflight(self, request: web.Request) -> web.Response:
        """`OPTIONS`: leave for listed origins; 405 if no browser asks."""
        self._note_origin(request)
        require_preflight(request)
        return web.Response(status=204, headers=preflight_headers("GET, POST, DELETE"))

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the CORS headers by which a listed page may read the response, errors too."""
        if route_pattern(request) is None and request.path.startswith(self._prefix):
            with suppress(ApiError):  # the response is 404 or 405
                self._note_origin(request)
        origin = request.get(CALLER_ORIGIN)
        if origin is None:  # another service's route
            return
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        if origin:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED_HEADERS

    def _note_origin(self, request: web.Request) -> None:
        """Store the listed origin, or an empty text for a caller that is no browser."""
        request[CALLER_ORIGIN] = ""
        origin = read_origin(request)
        if origin is None:
            return
        if origin.text not in self._listed:
            raise OriginNotAllowed(OriginReason.NOT_LISTED, "not in LINK_ALLOWED_ORIGINS")
        request[CALLER_ORIGIN] = origin.text
