"""The services' client through a proxy, before whatever the topology has for servers.

A client of a Cluster or of Sentinels connects where these say. Therefore it is the connection that
takes the detour, at the last moment.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.asyncio import BlockingConnectionPool

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.connection import time_outs_of
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import RedisPools
from link_kernel.redis.sockets import PlainConnection
from tests.support.servers.redis_cluster import RunningCluster
from tests.support.servers.redis_sentinel import WatchedRedis
from tests.support.servers.topologies import RedisServer, client_with


class Proxy(Protocol):
    """A TCP proxy that can stand before several servers."""

    def before(self, port: int) -> AbstractAsyncContextManager[int]:
        """Listen before the server at a port, and yield the port to connect to instead."""


@asynccontextmanager
async def connect_through(proxy: Proxy, server: RedisServer) -> AsyncIterator[PipeliningRedis]:
    """Yield the services' client, with a proxy before each primary that runs now."""
    async with AsyncExitStack() as stack:
        detours = {
            port: await stack.enter_async_context(proxy.before(port)) for port in _ports_of(server)
        }
        address = RedisAddress.parse(server.url)
        pools = _DetouredPools(address, time_outs_of(None, None), detours=detours)
        yield await stack.enter_async_context(client_with(pools))


def _ports_of(server: RedisServer) -> list[int]:
    match server:
        case EmbeddedRedis():
            return [server.port]
        case WatchedRedis():
            return [server.primary.port]
        case RunningCluster():
            return [shard.primary.port for shard in server.shards]
        case _:
            raise TypeError(server)


class _Detoured(PlainConnection):
    """A connection to another port, wherever its own has a detour."""

    detours: Mapping[int, int]

    async def _connect(self) -> None:
        meant = self.port
        self.port = self.detours.get(meant, meant)
        try:
            await super()._connect()
        finally:
            self.port = meant


@dataclass(frozen=True)
class _DetouredPools(RedisPools):
    """Pools whose connections take the detours."""

    detours: Mapping[int, int] = field(default_factory=dict)

    def _pool(self, *args: Any, **options: Any) -> BlockingConnectionPool:  # noqa: ANN401  # as it is
        pool = super()._pool(*args, **options)
        bases: tuple[Any, ...] = (_Detoured, pool.connection_class)
        pool.connection_class = type("Detoured", bases, {"detours": self.detours})
        return pool
