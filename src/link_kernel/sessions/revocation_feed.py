"""Follows the Redis stream of revocations, so that this process rejects a revoked session at once.

Why no gap lets a revoked token through: the feed is fresh only on a connection on which it has read
the whole stream. The stream holds every revocation of the last 20 min (`revocation_publisher`), and
an access token is valid for 15 min at most. So after a gap of any length, a session whose entry has
left the stream was revoked longer ago than a token is valid, and none of its tokens is accepted.
"""

import asyncio
import logging
import math
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from link_kernel.clock import Clock
from link_kernel.errors import StoreUnavailable
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import cause_of
from link_kernel.redis.keys import MARK, REVOCATIONS
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.server_info import UNKNOWN
from link_kernel.sessions.lost_revocations import LostRevocations
from link_kernel.sessions.revocation_memory import RevocationMemory
from link_kernel.sessions.revocation_publisher import STREAM_KEPT_MS, RevocationPublisher
from link_kernel.sessions.revocation_stream import (
    BEGINNING,
    Entry,
    inspect_server,
    order_of,
    read_entries,
)
from link_kernel.sessions.store import SessionStore
from link_kernel.sessions.store_marks import StoreMarks

STALE_AFTER_S: Final = 10.0
_LONGEST_START_S: Final = 1.0
_RECENT_S: Final = 10 * 60.0
_BLOCK_S: Final = 1.0
_BLOCK_MS: Final = int(_BLOCK_S * 1000)
_CHECK_EVERY_S: Final = 1.0
_PAUSE_S: Final = 0.1

_log: Final = logging.getLogger(__name__)


