"""What the log and `/readyz` say of a Redis that answers, and does not do what it is asked."""

import pytest

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import StoreUnavailable
from link_kernel.redis.connection import connect, store_failures

WRITE = "return redis.call('SET', KEYS[1], '1', 'PX', '60000')"


async def test_the_code_of_what_a_script_met_is_told(own_redis: EmbeddedRedis) -> None:
    """Redis 6.2 has it amid the words of an error of the script; later ones begin with it."""
    async with connect(own_redis.url) as redis:
        await redis.config_set("min-replicas-to-write", 1)
        with pytest.raises(StoreUnavailable) as refused, store_failures():
            await redis.eval(WRITE, 1, "a")
    assert refused.value.detail == "ResponseError NOREPLICAS"
