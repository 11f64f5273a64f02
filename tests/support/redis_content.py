"""The content of a Redis as text, for tests that search it for secrets."""

from typing import cast

from redis.asyncio import Redis

from link_kernel.redis.any_client import primaries_of
from link_kernel.redis.keys import REVOCATIONS


async def content_of(redis: Redis, key: str) -> str:
    """Return the content of one key."""
    match await redis.type(key):
        case "hash":
            return str(await redis.hgetall(key))
        case "zset":
            return str(await redis.zrange(key, 0, -1, withscores=True))
        case "list":
            return str(await redis.lrange(key, 0, -1))
        case "stream":
            return str(await redis.xrange(key))
        case _:
            return str(await redis.get(key))


async def empty(redis: Redis) -> None:
    """Delete every key, as a restart without a disk does."""
    for primary in await primaries_of(redis):
        await primary.flushall()


async def everything_in(redis: Redis) -> str:
    """Return every key with its content."""
    keys = sorted([str(key) async for key in redis.scan_iter("*")])  # a scan's order may change
    return "\n".join([f"{key} {await content_of(redis, key)}" for key in keys])


async def everything_but_limits(redis: Redis) -> str:
    """Return every key with its content, but for limits, which the bridge tells Redis of later."""
    lines = (await everything_in(redis)).splitlines()
    return "\n".join(line for line in lines if not line.startswith("link:v1:limit:"))


async def announced(redis: Redis) -> list[dict[str, str]]:
    """Return the entries of the stream of revocations, oldest first."""
    entries = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(REVOCATIONS))
    return [fields for _, fields in entries]


async def announced_ids(redis: Redis) -> list[str]:
    """Return the ids of the sessions and logins that were announced as revoked."""
    return [entry["id"] for entry in await announced(redis)]
