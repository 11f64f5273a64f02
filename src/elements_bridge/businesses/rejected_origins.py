"""Counts origins rejected at bootstrap; the last hundred of a business are kept for 90 days.

Those that a browser's report claims, which anybody can send, are fewer and kept apart.
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
KEPT_UNVERIFIED: Final = 20
_KEPT_MS: Final = KEPT_DAYS * 24 * 3600 * 1000
_NOTED_AT_ONCE: Final = 1_000
_TOLD_EVERY_S: Final = 10.0
_LAST_WRITE_S: Final = 1.0

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RejectedOrigin:
    """A rejected origin of a business: how often, first and last time (epoch ms).

    An `unverified` one was claimed by a report.
    """

    origin: str
    count: int
    first_at: int
    last_at: int
    unverified: bool

    def __str__(self) -> str:
        """Return the counts as text for a person."""
        times = "once" if self.count == 1 else f"{self.count} times"
        text = f"{times}, first {_minute(self.first_at)}, last {_minute(self.last_at)}"
        return f"{text}, unverified" if self.unverified else text


class RedisRejectedOrigins:
    """Rejected origins in the shared Redis; a note is one round trip."""

    def __init__(self, redis: Redis) -> None:
        """Take the shared Redis."""
        self._redis = redis
        self._scripts = LuaScripts(redis, "elements_bridge.businesses")

    async def add(
        self, business_id: str, counts: Mapping[str, int], *, unverified: bool = False
    ) -> None:
        """Add to the counts of a business's origins; raises `StoreUnavailable`.

        The random id is an idempotency key: a resent command counts once, unless another replica
        wrote in between.
        """
        pairs = [part for origin, count in counts.items() for part in (origin, count)]
        kept = KEPT_UNVERIFIED if unverified else KEPT_ORIGINS
        await self._scripts.run(
            "note_refused_origins",
            _keys(business_id, unverified=unverified),
            [secrets.token_hex(8), _KEPT_MS, kept, *pairs],
        )

    async def of(self, business_id: str) -> list[RejectedOrigin]:
        """Return the kept origins, newest first, then those that reports claim.

        Raises `StoreUnavailable`.
        """
        return [
            *await self._kept(business_id, unverified=False),
            *await self._kept(business_id, unverified=True),
        ]

    async def _kept(self, business_id: str, *, unverified: bool) -> list[RejectedOrigin]:
        origins, counted = _keys(business_id, unverified=unverified)
        with store_failures():
            async with (
                connection_of(self._redis, origins) as connection,
                connection.pipeline(transaction=True) as reading,
            ):
                reading.zrevrange(origins, 0, -1, withscores=True)
                reading.hgetall(counted)
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
                unverified=unverified,
            )
            for origin, last_at in cast("list[tuple[str, float]]", seen)
            if last_at > oldest
        ]


@dataclass(slots=True)
class RejectedOriginCounter:
    """Counts since the last write; bounded, so that a flood of origins cannot fill the memory.

    `unverified` ones, which reports claim, have a counter of their own.
    """

    stored: RedisRejectedOrigins
    unverified: bool = False
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
                counts = by_business[business_id]
                await self.stored.add(business_id, counts, unverified=self.unverified)
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
async def counting_rejected_origins(
    redis: Redis, *, unverified: bool = False
) -> AsyncIterator[RejectedOriginCounter]:
    """Yield the counter, and write its last counts at the end, if Redis takes them in a second."""
    counter = RejectedOriginCounter(RedisRejectedOrigins(redis), unverified)
    writing = asyncio.create_task(counter.keep_writing())
    try:
        yield counter
    finally:
        counter.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(writing, _LAST_WRITE_S)
        counter.end()


def _keys(business_id: str, *, unverified: bool) -> list[str]:
    return [
        redis_keys.refused_origins(business_id, unverified=unverified),
        redis_keys.refused_counts(business_id, unverified=unverified),
    ]


def _minute(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
