"""Counts calls in windows that move with the clock: in the shared Redis, or here while it is down.

Around the `limits` library. Its script takes the time from the process, so replicas' clocks must
agree to about a second; and it counts a call twice where redis-py sends it again after a lost
answer, which errs on the closed side.
"""

import time
from typing import Final, NoReturn

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.aio.strategies import RateLimiter as Strategy
from redis.asyncio import Redis

from link_kernel.clock import Clock
from link_kernel.errors import RateLimited, StoreUnavailable
from link_kernel.limits.limit import Limit
from link_kernel.metrics import Metrics
from link_kernel.redis import keys as keyspace
from link_kernel.redis.connection import store_failures

_PAUSE_S: Final = 1.0
_WINDOWS_KEPT: Final = 10_000


class RateLimiter:
    """Admits calls up to a limit; never open.

    While Redis does not answer, this process counts alone, from zero: then the limit holds for each
    process instead of for all together.
    """

    def __init__(self, redis: Redis, clock: Clock, metrics: Metrics) -> None:
        """Take the shared Redis, whose pool and time-outs are used, and what counts refusals."""
        self._shared = MovingWindowRateLimiter(_shared_storage(redis))
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._clock = clock
        self._metrics = metrics
        self._ask_again_at = 0.0  # not zero: Redis did not answer last time
        self._full_until: dict[tuple[str, ...], float] = {}
        self._here: dict[tuple[str, ...], tuple[float, int]] = {}

    async def admit(self, limit: Limit, *subject: str) -> None:
        """Count a call of `subject`, or raise `RateLimited`; a refused call does not count.

        `subject` becomes part of a Redis key: it holds no personal data in clear, and its values
        are not the caller's to choose.
        """
        self.refuse_known(limit, *subject)
        await self.count(limit, *subject)

    async def count(self, limit: Limit, *subject: str) -> None:
        """Count as `admit` does, for a subject that `refuse_known` let pass in this request."""
        wait_s = await self._wait_s(limit, subject)
        if wait_s is not None:
            self._full(limit, subject, wait_s)

    def admit_here(self, limit: Limit, *subject: str) -> None:
        """Count a call of `subject` in this process alone, or raise `RateLimited`; asks nobody.

        For calls whose count is not worth a question to Redis. Their window begins with the first
        and does not move: two numbers a subject, however many calls a minute. Once it is full,
        `admit` refuses the subject too.
        """
        self.refuse_known(limit, *subject)
        window, now = (limit.name, *subject), self._clock.monotonic_s()
        began_at, calls = self._here.pop(window, (now, 0))
        if now >= began_at + limit.window_s:
            began_at, calls = now, 0
        if calls >= limit.calls:
            self._full(limit, subject, began_at + limit.window_s - now)
        if len(self._here) >= _WINDOWS_KEPT:
            del self._here[next(iter(self._here))]
        self._here[window] = (began_at, calls + 1)

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Raise `RateLimited` if this process knows `subject`'s window to be full still.

        Nobody is asked: whoever goes on calling costs Redis nothing.
        """
        full_until = self._full_until.get((limit.name, *subject))
        if full_until is None:
            return
        wait_s = full_until - self._clock.monotonic_s()
        if wait_s > 0:
            raise self._refusal(limit, wait_s)
        del self._full_until[(limit.name, *subject)]

    def _full(self, limit: Limit, subject: tuple[str, ...], wait_s: float) -> NoReturn:
        """Remember that a window is full for so long, and raise `RateLimited`."""
        if len(self._full_until) >= _WINDOWS_KEPT:
            del self._full_until[next(iter(self._full_until))]
        self._full_until[(limit.name, *subject)] = self._clock.monotonic_s() + wait_s
        raise self._refusal(limit, wait_s)

    async def _wait_s(self, limit: Limit, subject: tuple[str, ...]) -> float | None:
        """Count a call in Redis, or here where Redis does not answer; see `_counted`."""
        if self._may_ask_redis():
            try:
                with store_failures():
                    wait_s = await _counted(self._shared, limit, subject)
            except StoreUnavailable:
                self._ask_again_at = self._clock.monotonic_s() + _PAUSE_S
            else:
                self._ask_again_at = 0.0
                return wait_s
        self._metrics.limits_kept_locally.inc()
        return await _counted(self._own, limit, subject)

    def _may_ask_redis(self) -> bool:
        """Tell whether to ask Redis: after a failure one call a second finds out for all."""
        now = self._clock.monotonic_s()
        if now < self._ask_again_at:
            return False
        if self._ask_again_at:
            self._ask_again_at = now + _PAUSE_S  # the others shall not wait for a time-out too
        return True

    def _refusal(self, limit: Limit, wait_s: float) -> RateLimited:
        self._metrics.limited.labels(limit.name).inc()
        return limit.refusal(wait_s)


async def _counted(limiter: Strategy, limit: Limit, subject: tuple[str, ...]) -> float | None:
    """Count a call; return `None` within the limit, else the seconds until its oldest leaves."""
    item = RateLimitItemPerSecond(limit.calls, limit.window_s, limit.name)
    if await limiter.hit(item, *subject):
        return None
    window = await limiter.get_window_stats(item, *subject)
    return max(window.reset_time - time.time(), 0.0)  # the library's clock, not the injected one


def _shared_storage(redis: Redis) -> RedisStorage:
    """Return the library's storage on our own connections; its keys expire with their window."""
    return RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix=keyspace.LIMIT,
        connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # documented, not typed
    )
