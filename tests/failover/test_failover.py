"""Nobody honest is logged out by a failover, nobody who left comes back, and theft is caught."""

import pytest

from elements_bridge.keyring import KeyringFile
from link_kernel.redis.keys import REVOCATIONS
from tests.failover.crowd import Crowd, crowd_at
from tests.failover.play import play_failover
from tests.failover.stores import ShardStore, WholeStore
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels

FEW = 20

pytestmark = pytest.mark.usefixtures("production_time_outs")


def check(crowd: Crowd) -> None:
    """Fail for a logout, and for a history that the rules do not allow; print the figures."""
    print(crowd.figures())  # noqa: T201  # what a run is made for
    assert [] == [(one.session_id, one.refused) for one in crowd.logouts()]
    assert [] == crowd.faults()


async def test_a_failover_behind_sentinels_logs_nobody_out(keyring: KeyringFile) -> None:
    async with running_sentinels() as watched, crowd_at(watched.url, keyring) as crowd:
        await crowd.join(FEW)
        await play_failover(crowd, WholeStore(watched), contests=5)
        check(crowd)


async def test_a_failover_of_a_cluster_logs_nobody_out(keyring: KeyringFile) -> None:
    """The shard that is lost has the stream of revocations, too."""
    async with running_cluster() as cluster, crowd_at(cluster.url, keyring) as crowd:
        await crowd.join(FEW)
        store = ShardStore(cluster, cluster.shard_of(REVOCATIONS))
        await play_failover(crowd, store, contests=5)
        check(crowd)
