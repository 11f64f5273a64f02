"""HTTP server that passes malformed requests to the application, which renders the error itself.

aiohttp answers malformed HTTP and an unknown `Expect` below all middlewares: in plain text that
quotes the request, an `Authorization` header included, and it logs the same text.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Final

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import ERROR
from multidict import CIMultiDict, CIMultiDictProxy

from link_kernel.descriptors import DescriptorCheck
from link_kernel.web.unrouted import route_the_rest

_CONTINUE: Final = "100-continue"
_UNKNOWN: Final = "unknown"
# As much as gateways pass on: nginx 8 kB, AWS's load balancers 16 kB.
USUAL_FIELD_BYTES: Final = 16 * 1024
MOST_FIELDS: Final = 128
_TOO_MANY: Final = "Too many headers"  # aiohttp has no class of its own for it
_HEADER_WITHIN_S: Final = 30.0
# Longer than gateways keep theirs, Caddy's 120 s being the longest, so that none sends a call on a
# connection that has just been closed here.
_IDLE_S: Final = 180.0
# After an answer that came before the end of the body; who has not sent it by then is cut off.
_LINGERING_S: Final = 10.0
_NO_HEADERS: Final = CIMultiDictProxy(CIMultiDict[str]())
_MALFORMED: Final = ERROR._replace(version=HttpVersion11, headers=_NO_HEADERS)

LONGEST_FIELD_BYTES: Final = web.AppKey("longest_field_bytes", int)
"""Of a header field, its name included, and of the request line."""

WRAPPERS: Final = web.AppKey[list[Callable[[Handler], Handler]]]("wrappers")
"""Wrap the handling of every request, routing included; the last one is the outermost."""


class Fault(StrEnum):
    """Why a request is rejected whatever its route."""

    MALFORMED = "malformed http"  # nothing of the request is known, not even its path
    TOO_LONG = "header too long"  # likewise
    EXPECTATION = "unknown expectation"


FAULT: Final = web.RequestKey("fault", Fault)


class Runner(web.AppRunner):
    """Runs an application that rejects every request with a `FAULT`; see `fault_refusal`.

    Bodies are not decompressed. The application's `WRAPPERS` are applied. A header field, and the
    request line, may be as long as its `LONGEST_FIELD_BYTES`, and it may have `MOST_FIELDS`.
    """

    def end_within(self, seconds: float) -> None:
        """Have `cleanup` wait for calls for so long.

        aiohttp waits twice: for calls, and again after it has given up the rest of their bodies.
        """
        self._shutdown_timeout = seconds / 2

    async def _make_server(self) -> web.Server:
        route_the_rest(self.app)
        usual = await super()._make_server()
        max_bytes = self.app.get(LONGEST_FIELD_BYTES, USUAL_FIELD_BYTES)
        handle: Any = usual.request_handler
        for wrap in self.app.get(WRAPPERS, ()):
            handle = wrap(handle)
        return _Server(
            handle,
            request_factory=partial(_make_request, usual.request_factory),
            handler_cancellation=usual.handler_cancellation,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=_IDLE_S,
            lingering_time=_LINGERING_S,
            max_line_size=max_bytes,
            max_field_size=max_bytes,
            max_headers=MOST_FIELDS,
        )


class _Server(web.Server):
    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # aiohttp's own
        super().__init__(*arguments, **options)
        self._descriptors = DescriptorCheck()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._descriptors.opened(transport.get_extra_info("socket").fileno())

    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(web.RequestHandler):
    """Lets the application answer malformed requests, which `_make_request` has marked.

    A connection ends whose header does not, or does not begin: a few thousand of them, which cost
    their client nothing, would take every descriptor. After its first request it may be idle.
    """

    __slots__ = ("_header_deadline", "fault")

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # aiohttp's own
        super().__init__(*arguments, **options)
        self._header_deadline: asyncio.TimerHandle | None = None
        self.fault = Fault.MALFORMED

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first header."""
        super().connection_made(transport)
        self._wait_for_header()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the deadline."""
        self._set_deadline(None)
        super().connection_lost(exc)

    def _set_deadline(self, deadline: asyncio.TimerHandle | None) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
        self._header_deadline = deadline

    def _wait_for_header(self) -> None:
        self._set_deadline(self._loop.call_later(_HEADER_WITHIN_S, self.force_close))

    def _watch_header(self, requests_before: int) -> None:
        """Begin to wait for the rest of a header, or end it where one has come."""
        if self._request_count > requests_before:
            if self._header_deadline is not None:
                self._set_deadline(None)
        elif self._header_deadline is None and self._current_request is None and not self._messages:
            self._wait_for_header()

    def data_received(self, data: bytes) -> None:
        """Fail the reading of a body that can never be complete; aiohttp would wait for it."""
        requests_before = self._request_count
        super().data_received(data)
        self._watch_header(requests_before)
        if not self._messages or isinstance(self._messages[-1][0], RawRequestMessage):
            return
        current = self._current_request
        payloads = [payload for _, payload in self._messages]
        for payload in payloads if current is None else [*payloads, current.content]:
            if not payload.is_eof():
                payload.set_exception(web.RequestPayloadError())
                payload.feed_eof()
                self.close()

    def _make_error_handler(self, err_info: Any) -> Any:  # noqa: ANN401  # aiohttp's own
        """Note the fault for `_make_request`, which aiohttp calls next; then it closes."""
        error = err_info.exc
        if isinstance(error, LineTooLong) or str(error.message).startswith(_TOO_MANY):
            self.fault = Fault.TOO_LONG
        return self._request_handler


def _make_request(  # noqa: PLR0913, PLR0917  # aiohttp calls it
    make: Any,  # noqa: ANN401  # aiohttp's own
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: _Protocol,
    writer: AbstractStreamWriter,
    task: Any,  # noqa: ANN401  # aiohttp's own
) -> web.BaseRequest:
    """Make a request; mark what stands for a malformed one."""
    if message is not ERROR:
        if hdrs.EXPECT in message.headers:
            message = _with_one_expectation(message)
        usual: web.BaseRequest = make(message, payload, protocol, writer, task)
        return usual
    malformed: web.BaseRequest = make(_MALFORMED, payload, protocol, writer, task)
    malformed[FAULT] = protocol.fault
    return malformed


def _with_one_expectation(message: RawRequestMessage) -> RawRequestMessage:
    """Return a message with one `Expect`, since aiohttp reads one, and puts it into its error."""
    known = all(value.lower() == _CONTINUE for value in message.headers.getall(hdrs.EXPECT))
    headers = CIMultiDict(message.headers)
    headers[hdrs.EXPECT] = _CONTINUE if known else _UNKNOWN
    return message._replace(headers=CIMultiDictProxy(headers))
