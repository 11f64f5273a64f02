"""A Cluster behind one name, whose servers tell each other's ports alone.

Redis 7 and later do so by `cluster-preferred-endpoint-type unknown-endpoint`; Redis 6.2 names its
hosts, and the same is asked of it.
"""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from link_dev.embedded.redis_binary import find_redis_binary
from link_dev.embedded.server import HOST
from link_kernel.redis.connection import connect
from tests.support.installing.redis import release_of
from tests.support.servers.redis_cluster import RunningCluster, running_cluster

FIRST_WITHOUT_HOST = 7


@pytest.fixture
async def cluster() -> AsyncIterator[RunningCluster]:
    """A Cluster that tells no hosts, where its program can do so."""
    async with running_cluster() as running:
        if release_of(find_redis_binary().path) >= FIRST_WITHOUT_HOST:
            for server in running.servers:
                async with Redis.from_url(server.url) as client:
                    name = "cluster-preferred-endpoint-type"
                    await client.config_set(name, "unknown-endpoint")
        yield running


async def test_servers_are_at_the_host_of_the_address_also_those_to_which_a_slot_moves(
    cluster: RunningCluster,
) -> None:
    """`ASK` amid the move, and `MOVED` after it, tell the port alone."""
    key, fresh = "link:v1:{moving}:a", "link:v1:{moving}:b"
    async with connect(cluster.url) as redis:
        await redis.set(key, "here", px=60_000)
        places = [one.connection_pool.connection_kwargs for one in await redis.primaries()]
        assert [place["host"] for place in places] == [HOST] * len(cluster.shards)

        source = cluster.shard_of(key)
        target = next(shard for shard in cluster.shards if shard is not source)
        async with cluster.moving_slot(key, to=target):
            assert await redis.set(fresh, "there", px=60_000)
        assert [await redis.get(key), await redis.get(fresh)] == ["here", "there"]
