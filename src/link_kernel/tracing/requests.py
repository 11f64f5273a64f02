"""A span of each request.

Whoever calls the public listener may write any `traceparent`: it would have all its calls recorded
at our cost, in whichever trace it knows. So a trace goes on from our own callers alone.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from link_kernel.tracing.active import TRACE_ID

if TYPE_CHECKING:
    from link_kernel.tracing.spans import Spans

GOES_ON: Final = web.AppKey[Callable[[web.Request], bool]]("goes_on")
"""Tells whose trace an application goes on with: nobody's, unless it is set."""


def making_spans(
    app: web.Application, spans: "Spans", route_of: Callable[[web.Request], str | None]
) -> Callable[[Handler], Handler]:
    """Return what wraps the handling of each request of an application in a span."""
    from link_kernel.tracing.spans import trace_id  # noqa: PLC0415  # not before it is used

    def around(handle: Handler) -> Handler:
        async def traced(request: web.Request) -> web.StreamResponse:
            goes_on = GOES_ON in app and app[GOES_ON](request)
            with spans.request(request.method, request.headers if goes_on else None) as span:
                TRACE_ID.set(trace_id(span))  # for this request alone, as the request id
                response = await handle(request)
                spans.answered(span, request.method, route_of(request), response.status)
                return response

        return traced

    return around
