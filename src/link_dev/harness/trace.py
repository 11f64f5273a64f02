"""Records every HTTP exchange of the dev stack for the harness, without secrets.

Request bodies are not recorded, and of response bodies only the fields named here; of a token the
claims are recorded, never its text, and of an entered code which messages carried it. Any text that
still looks like a secret is masked.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from link_dev.harness.faults import FAULT
from link_dev.harness.whose import Whose, asked_for
from link_kernel.ids import from_base64url
from link_kernel.observability.logs import masked

Entry = dict[str, Any]

_KEPT: Final = 2000
_KEEP_ALIVE_S: Final = 15.0
_SHOWN_QUERY: Final = ("business_id", "parent_origin", "v")
_SHOWN_SESSION: Final = ("id", "state", "element", "business_id", "amr", "expires_at")
_LONGEST_BODY: Final = 64 * 1024
_ENTERS_CODE: Final = "/verify-otp"
_INIT: Final = "/elements/init"


class Trace:
    """The last exchanges, which clients can follow live."""

    def __init__(
        self,
        sent_with: Callable[[str], list[str]] = lambda _code: [],
        whose: Whose | None = None,
    ) -> None:
        """Begin empty.

        `sent_with` tells when messages with a code were sent, oldest first; `whose` tells the calls
        of businesses apart.
        """
        self._sent_with = sent_with
        self._whose = whose or Whose()
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0
        self._news = asyncio.Event()
        self._closed = False

    @property
    def entries(self) -> list[Entry]:
        """The exchanges, oldest first."""
        return list(self._entries)

    def recording(
        self, name_of: Callable[[web.Request], str | None]
    ) -> Callable[[Handler], Handler]:
        """Return what records the exchanges of the hosts that `name_of` names."""

        def around(handle: Handler) -> Handler:
            async def record(request: web.Request) -> web.StreamResponse:
                began, started = time.time_ns(), time.perf_counter_ns()
                response = await handle(request)
                host = name_of(request)
                if host is not None:
                    body = await _body_of(request)
                    if request.path.endswith(_INIT):
                        self._whose.learn(request, body.get("business_id"))
                    self._add(
                        {
                            "host": host,
                            "started_at": began // 1000 / 1000,
                            "ms": (time.perf_counter_ns() - started) // 1000 / 1000,
                            **_request_fields(request),
                            **_response_fields(response),
                            "business_id": self._whose.of(request),
                            "code_of": self._code_of(request, body),
                            **_fault_fields(request),
                        }
                    )
                return response

            return record

        return around

    async def follow(self, after: int, business_id: str | None = None) -> AsyncIterator[Entry]:
        """Yield the entries with a number above `after`: first past ones, then new ones."""
        while not self._closed:
            news = self._news
            for entry in self.entries:
                if entry["seq"] > after:
                    after = entry["seq"]
                    if business_id in {None, entry["business_id"]}:
                        yield entry
            await news.wait()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`GET /dev/trace?after=`: a server-sent event per exchange; `Last-Event-ID` resumes.

        With `business_id=` the exchanges of that business alone.
        """
        response = web.StreamResponse()
        response.content_type = "text/event-stream"
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        await response.prepare(request)
        await response.write(b": what the server saw\n\n")
        after = request.headers.get("Last-Event-ID", request.query.get("after", ""))
        entries = self.follow(int(after) if after.isdecimal() else 0, asked_for(request))
        with contextlib.suppress(ConnectionResetError):
            async with contextlib.aclosing(_with_keep_alives(entries)) as events:
                async for event in events:
                    await response.write(event)
        return response

    async def close(self, _app: web.Application) -> None:
        """End every stream, so that the server can stop without waiting for them."""
        self._closed = True
        self._wake_followers()

    def _code_of(self, request: web.Request, body: Entry) -> list[str] | None:
        """Return when the messages were sent whose code was entered; `None` if none was read."""
        if not request.path.endswith(_ENTERS_CODE):
            return None
        code = body.get("otp_code")
        return self._sent_with(code) if isinstance(code, str) else None

    def _add(self, entry: Entry) -> None:
        self._count += 1
        self._entries.append({"seq": self._count, **_without_secrets(entry)})
        self._wake_followers()

    def _wake_followers(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


async def _with_keep_alives(entries: AsyncIterator[Entry]) -> AsyncGenerator[bytes, None]:
    """Yield events, and keep-alive comments: writing one fails if the reader has disconnected."""
    upcoming = asyncio.ensure_future(anext(entries))
    try:
        while True:
            await asyncio.wait({upcoming}, timeout=_KEEP_ALIVE_S)
            if not upcoming.done():
                yield b":\n\n"
                continue
            try:
                entry = upcoming.result()
            except StopAsyncIteration:
                return
            yield f"id: {entry['seq']}\ndata: {json.dumps(entry)}\n\n".encode()
            upcoming = asyncio.ensure_future(anext(entries))
    finally:
        upcoming.cancel()


async def _body_of(request: web.Request) -> Entry:
    """Return the body of a call of which something is told, if it was read; none otherwise."""
    is_read = request.can_read_body is False or request.content.at_eof()
    if not request.path.endswith((_ENTERS_CODE, _INIT)) or not is_read:
        return {}
    try:
        return _object(json.loads(await request.read()))
    except ValueError:
        return {}


def _request_fields(request: web.Request) -> Entry:
    return {
        "method": request.method,
        "path": request.path,
        "query": {name: request.query[name] for name in _SHOWN_QUERY if name in request.query},
        "origin": request.headers.get(hdrs.ORIGIN),
        "sec_fetch_site": request.headers.get("Sec-Fetch-Site"),
        "sec_fetch_dest": request.headers.get("Sec-Fetch-Dest"),
        "dpop": "DPoP" in request.headers,
    }


def _response_fields(response: web.StreamResponse) -> Entry:
    answer = _json_object(response)
    policy = response.headers.get("Content-Security-Policy", "")
    _, framed, ancestors = policy.partition("frame-ancestors ")
    data = _object(answer.get("data"))
    session = _object(data.get("session"))
    return {
        "status": response.status,
        "error": _object(answer.get("error")).get("code"),
        "outcome": response.headers.get("X-Refresh-Outcome"),
        "retry_after": response.headers.get(hdrs.RETRY_AFTER),
        "frame_ancestors": ancestors if framed else None,
        "revoked": data.get("revoked"),
        "claims": _claims(data.get("access_token")),
        "session": {name: session.get(name) for name in _SHOWN_SESSION} if session else None,
    }


def _fault_fields(request: web.Request) -> Entry:
    """Return the fault that a call met, and 0 for the status where no answer went out."""
    fault = request.get(FAULT)
    return {"fault": fault, **({"status": 0} if fault == "offline" else {})}


def _json_object(response: web.StreamResponse) -> Entry:
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return {}
    body = response.body
    if not isinstance(body, bytes) or len(body) > _LONGEST_BODY:
        return {}
    return _object(json.loads(body))


def _object(value: object) -> Entry:
    return value if isinstance(value, dict) else {}


def _claims(unverified_token: object) -> Entry | None:
    """Return the claims of an access token without verifying it; they are only displayed."""
    if not isinstance(unverified_token, str):
        return None
    payload = unverified_token.split(".")[1]
    return _object(json.loads(from_base64url(payload)))


def _without_secrets(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _without_secrets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value
