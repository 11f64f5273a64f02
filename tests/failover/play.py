"""Failovers and moving slots, as they meet clients, thieves and those who have logged out."""

import asyncio
import math

from redis.crc import key_slot

from link_kernel.sessions.outcomes import RotateOutcome
from tests.failover.crowd import Crowd, key_of
from tests.failover.history import Failover
from tests.failover.refreshing_client import RefreshingClient, now
from tests.failover.stores import FailingStore, WholeStore
from tests.support.redis_content import announced_ids
from tests.support.servers.redis_cluster import RunningCluster, Shard
from tests.support.servers.redis_sentinel import WatchedRedis
from tests.support.waiting import until


async def play_failover(crowd: Crowd, store: FailingStore, *, contests: int) -> None:
    """Kill a primary with the last two rotations of each client, and with revocations.

    Its replica has none of that when it takes over. In the meantime so many sessions are contested
    by their frame, a thief and a customer who leaves: what comes of them the histories tell.
    """
    contested = [await crowd.guest_in(store) for _ in range(contests)]
    leavers = [await crowd.guest_in(store) for _ in range(3)]
    caught, overtaken, overtaking = [await crowd.guest_in(store) for _ in range(3)]
    await crowd.refreshes(1)
    for client in (*leavers, caught, overtaken, overtaking):
        await client.refresh()
    thieves = [victim.robbed() for victim in (caught, overtaken, overtaking)]

    cut = now()
    await store.cut_replication()
    await crowd.refreshes(2)
    for client in (*contested, caught, overtaken, overtaking):
        await client.refresh_times(2)
    await _catch(crowd, thieves[0])
    for leaver in leavers:
        await leaver.log_out()
    for client in (*leavers, caught):
        await crowd.all_know(client)

    await crowd.fail_over(store, cut, contested)
    await crowd.refreshes(1)
    for client in (*leavers, caught):
        await _stays_revoked(crowd, client)
    late = await crowd.guest_in(store)
    await late.log_out()
    await crowd.all_know(late)
    await _theft_after_the_victim(crowd, overtaken, thieves[1])
    await _theft_before_the_victim(crowd, overtaking, thieves[2])
    await store.bring_back()


async def _stays_revoked(crowd: Crowd, client: RefreshingClient) -> None:
    """Ask every bridge, which all know; the revocation is written and announced again."""
    for _ in crowd.bridges:
        assert await client.refresh() is RotateOutcome.REVOKED
        crowd.revoked_refused += 1
    assert await crowd.redis.hget(key_of(client), "status") == "revoked"
    assert client.session_id in await announced_ids(crowd.redis)


async def _theft_after_the_victim(
    crowd: Crowd, victim: RefreshingClient, thief: RefreshingClient
) -> None:
    assert await victim.refresh() is RotateOutcome.RECOVERED
    await _catch(crowd, thief)
    assert await victim.refresh() is RotateOutcome.REVOKED


async def _theft_before_the_victim(
    crowd: Crowd, victim: RefreshingClient, thief: RefreshingClient
) -> None:
    """The store has forgotten that the victim spent this token; the next collision tells."""
    assert await thief.refresh() is RotateOutcome.ROTATED
    assert await victim.refresh() is RotateOutcome.RECOVERED
    await _catch(crowd, thief)
    assert await victim.refresh() is RotateOutcome.REVOKED


async def _catch(crowd: Crowd, thief: RefreshingClient) -> None:
    assert await thief.refresh() is RotateOutcome.REUSED
    crowd.thefts_caught += 1


async def play_change(crowd: Crowd, store: FailingStore) -> None:
    """Have the replica take over while the primary stays up, as for maintenance."""
    await crowd.fail_over(store, -math.inf)
    await crowd.refreshes(1)


async def play_stall(crowd: Crowd, watched: WatchedRedis) -> None:
    """Have a primary stand still, be replaced, and go on where it stood until it is told."""
    old, started = watched.primary, now()
    old.pause()
    refreshing = asyncio.ensure_future(crowd.refreshes(4))
    await watched.fail_over(kill=False, demote=False)
    old.resume()
    await refreshing
    await watched.demote()
    crowd.failovers.append((WholeStore(watched), Failover(-math.inf, started, now())))
    await crowd.refreshes(1)


async def play_moves(crowd: Crowd, cluster: RunningCluster) -> None:
    """Move the slots of every tenth client while all others refresh."""
    moving = {key_slot(key_of(client).encode()): client for client in crowd.honest[::10]}
    others = [client for client in crowd.honest if client not in moving.values()]
    refreshing = asyncio.gather(*(client.refresh_times(6) for client in others))
    for number, client in enumerate(moving.values()):
        here = cluster.shard_of(key_of(client))
        elsewhere = [shard for shard in cluster.shards if shard is not here]
        await _refresh_on_the_move(cluster, client, elsewhere[number % len(elsewhere)])
    await refreshing
    await crowd.refreshes(1)


async def _refresh_on_the_move(
    cluster: RunningCluster, client: RefreshingClient, to: Shard
) -> None:
    """Refresh while the slot is half moved: it waits, and goes on when all of it has moved."""
    tried = client.retried
    async with cluster.moving_slot(key_of(client), to=to):
        refreshing = asyncio.ensure_future(client.refresh())
        await until(lambda: client.retried > tried)
    assert await refreshing is RotateOutcome.ROTATED
