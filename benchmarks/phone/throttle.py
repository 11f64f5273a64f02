"""A TCP proxy on loopback that is as slow as a phone's line.

Each direction is one link that all connections share: packets are sent one after the other at the
link's bit rate, the connections taking turns, and arrive after its latency. A new connection
carries its first byte after one round trip, as after TCP's handshake. Slow start, loss and TLS are
not played, so a real line is slower than this one.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from benchmarks.measuring.generator import HOST

_PACKET: Final = 1_460
_HOST_FIELD: Final = b"\r\nhost: "
_BITS: Final = 8
# The end of a connection is carried so long after its last packet, which must not be overtaken.
_AFTER_S: Final = 0.002
Deliver = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its round trip in seconds, and the bits per second of each direction."""

    name: str
    round_trip: float
    bits_per_second: float | None


@dataclass
class Link:
    """One direction of a line, and until when it is busy; times in seconds of one clock."""

    line: Line
    free_at: float = 0.0

    def send(self, size: int, now: float) -> tuple[float, float]:
        """Send a packet of so many bytes; return when its last bit leaves, and when it arrives."""
        rate = self.line.bits_per_second
        takes = 0.0 if rate is None else size * _BITS / rate
        self.free_at = max(self.free_at, now) + takes
        return self.free_at, self.free_at + self.line.round_trip / 2


@dataclass
class Counter:
    """What passed the proxy: requests and bytes down for each host, in the order of their time."""

    requests: dict[str, int] = field(default_factory=dict)
    bytes_down: dict[str, int] = field(default_factory=dict)
    connections: int = 0

    def clear(self) -> None:
        """Start anew."""
        self.requests.clear()
        self.bytes_down.clear()
        self.connections = 0

    def of(self, hosts: tuple[str, ...]) -> tuple[int, int]:
        """Return requests and bytes down of these hosts."""
        return (
            sum(self.requests.get(host, 0) for host in hosts),
            sum(self.bytes_down.get(host, 0) for host in hosts),
        )


@dataclass
class RequestReader:
    """Finds the requests in what a browser sends on one connection: each has one `Host` field.

    A body is JSON, which has no bare line end. `host` is that of the last request, without port.
    """

    host: str = ""
    _rest: bytes = b""

    def read(self, data: bytes) -> list[str]:
        """Return the host of each request whose field is complete with these bytes."""
        found: list[str] = []
        self._rest += data
        while (at := self._rest.lower().find(_HOST_FIELD)) >= 0:
            value, ended, rest = self._rest[at + len(_HOST_FIELD) :].partition(b"\r\n")
            if not ended:
                self._rest = self._rest[at:]
                return found
            self.host = value.decode("ascii").strip().partition(":")[0]
            found.append(self.host)
            self._rest = b"\r\n" + rest
        self._rest = self._rest[-len(_HOST_FIELD) :]
        return found


@dataclass
class Proxy:
    """A line in front of a server's port."""

    line: Line
    target: int
    counter: Counter = field(default_factory=Counter)
    port: int = 0
    _up: Link = field(init=False)
    _down: Link = field(init=False)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _carried: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make both directions."""
        self._up, self._down = Link(self.line), Link(self.line)

    def use(self, line: Line) -> None:
        """Become another line, with nothing counted and no connection left."""
        self.line = line
        self._up, self._down = Link(line), Link(line)
        self.hang_up()
        self.counter.clear()

    def hang_up(self) -> None:
        """End every connection, as between two visits on different days."""
        for writer in self._open:
            writer.transport.abort()

    async def end(self) -> None:
        """End every connection, and wait until each is gone."""
        self.hang_up()
        if self._carried:
            await asyncio.wait(self._carried)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a new connection from now on."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until both sides have ended it."""
        server_reader, server_writer = await asyncio.open_connection(HOST, self.target)
        self._open |= {writer, server_writer}
        self.counter.connections += 1
        requests = RequestReader()

        def count_up(data: bytes) -> None:
            for host in requests.read(data):
                self.counter.requests[host] = self.counter.requests.get(host, 0) + 1

        def count_down(data: bytes) -> None:
            down = self.counter.bytes_down
            down[requests.host] = down.get(requests.host, 0) + len(data)

        await asyncio.sleep(self.line.round_trip)
        try:
            await asyncio.gather(
                _carry(reader, server_writer, self._up, count_up),
                _carry(server_reader, writer, self._down, count_down),
            )
        finally:
            self._open -= {writer, server_writer}
            writer.close()
            server_writer.close()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, count: Deliver
) -> None:
    """Carry one direction, packet by packet; the end is carried too, after what was sent."""
    loop = asyncio.get_running_loop()
    arrives = time.monotonic()

    def deliver(data: bytes) -> None:
        if not writer.is_closing():
            count(data)
            writer.write(data)

    with contextlib.suppress(ConnectionError):
        while data := await reader.read(_PACKET):
            now = time.monotonic()
            left, arrives = link.send(len(data), now)
            if arrives > now:
                loop.call_later(arrives - now, deliver, data)
            else:
                deliver(data)
            await asyncio.sleep(left - now)
    await asyncio.sleep(max(arrives - time.monotonic(), 0.0) + _AFTER_S)
    writer.close()


@asynccontextmanager
async def proxying(proxy: Proxy, port: int) -> AsyncIterator[Proxy]:
    """Listen on a port of loopback meanwhile."""
    server = await asyncio.start_server(proxy.accept, HOST, port)
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
