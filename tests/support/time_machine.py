"""Moves time for tests: the injected clock, and the times in Redis, whose clock cannot be set.

Going forward by an hour is the same as everything stored having happened an hour earlier.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis

from link_kernel.clock import Clock, SystemClock

# In one trip, so that a test of many steps takes little real time. The lists are those of limits:
# instants of calls, newest first, in seconds.
_AGE = """
local ms = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then
    local flat = redis.call('HGETALL', key)
    for i = 1, #flat, 2 do
      if string.sub(flat[i], -3) == '_at' and flat[i + 1] ~= '' then
        redis.call('HINCRBY', key, flat[i], -ms)
      end
    end
  elseif kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -ms, member)
    end
  elseif kind == 'list' then
    for i, at in ipairs(redis.call('LRANGE', key, 0, -1)) do
      redis.call('LSET', key, i - 1, string.format('%.6f', tonumber(at) - ms / 1000))
    end
  end
  local left = redis.call('PTTL', key)
  if left >= 0 then
    redis.call('PEXPIRE', key, left - ms)
  end
end
"""


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
            await cast("Awaitable[object]", self.redis.eval(_AGE, 0, str(milliseconds)))
