"""A test that looks at a status alone leaves no connection behind."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession

from tests.support.clients.whole_response import WholeResponse

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"


@dataclass
class SlowBody:
    """A server that sends the headers at once and the body when it is told to."""

    headers_sent: asyncio.Event = field(default_factory=asyncio.Event)
    may_send_body: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer one request, as a gateway does that passes the headers on first."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEADERS)
        await writer.drain()
        self.headers_sent.set()
        await self.may_send_body.wait()
        writer.write(b"abc")
        writer.close()


@pytest.fixture
async def slow() -> AsyncIterator[tuple[SlowBody, str]]:
    """The server and its URL."""
    body = SlowBody()
    async with await asyncio.start_server(body.answer, "127.0.0.1", 0) as server:
        yield body, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_response_holds_no_connection(slow: tuple[SlowBody, str]) -> None:
    body, url = slow
    async with ClientSession(response_class=WholeResponse) as http:
        request = asyncio.create_task(http.get(url))
        await body.headers_sent.wait()
        body.may_send_body.set()
        response = await request

        assert response.connection is None
        assert await response.text() == "abc"


async def test_a_plain_response_holds_its_connection(slow: tuple[SlowBody, str]) -> None:
    """The reason for the class: were this ever to change, it could go."""
    body, url = slow
    async with ClientSession() as http:
        response = await http.get(url)

        assert response.connection is not None
        body.may_send_body.set()
        assert await response.text() == "abc"
