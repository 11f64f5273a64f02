"""The root aiohttp application of both services: request ids, access log, error rendering.

Neither service has a middleware or an application below the root: aiohttp would resolve a route
once for each application, and build the chain of middlewares anew for every 404.
"""

import asyncio
import itertools
import logging
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_kernel.errors import (
    ApiError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    OriginMalformed,
    OriginNotAllowed,
    PayloadTooLarge,
    ValidationFailed,
)
from link_kernel.observability.logs import REQUEST_ID, log_refusal, log_request
from link_kernel.observability.metrics import UNKNOWN_ROUTE, Metrics
from link_kernel.observability.security_events import SecurityLog
from link_kernel.tracing.active import TRACE_ID, active
from link_kernel.tracing.requests import making_spans
from link_kernel.web.request import JSON, MAX_BODY_BYTES, is_cancelled
from link_kernel.web.response import refused
from link_kernel.web.server import (
    FAULT,
    LONGEST_FIELD_BYTES,
    MOST_FIELDS,
    USUAL_FIELD_BYTES,
    WRAPPERS,
    Fault,
)
from link_kernel.web.unrouted import route_pattern

REQUEST_ID_HEADER: Final = "X-Request-Id"
_GIVEN_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
_REQUEST_ID_KEY: Final = web.RequestKey("request_id", str)
_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
}

# No page may load a JSON response as another type, nor without CORS, and none may frame it. A page
# that CORS admits can still read it: `Cross-Origin-Resource-Policy` is for `no-cors` only. The
# response to a POST has no need of these two, and each call of a visit is spared the bytes: without
# CORS, or by a form, nobody can send JSON, and what comes of it is a refusal.
_JSON_HEADERS: Final = {"X-Content-Type-Options": "nosniff"}
_READ_JSON_HEADERS: Final = {
    **_JSON_HEADERS,
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}

ALWAYS_SENT: Final = web.AppKey("always_sent", dict[str, str])
"""Headers of every response of an application, such as `HTTPS_ONLY`."""

FAULT_REFUSAL: Final = web.AppKey[Callable[[web.Request], ApiError]]("fault_refusal")
"""Makes the refusal of a request with a `FAULT`: `fault_refusal`, unless it is replaced."""

# For one year, where the public URL is https. Without `includeSubDomains`, because subdomains may
# belong to other services.
HTTPS_ONLY: Final[dict[str, str]] = {hdrs.STRICT_TRANSPORT_SECURITY: "max-age=31536000"}

_log: Final = logging.getLogger(__name__)


def new_application(metrics: Metrics | None = None) -> web.Application:
    """Return an application that names, logs and hardens every request, and renders its errors.

    `link_kernel.web.server.Runner` must run it. Errors are counted in `metrics`; an error with a
    security event is reported as such.
    """
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    always_sent: dict[str, str] = {}
    app[ALWAYS_SENT] = always_sent
    app[FAULT_REFUSAL] = fault_refusal
    app[WRAPPERS] = [_answering(app, _Refusals.counted_in(metrics or Metrics()))]
    if (spans := active()) is not None:
        app[WRAPPERS].append(making_spans(app, spans, route_pattern))
    app.on_response_prepare.append(_adding_headers(always_sent))
    return app


