"""What a Redis holds, as text, for tests that look for what must not be there."""

from redis.asyncio import Redis


async def content_of(redis: Redis, key: str) -> str:
    """Return everything one key holds."""
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


async def everything_in(redis: Redis) -> str:
    """Return every key and what it holds."""
    keys = [str(key) async for key in redis.scan_iter("*")]
    return "\n".join([f"{key} {await content_of(redis, key)}" for key in keys])
