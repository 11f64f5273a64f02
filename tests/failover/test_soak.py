"""Two hundred clients, and one failover after the other (`make soak`)."""

import pytest

from elements_bridge.keyring import KeyringFile
from tests.failover.crowd import crowd_at
from tests.failover.play import play_change, play_failover, play_moves, play_stall
from tests.failover.stores import ShardStore, WholeStore
from tests.failover.test_failover import check
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels

MANY = 200

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("production_time_outs"),
]


async def test_failovers_behind_sentinels_log_nobody_out(keyring: KeyringFile) -> None:
    async with running_sentinels() as watched, crowd_at(watched.url, keyring) as crowd:
        store = WholeStore(watched)
        await crowd.join(MANY)
        for _ in range(3):
            await play_failover(crowd, store, contests=30)
            await play_change(crowd, store)
        check(crowd)


async def test_a_primary_that_stands_still_logs_nobody_out(keyring: KeyringFile) -> None:
    async with running_sentinels() as watched, crowd_at(watched.url, keyring) as crowd:
        await crowd.join(MANY)
        await crowd.refreshes(1)
        await play_stall(crowd, watched)
        check(crowd)


async def test_failovers_of_each_shard_of_a_cluster_log_nobody_out(keyring: KeyringFile) -> None:
    async with running_cluster() as cluster, crowd_at(cluster.url, keyring) as crowd:
        await crowd.join(MANY)
        for shard in cluster.shards:
            store = ShardStore(cluster, shard)
            await play_failover(crowd, store, contests=30)
            await play_change(crowd, store)
        check(crowd)


async def test_slots_that_move_log_nobody_out(keyring: KeyringFile) -> None:
    async with running_cluster() as cluster, crowd_at(cluster.url, keyring) as crowd:
        await crowd.join(MANY)
        await play_moves(crowd, cluster)
        check(crowd)
