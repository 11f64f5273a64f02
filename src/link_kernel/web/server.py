"""From bytes to a request: what aiohttp would refuse by itself, the application refuses instead.

aiohttp answers below every middleware what is no HTTP and what `Expect` it does not know: in plain
text that quotes the request, an `Authorization` header included, and into the log with it.
"""

from enum import StrEnum
from functools import partial
from typing import Any, Final

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import ERROR
from multidict import CIMultiDict, CIMultiDictProxy

_CONTINUE: Final = "100-continue"
_USUAL_FIELD_BYTES: Final = 8190  # aiohttp's own
_NO_HEADERS: Final = CIMultiDictProxy(CIMultiDict[str]())
_MALFORMED: Final = ERROR._replace(version=HttpVersion11, headers=_NO_HEADERS)

LONGEST_FIELD_BYTES: Final = web.AppKey("longest_field_bytes", int)


class Fault(StrEnum):
    """Why a request must be refused before anything of it counts."""

    MALFORMED = "malformed http"  # nothing of it is known, not even its path
    EXPECTATION = "unknown expectation"


FAULT: Final = web.RequestKey("fault", Fault)


class Runner(web.AppRunner):
    """Runs an application that refuses every request with a `FAULT`.

    Bodies are left as they came: nothing is decompressed. A header field, and the request line,
    may have as many bytes as the application's `LONGEST_FIELD_BYTES` says.
    """

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        most = self.app.get(LONGEST_FIELD_BYTES, _USUAL_FIELD_BYTES)
        return _Server(
            made.request_handler,
            request_factory=partial(_make_request, made.request_factory),
            handler_cancellation=made.handler_cancellation,
            access_log=None,
            auto_decompress=False,
            max_line_size=most,
            max_field_size=most,
        )


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(web.RequestHandler):
    """Has the application answer what could not be read; `_make_request` has marked it."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Tell those who wait for a body that it will never be whole; aiohttp lets them wait."""
        super().data_received(data)
        if not self._messages or isinstance(self._messages[-1][0], RawRequestMessage):
            return
        current = self._current_request
        waiting = [payload for _, payload in self._messages]
        for payload in waiting if current is None else [*waiting, current.content]:
            if not payload.is_eof():
                payload.set_exception(web.RequestPayloadError())
                payload.feed_eof()
                self.close()

    def _make_error_handler(self, _err_info: object) -> Any:  # noqa: ANN401  # aiohttp's own
        return self._request_handler


def _make_request(  # noqa: PLR0913, PLR0917  # aiohttp calls it
    make: Any,  # noqa: ANN401  # aiohttp's own
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: Any,  # noqa: ANN401  # aiohttp's own
) -> web.BaseRequest:
    """Make a request, marked with its `FAULT` and without what aiohttp would stumble over."""
    fault = None
    if message is ERROR:
        fault, message = Fault.MALFORMED, _MALFORMED
    elif any(value.lower() != _CONTINUE for value in message.headers.getall(hdrs.EXPECT, ())):
        headers = CIMultiDict(message.headers)
        headers.popall(hdrs.EXPECT)
        fault = Fault.EXPECTATION
        message = message._replace(headers=CIMultiDictProxy(headers))
    request: web.BaseRequest = make(message, payload, protocol, writer, task)
    if fault is not None:
        request[FAULT] = fault
    return request
