"""Revocation stream: published entries, and a feed that misses none."""

import pytest
from redis.asyncio import Redis

from elements_bridge.settings import Settings
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.auth.access_token import LEEWAY_S
from link_kernel.errors import StoreUnavailable
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.revocation_publisher import STREAM_KEPT_MS, RevocationPublisher
from tests.support.redis_content import announced
from tests.support.servers.detours import connect_through
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.servers.revocation_feed import feed_on, is_fresh, is_stale, running_feed
from tests.support.servers.topologies import RedisServer
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_replicating


def figure(metrics: Metrics, name: str) -> float:
    """Return the value of one line of the metrics."""
    lines = dict(line.rsplit(" ", 1) for line in metrics.text().decode().splitlines())
    return float(lines[name])


async def test_what_is_announced_is_known_wherever_the_stream_is_followed(
    redis_url: str, log: RevocationPublisher, clock: MovableClock
) -> None:
    """A session is revoked by its own id or by that of its link session."""
    session, login, metrics = new_id("els"), new_id("lses"), Metrics()
    async with (
        running_feed(redis_url, clock, metrics) as one,
        running_feed(redis_url, clock) as two,
    ):
        assert not one.is_revoked(session, login)
        await log.publish([session, login])
        for feed in (one, two):
            await until(lambda feed=feed: feed.is_revoked(session, None))  # type: ignore[misc]
            await until(lambda feed=feed: feed.is_revoked(new_id("els"), login))  # type: ignore[misc]
            assert not feed.is_revoked(new_id("els"), new_id("lses"))
    assert figure(metrics, "link_revocation_feed_lag_seconds_count") == 2
    assert figure(metrics, 'link_revocation_feed_lag_seconds_bucket{le="1.0"}') == 2


async def test_a_start_reads_back_what_was_announced_before(
    redis_url: str, log: RevocationPublisher, clock: MovableClock
) -> None:
    """Also more than one batch; replayed entries do not count for the lag."""
    ids, metrics = [new_id("els") for _ in range(2500)], Metrics()
    await log.publish(ids)
    async with running_feed(redis_url, clock, metrics) as feed:
        assert is_fresh(feed)
        assert all(feed.is_revoked(session, None) for session in ids)
    assert figure(metrics, "link_revocation_feed_lag_seconds_count") == 0


async def test_no_gap_lets_a_revoked_token_through(
    redis_server: RedisServer, log: RevocationPublisher, clock: MovableClock
) -> None:
    """Cut the connection, revoke, restore it: once the feed is fresh, it knows the revocation."""
    proxy, wrong, rounds = FaultProxy(), 0, 5
    async with (
        connect_through(proxy, redis_server) as through,
        feed_on(through, clock) as feed,
    ):
        for _ in range(rounds):
            session = new_id("els")
            proxy.begin(Fault.RESET)
            await until(lambda: not feed.is_fresh)
            await log.publish([session])
            await proxy.mend()
            # Asked between any two steps of the loop: no moment at which it says it knows all.
            await until(lambda: feed.is_fresh, every_s=0)
            wrong += not feed.is_revoked(session, None)
    assert wrong == 0


async def test_a_feed_that_is_read_anew_is_not_fresh_and_not_stale_either(
    redis_server: RedisServer, clock: MovableClock
) -> None:
    """Each check asks Redis meanwhile: no gateway need leave the process for it."""
    proxy = FaultProxy()
    async with connect_through(proxy, redis_server) as through, feed_on(through, clock) as feed:
        proxy.begin(Fault.RESET)
        await until(lambda: not feed.is_fresh)
        assert not is_stale(feed)
        clock.ahead_ms += 10_500
        assert is_stale(feed)
        await proxy.mend()
        await until(lambda: feed.is_fresh)
        assert not is_stale(feed)


async def test_a_feed_is_stale_once_it_has_not_answered_for_10_s(
    redis_url: str, clock: MovableClock
) -> None:
    """By the injected clock; its next answer makes it fresh again."""
    async with running_feed(redis_url, clock) as feed:
        assert is_fresh(feed)
        clock.ahead_ms += 9_000  # nothing can answer before this task awaits
        assert is_fresh(feed)
        clock.ahead_ms += 1_500
        assert not is_fresh(feed)
        await until(lambda: feed.is_fresh)


