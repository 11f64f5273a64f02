"""The root aiohttp application of both services: request ids, access log, error rendering."""

import itertools
import logging
import os
import re
import secrets
import time
from functools import cache
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from link_kernel.errors import (
    ApiError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    ValidationFailed,
)
from link_kernel.logs import REQUEST_ID
from link_kernel.metrics import Metrics
from link_kernel.security_events import SecurityLog
from link_kernel.web.request import JSON, MAX_BODY_BYTES
from link_kernel.web.response import refused
from link_kernel.web.server import FAULT, Fault

REQUEST_ID_HEADER: Final = "X-Request-Id"
_GIVEN_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
_REQUEST_ID_KEY: Final = web.RequestKey("request_id", str)
_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
}

# A JSON response runs nothing, is framed nowhere, and no page may load it as another type. A page
# that CORS admits can still read it, because `Cross-Origin-Resource-Policy` is for `no-cors` only.
_JSON_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HTTPS_ONLY: Final = "max-age=31536000"

_log: Final = logging.getLogger(__name__)
_counter: Final = itertools.count(1)


def new_application(metrics: Metrics | None = None) -> web.Application:
    """Return an application with the common middlewares: request id, log, errors, HTTP faults.

    Errors are counted in `metrics`; an error with a security event is reported as such.
    """
    app = web.Application(
        middlewares=[
            name_request,
            log_request,
            render_refusals(metrics or Metrics()),
            refuse_faults,
        ],
        client_max_size=MAX_BODY_BYTES,
    )
    app.on_response_prepare.append(_show_request_id)
    app.on_response_prepare.append(_harden)
    return app


@web.middleware
async def name_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set the request id: the gateway's `X-Request-Id` if it is well-formed, else a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request_id = given if _GIVEN_REQUEST_ID.fullmatch(given) else _new_request_id()
    request[_REQUEST_ID_KEY] = request_id
    token = REQUEST_ID.set(request_id)
    try:
        return await handler(request)
    finally:
        REQUEST_ID.reset(token)


@web.middleware
async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Access log: one line a request with the route's pattern and the status, never its content."""
    started = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    _log.info(
        "request",
        extra={
            "method": request.method,
            "route": resource.canonical if resource else "unknown",
            "status": response.status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 2),
        },
    )
    return response


def render_refusals(metrics: Metrics) -> Middleware:
    """Return the middleware that renders every error as the contract's error body."""
    security_log = SecurityLog(metrics)

    @web.middleware
    async def render(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            refusal = error
        except web.HTTPException as error:
            refusal = _BY_STATUS.get(error.status, ValidationFailed)(f"http {error.status}")
        except Exception:  # noqa: BLE001  # every unexpected error becomes a 500 with a body
            _log.exception("failed")
            refusal = InternalError()
        metrics.refusals.labels(refusal.code).inc()
        _log.info("refused", extra={"code": refusal.code, "detail": refusal.detail})
        if refusal.event is not None:
            security_log.report(refusal.event, code=refusal.code, detail=refusal.detail)
        return refused(refusal)

    return render


@web.middleware
async def refuse_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reject malformed HTTP, and any `Expect` but `100-continue` (RFC 9110 10.1.1)."""
    fault = request.get(FAULT)
    if fault is Fault.EXPECTATION:
        raise ValidationFailed(fault, details={"headers": [hdrs.EXPECT]})
    if fault is not None:
        raise ValidationFailed(fault)
    return await handler(request)


@cache
def _process_name(_process_id: int) -> str:
    return secrets.token_hex(8)


def _new_request_id() -> str:
    """Return a new request id: unique, not secret, and made without a system call."""
    return f"{_process_name(os.getpid())}-{next(_counter):x}"


async def _show_request_id(request: web.Request, response: web.StreamResponse) -> None:
    response.headers[REQUEST_ID_HEADER] = request.get(_REQUEST_ID_KEY, "")
    response.headers.popall(hdrs.SERVER, None)  # do not disclose the server software


async def require_https(_request: web.Request, response: web.StreamResponse) -> None:
    """Set HSTS for one year, in applications whose public URL is https.

    Without `includeSubDomains`, because subdomains may belong to other services.
    """
    response.headers[hdrs.STRICT_TRANSPORT_SECURITY] = _HTTPS_ONLY


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    if response.content_type == JSON:
        response.headers.update(_JSON_HEADERS)
