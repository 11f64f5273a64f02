"""A revocation that a failover lost is published again by every process that knows of it."""

from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from link_kernel.redis.connection import connect
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from tests.support.redis_content import announced_ids
from tests.support.servers.redis_sentinel import running_sentinels
from tests.support.servers.revocation_feed import HALF_HOUR_S, running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered


async def until_announced(redis: Redis, *ids: str) -> None:
    """Return once the stream has all of these."""

    async def are_announced() -> bool:
        return set(ids) <= set(await announced_ids(redis))

    await until_answered(are_announced)


async def test_what_was_read_before_a_failover_is_published_again(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    lost = new_id("els")
    async with running_feed(own_redis.url, clock) as feed, connect(own_redis.url) as redis:
        await RevocationPublisher(redis, Metrics()).publish([lost])
        await until(lambda: feed.is_revoked(lost, None))
        await own_redis.restart()
        await until_announced(redis, lost)


async def test_what_was_revoked_long_ago_is_not_published_again(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """It has left the stream in its time, or will have soon."""
    old, lost = new_id("els"), new_id("els")
    async with running_feed(own_redis.url, clock) as feed, connect(own_redis.url) as redis:
        publisher = RevocationPublisher(redis, Metrics())
        await publisher.publish([old])
        await until(lambda: feed.is_revoked(old, None))
        clock.ahead_ms += 601_000
        await publisher.publish([lost])
        await until(lambda: feed.is_revoked(lost, None))
        await own_redis.restart()
        await until_announced(redis, lost)
        assert await announced_ids(redis) == [lost]
        assert feed.is_revoked(old, None)


async def test_what_this_process_revoked_is_refused_at_once_and_published_until_the_stream_has_it(
    redis_url: str, redis: Redis, clock: MovableClock
) -> None:
    """The primary may die between the answer to a logout and the first look at the stream."""
    session_id = new_id("els")
    async with running_feed(redis_url, clock) as feed, EmbeddedRedis() as left:
        async with connect(left.url) as dying:
            publisher = RevocationPublisher(dying, Metrics())
            sessions = SessionStore(dying)
            revoker = SessionRevoker(sessions, publisher, feed, SecurityLog(Metrics()))
            await revoker.revoke_session(session_id)
        assert feed.is_revoked(session_id, None)
        await until_announced(redis, session_id)


async def test_a_primary_that_stood_still_and_was_replaced_is_left_by_every_connection(
    production_time_outs: None, clock: MovableClock
) -> None:
    """It would go on where it stood, and say yes to what nobody will ever read."""
    first, revoked = new_id("els"), new_id("els")
    async with (
        running_sentinels() as watched,
        connect(watched.url) as redis,
        connect(watched.url) as announcing,
    ):
        publisher = RevocationPublisher(announcing, Metrics())
        feed = RevocationFeed(
            redis, publisher, clock=clock, metrics=Metrics(), remembered_s=HALF_HOUR_S
        )
        async with feed:
            await publisher.publish([first])
            await until(lambda: feed.is_revoked(first, None))
            (idle,) = announcing.connection_pool._available_connections  # noqa: SLF001  # no other way
            old = watched.primary
            old.pause()
            await watched.fail_over(kill=False, demote=False)
            await until(lambda: not idle.is_connected)
            old.resume()

            await publisher.publish([revoked])
            async with connect(watched.url) as anew:
                assert revoked in await announced_ids(anew)
