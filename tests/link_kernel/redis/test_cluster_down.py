"""Servers of a Cluster that answer `CLUSTERDOWN`: they know no primary for the key."""

import asyncio
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import ClusterDownError, RedisError

from link_dev.embedded.server import HOST
from link_kernel.redis.connection import connect
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.readiness import redis_faults
from tests.support.servers.redis_cluster import ClusterServer, RunningCluster, running_cluster
from tests.support.waiting import until_answered

pytestmark = pytest.mark.usefixtures("production_time_outs")

KEYS = [f"link:v1:{{cus_{number}}}:x" for number in range(12)]
# Long enough that no busy machine keeps a server from answering the others.
NODE_TIMEOUT_MS = 3_000


async def test_a_server_that_came_back_without_its_slots_is_left_for_the_one_that_has_them() -> (
    None
):
    """It is in no Cluster by now, and the others know its replica as the primary."""
    key = "link:v1:{cus_1}:x"
    async with running_cluster() as cluster, connect(cluster.url) as redis:
        await redis.set(key, "1", px=60_000)
        shard = cluster.shard_of(key)
        await cluster.fail_over(shard, kill=True)
        await shard.replica.forget_the_cluster()
        assert await redis.set(key, "2", px=60_000)


async def test_while_a_replica_takes_over_by_itself_the_keys_of_the_others_are_served() -> None:
    """`cluster-require-full-coverage no`; with `yes` the others would answer `CLUSTERDOWN`."""
    async with running_cluster() as cluster, connect(cluster.url) as redis:
        await configure(cluster, "cluster-require-full-coverage", "no")
        await asyncio.gather(*(redis.set(key, "1", px=60_000) for key in KEYS))
        lost = cluster.shard_of(KEYS[0])
        theirs = [key for key in KEYS if cluster.shard_of(key) is not lost]
        await configure(cluster, "cluster-node-timeout", NODE_TIMEOUT_MS)
        await lost.primary.kill()

        async def has_taken_over() -> bool:
            assert await asyncio.gather(*map(redis.get, theirs)) == ["1"] * len(theirs)
            return await takes(redis, KEYS[0])

        assert not await has_taken_over()
        await until_answered(has_taken_over, every_s=0.1)


async def test_a_cluster_that_wants_all_slots_says_so_and_is_cluster_down() -> None:
    """Redis's default: one shard is gone, and the others answer and serve nobody."""
    async with running_cluster() as cluster, connect(cluster.url) as redis:
        assert await redis_faults(redis) == []
        await configure(cluster, "cluster-replica-no-failover", "yes")
        await configure(cluster, "cluster-node-timeout", NODE_TIMEOUT_MS)
        await cluster.shards[0].primary.kill()

        async def is_down() -> bool:
            return await redis_faults(redis) == ["cluster_down"]

        await until_answered(is_down, every_s=0.1)


async def test_a_cluster_that_stays_unknown_is_not_told_at_each_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each process looks ten times a second, and would fill the log as often."""
    async with ClusterServer() as server, connect(f"redis+cluster://{HOST}:{server.port}") as redis:
        for _ in range(5):
            with pytest.raises(ClusterDownError):
                await redis.get("any")
    assert caplog.messages.count("redis_cluster_unknown") == 1


async def configure(cluster: RunningCluster, name: str, value: str | int) -> None:
    """Change a setting of every server."""
    for server in cluster.servers:
        async with Redis.from_url(server.url) as client:
            await client.config_set(name, value)


async def takes(redis: PipeliningRedis, key: str) -> bool:
    """Tell whether a key can be written."""
    with suppress(RedisError, OSError):
        return bool(await redis.set(key, "2", px=60_000))
    return False
