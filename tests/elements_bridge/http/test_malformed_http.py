"""Malformed HTTP and unknown `Expect`: the contract's error, and no echo of the input."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from elements_bridge.keyring import KeyringFile
from tests.support.clients.bridge_client import API, LINK, settings_for
from tests.support.clients.internal_client import INTERNAL_TOKEN, running_both_listeners
from tests.support.time_machine import MovableClock

MARK = "mrk4711secret"
HOST = "127.0.0.1"
PUBLIC = f"GET {API}/jwks.json HTTP/1.1\r\nHost: {HOST}\r\n"
INIT = (
    f"POST {API}/init HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {LINK}\r\n"
    f"Idempotency-Key: {MARK}{MARK}\r\nContent-Type: application/json\r\n"
)
AUTHORIZE = (
    f"GET /authorize HTTP/1.1\r\nHost: {HOST}\r\n"
    "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /v1/link/addresses\r\n"
)
INTROSPECT = (
    f"POST /introspect HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {INTERNAL_TOKEN}\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
)

MALFORMED = {
    "no HTTP": f"{MARK}\r\n\r\n",
    "a TLS hello": f"\x16\x03\x01{MARK}\r\n\r\n",
    "a space in a name": f"{{call}}X A: {MARK}\r\n\r\n",
    "a control character": f"{{call}}Authorization: Bearer {MARK}\x01\r\n\r\n",
    "no header at all": f"{{call}}{MARK}\r\n\r\n",
    "a bad length": f"{{call}}Content-Length: {MARK}\r\n\r\n",
    "two lengths": f"{{call}}X-A: {MARK}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a bad chunk": f"{{call}}Transfer-Encoding: chunked\r\n\r\n{MARK}\r\n",
    "a bad target": f"GET http://[::1/{MARK} HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
}
TOO_LONG = {
    "a field of 40 kB": f"{{call}}Cookie: {MARK}{'a' * 40_000}\r\n\r\n",
    "a name of 40 kB": f"{{call}}{MARK}{'a' * 40_000}: a\r\n\r\n",
    "a path of 40 kB": f"GET /{MARK}{'a' * 40_000} HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
    "too many fields": "{call}" + f"X-A: {MARK}\r\n" * 200 + "\r\n",
}
EXPECTATIONS = [MARK, f"100-continue\r\nExpect: {MARK}", f"{MARK}\udcff\udcfe"]
ENCODINGS = ["gzip", "br", "zstd", "deflate", MARK, "identity\r\nContent-Encoding: gzip"]


@dataclass
class Doors:
    """Both listeners as production serves them, and what they log, with words and arguments."""

    public: int
    internal: int
    logged: io.StringIO

    async def ask(self, port: int, raw: str) -> tuple[int, dict[str, str], str]:
        """Send bytes as they are, read until the other side closes; return the answer."""
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(raw.encode("utf-8", "surrogateescape"))
        answer = (await asyncio.wait_for(reader.read(), 5)).decode()
        writer.close()
        assert MARK not in answer
        assert MARK not in self.logged.getvalue()
        head, _, body = answer.partition("\r\n\r\n")
        lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split(" ")[1]), headers, body


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, arguments and the words of exceptions included."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def doors(
    redis_url: str, keyring: KeyringFile, clock: MovableClock, logged: io.StringIO
) -> AsyncIterator[Doors]:
    """A bridge, served by what production serves it with."""
    settings = settings_for(redis_url, keyring, internal_token=INTERNAL_TOKEN)
    async with running_both_listeners(settings, clock) as both_listeners:
        yield Doors(port_of(both_listeners.public.http), port_of(both_listeners.http), logged)


def port_of(http: TestClient[Any, Any]) -> int:
    """Return where a listener is."""
    port = http.server.port
    assert port is not None
    return port


def code_of(headers: dict[str, str], body: str) -> str:
    """Return the code of a refusal, after checking that it is hardened like every other."""
    assert headers["X-Request-Id"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("application/json")
    assert "Server" not in headers
    refusal = json.loads(body)
    assert refusal["success"] is False
    return str(refusal["error"]["code"])


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
async def test_attack_48_what_is_no_http_is_a_400_of_the_contract(doors: Doors, raw: str) -> None:
    for call in (PUBLIC, INIT):
        status, headers, body = await doors.ask(doors.public, raw.replace("{call}", call))
        assert (status, code_of(headers, body)) == (400, "VALIDATION_ERROR")
        assert headers["Connection"] == "close"
    assert doors.logged.getvalue().count("refused\n") == 2


@pytest.mark.parametrize("raw", TOO_LONG.values(), ids=TOO_LONG)
async def test_a_header_that_is_too_long_is_a_431_that_says_how_long_it_may_be(
    doors: Doors, raw: str
) -> None:
    """Nothing of it is done, and one line is logged for each."""
    for call in (PUBLIC, INIT):
        status, headers, body = await doors.ask(doors.public, raw.replace("{call}", call))
        assert (status, code_of(headers, body)) == (431, "HEADERS_TOO_LARGE")
        assert json.loads(body)["error"]["details"] == {"most_bytes": 16_384, "most_fields": 128}
        assert headers["Connection"] == "close"
    assert doors.logged.getvalue().count("refused\n") == 2
    for call in (AUTHORIZE, INTROSPECT):
        status, headers, body = await doors.ask(doors.internal, raw.replace("{call}", call))
        assert (status, code_of(headers, body)) == (401, "UNAUTHENTICATED")
        assert json.loads(body)["error"]["details"] == {"most_bytes": 32_768, "most_fields": 128}
        assert headers["X-Link-Refusal"] == body


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
async def test_attack_48_the_internal_listener_denies_what_is_no_http(
    doors: Doors, raw: str
) -> None:
    for call in (AUTHORIZE, INTROSPECT):
        status, headers, body = await doors.ask(doors.internal, raw.replace("{call}", call))
        assert (status, code_of(headers, body)) == (401, "UNAUTHENTICATED")
        assert headers["X-Link-Refusal"] == body


@pytest.mark.parametrize("expected", EXPECTATIONS)
@pytest.mark.parametrize(
    "call", [PUBLIC, INIT, f"GET /{MARK} HTTP/1.1\r\n", f"PUT {API}/init HTTP/1.1\r\n"]
)
async def test_attack_48_an_unknown_expectation_is_a_400(
    doors: Doors, call: str, expected: str
) -> None:
    tail = f"Expect: {expected}\r\nConnection: close\r\n\r\n"
    host = "" if "Host" in call else f"Host: {HOST}\r\n"
    status, headers, body = await doors.ask(doors.public, call + host + tail)
    assert (status, code_of(headers, body)) == (400, "VALIDATION_ERROR")
    assert json.loads(body)["error"]["details"] == {"headers": ["Expect"]}


@pytest.mark.parametrize("expected", EXPECTATIONS)
async def test_attack_48_authorize_denies_an_unknown_expectation(
    doors: Doors, expected: str
) -> None:
    tail = f"Expect: {expected}\r\nConnection: close\r\n\r\n"
    status, headers, body = await doors.ask(doors.internal, AUTHORIZE + tail)
    assert (status, code_of(headers, body)) == (401, "UNAUTHENTICATED")
    assert headers["X-Link-Refusal"] == body
    status, headers, body = await doors.ask(doors.internal, INTROSPECT + tail)
    assert (status, code_of(headers, body)) == (400, "VALIDATION_ERROR")


async def test_100_continue_continues(doors: Doors) -> None:
    reader, writer = await asyncio.open_connection(HOST, doors.public)
    head = "Content-Length: 2\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n"
    writer.write((INIT + head).encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{}")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_attack_48_an_encoded_body_is_a_415_undecoded(doors: Doors, encoding: str) -> None:
    body = f"not encoded at all {MARK}"
    tail = f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    for port, call in ((doors.public, INIT), (doors.internal, INTROSPECT)):
        status, headers, answer = await doors.ask(port, f"{call}{tail}\r\n{body}")
        assert (status, code_of(headers, answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_attack_48_a_body_that_goes_bad_later_is_refused(doors: Doors) -> None:
    for port, call in ((doors.public, INIT), (doors.internal, INTROSPECT)):
        reader, writer = await asyncio.open_connection(HOST, port)
        head = f"{call}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        writer.write(head.encode())
        assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
        writer.write(f"{MARK}\r\n".encode())
        answer = (await asyncio.wait_for(reader.read(), 5)).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 400 ")
        assert MARK not in answer + doors.logged.getvalue()
        assert "Server:" not in answer


@pytest.mark.parametrize("size", [8_300, 32_000])
async def test_what_a_gateway_accepts_authorize_reads(doors: Doors, size: int) -> None:
    """An id of the call's own comes back from a call that was read."""
    big, given = "a" * size, "X-Request-Id: an-id-of-its-own\r\nConnection: close\r\n"
    for call in (
        f"{AUTHORIZE}Cookie: {big}\r\n",
        AUTHORIZE.replace("/v1/link/addresses", f"/{big}"),
        AUTHORIZE.replace("/authorize", f"/authorize?scope={big}"),
    ):
        status, headers, body = await doors.ask(doors.internal, f"{call}{given}\r\n")
        assert (status, code_of(headers, body)) == (401, "UNAUTHENTICATED")
        assert headers["X-Request-Id"] == "an-id-of-its-own"


async def test_the_public_listener_reads_all_that_a_gateway_sends(doors: Doors) -> None:
    """A proof, a token, and cookies of the whole domain, each near its bound."""
    fields = (
        f"DPoP: {'a' * 2_048}\r\nAuthorization: DPoP {'a' * 4_096}\r\nCookie: {'a' * 16_000}\r\n"
    )
    given = "Connection: close\r\n\r\n"
    status, _, _ = await doors.ask(doors.public, f"{PUBLIC}{fields}{given}")
    assert status == 200


async def test_a_wrong_method_or_host_is_no_call_of_authorize(doors: Doors) -> None:
    """It denies all the same, and tells a misconfigured gateway from a refused customer."""
    end = "Connection: close\r\n\r\n"
    for call, status in (
        (AUTHORIZE.replace("GET", "PUT", 1), 405),
        (AUTHORIZE.replace(f"Host: {HOST}", "Host: evil.example"), 421),
    ):
        assert (await doors.ask(doors.internal, call + end))[0] == status
