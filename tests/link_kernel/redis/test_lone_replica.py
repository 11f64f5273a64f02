"""A primary that was made a replica of a server which it does not find, while its name moves on."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from link_dev.embedded.free_port import free_port
from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST
from link_kernel.redis.connection import connect
from link_kernel.redis.pipelining import PipeliningRedis
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.servers.revocation_feed import feed_on
from tests.support.time_machine import MovableClock
from tests.support.waiting import until


@dataclass
class Demotion:
    """A client that has a connection to the old primary, and what becomes of that one."""

    redis: PipeliningRedis
    old: Redis
    new_port: int
    name: FaultProxy

    async def demote(self) -> None:
        """Make the old primary a replica of nobody, and let the name lead to the new one."""
        await self.old.replicaof(HOST, str(free_port()))
        self.name.target_port = self.new_port


@pytest.fixture
async def demotion(own_redis: EmbeddedRedis) -> AsyncIterator[Demotion]:
    """Two servers, whose values of `a` say which of them was asked."""
    async with AsyncExitStack() as stack:
        promoted = await stack.enter_async_context(EmbeddedRedis())
        name = FaultProxy(own_redis.port)
        port = await stack.enter_async_context(name.running())
        redis = await stack.enter_async_context(connect(f"redis://{HOST}:{port}"))
        old, new = [
            await stack.enter_async_context(Redis.from_url(server.url))
            for server in (own_redis, promoted)
        ]
        await new.set("a", "new", px=60_000)
        await redis.set("a", "old", px=60_000)
        yield Demotion(redis, old, promoted.port, name)


async def test_what_it_does_not_even_read_the_new_primary_answers(demotion: Demotion) -> None:
    """`MASTERDOWN` of `replica-serve-stale-data no`."""
    await demotion.old.config_set("replica-serve-stale-data", "no")
    await demotion.demote()
    assert await demotion.redis.get("a") == "new"


async def test_one_that_refuses_nothing_is_left_for_its_role(
    demotion: Demotion, clock: MovableClock
) -> None:
    """It takes writes that are lost, and its history is still the same."""
    async with feed_on(demotion.redis, clock):
        await demotion.old.config_set("replica-read-only", "no")
        await demotion.demote()
        clock.ahead_ms += 1_000
        await until(lambda: demotion.redis.changes > 0)
        assert await demotion.redis.get("a") == "new"
