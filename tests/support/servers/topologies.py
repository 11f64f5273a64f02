"""The Redis of a test run: one server, servers behind Sentinels, or a Cluster."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.connection import connect
from link_kernel.redis.pools import DRIVER
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels


class RedisServer(Protocol):
    """A running Redis of any topology."""

    @property
    def url(self) -> str:
        """The address, as the services take it."""


TOPOLOGIES: Final[Mapping[str, Callable[[], AbstractAsyncContextManager[RedisServer]]]] = {
    "single": EmbeddedRedis,
    "sentinel": running_sentinels,
    "cluster": running_cluster,
}


@asynccontextmanager
async def open_client(url: str) -> AsyncIterator[Redis]:
    """Yield a client for the test itself: redis-py's own where one server is meant."""
    if "+" not in url:
        async with Redis.from_url(url, decode_responses=True, driver_info=DRIVER) as client:
            yield client
        return
    async with connect(url) as client:
        yield client
