"""What is measured at each number of sessions."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis

from benchmarks.measuring.cpu import resident_bytes
from benchmarks.measuring.figures import percentile
from benchmarks.measuring.generator import Load, connected, finished_answers
from benchmarks.measuring.messages import request
from benchmarks.measuring.rounds import Row, measure_rounds
from benchmarks.rows.bridge import INTERNAL_TOKEN, Bridge, running_bridge
from benchmarks.rows.frames import Authorizations, Introspections, Refreshes, new_frames
from elements_bridge.businesses.store import RedisBusinesses

_FRAMES: Final = 300
_ROUNDS: Final = 3
_TIMES: Final = 3
_PROBES: Final = 30
_WITHIN_S: Final = 90.0
_MIB: Final = 1 << 20
_MOST_GROWTH: Final = 1.3
# Of what is measured in time, which all others of the machine stretch: a thousand times as many
# sessions are told from that all the same.
_MOST_GROWTH_IN_TIME: Final = 2.5


@dataclass(frozen=True)
class Figure:
    """One figure; `may_grow` says why, if it may grow with the number of sessions.

    With `most` it is held to that, and not to what it was with the fewest sessions.
    """

    name: str
    value: float
    decimals: int = 1
    may_grow: str = ""
    most: float = 0
    by_time: bool = False

    def has_grown(self, least: "Figure") -> bool:
        """Tell whether it is more than it was with the fewest sessions, by more than noise."""
        times = _MOST_GROWTH_IN_TIME if self.by_time else _MOST_GROWTH
        bound = self.most or least.value * times
        return not self.may_grow and self.value > bound


async def used_bytes(redis: Redis) -> int:
    """Return what Redis has allocated."""
    return int((await redis.info("memory"))["used_memory"])


async def calls(bare: Row, bridge: Bridge, redis: Redis) -> list[Figure]:
    """Return the CPU of calls as multiples of the bare handler, and Redis's time of a script."""
    frames = await new_frames(bridge.public.port, _FRAMES)
    rows = [
        Row("POST refresh", bridge.public, _FRAMES, Refreshes(frames)),
        Row("GET authorize, token not seen", bridge.internal, _FRAMES, Authorizations(frames)),
        Row(
            "POST introspect",
            bridge.internal,
            _FRAMES,
            Introspections(frames, INTERNAL_TOKEN),
        ),
    ]
    await redis.config_resetstat()
    rounds = await measure_rounds(bare, rows, wanted=_ROUNDS, most=_ROUNDS, within_s=_WITHIN_S)
    found = [
        Figure(f"{name}, × bare", each.ratio, 2)
        for name, each in rounds.summaries().items()
        if name != bare.name
    ]
    scripts: dict[str, Any] = (await redis.info("commandstats"))["cmdstat_evalsha"]
    return [*found, Figure("Redis, µs of a script", float(scripts["usec_per_call"]), by_time=True)]


async def probes(bridge: Bridge) -> list[Figure]:
    """Return how long a readiness check takes, and the bridge's memory."""
    load = Load([request("GET", "/readyz")] * _PROBES)
    async with connected(bridge.internal.port, 1) as connections:
        await connections.closed_loop(load)
    for answer in finished_answers(load):
        answer.expect(200)
    took = percentile(load.latencies, 0.5) * 1000
    memory = resident_bytes(bridge.public.process.pid) / _MIB
    return [
        Figure("GET readyz, ms", took, by_time=True),
        Figure("memory of the bridge, MiB", memory),
    ]


async def starts(redis_url: str, folder: Path) -> list[Figure]:
    """Return how long a bridge takes to start."""
    took = []
    for _ in range(_TIMES):
        async with running_bridge(redis_url, folder) as bridge:
            took.append(bridge.public.started_in)
    return [Figure("start of a bridge, s", statistics.median(took), 2, by_time=True)]


async def scans(redis: Redis) -> list[Figure]:
    """Return how long an operator waits for the list of businesses, which are among all keys."""
    took = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        assert await RedisBusinesses(redis).all()
        took.append(time.perf_counter() - started)
    why = "it goes through all keys, a thousand in each round trip"
    return [Figure("business list and export, s", statistics.median(took), 2, why)]
