"""Follows the stream of revocations, so that a revoked session is refused here within moments.

Why no gap lets a revoked token through: the feed is fresh only on a connection on which it has read
the whole stream. The stream holds every revocation of the last 20 min (`revocations`), and an
access token lives 15 min at most. So after a gap, however long, what the stream no longer holds
was revoked more than a token life ago, and no token of it is alive.
"""

import asyncio
import logging
import math
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from link_kernel.clock import Clock
from link_kernel.metrics import Metrics
from link_kernel.redis.connection import connect_follower
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.revocation_publisher import STREAM_KEPT_MS

STALE_AFTER_S: Final = 10.0
_LATELY_S: Final = 10 * 60.0
_BLOCK_MS: Final = 1000
_CHECK_EVERY_S: Final = 1.0
_PAUSE_S: Final = 0.1
_BATCH: Final = 1000
_BEGINNING: Final = "0-0"

_log: Final = logging.getLogger(__name__)


class RevocationFeed:
    """The revocations of the last idle life, as an async context manager that follows the stream.

    It has one connection of its own. Redis may be down at the start and come later.
    """

    def __init__(self, url: str, *, clock: Clock, metrics: Metrics, remembered_s: float) -> None:
        """Take the Redis to follow, and for how long a revocation is remembered.

        That is the sessions' idle life: after it no refresh can come any more. It is never less
        than the stream holds, so that no access token outlives the memory of its end.
        """
        self._url = url
        self._clock = clock
        self._metrics = metrics
        self._remembered_s = max(remembered_s, STREAM_KEPT_MS / 1000)
        self._seen: dict[str, float] = {}  # id → when it was last seen, the oldest first
        self._whole = False
        self._history: str | None = None
        self._changed_at = -math.inf
        self._answered_at = clock.monotonic_s()
        self._tried = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start; return when the stream is read, or Redis was found not to answer."""
        self._following = asyncio.create_task(self._follow())
        await self._tried.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop following."""
        following = self._following
        while following is not None and not following.done():
            # Asked again: a cancellation is lost where what was awaited ends at that very moment.
            following.cancel()
            await asyncio.wait({following}, timeout=_PAUSE_S)

    def is_revoked(self, session_id: str, link_session_id: str | None) -> bool:
        """Tell whether this session, or the link session it hangs on, was seen as revoked."""
        return self._remembers(session_id) or (
            link_session_id is not None and self._remembers(link_session_id)
        )

    @property
    def is_fresh(self) -> bool:
        """Whether the feed answered within 10 s and has missed nothing."""
        return self._whole and self._age_s() <= STALE_AFTER_S

    @property
    def failover_recently(self) -> bool:
        """Whether another Redis, or one with another history, answered within the last 10 min.

        A failover may lose the last writes, so that honest tokens are ahead of the store.
        """
        return self._clock.monotonic_s() - self._changed_at <= _LATELY_S

    def _remembers(self, name: str) -> bool:
        return self._seen.get(name, -math.inf) >= self._horizon_s()

    def _horizon_s(self) -> float:
        return self._clock.monotonic_s() - self._remembered_s

    def _age_s(self) -> float:
        return self._clock.monotonic_s() - self._answered_at

    async def _follow(self) -> None:
        """Follow on one connection after the other; between two of them lies a gap."""
        while True:
            try:
                async with connect_follower(self._url, block_s=_BLOCK_MS / 1000) as redis:
                    await self._follow_on(redis)
            except (RedisError, OSError, TimeoutError) as error:
                _log.warning("revocation_feed_broken", extra={"detail": type(error).__name__})
            except Exception:  # noqa: BLE001  # a feed that ended would be stale for good
                _log.exception("revocation_feed_failed")
            self._tried.set()
            self._tidy()
            await asyncio.sleep(_PAUSE_S)

    async def _follow_on(self, redis: Redis) -> None:
        """Read the whole stream and then what comes; return when the server is not the same."""
        try:
            lineage, _ = await _look(redis)
            self._note_history(lineage[1])
            checked_at, position = self._clock.monotonic_s(), _BEGINNING
            while True:
                arrivals = await _read(redis, position, block_ms=_BLOCK_MS if self._whole else None)
                self._take(arrivals)
                if arrivals:
                    position = arrivals[-1].position
                elif not self._whole:
                    self._whole = True
                    self._tried.set()
                if self._clock.monotonic_s() - checked_at >= _CHECK_EVERY_S:
                    now_lineage, newest = await _look(redis)
                    if newest == _BEGINNING:  # the last entry's 20 min are over: nothing to miss
                        position = _BEGINNING
                    if now_lineage != lineage or _order(newest) < _order(position):
                        _log.warning("revocation_feed_broken", extra={"detail": "other stream"})
                        return
                    checked_at = self._clock.monotonic_s()
        finally:
            self._whole = False

    def _note_history(self, replication_id: str) -> None:
        """Notice that a Redis was promoted or restarted since the last connection."""
        if self._history not in {None, replication_id}:
            self._changed_at = self._clock.monotonic_s()
        self._history = replication_id

    def _take(self, arrivals: "list[_Arrival]") -> None:
        """Remember what arrived, and that the feed answers."""
        now = self._answered_at = self._clock.monotonic_s()
        for arrival in arrivals:
            if not arrival.id:  # written by somebody who does not keep to the contract
                _log.error("revocation_malformed", extra={"reason": "no id"})
                continue
            self._seen.pop(arrival.id, None)
            self._seen[arrival.id] = now
            if self._whole:  # what a replay brings was announced long ago
                # By this machine's clock: a difference from Redis's shows as lag.
                lag_ms = self._clock.now_ms() - arrival.announced_at
                self._metrics.feed_lag.observe(max(lag_ms, 0) / 1000)
        self._tidy()

    def _tidy(self) -> None:
        """Forget what no refresh can bring back any more, and say how old the feed is."""
        horizon_s = self._horizon_s()
        while self._seen and self._seen[oldest := next(iter(self._seen))] < horizon_s:
            del self._seen[oldest]
        self._metrics.feed_age.set(self._age_s())


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One entry of the stream."""

    position: str
    id: str

    @property
    def announced_at(self) -> int:
        """Redis's time of it, in epoch milliseconds."""
        return _order(self.position)[0]


async def _read(redis: Redis, position: str, *, block_ms: int | None) -> list[_Arrival]:
    """Return the entries after `position`, waiting for the first one where `block_ms` is given."""
    reply = await redis.xread({REVOCATIONS: position}, count=_BATCH, block=block_ms)
    if not reply:
        return []
    streams = list(reply.items()) if isinstance(reply, dict) else reply
    entries = cast("list[tuple[str, dict[str, str]]]", streams[0][1])
    return [_Arrival(at, fields.get("id", "")) for at, fields in entries]


async def _look(redis: Redis) -> tuple[tuple[str, str], str]:
    """Return what names this connection's server and its history, and the newest entry.

    A replica promoted, a master turned replica, a connection mended by the client, a stream written
    anew: each shows in one of them, and each may have brought entries behind our back.
    """
    client_id, replication = await redis.client_id(), await redis.info("replication")
    newest = await redis.xrevrange(REVOCATIONS, count=1)
    lineage = (str(client_id), str(replication["master_replid"]))
    return lineage, str(newest[0][0]) if newest else _BEGINNING


def _order(position: str) -> tuple[int, int]:
    """Return an entry's id as numbers that compare: milliseconds and sequence."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence)
