"""Revocation feed after a failover: known revocations stay, and missed ones are read."""

from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.support.servers.revocation_feed import is_fresh, running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until


async def test_a_redis_that_came_back_empty_takes_no_memory_away(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """Known revocations stay; new entries are read even if their ids are lower than before."""
    before, lower = new_id("els"), new_id("els")
    async with running_feed(own_redis.url, clock) as feed:
        async with connect(own_redis.url) as redis:
            await RevocationPublisher(redis, Metrics()).publish([before])
            await until(lambda: feed.is_revoked(before, None))
        await own_redis.restart()
        async with connect(own_redis.url) as redis:
            await redis.xadd(REVOCATIONS, {"id": lower}, id="5-1")  # a clock far behind
        await until(lambda: feed.is_revoked(lower, None) and feed.is_fresh)
        assert feed.is_revoked(before, None)


async def test_a_stream_written_anew_behind_a_live_connection_is_read_from_its_beginning(
    redis_url: str, redis: Redis, log: RevocationPublisher, clock: MovableClock
) -> None:
    """So it is when a master becomes a replica: its data change, its connections stay."""
    before, lower = new_id("els"), new_id("els")
    async with running_feed(redis_url, clock) as feed:
        await log.publish([before])
        await until(lambda: feed.is_revoked(before, None))
        await redis.delete(REVOCATIONS)
        await redis.xadd(REVOCATIONS, {"id": lower}, id="5-1")
        await redis.expire(REVOCATIONS, 100)
        await until(lambda: feed.is_revoked(lower, None))
        assert feed.is_revoked(before, None)


async def test_a_master_that_becomes_a_replica_is_another_stream(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """The new master's entries are read, also those older than the last one read before."""
    seen, older = new_id("els"), new_id("els")
    async with (
        EmbeddedRedis() as other,
        connect(own_redis.url) as here,
        connect(other.url) as there,
        running_feed(own_redis.url, clock) as feed,
    ):
        await RevocationPublisher(there, Metrics()).publish([older])
        await RevocationPublisher(here, Metrics()).publish([seen])
        await until(lambda: feed.is_revoked(seen, None))
        host, port = other.url.removeprefix("redis://").removesuffix("/0").split(":")
        await here.replicaof(host, port)
        await until(lambda: feed.is_revoked(older, None) and feed.is_fresh)
        assert feed.is_revoked(seen, None)


async def test_a_redis_with_another_history_is_noticed_and_counts_for_ten_minutes(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """A failover may have lost writes; a connection that merely broke has not.

    Until the feed has read the new history, it may be a failover.
    """
    async with running_feed(own_redis.url, clock) as feed, connect(own_redis.url) as redis:
        await redis.client_kill_filter(_type="normal", skipme=True)
        await until(lambda: not is_fresh(feed))
        await until(lambda: is_fresh(feed))
        assert not changed_lately(feed)
        await own_redis.restart()
        await until(lambda: changed_lately(feed))
        await until(lambda: is_fresh(feed))
        assert changed_lately(feed)
        clock.ahead_ms += 601_000
        assert not changed_lately(feed)


def changed_lately(feed: RevocationFeed) -> bool:
    """Read the property anew, since mypy assumes that it does not change."""
    return feed.failover_recently
