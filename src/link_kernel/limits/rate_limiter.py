"""Rate limiter with sliding windows in process memory, which the shared Redis adds up.

It wraps the `limits` library, whose script takes the time from the process, so the clocks of our
processes must agree to about a second. A call counts twice if redis-py retries it after a lost
reply; the limit is then stricter, never weaker.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final, NoReturn

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.aio.strategies import RateLimiter as Strategy
from redis.asyncio import Redis

from link_kernel.clock import Clock
from link_kernel.errors import RateLimited, StoreUnavailable
from link_kernel.limits.limit import Limit
from link_kernel.observability.metrics import Metrics
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import store_failures

_PAUSE_S: Final = 1.0
_MAX_WINDOWS: Final = 10_000
_TOLD_AT_ONCE: Final = 200
_NEAR: Final = 0.8


class RateLimiter:
    """Admits calls up to a limit; it never fails open.

    While Redis does not answer, the limit holds for each process instead of for all together.
    """

    def __init__(self, redis: Redis, clock: Clock, metrics: Metrics) -> None:
        """Take the shared Redis, whose pool and time-outs are used, the clock and the metrics."""
        self._in_redis = MovingWindowRateLimiter(_OnOurClient(redis))
        self._clock = clock
        self._metrics = metrics
        self._retry_redis_at = 0.0  # not zero: Redis did not answer last time
        self._full_until: dict[tuple[str, ...], float] = {}
        self._crowded_until: dict[tuple[str, ...], float] = {}
        # Ordered, since the first entry of a plain dict is slow to find after many were deleted.
        self._windows = OrderedDict[tuple[str, ...], tuple[int, deque[float]]]()

    def admit_here(self, limit: Limit, *subject: str) -> None:
        """Count in process memory, or raise `RateLimited`; a rejected call does not count.

        The window slides as in Redis. A `subject` that is reported becomes part of a Redis key, so
        it must hold no personal data in clear text and no value that a client can choose freely.
        """
        self.refuse_known(limit, *subject)
        self.count_here(limit, *subject)

    def count_here(self, limit: Limit, *subject: str, is_bound: bool = True) -> None:
        """Count as `admit_here` does, for a subject that `refuse_known` let pass already.

        A window is the times of its calls. Those that have left it are forgotten, and so are idle
        windows, so all windows together hold about a minute's calls. Unless `is_bound`, a call over
        the limit is counted in the place of the oldest.
        """
        window, now = (limit.name, *subject), self._clock.monotonic_s()
        admitted_at = self._windows.pop(window, (limit.window_s, deque[float]()))[1]
        while admitted_at and admitted_at[0] + limit.window_s <= now:
            admitted_at.popleft()
        self._forget_idle(now)
        self._windows[window] = limit.window_s, admitted_at  # the one used longest ago is first
        if len(admitted_at) >= limit.calls:
            if is_bound:
                self._reject_as_full(limit, subject, admitted_at[0] + limit.window_s - now)
            admitted_at.popleft()
        admitted_at.append(now)
        if len(admitted_at) >= _NEAR * limit.calls:
            self._metrics.limits_near.labels(limit.name).inc()

    def give_back(self, limit: Limit, *subject: str) -> None:
        """Take back the newest call of a window: what was refused counts nowhere."""
        admitted_at = self._calls_here(limit, subject, self._clock.monotonic_s())
        if len(admitted_at) >= limit.calls:
            self._full_until.pop((limit.name, *subject), None)  # full of calls that came to nothing
        if admitted_at:
            admitted_at.pop()

    def require_room(self, limit: Limit, *subject: str) -> None:
        """Raise `RateLimited` where `admit_here` would; count nothing."""
        self.refuse_known(limit, *subject)
        now = self._clock.monotonic_s()
        admitted_at = self._calls_here(limit, subject, now)
        if len(admitted_at) >= limit.calls:
            self._reject_as_full(limit, subject, admitted_at[0] + limit.window_s - now)

    def is_crowded(self, limit: Limit, *subject: str) -> bool:
        """Tell whether this process knows of `limit.crowd` calls or more in the window.

        It knows its own calls, and for a tenth of the window what Redis answered to a report.
        """
        now = self._clock.monotonic_s()
        if now < self._crowded_until.get((limit.name, *subject), 0.0):
            return True
        return limit.crowd is not None and len(self._calls_here(limit, subject, now)) >= limit.crowd

    def _calls_here(self, limit: Limit, subject: tuple[str, ...], now: float) -> deque[float]:
        """Return the times of the calls that this process counted and that the window holds."""
        held = self._windows.get((limit.name, *subject))
        if held is None:
            return deque()
        admitted_at = held[1]
        while admitted_at and admitted_at[0] + limit.window_s <= now:
            admitted_at.popleft()
        return admitted_at

    def _forget_idle(self, now: float) -> None:
        """Drop the two windows used longest ago if they are idle, and one if there are too many."""
        for window in tuple(islice(self._windows, 2)):
            window_s, admitted_at = self._windows[window]
            if not admitted_at or admitted_at[-1] + window_s <= now:
                del self._windows[window]
        if len(self._windows) >= _MAX_WINDOWS:
            del self._windows[next(iter(self._windows))]

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Raise `RateLimited` if this process knows that the window of `subject` is still full.

        No Redis call, so a client that keeps calling over its limit causes no load on Redis.
        """
        full_until = self._full_until.get((limit.name, *subject))
        if full_until is None:
            return
        wait_s = full_until - self._clock.monotonic_s()
        if wait_s > 0:
            raise self._refusal(limit, wait_s)
        del self._full_until[(limit.name, *subject)]

    async def report(self, admitted: Mapping[tuple[Limit, tuple[str, ...]], int]) -> None:
        """Count calls in Redis that `admit_here` let pass, by limit and subject.

        A window that is full there is full here from now on. While Redis does not answer, the calls
        count in this process alone. A long report is cut, so that other commands need not wait.
        """
        untold = list(admitted.items())
        for start in range(0, len(untold), _TOLD_AT_ONCE):
            part = untold[start : start + _TOLD_AT_ONCE]
            if not await self._told(part):
                self._metrics.limits_kept_locally.inc(sum(calls for _, calls in part))

    async def _told(self, part: Sequence[tuple[tuple[Limit, tuple[str, ...]], int]]) -> bool:
        """Count calls in Redis; return whether it answered."""
        if not self._may_ask_redis():
            return False
        try:
            with store_failures():
                waits = await asyncio.gather(
                    *(
                        _count(self._in_redis, limit, subject, min(calls, limit.calls))
                        for (limit, subject), calls in part
                    )
                )
                await self._note_crowds(part)
        except StoreUnavailable:
            self._retry_redis_at = self._clock.monotonic_s() + _PAUSE_S
            return False
        self._retry_redis_at = 0.0
        for ((limit, subject), _), wait_s in zip(part, waits, strict=True):
            if wait_s is not None:
                self._note_as_full(limit, subject, wait_s)
        return True

    async def _note_crowds(self, part: Sequence[tuple[tuple[Limit, tuple[str, ...]], int]]) -> None:
        """Store which of the reported windows Redis finds crowded by all processes together."""
        for (limit, subject), _ in part:
            if limit.crowd is None:
                continue
            found = await self._in_redis.get_window_stats(_item(limit), *subject)
            if limit.calls - found.remaining >= limit.crowd:
                until = self._clock.monotonic_s() + limit.window_s / 10
                _put(self._crowded_until, (limit.name, *subject), until)

    def _reject_as_full(self, limit: Limit, subject: tuple[str, ...], wait_s: float) -> NoReturn:
        """Store that a window is full for `wait_s` seconds, and raise `RateLimited`."""
        self._note_as_full(limit, subject, wait_s)
        raise self._refusal(limit, wait_s)

    def _note_as_full(self, limit: Limit, subject: tuple[str, ...], wait_s: float) -> None:
        self._metrics.limits_full.labels(limit.name).inc()
        _put(self._full_until, (limit.name, *subject), self._clock.monotonic_s() + wait_s)

    def _may_ask_redis(self) -> bool:
        """Tell whether to call Redis: a circuit breaker, which lets one call a second try again."""
        now = self._clock.monotonic_s()
        if now < self._retry_redis_at:
            return False
        if self._retry_redis_at:
            self._retry_redis_at = now + _PAUSE_S  # other calls must not wait for a time-out too
        return True

    def _refusal(self, limit: Limit, wait_s: float) -> RateLimited:
        self._metrics.limited.labels(limit.name).inc()
        return limit.refusal(wait_s)


