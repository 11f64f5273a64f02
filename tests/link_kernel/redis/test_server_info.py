"""Fields that a managed Redis leaves out of `INFO` are unknown."""

from link_kernel.redis.connection import connect
from link_kernel.redis.readiness import redis_faults
from link_kernel.redis.server_info import read_info
from tests.support.servers.terse_redis import bulk, terse_redis


async def test_a_policy_that_is_not_told_is_no_fault() -> None:
    info = bulk("# Memory\r\nused_memory:1024\r\n")
    async with terse_redis(INFO=info) as url, connect(url) as redis:
        assert await read_info(redis, "memory") == {"used_memory": 1024}
        assert await redis_faults(redis) == []
