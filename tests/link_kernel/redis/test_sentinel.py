"""A Redis behind Sentinels: the primary is the one they name, also after a failover."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from time import monotonic

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError

from link_dev.embedded.server import HOST
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import TimeOuts
from link_kernel.redis.readiness import redis_faults
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.support.servers.redis_batches import batches_to_redis
from tests.support.servers.redis_sentinel import SERVICE, WatchedRedis, running_sentinels
from tests.support.servers.revocation_feed import feed_on, is_fresh, running_feed
from tests.support.servers.silent_address import NAME, half_silent_name
from tests.support.time_machine import MovableClock
from tests.support.waiting import until


@pytest.fixture(scope="module")
def watched() -> Iterator[WatchedRedis]:
    """A primary, its replica and their Sentinels for these tests alone, which change the roles."""
    running = running_sentinels()
    with asyncio.Runner() as runner:
        yield runner.run(running.__aenter__())
        runner.run(running.__aexit__(None, None, None))


@pytest.fixture
async def client(watched: WatchedRedis) -> AsyncIterator[PipeliningRedis]:
    """The client of the services, with an open connection."""
    async with connect(watched.url) as redis:
        await redis.set("warm", "1", px=60_000)
        yield redis


async def test_commands_of_one_turn_are_one_round_trip(client: PipeliningRedis) -> None:
    with batches_to_redis() as batches:
        await asyncio.gather(*(client.set(f"k{n}", n, px=60_000) for n in range(50)))
    assert batches == [50]


async def test_a_primary_that_stays_up_as_a_replica_is_left(
    watched: WatchedRedis, client: PipeliningRedis
) -> None:
    await watched.fail_over(kill=False)
    assert await client.set("a", "1", px=60_000)
    assert await redis_faults(client) == []
    assert await _at_primary(watched, "a") == "1"


async def test_a_primary_that_does_not_know_yet_is_left_within_a_second(
    watched: WatchedRedis, client: PipeliningRedis, clock: MovableClock
) -> None:
    """It refuses nothing, and what it takes is lost: the feed asks the Sentinels for the next."""
    async with feed_on(client, clock) as feed:
        await watched.fail_over(kill=False, demote=False)
        await until(lambda: client.changes > 0)
        assert await client.set("e", "5", px=60_000)
        assert await _at_primary(watched, "e") == "5"
        revoked = new_id("els")
        await RevocationPublisher(client, Metrics()).publish([revoked])
        await until(lambda: feed.is_revoked(revoked, None) and is_fresh(feed))
    await watched.demote()


async def test_a_primary_that_died_is_left(watched: WatchedRedis, client: PipeliningRedis) -> None:
    await watched.fail_over(kill=True)
    assert await client.set("b", "2", px=60_000)
    assert await _at_primary(watched, "b") == "2"
    await watched.bring_back()


async def test_a_sentinel_that_died_is_passed_over(watched: WatchedRedis) -> None:
    await watched.sentinels[0].kill()
    async with connect(watched.url) as redis:
        assert await redis.set("c", "3", px=60_000)
    await watched.sentinels[0].restart()


async def test_revocations_are_published_and_followed_over_a_failover(
    watched: WatchedRedis, client: PipeliningRedis, clock: MovableClock
) -> None:
    publisher = RevocationPublisher(client, Metrics())
    before, after = new_id("els"), new_id("els")
    async with running_feed(watched.url, clock) as feed:
        await publisher.publish([before])
        await until(lambda: feed.is_revoked(before, None))
        await watched.fail_over(kill=True)
        await publisher.publish([after])
        await until(lambda: feed.is_revoked(after, None) and is_fresh(feed))
        assert feed.failover_recently
    await watched.bring_back()


async def test_an_unknown_service_and_a_dead_trio_are_no_answer(watched: WatchedRedis) -> None:
    elsewhere = watched.url.rpartition("/")[0] + "/another"
    async with connect(elsewhere) as redis:
        assert await redis_faults(redis) == ["no_answer"]
    async with connect("redis+sentinel://127.0.0.1:1,127.0.0.1:2/wallets") as redis:
        assert await redis_faults(redis) == ["no_answer"]


async def test_a_host_that_is_no_sentinel_is_no_answer(watched: WatchedRedis) -> None:
    async with connect(f"redis+sentinel://127.0.0.1:{watched.primary.port}/wallets") as redis:
        assert await redis_faults(redis) == ["no_answer"]


async def test_store_and_sentinels_have_logins_of_their_own(watched: WatchedRedis) -> None:
    sentinel_user = ("ACL", "SETUSER", "watch", "on", ">at the gate", "~*", "&*", "+@all")
    store_user = ("ACL", "SETUSER", "wallet", "on", ">in the vault", "~*", "&*", "+@all")
    places = watched.url.removeprefix("redis+sentinel://").partition("/")[0]
    for server, command in (
        *((sentinel, sentinel_user) for sentinel in watched.sentinels),
        (watched.primary, store_user),
    ):
        async with Redis.from_url(server.url) as plain:
            await plain.execute_command(*command)  # type: ignore[no-untyped-call]
            await plain.execute_command("ACL", "SETUSER", "default", "off")  # type: ignore[no-untyped-call]
    login = "sentinel_username=watch&sentinel_password=at%20the%20gate"
    address = f"redis+sentinel://wallet:in%20the%20vault@{places}/wallets"
    try:
        async with connect(f"{address}?{login}") as redis:
            assert await redis.set("d", "4", px=60_000)
        async with connect(address) as without:
            assert await redis_faults(without) == ["no_answer"]
    finally:
        for server, user in (
            *((sentinel, "watch:at%20the%20gate") for sentinel in watched.sentinels),
            (watched.primary, "wallet:in%20the%20vault"),
        ):
            async with Redis.from_url(server.url.replace("//", f"//{user}@")) as named:
                await named.execute_command("ACL", "SETUSER", "default", "on")  # type: ignore[no-untyped-call]


async def _at_primary(watched: WatchedRedis, key: str) -> object:
    async with Redis.from_url(watched.primary.url, decode_responses=True) as primary:
        assert (await primary.info("replication"))["role"] == "master"
        return await primary.get(key)


async def test_a_name_of_a_sentinel_leads_to_its_address_that_answers(
    watched: WatchedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = watched.sentinels[0].port
    url = f"redis+sentinel://{NAME}:{port}/{SERVICE}"
    with half_silent_name(port, monkeypatch):
        async with connect(url, time_outs=TimeOuts(4, 20)) as redis:
            assert await redis.set("a", "1", px=60_000)


async def test_a_replica_that_the_sentinels_still_name_refuses_writes(
    watched: WatchedRedis, client: PipeliningRedis
) -> None:
    """It answers, and is not connected to at each call."""
    async with Redis.from_url(watched.primary.url, driver_info=None) as admin:
        await admin.replicaof(HOST, "1")  # nobody
        began, before = monotonic(), (await admin.info("stats"))["total_connections_received"]
        for _ in range(40):
            with pytest.raises(ReadOnlyError):
                await client.set("a", "1", px=60_000)
        opened = (await admin.info("stats"))["total_connections_received"] - before
        assert opened <= 2 * (1 + monotonic() - began)
        assert await redis_faults(client) == ["refuses_writes"]
        await admin.replicaof("NO", "ONE")
    assert await client.set("a", "1", px=60_000)
