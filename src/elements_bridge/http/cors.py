"""CORS: which pages may call which route, by their `Origin` (docs/protocol.md#callers)."""

from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_kernel.errors import OriginMalformed, OriginNotAllowed
from link_kernel.observability.metrics import OriginReason
from link_kernel.origin import Origin
from link_kernel.web.cors import (
    EXPOSED_HEADERS,
    preflight_headers,
    read_origin,
    require_preflight,
)

CALLER_ORIGIN: Final = web.RequestKey("caller_origin", Origin)
_EXPOSED: Final = (*EXPOSED_HEADERS.split(", "), "X-Refresh-Outcome")
_SEC_FETCH_SITE: Final = "Sec-Fetch-Site"


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """The elements origin, the API host, the API's prefix, and what merchant pages may call."""

    elements_origin: str
    api_host: str
    prefix: str
    merchant_paths: frozenset[str]

    def guard(self, handler: Handler) -> Handler:
        """Return a handler that is called only for pages that may call its path."""

        async def check_origin(request: web.Request) -> web.StreamResponse:
            request[CALLER_ORIGIN] = self._allowed_origin(request)
            return await handler(request)

        return check_origin

    async def preflight(self, request: web.Request) -> web.Response:
        """`OPTIONS`: leave for the pages that may read the path; 405 if no browser asks."""
        require_preflight(request)
        origin = _origin_header(request)
        response = web.Response()
        if origin is not None and self._may_read(request, origin):
            response.headers.update(preflight_headers("GET, POST"))
        return response

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the CORS headers by which the calling page may read the response, errors too.

        Of what a page may read, those are named that this response has. A page of this very
        origin, as the frame is, reads all anyway. Both spare the bytes.
        """
        if not request.path.startswith(self.prefix):
            return
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        if request.headers.get(_SEC_FETCH_SITE) == "same-origin":
            return
        origin = _origin_header(request)
        if origin is not None and self._may_read(request, origin):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin.text
            exposed = ", ".join(name for name in _EXPOSED if name in response.headers)
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = exposed

    def _allowed_origin(self, request: web.Request) -> Origin:
        origin = read_origin(request)
        if origin is None:
            raise OriginNotAllowed(OriginReason.MISSING)
        site = request.headers.get(_SEC_FETCH_SITE)
        if request.path in self.merchant_paths:
            if site == "none":
                raise OriginNotAllowed(OriginReason.FETCH_SITE)
            return origin
        if origin.text != self.elements_origin:
            raise OriginNotAllowed(OriginReason.NOT_OURS)
        on_api_host = request.host == self.api_host
        if site not in {None, "same-origin"} and not (site == "same-site" and on_api_host):
            raise OriginNotAllowed(OriginReason.FETCH_SITE)
        return origin

    def _may_read(self, request: web.Request, origin: Origin) -> bool:
        return request.path in self.merchant_paths or origin.text == self.elements_origin


def _origin_header(request: web.Request) -> Origin | None:
    given = request.headers.get(hdrs.ORIGIN)
    if given is None:
        return None
    try:
        return Origin.parse_header(given)
    except (OriginMalformed, OriginNotAllowed):
        return None
