"""A client whose header or body never ends is cut off; one that is slow is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import pytest
from aiohttp import web

from link_dev.embedded.free_port import free_port
from link_kernel.web import listen, server
from link_kernel.web import request as reading
from link_kernel.web.application import new_application
from link_kernel.web.listen import Listener, listening
from link_kernel.web.request import read_raw_body

HOST: Final = "127.0.0.1"
LINE: Final = b"POST /here HTTP/1.1\r\nHost: localhost\r\n"
BODY: Final = b'{"a": 1}'
HEADER: Final = LINE + b"Content-Length: %d\r\n\r\n" % len(BODY)


class Caller:
    """A connection to a server with one route, which answers with the body that it got."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Send bytes, and have the server read them."""
        self.writer.write(data)
        await self.writer.drain()
        for _ in range(10):
            await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time

    async def answer(self) -> bytes:
        """Return an answer, header and body."""
        header = await self.reader.readuntil(b"\r\n\r\n")
        length = int(header.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return header + await self.reader.readexactly(length)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a moment where production waits for half a minute."""
    monkeypatch.setattr(server, "_HEADER_WITHIN_S", 0.05)
    monkeypatch.setattr(server, "_LINGERING_S", 0.05)
    monkeypatch.setattr(reading, "_BODY_WITHIN_S", 0.05)


@asynccontextmanager
async def connected(shutdown_s: float = 10) -> AsyncIterator[Caller]:
    """Serve, and connect; the connection outlives the server."""

    async def here(request: web.Request) -> web.Response:
        return web.Response(body=await read_raw_body(request))

    app = new_application()
    app.router.add_post("/here", here)
    port = free_port()
    server = listening(Listener(app, HOST, port), shutdown_s=shutdown_s)
    async with AsyncExitStack() as opened, server:
        reader, writer = await asyncio.open_connection(HOST, port)
        opened.callback(writer.close)
        yield Caller(reader, writer)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("served", [0, 2])
async def test_a_header_that_does_not_end_is_cut_off(served: int) -> None:
    """Also on a connection that has served requests."""
    async with connected() as caller:
        for _ in range(served):
            await caller.send(HEADER + BODY)
            assert (await caller.answer()).endswith(BODY)
        await caller.send(LINE)
        assert b"" == await caller.reader.read()


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_does_not_end_is_refused_and_cut_off() -> None:
    async with connected() as caller:
        await caller.send(HEADER + BODY[:-1])
        answer = await caller.answer()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"VALIDATION_ERROR" in answer
        assert b"" == await caller.reader.read()


async def test_a_body_that_has_not_come_when_a_stop_ends_is_cut_off_by_its_client(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is no fault of ours, although aiohttp tells it as a cancellation."""
    monkeypatch.setattr(listen, "_LEAST_S", 0.1)
    async with connected(shutdown_s=0.1) as caller:
        await caller.send(HEADER + BODY[:-1])
    answer = await caller.answer()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"VALIDATION_ERROR" in answer
    assert [] == [line for line in caplog.records if line.levelname != "INFO"]


async def test_header_and_body_may_come_byte_by_byte() -> None:
    async with connected() as caller:
        for byte in HEADER + BODY:
            await caller.send(bytes([byte]))
        assert (await caller.answer()).endswith(BODY)


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_says_nothing_at_all_is_cut_off() -> None:
    """Else a few hundred of them, which cost nothing, would take every descriptor."""
    async with connected() as caller:
        assert b"" == await caller.reader.read()


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_is_idle_between_calls_is_kept() -> None:
    """As gateways and browsers keep them."""
    async with connected() as caller, connected() as silent:
        for _ in range(2):
            await caller.send(HEADER + BODY)
            assert (await caller.answer()).endswith(BODY)
            assert b"" == await silent.reader.read()  # so long


@pytest.mark.parametrize("begun", [b"", LINE])
async def test_a_connection_that_stays_idle_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Also if the beginning of another header came with the call."""
    monkeypatch.setattr(server, "_IDLE_S", 0.05)
    async with connected() as caller:
        await caller.send(HEADER + BODY + begun)
        assert (await caller.answer()).endswith(BODY)
        assert b"" == await caller.reader.read()
