"""Readiness writes nothing, and tells an impatient probe of a Cluster that fails in part."""

import asyncio
from functools import partial
from typing import Final

import pytest
from redis.asyncio import Redis

from link_kernel.looks import looking
from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import faults_of, redis_faults
from tests.support.redis_content import everything_in
from tests.support.servers.redis_cluster import running_cluster
from tests.support.waiting import until_answered

LONGEST_PROBE_S: Final = 1.8


@pytest.mark.usefixtures("production_time_outs")
async def test_a_silent_primary_takes_no_process_out_whose_probe_is_impatient() -> None:
    """To find out takes longer than a probe waits; the next ones are told what was found."""
    async with (
        running_cluster() as cluster,
        connect(cluster.url) as redis,
        looking(partial(redis_faults, redis)) as look,
    ):

        async def finds(*faults: str) -> bool:
            async with asyncio.timeout(LONGEST_PROBE_S):
                return await faults_of(look) == [*faults]

        assert await finds()
        cluster.shards[1].primary.pause()
        await until_answered(partial(finds, "some_primaries_fail"))
        assert await finds("some_primaries_fail")
        cluster.shards[1].primary.resume()
        await until_answered(finds)


async def test_readiness_writes_nothing(redis: Redis, redis_url: str) -> None:
    async with connect(redis_url) as client:
        assert await redis_faults(client) == []
    assert await everything_in(redis) == ""
