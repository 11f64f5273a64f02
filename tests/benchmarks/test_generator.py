"""The load generator, against a small server: every request has its own answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from benchmarks.measuring.generator import (
    ConnectionEnded,
    Load,
    connected,
    exchange,
    finished_answers,
)
from benchmarks.measuring.messages import request

_LAST = b"/last"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request with its path, in two parts; end the connection at `/last`."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            if path == _LAST:
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(path))
            await writer.drain()
            writer.write(path)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of a running server."""
    handlers: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.get_running_loop().create_task(_answer(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    if handlers:
        await asyncio.wait(handlers)


def asked(count: int) -> list[bytes]:
    """Return so many requests, each for a path of its own."""
    return [request("GET", f"/{number}") for number in range(count)]


@pytest.mark.parametrize("count", [1, 5, 100])
async def test_answers_have_the_order_of_their_requests(port: int, count: int) -> None:
    """Fewer and more requests than connections."""
    answers = await exchange(port, asked(count))

    assert [answer.body for answer in answers] == [b"/%d" % number for number in range(count)]


async def test_connections_are_used_for_the_next_load_too(port: int) -> None:
    async with connected(port, 4) as connections:
        for _ in range(3):
            load = Load(asked(10))
            await connections.closed_loop(load)
            assert len(finished_answers(load)) == 10
            assert all(latency > 0 for latency in load.latencies)
            assert connections.count == 4


async def test_an_open_loop_sends_all_by_the_timetable(port: int) -> None:
    """With fewer connections than calls under way, a call waits for one, and its clock runs."""
    load = Load(asked(50))
    async with connected(port, 2) as connections:
        lateness = await connections.open_loop(load, per_second=1_000_000)

    assert [answer.body for answer in finished_answers(load)] == [b"/%d" % at for at in range(50)]
    assert len(lateness) == 50
    assert all(late >= 0 for late in lateness)


async def test_a_server_that_ends_a_connection_fails_the_load(port: int) -> None:
    with pytest.raises(ConnectionEnded):
        await exchange(port, [*asked(3), request("GET", _LAST.decode())])


async def test_a_load_without_all_answers_is_not_finished() -> None:
    with pytest.raises(AssertionError):
        finished_answers(Load(asked(1)))
