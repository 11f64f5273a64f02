"""A login or session whose end a failover lost is ended again, though nobody calls by it."""

import pytest
from redis.asyncio import Redis

from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.observability.security_events import SecurityLog
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import REVOCATIONS
from link_kernel.sessions.outcomes import Lifetimes, SessionStatus
from link_kernel.sessions.records import Identity, NewElementsSession, SessionKey
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from link_kernel.sessions.revoke import SessionRevoker
from link_kernel.sessions.store import SessionStore
from tests.failover.stores import FailingStore, ShardStore, WholeStore
from tests.support.link_login import LinkLogin, log_in
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels
from tests.support.servers.revocation_feed import running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until_answered

HOUR_MS = 3_600_000

pytestmark = pytest.mark.usefixtures("production_time_outs")


async def test_behind_sentinels(clock: MovableClock) -> None:
    """The stream of revocations has lost them too."""
    async with running_sentinels() as watched:
        await lose_ends(WholeStore(watched), clock)


async def test_in_a_cluster_whose_stream_lost_nothing(clock: MovableClock) -> None:
    """The shard of the sessions fails over alone."""
    async with running_cluster() as cluster:
        with_stream = cluster.shard_of(REVOCATIONS)
        (other, *_) = (shard for shard in cluster.shards if shard is not with_stream)
        await lose_ends(ShardStore(cluster, other), clock)


async def lose_ends(store: FailingStore, clock: MovableClock) -> None:
    """End a login and a session, lose that, and wait until both have ended again."""
    async with running_feed(store.url, clock) as feed, connect(store.url) as redis:
        sessions = SessionStore(redis)
        revoker = SessionRevoker(
            sessions, RevocationPublisher(redis, Metrics()), feed, SecurityLog(Metrics())
        )
        login, session_key = await signed_in(redis, store)
        await store.cut_replication()
        assert 2 == await revoker.revoke_customer(login.customer_id)
        await store.fail_over(kill=True)

        async def have_ended() -> bool:
            found = await sessions.read(session_key)
            return found.outcome is SessionStatus.REVOKED and not await redis.exists(login.key)

        await until_answered(have_ended)


async def signed_in(redis: Redis, store: FailingStore) -> tuple[LinkLogin, SessionKey]:
    """Make a login and a session of a customer whose keys this store has."""
    customer_id = new_id("cus")
    while not store.holds(redis_keys.session_index(customer_id)):
        customer_id = new_id("cus")
    login = await log_in(redis, customer_id=customer_id)
    sessions = SessionStore(redis)
    await sessions.note_partition(SessionKey(login.link_session_id, customer_id), life_ms=HOUR_MS)
    who = Identity(customer_id, "acc_x", login.link_session_id, ("otp",), 1)
    new = NewElementsSession(new_id("els"), who, "bus_demo", "auth", "https://shop.example", 1)
    lifetimes = Lifetimes(HOUR_MS, HOUR_MS)
    await sessions.create(new, lifetimes=lifetimes, key_hash="k", may_create=True)
    return login, new.session_key