async def _count(
    limiter: Strategy, limit: Limit, subject: tuple[str, ...], calls: int = 1
) -> float | None:
    """Count calls; return `None` within the limit, else the seconds until a call is allowed.

    Of several that do not all fit as many count as fit: they were admitted.
    """
    item = _item(limit)
    if await limiter.hit(item, *subject, cost=calls):
        return None
    window = await limiter.get_window_stats(item, *subject)
    if 0 < window.remaining < calls:
        await limiter.hit(item, *subject, cost=window.remaining)
    return max(window.reset_time - time.time(), 0.0)  # noqa: TID251  # the library's clock


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.calls, limit.window_s, limit.name)


def _put(until: dict[tuple[str, ...], float], window: tuple[str, ...], instant: float) -> None:
    """Store an instant as the newest entry; the oldest goes if there are too many."""
    until.pop(window, None)
    if len(until) >= _MAX_WINDOWS:
        del until[next(iter(until))]
    until[window] = instant


class _OnOurClient(RedisStorage):
    """The library's storage on our client, which pipelines; its keys expire with their window."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        super().__init__("async+redis://", implementation="redispy", key_prefix=redis_keys.LIMIT)

    def configure_bridge(self) -> None:
        bridge: Any = self.bridge  # the library declares these in its subclass alone
        bridge.storage = self._redis
        bridge.connection_getter = lambda _readonly: self._redis
