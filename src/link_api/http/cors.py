"""CORS of the Link API: an allow-list of origins (docs/protocol.md#callers).

A page of a listed origin may send the refresh cookie, and the response names exactly that origin.
Servers send no `Origin`.
"""

from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from link_kernel.errors import OriginMalformed, OriginNotAllowed
from link_kernel.origin import Origin

CALLER_ORIGIN: Final = web.RequestKey("link_caller_origin", str)
_EXPOSED: Final = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, DPoP-Nonce"
_ALLOWED_HEADERS: Final = "Authorization, Content-Type, DPoP, Idempotency-Key"
_MAX_AGE_S: Final = "7200"


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
            if _is_preflight(request):
                return _preflight()
            return await handler(request)

        return check_origin

    def _listed_origin(self, request: web.Request) -> str:
        """Return the listed origin, or an empty text for a caller that is no browser."""
        values = request.headers.getall(hdrs.ORIGIN, [])
        if not values:
            return ""
        if len(values) > 1:
            raise OriginMalformed("doubled header")
        origin = Origin.parse_header(values[0]).text
        if origin not in self._listed:
            raise OriginNotAllowed("not in LINK_ALLOWED_ORIGINS")
        return origin

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        origin = request.get(CALLER_ORIGIN, "")
        if origin:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED


def _is_preflight(request: web.Request) -> bool:
    """Tell whether this is a preflight of an existing route; any other `OPTIONS` is 405."""
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        and isinstance(request.match_info.http_exception, web.HTTPMethodNotAllowed)
    )


def _preflight() -> web.Response:
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, DELETE",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ALLOWED_HEADERS,
            hdrs.ACCESS_CONTROL_MAX_AGE: _MAX_AGE_S,
        },
    )
