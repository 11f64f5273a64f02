"""Look-up of businesses in the shared Redis (docs/protocol.md#redis-keys)."""

from typing import Final

from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import store_failures
from link_kernel.sessions.records import Mode

_ENABLED: Final = "enabled"


class RedisBusinesses:
    """The businesses of one mode; each look-up is one round trip."""

    def __init__(self, redis: Redis, mode: Mode) -> None:
        """Take the shared Redis and the mode of this deployment."""
        self._redis = redis
        self._mode = mode

    async def serves(self, business_id: str) -> bool:
        """Tell whether an enabled business of this mode has this id; raises `StoreUnavailable`."""
        with store_failures():
            fields = await self._redis.hmget(redis_keys.business(business_id), ["state", "mode"])
        return fields == [_ENABLED, self._mode]
