"""Counts origins rejected at bootstrap; the last hundred of a business are kept for 90 days.

Requests count in process memory and never wait; one background task writes the counts to Redis.
While Redis does not answer, only counts are lost.
"""

import asyncio
import contextlib
import logging
import math
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from redis.asyncio import Redis

from link_kernel.errors import StoreUnavailable
from link_kernel.origin import Origin
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.any_client import connection_of
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts

KEPT_DAYS: Final = 90
KEPT_ORIGINS: Final = 100
_KEPT_MS: Final = KEPT_DAYS * 24 * 3600 * 1000
_NOTED_AT_ONCE: Final = 1_000
_TOLD_EVERY_S: Final = 10.0
_LAST_WRITE_S: Final = 1.0

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RejectedOrigin:
    """A rejected origin of a business: how often, first and last time (epoch ms)."""

    origin: str
    count: int
    first_at: int
    last_at: int

    def __str__(self) -> str:
        """Return the counts as text for a person."""
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{times}, first {_minute(self.first_at)}, last {_minute(self.last_at)}"


class RedisRejectedOrigins:
    """Rejected origins in the shared Redis; each call is one round trip."""

    def __init__(self, redis: Redis) -> None:
        """Take the shared Redis."""
        self._redis = redis
        self._scripts = LuaScripts(redis, "elements_bridge.businesses")

    async def add(self, business_id: str, counts: Mapping[str, int]) -> None:
        """Add to the counts of a business's origins; raises `StoreUnavailable`.

        The random id is an idempotency key: a resent command counts once, unless another replica
        wrote in between.
        """
        pairs = [part for origin, count in counts.items() for part in (origin, count)]
        await self._scripts.run(
            "note_refused_origins",
            [redis_keys.refused_origins(business_id), redis_keys.refused_counts(business_id)],
            [secrets.token_hex(8), _KEPT_MS, KEPT_ORIGINS, *pairs],
        )

    async def of(self, business_id: str) -> list[RejectedOrigin]:
        """Return the kept origins, newest first; raises `StoreUnavailable`."""
        with store_failures():
            key = redis_keys.refused_origins(business_id)
            async with (
                connection_of(self._redis, key) as connection,
                connection.pipeline(transaction=True) as reading,
            ):
                reading.zrevrange(key, 0, -1, withscores=True)
                reading.hgetall(redis_keys.refused_counts(business_id))
                reading.time()
                seen, counts, (now_s, _) = await reading.execute()
        fields = cast("dict[str, str]", counts)
        oldest = now_s * 1000 - _KEPT_MS
        return [
            RejectedOrigin(
                origin,
                count=int(fields.get(f"{origin} count", 0)),
                first_at=int(fields.get(f"{origin} first_at", last_at)),
                last_at=int(last_at),
            )
            for origin, last_at in cast("list[tuple[str, float]]", seen)
            if last_at > oldest
        ]


@dataclass(slots=True)
class RejectedOriginCounter:
    """Counts since the last write; bounded, so that a flood of origins cannot fill the memory."""

    stored: RedisRejectedOrigins
    _noted: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lost: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False
    _told_at: float = -math.inf

    def note(self, business_id: str, origin: Origin) -> None:
        """Count a rejection of `origin` for a known business; never waits and never fails."""
        name = (business_id, origin.text)
        if name not in self._noted and len(self._noted) >= _NOTED_AT_ONCE:
            self._lost += 1
            return
        self._noted[name] += 1
        self._news.set()

    async def keep_writing(self) -> None:
        """Write new counts, one write at a time, until `close`."""
        closing = False
        while not closing:
            await self._news.wait()
            self._news.clear()
            closing = self._closing  # read before the write, which may miss later counts
            await self._write()

    def close(self) -> None:
        """Have `keep_writing` end after a last write."""
        self._closing = True
        self._news.set()

    def end(self) -> None:
        """Give up the counts that are not written, and log how many were lost."""
        self._lost += self._noted.total()
        self._noted.clear()
        self._log_lost()

    def _log_lost(self) -> None:
        if self._lost:
            _log.warning("refused_origins_lost", extra={"count": self._lost})
            self._lost = 0

    async def _write(self) -> None:
        """Write the counts; if Redis is unavailable they are lost.

        How many is logged every ten seconds at most.
        """
        noted, self._noted = self._noted, Counter()
        by_business: dict[str, dict[str, int]] = {}
        for (business_id, origin), count in noted.items():
            by_business.setdefault(business_id, {})[origin] = count
        try:
            for business_id in tuple(by_business):
                await self.stored.add(business_id, by_business[business_id])
                del by_business[business_id]
        except StoreUnavailable:
            pass
        finally:
            self._lost += sum(sum(counts.values()) for counts in by_business.values())
        now = asyncio.get_running_loop().time()
        if self._lost and now >= self._told_at + _TOLD_EVERY_S:
            self._told_at = now
            self._log_lost()


@contextlib.asynccontextmanager
async def counting_rejected_origins(redis: Redis) -> AsyncIterator[RejectedOriginCounter]:
    """Yield the counter, and write its last counts at the end, if Redis takes them in a second."""
    counter = RejectedOriginCounter(RedisRejectedOrigins(redis))
    writing = asyncio.create_task(counter.keep_writing())
    try:
        yield counter
    finally:
        counter.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(writing, _LAST_WRITE_S)
        counter.end()


def _minute(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