class RevocationFeed:
    """The recent revocations, as an async context manager that follows the stream in a task.

    It uses one connection of its own. Redis may be down at the start and become reachable later.
    What a failover has lost of the stream it publishes again.
    """

    def __init__(
        self,
        redis: PipeliningRedis,
        publisher: RevocationPublisher,
        *,
        clock: Clock,
        metrics: Metrics,
        remembered_s: float,
    ) -> None:
        """Take the client of the Redis, and for how many seconds a revocation is remembered.

        That is the idle lifetime of sessions, since no refresh is accepted after it. It is at least
        as long as the stream holds an entry, so that no access token outlives its revocation here.
        """
        self._redis = redis
        self._publisher = publisher
        self._lost = LostRevocations(SessionStore(redis))
        self._clock = clock
        self._metrics = metrics
        self._memory = RevocationMemory(max(remembered_s, STREAM_KEPT_MS / 1000))
        self._is_complete = False
        self._marks = StoreMarks(clock)
        self._histories: set[str] = set()  # replication ids, of every primary seen
        self._changes_examined = 0
        self._has_connected = False
        self._failover_at = -math.inf
        self._is_doubtful = False  # a failover may have lost the ends of sessions
        self._broken = LastingFault(
            _log, "revocation_feed_broken", "revocation_feed_whole", clock.monotonic_s
        )
        self._answered_at = clock.monotonic_s()
        self._first_attempt_done = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start; return when the stream is read, the first attempt has failed, or a second is over.

        A Redis that is silent holds up no start.
        """
        self._follower = asyncio.create_task(self._follow())
        asyncio.get_running_loop().call_later(_LONGEST_START_S, self._first_attempt_done.set)
        await self._first_attempt_done.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop following, by one cancellation: a second one could meet the closing."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.wait({self._follower})

    def is_revoked(self, session_id: str, link_session_id: str | None) -> bool:
        """Tell whether a revocation of this session, or of its link session, was heard of."""
        now = self._clock.monotonic_s()
        return self._memory.remembers(session_id, now) or (
            link_session_id is not None and self._memory.remembers(link_session_id, now)
        )

    def note(self, ids: Collection[str]) -> None:
        """Remember what this process has published as revoked, whatever the stream will tell."""
        self._memory.note(ids, self._clock.monotonic_s())

    def is_published(self, revoked_id: str) -> bool:
        """Tell whether a revocation is in the stream that Redis has now, as far as it was read.

        After a failover it may be remembered and not be there.
        """
        return self._is_complete and self._memory.is_published(revoked_id)

    @property
    def is_fresh(self) -> bool:
        """Whether the feed answered within the last 10 s and has missed no entry."""
        return self._is_complete and self._age_s() <= STALE_AFTER_S

    @property
    def is_stale(self) -> bool:
        """Whether the feed has not answered for 10 s, which takes this process out of service.

        One that is read anew is not fresh for a moment: until then each check asks Redis itself.
        """
        return self._age_s() > STALE_AFTER_S

    @property
    def failover_recently(self) -> bool:
        """Whether Redis failed over or was restarted within the last 10 min, or may have just now.

        A failover may lose the last writes, so that genuine tokens are ahead of the store.
        """
        is_unknown = not self._is_complete or self._redis.changes != self._changes_examined
        return is_unknown or self._clock.monotonic_s() - self._failover_at <= _RECENT_S

    def _age_s(self) -> float:
        return self._clock.monotonic_s() - self._answered_at

    async def _follow(self) -> None:
        """Follow the stream, with a new connection after each failure."""
        while True:
            _raise_lost_cancellation()
            try:
                async with self._redis.follower_of(REVOCATIONS, block_s=_BLOCK_S) as redis:
                    await self._follow_on(redis)
            except (RedisError, OSError, TimeoutError) as error:
                self._broken.met(cause_of(error))
            except Exception:  # noqa: BLE001  # a task that ended would leave the feed stale forever
                _log.exception("revocation_feed_failed")
            self._first_attempt_done.set()
            self._evict_old()
            await asyncio.sleep(_PAUSE_S)  # noqa: TID251  # the pause before a reconnect

    async def _follow_on(self, redis: Redis) -> None:
        """Read the whole stream and then new entries; return when the server has changed."""
        try:
            server, _ = await inspect_server(redis)
            self._note_connection(server[1])
            await self._note_failovers()
            changes = self._redis.changes
            checked_at, position = self._clock.monotonic_s(), BEGINNING
            self._memory.begin(checked_at)
            while True:
                _raise_lost_cancellation()
                block_ms = _BLOCK_MS if self._is_complete else None
                entries = await read_entries(redis, position, block_ms=block_ms)
                self._remember(entries)
                if entries:
                    position = entries[-1].position
                elif not self._is_complete:
                    self._is_complete = True
                    self._first_attempt_done.set()
                if self._clock.monotonic_s() - checked_at >= _CHECK_EVERY_S:
                    await self._note_failovers()
                    if self._redis.changes != changes:
                        self._broken.met("other primary")
                        return
                    server_now, newest = await inspect_server(redis)
                    if newest == BEGINNING:  # the stream expired after 20 min: nothing is missed
                        position = BEGINNING
                        self._memory.begin(self._clock.monotonic_s())
                    if server_now != server or order_of(newest) < order_of(position):
                        self._broken.met("other stream")
                        return
                    await self._write_lost_again()
                    checked_at = self._clock.monotonic_s()
        finally:
            self._is_complete = False

    def _note_connection(self, history: str) -> None:
        """Note a possible failover, if the server does not tell its history at a new connection."""
        if history == UNKNOWN and self._has_connected:
            self._note_failover()
        self._has_connected = True

    def _note_failover(self) -> None:
        self._failover_at = self._clock.monotonic_s()
        self._is_doubtful = True

    async def _note_failovers(self) -> None:
        """Note the time if a primary was promoted or restarted since the last look at them."""
        changes = self._redis.changes
        keys = await self._redis.key_on_each_primary(MARK)
        found = await asyncio.gather(*map(self._history_at, keys))
        known = self._histories.union(filter(None, found))
        if self._histories and known != self._histories:
            self._note_failover()
            _log.warning("redis_failed_over")
            # A primary that stood still and was replaced still takes what comes over the old ones.
            await self._redis.look_anew()
            await self._publisher.look_anew()
        self._histories, self._changes_examined = known, changes

    async def _history_at(self, key: str) -> str | None:
        """Return the id of the history of the primary with a mark, if it tells; read a new one's.

        So is one after a minute, for a Redis that does not tell its history. Who has taken the
        place of a primary that does not answer is looked at next time.
        """
        with suppress(RedisError, OSError, TimeoutError):
            try:
                return await self._history_of(await self._redis.client_of(key), key)
            except RedisError as error:
                await self._redis.has_left(error)
        return None

    async def _history_of(self, primary: PipeliningRedis, key: str) -> str | None:
        history = await primary.replication_id()
        is_new = history is not None and history not in self._histories
        if (is_new or self._marks.is_due(key)) and await self._marks.has_changed(primary, key):
            _log.error("redis_came_back_empty")
        return history

    async def _write_lost_again(self) -> None:
        """Write again what Redis may have lost; what fails is tried again at the next look.

        In a Cluster the primary of a session may have lost its end, and the stream's nothing.
        """
        now = self._clock.monotonic_s()
        lost = self._memory.lost(now)
        with suppress(StoreUnavailable):
            await self._lost.end_again(self._memory.recent(now) if self._is_doubtful else lost)
            self._is_doubtful = False
            if lost:
                await self._publisher.publish(lost)
                self._memory.note(lost, now)
                _log.warning("revocations_published_again", extra={"count": len(lost)})

    def _remember(self, entries: list[Entry]) -> None:
        """Store the revoked ids, and note that the feed has answered."""
        now = self._answered_at = self._clock.monotonic_s()
        self._broken.not_met()
        for entry in entries:
            if not entry.id:  # the writer of the entry breaks the contract
                _log.error("revocation_malformed", extra={"reason": "no id"})
                continue
            self._memory.read(entry.id, now)
            if self._is_complete:  # the lag of replayed entries means nothing
                # Measured by this machine's clock: a difference from Redis's clock adds to the lag.
                lag_ms = self._clock.now_ms() - entry.published_at
                self._metrics.feed_lag.observe(max(lag_ms, 0) / 1000)
        self._evict_old()

    def _evict_old(self) -> None:
        """Evict ids for which no refresh can come any more, and report the age of the feed."""
        self._memory.evict_old(self._clock.monotonic_s())
        self._metrics.feed_age.set(self._age_s())


def _raise_lost_cancellation() -> None:
    """Raise the cancellation of this task, which is lost if an awaited call completes just then."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
