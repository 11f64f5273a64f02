"""Servers of a Cluster that answer `CLUSTERDOWN`: they know no primary for the key."""

import pytest

from link_kernel.redis.connection import connect
from tests.support.servers.redis_cluster import running_cluster


@pytest.mark.usefixtures("production_time_outs")
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
