"""The client of a Redis Cluster: its routes, its pipelines, and slots that move under it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ClusterDownError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import StoreUnavailable
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.cluster import LOOK_EVERY_S, ClusterRedis
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import TimeOuts
from link_kernel.redis.readiness import redis_faults
from link_kernel.redis.scripts import LuaScripts
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.support.servers.redis_batches import batches_to_redis
from tests.support.servers.redis_cluster import RunningCluster, Shard, running_cluster
from tests.support.servers.revocation_feed import is_fresh, running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered

KEYS = [f"link:v1:{{cus_{number}}}:x" for number in range(60)]
PROOFS = [f"link:v1:{{cus_{number}}}:dpop:jti" for number in range(60)]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Starts and ends the servers, which no event loop owns."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def cluster(runner: asyncio.Runner) -> Iterator[RunningCluster]:
    """A Cluster for these tests alone, which change where its slots are."""
    running = running_cluster()
    yield runner.run(running.__aenter__())
    runner.run(running.__aexit__(None, None, None))


@pytest.fixture
async def client(cluster: RunningCluster) -> AsyncIterator[PipeliningRedis]:
    """The client of the services, which has learnt where the slots are."""
    async with connect(cluster.url) as redis:
        await redis.get("any")
        yield redis


@pytest.fixture
def batches() -> Iterator[list[int]]:
    """How many commands each round trip had."""
    with batches_to_redis() as sizes:
        yield sizes


async def test_commands_of_one_turn_are_one_round_trip_to_each_primary(
    client: PipeliningRedis, batches: list[int]
) -> None:
    written = await asyncio.gather(*(client.set(key, key, px=60_000) for key in KEYS))
    read = await asyncio.gather(*(client.get(key) for key in KEYS))

    assert (written, read) == ([True] * len(KEYS), KEYS)
    assert len(batches) <= 6
    assert sum(batches) == 2 * len(KEYS)


async def test_a_script_runs_at_its_partition_and_is_loaded_there_alone(
    client: PipeliningRedis,
) -> None:
    scripts = LuaScripts(client, "link_kernel.sessions")
    for primary in await client.primaries():
        await primary.script_flush()

    replies = await asyncio.gather(
        *(scripts.run("record_proof_use", [key], ["request"]) for key in PROOFS)
    )

    assert replies == [["claimed"]] * len(PROOFS)


async def test_every_primary_is_asked_whether_it_is_ready(
    cluster: RunningCluster, client: PipeliningRedis
) -> None:
    assert await redis_faults(client) == []
    async with _client(cluster.shards[1]) as primary:
        await primary.config_set("maxmemory-policy", "allkeys-lru")
        assert await redis_faults(client) == ["evicts"]
        await primary.config_set("maxmemory-policy", "noeviction")
        await primary.config_set("maxmemory", "1")
        assert await redis_faults(client) == ["some_primaries_fail"]
        await primary.config_set("maxmemory", "0")


async def test_an_address_of_one_of_its_servers_is_not_ready_and_says_why(
    cluster: RunningCluster,
) -> None:
    """The keys of the others would be 503, and the rest would work: most of all a probe."""
    for shard in cluster.shards:
        async with connect(shard.primary.url) as redis:
            assert await redis_faults(redis) == ["is_cluster"]


async def test_an_address_of_a_cluster_at_a_plain_server_is_no_answer_and_the_log_says_why(
    own_redis: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(f"redis+cluster://127.0.0.1:{own_redis.port}") as redis:
        assert await redis_faults(redis) == ["no_answer"]
    [told] = {str(vars(record)["detail"]) for record in caplog.records if "cluster" in record.msg}
    assert "Cluster mode is not enabled" in told


async def test_a_slot_that_moves_is_followed_without_a_failure(
    cluster: RunningCluster, client: PipeliningRedis
) -> None:
    """In the midst of it a key is at its old place, and a new one at its next."""
    key, fresh = "link:v1:{moving}:a", "link:v1:{moving}:b"
    await client.set(key, "here", px=60_000)
    source = cluster.shard_of(key)
    target = next(shard for shard in cluster.shards if shard is not source)

    async with cluster.moving_slot(key, to=target):
        assert await client.get(key) == "here"
        assert await client.set(fresh, "there", px=60_000)
        assert await client.get(fresh) == "there"
    assert [await client.get(key), await client.get(fresh)] == ["here", "there"]
    async with _client(target) as primary:
        assert await primary.get(fresh) == "there"


async def test_a_script_whose_keys_are_on_their_way_waits_for_them(
    cluster: RunningCluster, client: PipeliningRedis, batches: list[int]
) -> None:
    """Redis says TRYAGAIN while one key is here and another one there."""
    here, there = "link:v1:{between}:a", "link:v1:{between}:b"
    await client.set(here, "1", px=60_000)
    source = cluster.shard_of(here)
    target = next(shard for shard in cluster.shards if shard is not source)
    text = "return redis.call('EXISTS', KEYS[1], KEYS[2])"
    async with cluster.moving_slot(here, to=target):
        await client.set(there, "1", px=60_000)
        batches.clear()
        both = asyncio.ensure_future(client.eval(text, 2, here, there))
        await until(lambda: len(batches) > 1)  # it has asked again
    assert await both == 2


async def test_a_primary_that_died_is_left_for_the_replica_that_took_over(
    cluster: RunningCluster, client: PipeliningRedis
) -> None:
    shard = cluster.shards[0]
    mine = [key for key in KEYS if cluster.shard_of(key) is shard]
    await asyncio.gather(*(client.set(key, "1", px=60_000) for key in KEYS))

    await cluster.fail_over(shard, kill=True)
    written = await asyncio.gather(*(client.set(key, "2", px=60_000) for key in KEYS))

    assert mine
    assert written == [True] * len(KEYS)
    assert await redis_faults(client) == []
    await cluster.bring_back(shard)


async def test_a_dead_primary_fails_its_own_keys_alone(
    cluster: RunningCluster, client: PipeliningRedis
) -> None:
    shard = cluster.shards[2]
    scripts = LuaScripts(client, "link_kernel.sessions")
    await shard.primary.kill()

    replies = await asyncio.gather(
        *(scripts.run("record_proof_use", [f"{key}other"], ["request"]) for key in PROOFS),
        return_exceptions=True,
    )

    failed = {key for key, reply in zip(PROOFS, replies, strict=True) if reply != ["claimed"]}
    assert failed == {key for key in PROOFS if cluster.shard_of(key) is shard}
    assert {type(reply) for reply in replies} == {list, StoreUnavailable}
    assert await redis_faults(client) == ["some_primaries_fail"]
    await cluster.restart_primary(shard)
    assert await client.set(next(iter(failed)), "1", px=60_000)


async def test_a_primary_that_comes_back_empty_is_said(
    cluster: RunningCluster, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The others hold what they held."""
    shard = cluster.shards[0]
    async with running_feed(cluster.url, clock):
        await shard.primary.kill()
        await cluster.restart_primary(shard)
        await until(lambda: "redis_came_back_empty" in caplog.messages)
    assert caplog.messages.count("redis_came_back_empty") == 1


