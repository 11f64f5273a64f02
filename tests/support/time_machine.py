"""Moves time for tests: the injected clock, and the times in Redis, whose clock cannot be set.

Going forward by an hour is the same as everything stored having happened an hour earlier.
"""

from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from redis.typing import EncodableT

from link_kernel.clock import Clock, SystemClock

_NO_TTL = -1


@dataclass(frozen=True)
class ClockReading:
    """What the system's clock said at one moment."""

    wall_ms: int
    steady_s: float

    def now_ms(self) -> int:
        """Return the moment as epoch milliseconds."""
        return self.wall_ms

    def monotonic_s(self) -> float:
        """Return the moment on the monotonic clock in seconds."""
        return self.steady_s


@dataclass
class MovableClock:
    """The system's clock, some milliseconds ahead."""

    ahead_ms: int = 0
    system: Clock = field(default_factory=SystemClock)

    def stop(self) -> None:
        """Let time pass by `ahead_ms` alone, for what a busy machine must not make late."""
        self.system = ClockReading(self.system.now_ms(), self.system.monotonic_s())

    def now_ms(self) -> int:
        """Return the moved wall clock as epoch milliseconds."""
        return self.system.now_ms() + self.ahead_ms

    def monotonic_s(self) -> float:
        """Return the moved monotonic clock in seconds."""
        return self.system.monotonic_s() + self.ahead_ms / 1000


@dataclass
class TimeMachine:
    """Moves the clock, and ages all of Redis: TTLs, `*_at` fields, scores, call times."""

    clock: MovableClock
    redis: Redis

    async def forward(self, milliseconds: int) -> None:
        """Let `milliseconds` pass."""
        self.clock.ahead_ms += milliseconds
        keys = [str(key) async for key in self.redis.scan_iter("*")]
        for key in keys:
            await self._age(key, milliseconds)

    async def _age(self, key: str, milliseconds: int) -> None:
        kind = await self.redis.type(key)
        if kind == "hash":
            fields = cast("dict[str, str]", await self.redis.hgetall(key))
            aged: dict[EncodableT, EncodableT] = {
                name: int(value) - milliseconds
                for name, value in fields.items()
                if name.endswith("_at") and value
            }
            if aged:
                await self.redis.hset(key, mapping=aged)
        if kind == "zset":
            members = cast("list[str]", await self.redis.zrange(key, 0, -1))
            for member in members:
                await self.redis.zincrby(key, -milliseconds, member)
        if kind == "list":  # of a limit: the instants of calls, newest first, in seconds
            for index, called_at in enumerate(await self.redis.lrange(key, 0, -1)):
                aged_s = float(called_at) - milliseconds / 1000
                await self.redis.lset(key, index, str(aged_s))
        left = await self.redis.pttl(key)
        if left != _NO_TTL:
            await self.redis.pexpire(key, left - milliseconds)
