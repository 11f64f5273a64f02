"""The Redis of a test run: one server, servers behind Sentinels, or a Cluster."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol

from redis.asyncio import Redis

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.redis.address import RedisAddress
from link_kernel.redis.cluster import ClusterRedis
from link_kernel.redis.connection import time_outs_of
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.pools import DRIVER, RedisPools
from tests.support.servers.redis_cluster import running_cluster
from tests.support.servers.redis_sentinel import running_sentinels

_CONNECTIONS: Final = 16
# What a test asks of the whole Redis, where it has one server or many.
_OF_EACH_PRIMARY: Final = {"CONFIG RESETSTAT", "CONFIG SET", "FLUSHALL", "INFO", "SCRIPT FLUSH"}


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


class WholeCluster(ClusterRedis):
    """A client for tests, to which a Cluster looks like one server: scanned, emptied, measured."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  # redis-py's
        """Return the reply of a command; what concerns a server is asked of each primary."""
        if args[0] not in _OF_EACH_PRIMARY:
            return await super().execute_command(*args, **options)
        primaries = await self.primaries()
        replies = [await primary.execute_command(*args, **options) for primary in primaries]
        return _added_up(replies) if args[0] == "INFO" else replies[0]

    async def scan_iter(self, match: str = "*") -> AsyncIterator[Any]:  # type: ignore[override]  # redis-py's type is for threads
        """Yield the keys of each primary."""
        for primary in await self.primaries():
            async for key in primary.scan_iter(match):
                yield key


@asynccontextmanager
async def open_client(url: str) -> AsyncIterator[Redis]:
    """Yield a client for the test itself: redis-py's own where one server is meant."""
    if "+" not in url:
        async with Redis.from_url(url, decode_responses=True, driver_info=DRIVER) as client:
            yield client
        return
    async with client_with(
        RedisPools(RedisAddress.parse(url), time_outs_of(None, None)), of_cluster=WholeCluster
    ) as whole:
        yield whole


@asynccontextmanager
async def client_with(
    pools: RedisPools, *, of_cluster: type[ClusterRedis] = ClusterRedis
) -> AsyncIterator[PipeliningRedis]:
    """Yield a client with these pools."""
    pool = pools.of_primary(_CONNECTIONS)
    kind = of_cluster if pools.address.topology == "cluster" else PipeliningRedis
    client = kind(pools, pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.aclose()


async def holder_of(redis: Redis, key: str) -> Redis:
    """Return a client of the one server that has a key, for transactions and other keys of it."""
    return await redis.client_of(key) if isinstance(redis, PipeliningRedis) else redis


def _added_up(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the first primary says of itself, with the calls of each command on all."""
    found = dict(reports[0])
    for report in reports[1:]:
        for name, value in report.items():
            if isinstance(value, Mapping) and "calls" in value:
                before = found.get(name, {"calls": 0})["calls"]
                found[name] = {"calls": before + value["calls"]}
    return found