def _answering(app: web.Application, refusals: "_Refusals") -> Callable[[Handler], Handler]:
    """Return what names a request, answers its errors and writes its log line."""

    def around(handle: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            given = request.headers.get(REQUEST_ID_HEADER)
            if given is None or not _GIVEN_REQUEST_ID.fullmatch(given):
                given = _request_ids.new()
            request[_REQUEST_ID_KEY] = given
            REQUEST_ID.set(given)  # for this request alone: aiohttp gives each a task of its own
            response: web.StreamResponse
            try:
                response = await handle(request)
            except Exception as error:  # noqa: BLE001  # each becomes a response with a body
                response = refusals.render(_fault_of(app, request, error) or error)
            except asyncio.CancelledError as error:
                if is_cancelled():
                    _log.warning("cancelled")
                    raise
                # Only something it waited for was: raised, it would cost the client its response.
                response = refusals.render(error)
            took_s, route = time.perf_counter() - started, route_pattern(request)
            refusals.metrics.count_request(route, request.method, response.status, took_s)
            _log_request(request, response, route, took_s)
            return response

        return answer

    return around


def _fault_of(app: web.Application, request: web.Request, error: Exception) -> ApiError | None:
    """Return the refusal of malformed HTTP, which finds no route, or of an unknown `Expect`."""
    if isinstance(error, web.HTTPExpectationFailed):
        request[FAULT] = Fault.EXPECTATION
    return app[FAULT_REFUSAL](request) if FAULT in request else None


@dataclass(frozen=True, slots=True)
class _Refusals:
    """Renders every error as the contract's error body; logs and counts it."""

    metrics: Metrics
    security_log: SecurityLog

    @classmethod
    def counted_in(cls, metrics: Metrics) -> Self:
        """Return the refusals of an application with these metrics."""
        security_log = SecurityLog(metrics)
        security_log.count_from_zero()
        return cls(metrics, security_log)

    def render(self, error: BaseException) -> web.Response:
        """Return the response to an error; an unexpected one is logged and becomes a 500."""
        if isinstance(error, ApiError):
            refusal = error
        elif isinstance(error, web.HTTPException):
            refusal = _BY_STATUS.get(error.status, ValidationFailed)(f"http {error.status}")
        else:
            _log.error("failed", exc_info=error)
            refusal = InternalError()
        self.metrics.refusals.labels(refusal.code).inc()
        if (spans := active()) is not None:
            spans.refused(refusal.code)
        if isinstance(refusal, OriginMalformed | OriginNotAllowed):
            self.metrics.refused_origins.labels(refusal.reason).inc()
        log_refusal(_log, request_id=REQUEST_ID.get(), code=refusal.code, detail=refusal.detail)
        if refusal.event is not None:
            self.security_log.report(refusal.event, code=refusal.code, detail=refusal.detail)
        return refused(refusal)


class HeadersTooLarge(ApiError):
    """The request line or a header field is too long, or there are too many (RFC 6585)."""

    code = "HEADERS_TOO_LARGE"
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    message = (
        "The request line or a header field is longer than `details` allows, or there are too many"
        " fields. Send fewer or smaller cookies, or have the gateway drop them."
    )
    action = "fix_integration"


def header_bounds(request: web.Request) -> dict[str, int]:
    """Return the `details` of a refusal for too long a header."""
    most_bytes = request.app.get(LONGEST_FIELD_BYTES, USUAL_FIELD_BYTES)
    return {"most_bytes": most_bytes, "most_fields": MOST_FIELDS}


def fault_refusal(request: web.Request) -> ApiError:
    """Return the refusal of malformed HTTP, and of any `Expect` but `100-continue` (RFC 9110)."""
    fault = request[FAULT]
    if fault is Fault.TOO_LONG:
        return HeadersTooLarge(fault, details=header_bounds(request))
    if fault is Fault.EXPECTATION:
        return ValidationFailed(fault, details={"headers": [hdrs.EXPECT]})
    return ValidationFailed(fault)


def _log_request(
    request: web.Request, response: web.StreamResponse, route: str | None, took_s: float
) -> None:
    """Access log: one line a request with the route's pattern and the status, never its content."""
    log_request(
        _log,
        request_id=request[_REQUEST_ID_KEY],
        method=request.method,
        route=route or UNKNOWN_ROUTE,
        status=response.status,
        duration_ms=round(took_s * 1000, 2),
        trace_id=TRACE_ID.get(),
    )


def _adding_headers(always_sent: dict[str, str]) -> Callable[..., Awaitable[None]]:
    """Return the hook that completes the headers of every response, streams included."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers[REQUEST_ID_HEADER] = request.get(_REQUEST_ID_KEY, "")
        headers.pop(hdrs.SERVER, None)  # do not disclose the server software
        headers.update(always_sent)
        if headers.get(hdrs.CONTENT_TYPE, "").startswith(JSON):
            is_call = request.method == hdrs.METH_POST
            headers.update(_JSON_HEADERS if is_call else _READ_JSON_HEADERS)

    return add_headers


class _RequestIds:
    """Makes request ids: unique, not secret, without a system call, of few letters: 16 at first."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"{self._prefix}-{next(self._numbers):03x}"


_request_ids: Final = _RequestIds()
