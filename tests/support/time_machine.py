"""Moves time for tests: the injected clock, and the times in Redis, whose clock cannot be set.

Going forward by an hour is the same as everything stored having happened an hour earlier.
"""

from dataclasses import dataclass, field

from redis.asyncio import Redis

from link_dev.harness.later import let_pass
from link_kernel.clock import Clock, SystemClock


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
        if milliseconds:
            await let_pass(self.redis, milliseconds)
