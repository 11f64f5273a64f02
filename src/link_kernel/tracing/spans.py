"""Makes spans of closed words (docs/tracing.md): no value, key, contact, token, path or query.

The names are OpenTelemetry's semantic conventions. Calls of Redis, SQL and other services are spans
of the request that waits for them; what runs in the background has none.
"""

import asyncio
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from link_kernel.tracing.active import SCRIPT_NAMES

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD, _STATUS, _ERROR = "http.request.method", "http.response.status_code", "error.type"
_FAILED: Final = Status(StatusCode.ERROR)
_EVALSHA: Final = "EVALSHA"


class Spans:
    """Makes the spans of one service."""

    def __init__(self, tracer: Tracer) -> None:
        """Take what begins and records them."""
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str] | None) -> Iterator[Span]:
        """Give a request's span; it goes on with the trace in `headers`, else begins one."""
        # The empty context, since the current one may be that of another trace.
        parent = self._propagator.extract(headers or {}, Context())
        with self._begun(_known(method), SpanKind.SERVER, {}, parent) as span:
            yield span

    def answered(self, span: Span, method: str, route: str | None, status: int) -> None:
        """Name a request's span by its route's pattern, and say how it ended."""
        known = _known(method)
        span.update_name(known if route is None else f"{known} {route}")
        span.set_attributes({_METHOD: known, _STATUS: status})
        if route is not None:
            span.set_attribute("http.route", route)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(_FAILED)

    def refused(self, code: str) -> None:
        """Note the code of the refusal that answers the current request."""
        get_current_span().set_attribute(_ERROR, code)

    def command(self, command: tuple[Any, ...], answer: "asyncio.Future[Any]") -> None:
        """Make a span of a command of Redis, until its answer; a script is named, its keys not."""
        if not get_current_span().is_recording():
            return
        name = str(command[0])
        attributes = {"db.system.name": "redis", "db.operation.name": name}
        script = SCRIPT_NAMES.get(str(command[1])) if name == _EVALSHA else None
        if script is not None:
            attributes["db.stored_procedure.name"] = script
        title = name if script is None else f"{name} {script}"
        span = self._tracer.start_span(title, kind=SpanKind.CLIENT, attributes=attributes)
        answer.add_done_callback(partial(_end, span))

    @contextmanager
    def sql(self, system: str, statements: list[str]) -> Iterator[None]:
        """Make a span of statements that are sent together, each told by its verb and table."""
        if not get_current_span().is_recording():
            yield
            return
        summary = "; ".join(statements)
        attributes = {"db.system.name": system, "db.query.summary": summary}
        with self._begun(summary, SpanKind.CLIENT, attributes):
            yield

    def call(self, name: str, method: str, host: str) -> Span | None:
        """Begin the span of a call of another service, which has this name among ours."""
        if not get_current_span().is_recording():
            return None
        attributes = {_METHOD: _known(method), "server.address": host}
        title = f"{_known(method)} {name}"
        return self._tracer.start_span(title, kind=SpanKind.CLIENT, attributes=attributes)

    def inject(self, span: Span | None, headers: MutableMapping[str, str]) -> None:
        """Write the trace into the headers of a call of ours, so that it goes on there.

        One that is not recorded is told too: it is not to be recorded there either.
        """
        with use_span(span or get_current_span()):
            self._propagator.inject(headers)

    @contextmanager
    def _begun(
        self,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, str],
        parent: Context | None = None,
    ) -> Iterator[Span]:
        """Give a span that is the current one; of an exception it has the type, not the text."""
        span = self._tracer.start_span(name, context=parent, kind=kind, attributes=attributes)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as error:
            fail(span, error)
            raise
        finally:
            span.end()


def trace_id(span: Span) -> str:
    """Return the id of a span's trace, as collectors show it."""
    return format(span.get_span_context().trace_id, "032x")


def end_call(span: Span, status: int) -> None:
    """End the span of a call of another service that was answered."""
    span.set_attribute(_STATUS, status)
    if status >= HTTPStatus.BAD_REQUEST:
        span.set_attribute(_ERROR, str(status))
        span.set_status(_FAILED)
    span.end()


def fail(span: Span, error: BaseException) -> None:
    """Note an exception's type; its text may quote anything."""
    span.set_attribute(_ERROR, type(error).__name__)
    span.set_status(_FAILED)


def _end(span: Span, answer: "asyncio.Future[Any]") -> None:
    error = asyncio.CancelledError() if answer.cancelled() else answer.exception()
    if error is not None:
        fail(span, error)
    span.end()


def _known(method: str) -> str:
    return method if method in _METHODS else "_OTHER"
