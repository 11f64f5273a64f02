"""The arithmetic of a slow line, and the counting of what passes it."""

import asyncio
import contextlib

import pytest
from benchmarks.phone.throttle import Counter, Line, Link, Proxy, RequestReader, proxying
from benchmarks.phone.visits import Visit, median_visit

from link_dev.embedded.free_port import free_port

SLOW = Line("slow", round_trip=0.4, bits_per_second=400_000)
FAST = Line("fast", round_trip=0.0, bits_per_second=None)
FIRST = b"GET /a HTTP/1.1\r\nHost: link.localhost:4242\r\nAccept: */*\r\n\r\n"
SECOND = b"POST /b HTTP/1.1\r\nhost: api.localhost\r\nContent-Length: 2\r\n\r\n{}"


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, which may have been reset."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def test_a_packet_leaves_at_the_bit_rate_and_arrives_after_half_a_round_trip() -> None:
    left, arrives = Link(SLOW).send(5_000, now=10.0)

    assert left == pytest.approx(10.1)
    assert arrives == pytest.approx(10.3)


def test_packets_of_all_connections_share_a_link() -> None:
    link = Link(SLOW)
    link.send(5_000, now=10.0)

    assert link.send(5_000, now=10.0)[0] == pytest.approx(10.2)


def test_an_idle_link_saves_nothing_up() -> None:
    link = Link(SLOW)
    link.send(5_000, now=10.0)

    assert link.send(5_000, now=20.0)[0] == pytest.approx(20.1)


def test_a_line_without_a_rate_delays_nothing() -> None:
    assert Link(FAST).send(1_000_000, now=3.0) == (3.0, 3.0)


def test_requests_are_found_by_their_host() -> None:
    reader = RequestReader()

    assert reader.read(FIRST + SECOND) == ["link.localhost", "api.localhost"]
    assert reader.host == "api.localhost"


def test_requests_are_found_however_they_are_cut() -> None:
    reader = RequestReader()
    found = [host for byte in FIRST + SECOND for host in reader.read(bytes([byte]))]

    assert found == ["link.localhost", "api.localhost"]


def test_only_the_hosts_asked_for_are_counted() -> None:
    counter = Counter({"link": 3, "shop": 9}, {"link": 100, "shop": 900})

    assert counter.of(("link", "api")) == (3, 100)
    counter.clear()
    assert counter.of(("link", "shop")) == (0, 0)


async def test_the_proxy_carries_both_ways_and_counts() -> None:
    """The server's end of the connection is carried too."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"x" * 4_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await closed(writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        proxy, port = Proxy(FAST, server.sockets[0].getsockname()[1]), free_port()
        async with proxying(proxy, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(FIRST)
            assert await reader.read(-1) == answer
            await closed(writer)

    assert proxy.counter.of(("link.localhost",)) == (1, len(answer))
    assert proxy.counter.connections == 1


async def test_a_line_that_hangs_up_ends_its_connections() -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        with contextlib.suppress(ConnectionError):
            await reader.read(-1)
        await closed(writer)
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        proxy, port = Proxy(FAST, server.sockets[0].getsockname()[1]), free_port()
        async with proxying(proxy, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(FIRST)
            await asked.wait()
            proxy.use(SLOW)
            with contextlib.suppress(ConnectionError):
                assert await reader.read(-1) == b""
            await closed(writer)
            await ended.wait()

    assert proxy.counter.connections == 0


def test_visits_are_told_by_their_medians_and_all_their_failures() -> None:
    visits = [Visit(5, 100, at, at + 1, at + 2, 2, failures) for at, failures in _VISITS]
    found = median_visit(visits)

    assert (found.requests, found.initialized_s, found.from_click_s) == (5, 2.0, 4.0)
    assert found.failures == ("frame_load_failed", "ready: frame_load_failed")


_VISITS = [
    (9.0, ("frame_load_failed", "ready: frame_load_failed")),
    (1.0, ()),
    (2.0, ("frame_load_failed",)),
]
