"""Readiness writes nothing, and tells an impatient probe of a Cluster that fails in part."""

import asyncio
import logging
from functools import partial
from typing import Final

import pytest
from redis.asyncio import Redis

from link_kernel.looks import looking
from link_kernel.observability.lasting_faults import LastingFault
from link_kernel.redis import readiness
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


@pytest.mark.parametrize(
    ("option", "spoilt", "mended", "told"),
    [
        ("maxmemory-policy", "allkeys-lru", "noeviction", "evicts"),
        ("maxmemory", "1", "0", "refuses_writes, OutOfMemoryError"),
    ],
)
async def test_each_fault_is_logged_with_its_word_and_its_cause(
    redis: Redis,
    redis_url: str,
    option: str,
    spoilt: str,
    mended: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A platform that takes a service out for its readiness leaves no call to log anything."""
    not_told = LastingFault(logging.getLogger("readiness"), "redis_not_ready", "redis_ready_again")
    monkeypatch.setattr(readiness, "_not_ready", not_told)
    async with connect(redis_url) as client:
        await redis.config_set(option, spoilt)
        try:
            await redis_faults(client)
        finally:
            await redis.config_set(option, mended)
    [line] = [record for record in caplog.records if record.msg == "redis_not_ready"]
    assert vars(line)["detail"] == told


async def test_readiness_writes_nothing(redis: Redis, redis_url: str) -> None:
    async with connect(redis_url) as client:
        assert await redis_faults(client) == []
    assert await everything_in(redis) == ""
