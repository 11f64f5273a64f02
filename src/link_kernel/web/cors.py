"""CORS (WHATWG Fetch): the headers that both services send, preflights, the `Origin` header."""

from typing import Final

from aiohttp import hdrs, web

from link_kernel.errors import OriginMalformed
from link_kernel.origin import Origin
from link_kernel.web.unrouted import method_refused, methods_at, route_pattern

EXPOSED_HEADERS: Final = "Retry-After, X-Request-Id, DPoP-Nonce"
_ALLOWED_HEADERS: Final = "Authorization, Content-Type, DPoP, Idempotency-Key, Link-Confirmation"
_MAX_AGE_S: Final = "7200"  # Chromium's own ceiling for a cached preflight


def require_preflight(request: web.Request) -> None:
    """Return if a browser asks leave for another request; a bare `OPTIONS` is 405."""
    if hdrs.ACCESS_CONTROL_REQUEST_METHOD not in request.headers:
        raise method_refused(methods_at(request.app, route_pattern(request) or ""))


def preflight_headers(methods: str) -> dict[str, str]:
    """Return the headers that allow a preflight its request; `methods` such as `GET, POST`."""
    return {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: methods,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ALLOWED_HEADERS,
        hdrs.ACCESS_CONTROL_MAX_AGE: _MAX_AGE_S,
    }


def read_origin(request: web.Request) -> Origin | None:
    """Return the caller's origin, `None` without the header.

    Raises `OriginMalformed` for a doubled or non-canonical header, `OriginNotAllowed` for `null`.
    """
    values = request.headers.getall(hdrs.ORIGIN, [])
    if len(values) > 1:
        raise OriginMalformed("doubled header")
    return Origin.parse_header(values[0]) if values else None
