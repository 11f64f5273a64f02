"""Sends requests that were made ahead, over connections that are kept alive.

While it measures it only writes bytes and finds the end of each response, which costs a tenth of
what an HTTP client would; whoever made the requests checks the answers afterwards.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from benchmarks.measuring.messages import Answer, read_answer

HOST: Final = "127.0.0.1"
CONNECTIONS: Final = 32
# An accepted connection's own work is done after this time, so that it is not counted in a call.
SETTLED_S: Final = 0.05
# A server on a busy machine answers each call well within this time.
DEADLINE_S: Final = 300


class ConnectionEnded(ConnectionError):
    """The server closed a connection while a response was due."""


@dataclass
class Load:
    """Requests, their answers in the same order, and the seconds each took."""

    requests: Sequence[bytes]
    answers: list[Answer | None] = field(init=False)
    latencies: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """Make room for the answers."""
        self.answers = [None] * len(self.requests)
        self.latencies = [0.0] * len(self.requests)


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, on_free: Callable[["_Connection"], None]) -> None:
        self._on_free = on_free
        self._received = bytearray()
        self._transport: asyncio.Transport
        self._load: Load | None = None
        self._number = 0
        self._since = 0.0
        self.failure: BaseException | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def send(self, load: Load, number: int, since: float) -> None:
        """Send one request; its latency counts from `since`."""
        self._load, self._number, self._since = load, number, since
        self._transport.write(load.requests[number])

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            answer = read_answer(self._received)
        except Exception as error:  # noqa: BLE001  # it is raised where the load is awaited
            self._fail(error)
            return
        if answer is None or self._load is None:
            return
        self._load.latencies[self._number] = time.perf_counter() - self._since
        self._load.answers[self._number] = answer
        self._load = None
        self._received.clear()
        self._on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._load is not None:
            self._fail(exc or ConnectionEnded(self._load.requests[self._number][:80]))

    def close(self) -> None:
        self._load = None
        self._transport.close()

    def _fail(self, error: BaseException) -> None:
        self.failure, self._load = error, None
        self._on_free(self)


class Connections:
    """Open connections to one port."""

    def __init__(self) -> None:
        """Have no connection yet; see `connected`."""
        self._free: deque[_Connection] = deque()
        self._when_free: Callable[[_Connection], None] = self._free.append

    @property
    def count(self) -> int:
        """How many connections are free, which is all of them between two loads."""
        return len(self._free)

    async def open(self, port: int) -> _Connection:
        """Open one more connection to a port of loopback."""
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: _Connection(self._freed), HOST, port
        )
        self._free.append(connection)
        return connection

    def _freed(self, connection: _Connection) -> None:
        """Call what the load under way does with a free connection."""
        self._when_free(connection)

    async def closed_loop(self, load: Load) -> None:
        """Send all requests; each connection sends its next one when an answer has come."""
        waiting, left = iter(range(len(load.requests))), len(load.requests)
        finished = asyncio.get_running_loop().create_future()

        def go_on(connection: _Connection) -> None:
            nonlocal left
            left -= 1
            number = next(waiting, None)
            if connection.failure is not None and not finished.done():
                finished.set_exception(connection.failure)
            elif number is not None:
                connection.send(load, number, time.perf_counter())
            else:
                self._free.append(connection)
                if left == 0 and not finished.done():
                    finished.set_result(None)

        self._when_free = go_on
        try:
            for number in range(min(len(self._free), len(load.requests))):
                next(waiting)
                self._free.popleft().send(load, number, time.perf_counter())
            async with asyncio.timeout(DEADLINE_S):
                await finished
        finally:
            self._when_free = self._free.append

    async def open_loop(self, load: Load, per_second: float) -> list[float]:
        """Send requests by a timetable, whether or not earlier ones were answered.

        A latency counts from the instant in the timetable, so a server that stalls is charged for
        every call that waited meanwhile. Returns how many seconds late each request was due to be
        sent by this generator, whose timers tick in milliseconds.
        """
        started, lateness, failures = time.perf_counter(), [], []
        due: deque[tuple[int, float]] = deque()
        answered = asyncio.Semaphore(0)

        def go_on(connection: _Connection) -> None:
            if connection.failure is not None:
                failures.append(connection.failure)
            answered.release()
            self._free.append(connection)
            send()

        def send() -> None:
            while due and self._free:
                self._free.popleft().send(load, *due.popleft())

        self._when_free = go_on
        try:
            for number in range(len(load.requests)):
                at = started + number / per_second
                if (wait := at - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                lateness.append(time.perf_counter() - at)
                due.append((number, at))
                send()
                if failures:
                    raise failures[0]
            async with asyncio.timeout(DEADLINE_S):
                for _ in load.requests:
                    await answered.acquire()
        finally:
            self._when_free = self._free.append
        if failures:
            raise failures[0]
        return lateness


@contextlib.asynccontextmanager
async def connected(port: int, count: int = CONNECTIONS) -> AsyncIterator[Connections]:
    """Open connections to a port of loopback, and close them."""
    connections = Connections()
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(count):
            connection = await connections.open(port)
            opened.callback(connection.close)
        yield connections


async def exchange(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Send requests outside of any measurement, and return their answers."""
    load = Load(requests)
    async with connected(port, min(CONNECTIONS, max(len(requests), 1))) as connections:
        await connections.closed_loop(load)
    return finished_answers(load)


def finished_answers(load: Load) -> list[Answer]:
    """Return the answers of a load that has ended."""
    answers = [answer for answer in load.answers if answer is not None]
    assert len(answers) == len(load.requests)
    return answers
