"""Revocations are published after a failover, wherever the stream is then."""

import pytest

from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.link_kernel.sessions.test_revocation_feed import figure
from tests.support.redis_content import announced_ids
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels


@pytest.mark.parametrize("kill", [True, False])
async def test_a_revocation_is_published_after_the_streams_shard_failed_over(*, kill: bool) -> None:
    """The publisher's client sends nothing else, by which it would learn of the failover."""
    revoked = new_id("els")
    async with running_cluster() as cluster, connect(cluster.url) as redis:
        publisher = RevocationPublisher(redis, Metrics())
        await publisher.publish([new_id("els")])

        await cluster.fail_over(cluster.shard_of(REVOCATIONS), kill=kill)
        await publisher.publish([revoked])

        assert revoked in await announced_ids(redis)


async def test_a_revocation_is_published_after_a_failover_behind_sentinels() -> None:
    revoked = new_id("els")
    async with running_sentinels() as watched, connect(watched.url) as redis:
        publisher = RevocationPublisher(redis, Metrics())
        await publisher.publish([new_id("els")])

        await watched.fail_over(kill=True)
        await publisher.publish([revoked])

        assert revoked in await announced_ids(redis)


async def test_a_replica_that_was_there_and_is_gone_confirms_nothing() -> None:
    """A primary that has lost its link to it knows of no replica, as one that never had any."""
    metrics = Metrics()
    async with running_sentinels() as watched, connect(watched.url) as redis:
        publisher = RevocationPublisher(redis, metrics)
        await publisher.publish([new_id("els")])
        assert figure(metrics, "link_revocations_unreplicated_total") == 0
        await watched.cut_replication()
        await publisher.publish([new_id("els")])
        assert figure(metrics, "link_revocations_unreplicated_total") == 1
