"""A span of each call of another service: its name among ours, its host, never path or body."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestStartParams,
)

from link_kernel.tracing.active import active

if TYPE_CHECKING:
    from link_kernel.tracing.spans import Spans

_NOWHERE: Final = "unknown"


def traced_calls(name: str, *, is_ours: bool = False) -> list[TraceConfig]:
    """Return what a client of another service takes to make spans; nothing, if there are none.

    A service of ours is told the trace, and goes on with it; nobody else learns that there is one.
    """
    spans = active()
    return [] if spans is None else [_config(spans, name, is_ours=is_ours)]


def _config(spans: "Spans", name: str, *, is_ours: bool) -> TraceConfig:
    from link_kernel.tracing.spans import end_call, fail  # noqa: PLC0415  # not before it is used

    async def begin(
        _client: ClientSession, call: SimpleNamespace, sent: TraceRequestStartParams
    ) -> None:
        call.span = spans.call(name, sent.method, sent.url.host or _NOWHERE)
        if is_ours:
            spans.inject(call.span, sent.headers)

    async def end(
        _client: ClientSession, call: SimpleNamespace, got: TraceRequestEndParams
    ) -> None:
        if call.span is not None:
            end_call(call.span, got.response.status)

    async def fail_call(
        _client: ClientSession, call: SimpleNamespace, met: TraceRequestExceptionParams
    ) -> None:
        if call.span is not None:
            fail(call.span, met.exception)
            call.span.end()

    config = TraceConfig()
    config.on_request_start.append(begin)
    config.on_request_end.append(end)
    config.on_request_exception.append(fail_call)
    return config