async def test_a_silent_redis_makes_the_feed_stale_and_its_age_is_measured(
    own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    """A hanging server is noticed by the read time-out."""
    metrics = Metrics()
    async with running_feed(own_redis.url, clock, metrics) as feed:
        own_redis.pause()
        await until(lambda: not feed.is_fresh)
        clock.ahead_ms += 60_000
        await until(lambda: figure(metrics, "link_revocation_feed_age_seconds") > 60)
        own_redis.resume()
        await until(lambda: feed.is_fresh)
        assert figure(metrics, "link_revocation_feed_age_seconds") < 60


async def test_a_revocation_is_remembered_for_one_idle_life(
    redis_url: str, log: RevocationPublisher, clock: MovableClock
) -> None:
    """A revocation is remembered longer than the stream holds it, but not forever."""
    session, later = new_id("els"), new_id("els")
    async with running_feed(redis_url, clock) as feed:
        await log.publish([session])
        await until(lambda: feed.is_revoked(session, None))
        clock.ahead_ms += 29 * 60_000
        await log.publish([later])
        await until(lambda: feed.is_revoked(later, None))
        assert feed.is_revoked(session, None)
        clock.ahead_ms += 2 * 60_000
        await until(lambda: not feed.is_revoked(session, None))
        assert feed.is_revoked(later, None)


def test_the_stream_holds_longer_than_any_access_token_lives() -> None:
    """Therefore an entry lost in a gap belongs to expired tokens only."""
    (longest,) = (
        bound.le for bound in Settings.model_fields["access_ttl"].metadata if hasattr(bound, "le")
    )
    clocks_differ_s = 60
    assert (longest + LEEWAY_S + clocks_differ_s) * 1000 < STREAM_KEPT_MS


async def test_the_stream_is_trimmed_to_20_minutes_and_goes_after_them(
    redis: Redis, log: RevocationPublisher
) -> None:
    """Each publication trims the stream, by Redis's clock."""
    seconds, _ = await redis.time()
    now = seconds * 1000
    await redis.xadd(REVOCATIONS, {"id": "old"}, id=f"{now - STREAM_KEPT_MS - 1000}-0")
    await redis.xadd(REVOCATIONS, {"id": "held"}, id=f"{now - STREAM_KEPT_MS + 60_000}-0")
    await log.publish(["els_new"])

    entries = await announced(redis)
    assert [fields["id"] for fields in entries] == ["held", "els_new"]
    assert 0 <= int(entries[1]["until"]) - now - STREAM_KEPT_MS < 5_000
    assert STREAM_KEPT_MS - 5_000 < await redis.pttl(REVOCATIONS) <= STREAM_KEPT_MS


async def test_nothing_to_announce_writes_nothing(redis: Redis, log: RevocationPublisher) -> None:
    """Publishing no ids writes neither an entry nor a key."""
    await log.publish([])
    assert not await redis.exists(REVOCATIONS)


async def test_an_announcement_that_cannot_be_written_is_unavailable(
    own_redis: EmbeddedRedis,
) -> None:
    """The publisher raises `StoreUnavailable`, and the caller retries."""
    async with connect(own_redis.url) as redis:
        log = RevocationPublisher(redis, Metrics())
        await redis.set(REVOCATIONS, "no stream")
        with pytest.raises(StoreUnavailable):
            await log.publish(["els_x"])
        await own_redis.kill()
        with pytest.raises(StoreUnavailable):
            await log.publish(["els_x"])


async def test_where_a_replica_exists_it_has_the_revocation_or_that_is_counted(
    own_redis: EmbeddedRedis,
) -> None:
    """A hanging replica delays the call by 100 ms and fails nothing."""
    metrics = Metrics()
    async with EmbeddedRedis() as standby, connect(own_redis.url) as redis:
        async with connect(standby.url) as replica:
            host, port = own_redis.url.removeprefix("redis://").removesuffix("/0").split(":")
            await replica.replicaof(host, port)
            await until_replicating(replica)
            log = RevocationPublisher(redis, metrics)
            await log.publish(["els_one"])
            assert [entry["id"] for entry in await announced(replica)] == ["els_one"]
            assert figure(metrics, "link_revocations_unreplicated_total") == 0

        standby.pause()
        await log.publish(["els_two", "els_three"])
        standby.resume()
    assert figure(metrics, "link_revocations_unreplicated_total") == 1
    assert figure(metrics, "link_revocations_announced_total") == 3


async def test_an_entry_without_a_name_revokes_nobody(
    redis_url: str, redis: Redis, log: RevocationPublisher, clock: MovableClock
) -> None:
    """Whoever writes the shared stream wrongly must not log every guest out."""
    async with running_feed(redis_url, clock) as feed:
        await redis.xadd(REVOCATIONS, {"sid": "els_x", "until": "0"})
        await log.publish(["els_y"])
        await until(lambda: feed.is_revoked("els_y", None))
        assert not feed.is_revoked("els_guest", None)
        assert not feed.is_revoked("", None)
