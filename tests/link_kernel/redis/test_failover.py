"""A Redis that fails over: another server is the primary, and the old one may stay up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST
from link_kernel.errors import StoreUnavailable
from link_kernel.ids import new_id
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.readiness import redis_faults
from link_kernel.redis.scripts import LuaScripts
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.servers.revocation_feed import is_fresh, running_feed
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered, until_replicating

CALLS = 40
CLAIM: list[str | int] = ["request"]
PROOF = ["link:v1:{p}:dpop:jti"]


@dataclass
class NamedRedis:
    """A name that leads to a primary, and a replica that may take over both."""

    primary: EmbeddedRedis
    replica: EmbeddedRedis
    name: FaultProxy
    url: str

    async def promote(self) -> None:
        """Have the servers change their roles; connections stay where they are."""
        async with _client(self.replica) as replica, _client(self.primary) as primary:
            await until_replicating(replica)
            await replica.replicaof("NO", "ONE")
            await primary.replicaof(HOST, str(self.replica.port))
            await until_replicating(primary)
        self.primary, self.replica = self.replica, self.primary

    def move_name(self) -> None:
        """Let the name lead new connections to the primary."""
        self.name.target_port = self.primary.port


@pytest.fixture
async def named(production_time_outs: None) -> AsyncIterator[NamedRedis]:
    """A primary with a replica behind one name."""
    async with AsyncExitStack() as stack:
        primary, replica = [await stack.enter_async_context(EmbeddedRedis()) for _ in range(2)]
        async with _client(replica) as client:
            await client.replicaof(HOST, str(primary.port))
            await until_replicating(client)
        name = FaultProxy(primary.port)
        port = await stack.enter_async_context(name.running())
        yield NamedRedis(primary, replica, name, f"redis://{HOST}:{port}")


async def test_no_call_fails_where_the_name_moves_before_the_old_primary_is_a_replica(
    named: NamedRedis,
) -> None:
    """Its connections stay up, and refuse: what they refuse is done by the new primary."""
    async with connect(named.url) as redis:
        await _use_many_connections(redis)
        await named.promote()
        named.move_name()

        written = await asyncio.gather(*(redis.set(f"k{n}", n, px=60_000) for n in range(50)))
        claimed = await LuaScripts(redis, "link_kernel.sessions").run(
            "record_proof_use", PROOF, CLAIM
        )

        assert written == [True] * 50
        assert claimed == ["claimed"]
        async with _client(named.primary) as primary:
            assert await primary.get("k49") == "49"


async def test_every_connection_to_a_replica_is_left_at_its_first_refusal(
    named: NamedRedis,
) -> None:
    """A read is not refused, and would be answered with what the replica has for ever."""
    async with connect(named.url) as redis:
        await _use_many_connections(redis)
        await named.promote()
        named.move_name()
        await redis.set("a", "new", px=60_000)
        async with _client(named.replica) as replica:
            left = await replica.info("clients")

        # The replication link and this test's own client; none of ours.
        assert left["connected_clients"] <= 2


async def test_until_the_name_moves_a_write_is_503_and_then_it_heals(named: NamedRedis) -> None:
    async with connect(named.url) as redis:
        await redis.set("a", "1", px=60_000)
        await named.promote()
        with pytest.raises(ReadOnlyError):
            await redis.set("a", "2", px=60_000)
        with pytest.raises(StoreUnavailable):
            await LuaScripts(redis, "link_kernel.sessions").run("record_proof_use", PROOF, CLAIM)

        named.move_name()

        await until_answered(lambda: _takes(redis, "a"))


async def test_a_server_that_stays_a_replica_is_not_connected_to_at_each_call(
    named: NamedRedis,
) -> None:
    """All connections are replaced once a second at most: a TLS handshake each would be dear."""
    metrics = Metrics()
    async with connect(named.url, metrics=metrics) as redis, _client(named.primary) as demoted:
        await _use_many_connections(redis)
        await named.promote()
        began, before = monotonic(), (await demoted.info("stats"))["total_connections_received"]
        for _ in range(CALLS):
            with pytest.raises(ReadOnlyError):
                await redis.set("a", "2", px=60_000)
        opened = (await demoted.info("stats"))["total_connections_received"] - before
        assert opened <= 2 * (1 + monotonic() - began)
    assert b"\nlink_redis_connections_replaced_total " in metrics.text()
    assert b"\nlink_redis_connections_replaced_total 0.0" not in metrics.text()


async def test_a_revocation_is_published_at_the_new_primary(named: NamedRedis) -> None:
    """Its pool is another one, on which nothing else is written."""
    async with connect(named.url) as redis:
        publisher = RevocationPublisher(redis, Metrics())
        await publisher.publish([new_id("els")])
        await named.promote()
        named.move_name()

        await publisher.publish([new_id("els")])


async def test_a_replica_is_not_ready_and_readiness_itself_finds_the_new_primary(
    named: NamedRedis,
) -> None:
    """A process that nobody calls heals too: its platform asks for its readiness."""
    async with connect(named.url) as redis:
        assert await redis_faults(redis) == []
        await named.promote()
        assert await redis_faults(redis) == ["refuses_writes"]
        named.move_name()
        await until_answered(lambda: _is_ready(redis))


async def test_the_feed_follows_the_name_and_says_that_there_was_a_failover(
    named: NamedRedis, clock: MovableClock
) -> None:
    async with running_feed(named.url, clock) as feed:
        assert not feed.failover_recently
        await named.promote()
        named.move_name()
        revoked = new_id("els")
        async with connect(named.primary.url) as redis:
            await RevocationPublisher(redis, Metrics()).publish([revoked])

        await until(lambda: feed.is_revoked(revoked, None) and is_fresh(feed))
        assert feed.failover_recently


async def test_a_redis_that_comes_back_empty_is_said(
    own_redis: EmbeddedRedis, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """By each process each time, also where another one wrote first."""
    name = FaultProxy(own_redis.port)
    async with name.running() as port, running_feed(f"redis://{HOST}:{port}", clock) as feed:
        assert "redis_came_back_empty" not in caplog.messages
        for _ in range(2):
            caplog.clear()
            name.begin(Fault.REFUSED)
            await own_redis.restart()
            async with running_feed(own_redis.url, clock), _client(own_redis) as client:
                await client.set("session", "1", px=60_000)
            await name.mend()
            await until(lambda: "redis_failed_over" in caplog.messages and is_fresh(feed))
            assert caplog.messages.count("redis_came_back_empty") == 1


async def test_a_redis_that_comes_back_with_what_it_held_is_not_called_empty(
    own_redis: EmbeddedRedis,
    named: NamedRedis,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor is a replica that was promoted."""
    async with running_feed(own_redis.url, clock) as feed, _client(own_redis) as client:
        await client.save()
        await own_redis.restart()
        await until(lambda: "redis_failed_over" in caplog.messages and is_fresh(feed))
    caplog.clear()
    async with running_feed(named.url, clock) as feed:
        await named.promote()
        named.move_name()
        await until(lambda: "redis_failed_over" in caplog.messages and is_fresh(feed))
    assert "redis_came_back_empty" not in caplog.messages


