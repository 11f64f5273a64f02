"""What works with any client: ours, for one server or a Cluster, or redis-py's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from link_kernel.redis.closing import single_connection_of
from link_kernel.redis.cluster import ClusterRedis
from link_kernel.redis.pipelining import PipeliningRedis


async def execute_together(redis: Redis, *commands: tuple[Any, ...]) -> list[Any]:
    """Return the replies of commands that any client sends in one round trip."""
    if isinstance(redis, PipeliningRedis):
        return await redis.execute_together(*commands)
    async with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        return await pipeline.execute()


async def primaries_of(redis: Redis) -> list[Redis]:
    """Return a client for each primary that any client uses."""
    return [*await redis.primaries()] if isinstance(redis, PipeliningRedis) else [redis]


async def keys_on_primaries(redis: Redis, prefix: str) -> list[str]:
    """Return keys that begin with `prefix`, one on each primary that any client uses."""
    if isinstance(redis, PipeliningRedis):
        return await redis.key_on_each_primary(prefix)
    return [prefix]


def is_cluster_client(redis: Redis) -> bool:
    """Tell whether a client reaches all primaries of a Cluster."""
    return isinstance(redis, ClusterRedis)


async def has_left_primary(redis: Redis, error: RedisError) -> bool:
    """Have any client leave the server that failed a command, if it is no primary of its key.

    Returns whether the command is worth another try.
    """
    return isinstance(redis, PipeliningRedis) and await redis.has_left(error)


async def look_anew(redis: Redis) -> None:
    """Have a client of ours leave its connections, and look for its primaries anew."""
    if isinstance(redis, PipeliningRedis):
        await redis.look_anew()


@asynccontextmanager
async def connection_of(redis: Redis, key: str) -> AsyncIterator[Redis]:
    """Yield a client with one connection of its own, to the primary that has the key.

    It pipelines nothing, and neither retries nor follows a failover.
    """
    at_key = await redis.client_of(key) if isinstance(redis, PipeliningRedis) else redis
    async with single_connection_of(at_key.connection_pool) as connection:
        yield connection
