"""Refreshes and forward-auth answers per second, and their CPU, beside a bare aiohttp handler.

All servers run in processes of their own, pinned to one core where the system can, and are loaded
in turns by 32 connections over loopback. CPU is what the operating system charged to the server:
neither this load generator nor Redis is in it.

    python -m benchmarks.refresh
"""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final

import uvloop
from aiohttp import ClientSession, TCPConnector
from tests.bridge_client import (
    API,
    BUSINESS,
    LINK,
    SHOP,
    Verifier,
    configure,
    new_key,
    settings_for,
    spent_by,
    url_of,
)
from tests.frame_key import FrameKey

from benchmarks.servers import BARE_BODY, serve_bare, serve_bridge, serve_internal
from elements_bridge.keyring import new_keyring_file
from elements_bridge.settings import Settings
from elements_bridge.storage import RedisBusinesses
from link_dev.embedded_redis import EmbeddedRedis
from link_kernel.redis_connection import connect

CONNECTIONS: Final = 32
CALLS_EACH: Final = 150
ROUNDS: Final = 5
# A session rotates ten times a minute at most, so each caller takes turns with so many of its own.
SESSIONS_EACH: Final = CALLS_EACH * (ROUNDS + 1) // 10
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


async def refresh_calls(
    http: ClientSession, url: str, *, key: FrameKey | None = None
) -> list[Call]:
    """Return callers that each own sessions and rotate them in turns, generation by generation."""
    return [await _refresher(http, url, key) for _ in range(CONNECTIONS)]


async def authorize_calls(
    http: ClientSession, url: str, public_url: str, *, key: FrameKey | None = None
) -> list[Call]:
    """Return callers that ask as a gateway does, each for a guest of its own."""
    return [await _gateway(http, url, public_url, key) for _ in range(CONNECTIONS)]


async def _gateway(http: ClientSession, url: str, public_url: str, key: FrameKey | None) -> Call:
    token = (await _session(http, public_url, key))["access_token"]
    scheme = "Bearer" if key is None else "DPoP"
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/v1/link/addresses"}
    headers = {**asked, "Authorization": f"{scheme} {token}"}

    async def call() -> None:
        if key is not None:
            url_asked = f"{LINK}/v1/link/addresses"
            headers["DPoP"] = key.proof(url_asked, method="GET", token=token)
        async with http.get(f"{url}/authorize?guest=1", headers=headers) as response:
            assert response.ok, await response.text()

    return call


async def _refresher(http: ClientSession, url: str, key: FrameKey | None) -> Call:
    turns = itertools.cycle([await _session(http, url, key) for _ in range(SESSIONS_EACH)])

    async def call() -> None:
        session = next(turns)
        body = {"refresh_token": session["refresh_token"]}
        session.update(await _post(http, url, "refresh", body, key=key))

    return call


async def _session(http: ClientSession, url: str, key: FrameKey | None = None) -> dict[str, Any]:
    verifier = Verifier.new()
    bootstrap = await _post(
        http,
        url,
        f"bootstrap?business_id={BUSINESS}",
        {"element": "auth", "code_challenge": verifier.challenge},
        origin=SHOP,
    )
    body = {
        "bootstrap_token": bootstrap["bootstrap_token"],
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "auth",
        "parent_origin": SHOP,
    }
    return await _post(http, url, "init", body, key=key)


async def _post(  # noqa: PLR0913  # a call has so many parts
    http: ClientSession,
    url: str,
    route: str,
    body: object,
    *,
    origin: str = LINK,
    key: FrameKey | None = None,
) -> dict[str, Any]:
    headers = {"Origin": origin, "Idempotency-Key": new_key()}
    if key is not None:
        headers["DPoP"] = key.proof(url_of(route), token=spent_by(body))
    async with http.post(f"{url}{API}/{route}", json=body, headers=headers) as response:
        answer = await response.json()
        assert response.ok, answer
        data: dict[str, Any] = answer["data"]
        return data


async def rounds(settings: Settings) -> dict[str, list[Figure]]:
    """Measure every kind of call in turns."""
    bare, bridge, internal = (
        Server(serve_bare),
        Server(serve_bridge, settings),
        Server(serve_internal, settings),
    )
    key = FrameKey()
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as http:
        inside, public = internal.url, bridge.url
        asked = {
            "bare handler": (bare, bare_calls(http, bare.url)),
            "refresh": (bridge, await refresh_calls(http, public)),
            "refresh, DPoP": (bridge, await refresh_calls(http, public, key=key)),
            "forward-auth": (internal, await authorize_calls(http, inside, public)),
            "the same, DPoP": (internal, await authorize_calls(http, inside, public, key=key)),
        }
        figures: dict[str, list[Figure]] = {name: [] for name in asked}
        for number in range(ROUNDS + 1):
            for name, (server, calls) in asked.items():
                figure = await measure(server, calls)
                if number:  # the first round warms up
                    figures[name].append(figure)
    for server in (bare, bridge, internal):
        server.end()
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
    bare = medians["bare handler"]
    print(
        f"{CONNECTIONS} connections, median of {ROUNDS} rounds of {CONNECTIONS * CALLS_EACH} calls"
    )
    for name, median in medians.items():
        print(
            f"{name:14} {median.per_second:8.0f} calls/s {median.cpu_us:8.1f} µs CPU/call "
            f"= {median.cpu_us / bare.cpu_us:.1f} × bare"
        )


async def main() -> None:
    """Start Redis, measure and report."""
    async with EmbeddedRedis() as redis:
        async with connect(redis.url) as client:
            await configure(RedisBusinesses(client))
        settings = settings_for(redis.url, new_keyring_file())
        report(await rounds(settings))


if __name__ == "__main__":
    uvloop.run(main())