@pytest.mark.parametrize(
    "setting", [("maxmemory", "1"), ("min-replicas-to-write", "1")], ids=["memory", "replicas"]
)
async def test_a_redis_that_takes_no_write_is_not_ready(
    own_redis: EmbeddedRedis, setting: tuple[str, str]
) -> None:
    """Of memory that is full, or of too few replicas."""
    async with connect(own_redis.url) as redis, _client(own_redis) as client:
        await client.config_set(*setting)
        assert await redis_faults(redis) == ["refuses_writes"]
        await client.config_set(setting[0], "0")
        assert await redis_faults(redis) == []


async def _use_many_connections(redis: PipeliningRedis) -> None:
    """Leave several idle connections in the pool: each batch takes one."""

    async def batch(number: int) -> None:
        for _ in range(number % 7):
            await asyncio.sleep(0)  # noqa: TID251  # gives up the turn, waits for no time
        await redis.set("warm", number, px=60_000)

    await asyncio.gather(*(batch(number) for number in range(70)))


@asynccontextmanager
async def _client(server: EmbeddedRedis) -> AsyncIterator[Redis]:
    async with Redis.from_url(server.url, decode_responses=True) as client:
        yield client


async def _takes(redis: PipeliningRedis, key: str) -> bool:
    with suppress(ReadOnlyError):
        return bool(await redis.set(key, "2", px=60_000))
    return False


async def _is_ready(redis: PipeliningRedis) -> bool:
    return await redis_faults(redis) == []
