"""Figures that are no row: open loop, start, memory, bytes in Redis, revocation."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from tests.support.clients.bridge_client import API

from benchmarks import revocation
from benchmarks.measuring.cpu import allow_files, resident_bytes
from benchmarks.measuring.figures import percentile
from benchmarks.measuring.generator import Load, connected, finished_answers
from benchmarks.measuring.messages import request
from benchmarks.measuring.rounds import Workload
from benchmarks.rows.bridge import Bridge, running_bridge
from benchmarks.rows.frames import Inits, Refreshes, new_frames
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect

OPEN_RATE: Final = 1_000
_OPEN_CONNECTIONS: Final = 256
_OPEN_TIMES: Final = 3
_STARTS: Final = 3
_IDLE_CONNECTIONS: Final = 10_000
_SESSIONS: Final = 10_000
# Files that the generator has open besides its connections, and room.
_OTHER_FILES: Final = 500
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Extra:
    """A figure and what is to be known of it."""

    name: str
    figure: str
    note: str = ""


async def open_loop(redis_url: str, folder: Path) -> list[Extra]:
    """Return the latency of refreshes that arrive by a timetable, and how many failed."""
    latencies: list[float] = []
    lateness: list[float] = []
    failed = 0
    async with running_bridge(redis_url, folder) as bridge:
        port = bridge.public.port
        for number in range(_OPEN_TIMES + 1):
            frames = await new_frames(port, OPEN_RATE)
            load = Load(await Refreshes(frames).prepare(OPEN_RATE))
            async with connected(port, _OPEN_CONNECTIONS) as connections:
                late = await connections.open_loop(load, OPEN_RATE)
            if number:  # the first warms up
                latencies += load.latencies
                lateness += late
                failed += sum(one.status != HTTPStatus.OK for one in finished_answers(load))
    sent = _p50_p99(lateness)
    return [
        Extra(
            f"refresh at {OPEN_RATE:,}/s, open loop: p50 / p99 ms",
            _p50_p99(latencies),
            f"from the timetable; {failed} of {len(latencies):,} failed; "
            f"the generator was late by {sent} ms",
        )
    ]


def _p50_p99(seconds: Sequence[float]) -> str:
    """Return both in milliseconds."""
    p50, p99 = (percentile(seconds, share) * 1000 for share in (0.5, 0.99))
    return f"{p50:.1f} / {p99:.1f}"


async def starts(redis_url: str, folder: Path) -> list[Extra]:
    """Return the time from the start of the command until it answers `healthz`, and its memory."""
    took, idle = [], []
    for _ in range(_STARTS):
        async with running_bridge(redis_url, folder) as bridge:
            took.append(bridge.public.started_in)
            idle.append(_resident(bridge))
    return [
        Extra("start until `healthz` answers, s", f"{statistics.median(took):.2f}", "median of 3"),
        Extra("memory, idle, MiB", f"{statistics.median(idle) / _MIB:.0f}", "resident set"),
    ]


async def memory_of_connections(redis_url: str, folder: Path) -> list[Extra]:
    """Return the memory with many idle connections, or as many as the limit of files allows."""
    count = min(_IDLE_CONNECTIONS, allow_files(_IDLE_CONNECTIONS + _OTHER_FILES) - _OTHER_FILES)
    async with (
        running_bridge(redis_url, folder) as bridge,
        connected(bridge.public.port, count) as connections,
    ):
        # One call is answered after all connections were accepted.
        await connections.closed_loop(Load([request("GET", f"{API}/jwks.json")]))
        figure = f"{_resident(bridge) / _MIB:.0f}"
    return [Extra(f"memory, {count:,} idle connections, MiB", figure, "resident set")]


async def redis_bytes(redis_url: str, folder: Path) -> list[Extra]:
    """Return the bytes Redis takes for each guest's session, without the keys of the limits."""
    async with running_bridge(redis_url, folder) as bridge, connect(redis_url) as redis:
        workload: Workload = Inits(bridge.public.port)
        before = await _used(redis)
        for _ in range(_SESSIONS // 1_000):
            load = Load(await workload.prepare(1_000))
            async with connected(bridge.public.port) as connections:
                await connections.closed_loop(load)
            workload.take(finished_answers(load))
        grown = await _used(redis) - before
    return [
        Extra(
            "Redis, bytes for each guest's session",
            f"{grown / _SESSIONS:.0f}",
            f"growth of used memory over {_SESSIONS:,} sessions, without the limits' keys",
        )
    ]


async def revocations() -> list[Extra]:
    """Return how long a revocation takes from one replica to another."""
    took = await revocation.measure()
    figure = _p50_p99([milliseconds / 1000 for milliseconds in took])
    name = "revocation, until another replica refuses: p50 / p99 ms"
    return [Extra(name, figure, f"{len(took)} times")]


async def _used(redis: Redis) -> int:
    """Return the bytes Redis has allocated, less those of the limits' keys."""
    used = int((await redis.info("memory"))["used_memory"])
    async for key in redis.scan_iter(match=f"{redis_keys.LIMIT}*", count=1_000):
        used -= int(await redis.memory_usage(key, samples=0) or 0)
    return used


def _resident(bridge: Bridge) -> int:
    return resident_bytes(bridge.public.process.pid)


async def all_extras(redis_url: str, folder: Path) -> list[Extra]:
    """Measure them one after the other."""
    parts: list[Callable[[str, Path], Awaitable[list[Extra]]]] = [
        open_loop,
        starts,
        memory_of_connections,
        redis_bytes,
    ]
    found = []
    for part in parts:
        found += await part(redis_url, folder)
    return found + await revocations()
