"""What a bridge and its Redis take of the machine during a day."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from redis.asyncio import Redis

from link_kernel.redis.keys import PREFIX
from tests.soak.bridge import BridgeProcess
from tests.soak.expected import Lifetime, expected_bytes, expected_keys

_AT_ONCE: Final = 500
_MEASURE_EVERY: Final = 8
_NOT_OF_SESSIONS: Final = {"business", "limit", "revocations"}


@dataclass(frozen=True)
class Sample:
    """What was there after one step."""

    calls: int
    customers: int
    cpu_s: float
    resident_mib: float
    open_files: int
    redis_clients: int
    keys: int


@dataclass
class Watch:
    """Samples of a day, what differed from what was expected, and how healthy the machine was."""

    bridge: BridgeProcess
    redis: Redis
    samples: list[Sample] = field(default_factory=list)
    healthz: list[tuple[float, float]] = field(default_factory=list)  # when, and how long it took
    unexpected: list[str] = field(default_factory=list)
    bytes_expected: list[tuple[int, int]] = field(default_factory=list)  # measured, expected

    async def note(self, calls: int, lifetimes: Sequence[Lifetime], at: float) -> None:
        """Take a sample, and compare what Redis holds with what it should."""
        keys = await keys_by_kind(self.redis)
        self._compare({kind: len(names) for kind, names in keys.items()}, lifetimes, at)
        if len(self.samples) % _MEASURE_EVERY == 0:
            of_sessions = [
                name
                for kind, names in keys.items()
                if kind not in _NOT_OF_SESSIONS
                for name in names
            ]
            measured = await bytes_of(self.redis, of_sessions)
            self.bytes_expected.append((measured, expected_bytes(lifetimes, at)))
        self.samples.append(
            Sample(
                calls,
                sum(one.is_customer for one in lifetimes),
                self.bridge.cpu_s(),
                self.bridge.resident_mib(),
                self.bridge.open_files(),
                len(await self.redis.client_list()),
                sum(map(len, keys.values())),
            )
        )

    def _compare(self, counts: dict[str, int], lifetimes: Sequence[Lifetime], at: float) -> None:
        expected = expected_keys(lifetimes, at)
        self.unexpected += [
            f"look {len(self.samples)}: {kind} {counts.get(kind, 0)}, expected {expected.get(kind)}"
            for kind in counts | expected
            if kind not in expected or counts.get(kind, 0) not in expected[kind]
        ]


async def keys_by_kind(redis: Redis) -> dict[str, list[str]]:
    """Return the keys of each kind; a kind is what stands behind the partition."""
    found: dict[str, list[str]] = defaultdict(list)
    async for key in redis.scan_iter("*", count=1_000):
        kind = str(key).removeprefix(PREFIX).rpartition("}:")[2].partition(":")[0]
        found[kind].append(str(key))
    return found


async def bytes_of(redis: Redis, keys: Sequence[str]) -> int:
    """Return what Redis takes for so many keys and their values."""
    total = 0
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        sizes = await asyncio.gather(*(redis.memory_usage(key, samples=0) for key in some))
        total += sum(int(size or 0) for size in sizes)
    return total


async def kinds_without_end(redis: Redis) -> Counter[str]:
    """Return the kinds of keys that never expire, and how many there are."""
    found: Counter[str] = Counter()
    for kind, names in (await keys_by_kind(redis)).items():
        for first in range(0, len(names), _AT_ONCE):
            left = await asyncio.gather(*(redis.pttl(key) for key in names[first:][:_AT_ONCE]))
            found[kind] += left.count(-1)
    return +found
