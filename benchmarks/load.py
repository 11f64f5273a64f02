"""Loads several servers in turns, and compares their CPU with a bare aiohttp handler's.

All servers run in processes of their own, pinned to one core where the system can, and are loaded
by 32 connections over loopback. CPU is the time of the server's process alone, without this load
generator and without Redis.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from aiohttp import ClientSession

from benchmarks.servers import BARE_BODY

CONNECTIONS: Final = 32
CALLS_EACH: Final = 150
ROUNDS: Final = 5
_BARE: Final = "bare handler"
_MICRO: Final = 1_000_000

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Figure:
    """One round: calls per second, and the server's CPU per call in microseconds."""

    per_second: float
    cpu_us: float


class Server:
    """A server in a process of its own."""

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        """Start it and wait until it listens."""
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
        self.process.start()
        self.url = f"http://127.0.0.1:{self.pipe.recv()}"
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self.process.pid or 0, {0})

    def cpu_seconds(self) -> float:
        """Return the CPU time it has used."""
        self.pipe.send("cpu")
        return float(self.pipe.recv())

    def end(self) -> None:
        """Stop it."""
        self.pipe.send("end")
        self.process.join(10)


async def measure(server: Server, calls: list[Call]) -> Figure:
    """Make every caller's calls at once; each caller makes its own one after the other."""

    async def caller(call: Call) -> None:
        for _ in range(CALLS_EACH):
            await call()

    before, started = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*(caller(call) for call in calls))
    elapsed, used = time.perf_counter() - started, server.cpu_seconds() - before
    count = CALLS_EACH * len(calls)
    return Figure(count / elapsed, used / count * _MICRO)


def bare_calls(http: ClientSession, url: str) -> list[Call]:
    """Return callers of the bare handler."""

    async def call() -> None:
        async with http.post(f"{url}/bare", json={"refresh_token": "x" * 300}) as response:
            assert await response.read() == BARE_BODY

    return [call] * CONNECTIONS


async def rounds(asked: Mapping[str, tuple[Server, list[Call]]]) -> dict[str, list[Figure]]:
    """Measure every kind of call in turns; the first round warms up and does not count."""
    figures: dict[str, list[Figure]] = {name: [] for name in asked}
    for number in range(ROUNDS + 1):
        for name, (server, calls) in asked.items():
            figure = await measure(server, calls)
            if number:
                figures[name].append(figure)
    return figures


def report(figures: dict[str, list[Figure]]) -> None:
    """Print medians, and each as a multiple of the bare handler."""
    medians = {
        name: Figure(
            statistics.median(one.per_second for one in several),
            statistics.median(one.cpu_us for one in several),
        )
        for name, several in figures.items()
    }
    bare = medians[_BARE]
    print(
        f"{CONNECTIONS} connections, median of {ROUNDS} rounds of {CONNECTIONS * CALLS_EACH} calls"
    )
    for name, median in medians.items():
        print(
            f"{name:14} {median.per_second:8.0f} calls/s {median.cpu_us:8.1f} µs CPU/call "
            f"= {median.cpu_us / bare.cpu_us:.1f} × bare"
        )