async def test_a_slot_that_nobody_has_is_503_until_somebody_has_it(
    cluster: RunningCluster,
) -> None:
    key = "link:v1:{nobody}:a"
    owner = cluster.shard_of(key)
    async with _client(owner) as primary:
        slot = await primary.cluster("KEYSLOT", key)
        await primary.cluster("DELSLOTS", slot)
        async with connect(cluster.url) as client:  # learns where the others are
            with pytest.raises((RedisConnectionError, ClusterDownError)):
                await client.get(key)
            await primary.cluster("ADDSLOTS", slot)
            await until_answered(lambda: _takes(client, key))
        await cluster.settle()


async def test_a_silent_primary_costs_its_callers_no_more_than_two_time_outs(
    cluster: RunningCluster,
) -> None:
    """Nobody has taken its place, so that a third and a fourth would be waited for in vain."""
    shard = cluster.shards[1]
    mine = next(key for key in KEYS if cluster.shard_of(key) is shard)
    async with connect(cluster.url, time_outs=TimeOuts(1, 0.05)) as client:
        await until_answered(lambda: _takes(client, mine))
        shard.primary.pause()
        with batches_to_redis() as batches, pytest.raises(RedisTimeoutError):
            await client.get(mine)
        shard.primary.resume()
    assert batches == [1, 1]


async def test_calls_of_a_dead_shard_do_not_ask_the_others_each_time(
    cluster: RunningCluster,
) -> None:
    """Where the slots are is dear to tell, and a shard that is down fails every call."""
    shard, loop = cluster.shards[2], asyncio.get_running_loop()
    key = next(key for key in KEYS if cluster.shard_of(key) is shard)
    async with connect(cluster.url) as client:
        assert isinstance(client, ClusterRedis)
        await client.get(key)
        await shard.primary.kill()
        began, before = loop.time(), client._discoveries  # noqa: SLF001  # nothing else tells of it
        for _ in range(20):
            with pytest.raises(RedisConnectionError):
                await client.get(key)
        looks = client._discoveries - before  # noqa: SLF001  # likewise
        assert looks <= 2 + (loop.time() - began) / LOOK_EVERY_S
        await cluster.restart_primary(shard)
        assert await client.set(key, "1", px=60_000)


async def test_revocations_are_followed_wherever_their_stream_moves(
    cluster: RunningCluster, client: PipeliningRedis, clock: MovableClock
) -> None:
    publisher = RevocationPublisher(client, Metrics())
    first, second, third = new_id("els"), new_id("els"), new_id("els")
    async with running_feed(cluster.url, clock) as feed:
        await publisher.publish([first])
        await until(lambda: feed.is_revoked(first, None))
        source = cluster.shard_of(REVOCATIONS)
        target = next(shard for shard in cluster.shards if shard is not source)
        await cluster.move_slot(REVOCATIONS, to=target)
        await publisher.publish([second])
        await until(lambda: feed.is_revoked(second, None) and is_fresh(feed))
        assert not _recently(feed)
        await cluster.fail_over(target, kill=True)
        await publisher.publish([third])
        await until(lambda: feed.is_revoked(third, None) and is_fresh(feed))
        assert _recently(feed)
    await cluster.bring_back(target)


async def test_a_failover_of_any_shard_is_one(cluster: RunningCluster, clock: MovableClock) -> None:
    """Tokens may be ahead of it, though the stream is elsewhere and unbroken."""
    async with running_feed(cluster.url, clock) as feed:
        await until(lambda: not _recently(feed))
        stream = cluster.shard_of(REVOCATIONS)
        other = next(shard for shard in cluster.shards if shard is not stream)
        await cluster.fail_over(other, kill=False)
        await until(lambda: _recently(feed))
        assert is_fresh(feed)


async def _takes(client: PipeliningRedis, key: str) -> bool:
    try:
        return bool(await client.set(key, "1", px=60_000))
    except RedisError:
        return False


def _recently(feed: RevocationFeed) -> bool:
    """Read the property anew, since mypy assumes that it does not change."""
    return feed.failover_recently


def _client(shard: Shard) -> Redis:
    return Redis.from_url(shard.primary.url, decode_responses=True)
