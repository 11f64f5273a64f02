"""The root application both services stand on: request ids, one log line a call, refusals."""

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

# An answer is data: it runs nothing, is framed nowhere, and no page may load it as something else.
# Pages that CORS admits read it all the same, for `Cross-Origin-Resource-Policy` binds `no-cors`.
_OF_DATA: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HTTPS_ONLY: Final = "max-age=31536000"

_log: Final = logging.getLogger(__name__)
_counter: Final = itertools.count(1)


def new_application(metrics: Metrics | None = None) -> web.Application:
    """Return an application that names, logs and, where need be, refuses every call.

    Refusals are counted in `metrics`, and those that matter are reported as security events.
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
    """Give the call an id: the gateway's, where it is shaped like one, else a new one."""
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
    """Write one line a call: its route's pattern and outcome, nothing of its content."""
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
    """Return what turns every refusal into the contract's error body; nothing else writes one."""
    security_log = SecurityLog(metrics)

    @web.middleware
    async def render(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            refusal = error
        except web.HTTPException as error:
            refusal = _BY_STATUS.get(error.status, ValidationFailed)(f"http {error.status}")
        except Exception:  # noqa: BLE001  # the last line: no fault leaves without a body
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
    """Refuse what is no HTTP, and what expects more than `100-continue` (RFC 9110 10.1.1)."""
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
    """Return a name for a call: unique, no secret, and without a system call each."""
    return f"{_process_name(os.getpid())}-{next(_counter):x}"


async def _show_request_id(request: web.Request, response: web.StreamResponse) -> None:
    response.headers[REQUEST_ID_HEADER] = request.get(_REQUEST_ID_KEY, "")
    response.headers.popall(hdrs.SERVER, None)  # which software we run is nobody's business


async def require_https(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell browsers to come by https alone for a year; for roots whose public URL is https.

    Not for hosts below it, which are not ours to speak for.
    """
    response.headers[hdrs.STRICT_TRANSPORT_SECURITY] = _HTTPS_ONLY


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    if response.content_type == JSON:
        response.headers.update(_OF_DATA)
