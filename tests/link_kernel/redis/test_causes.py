"""What the log and `/readyz` say of a Redis that answers, and does not do what it is asked."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.errors import StoreUnavailable
from link_kernel.redis.connection import cause_of, connect, store_failures
from link_kernel.redis.readiness import redis_faults
from tests.support.waiting import until_answered

WRITE = "return redis.call('SET', KEYS[1], '1', 'PX', '60000')"
FILL = "for i = 1, 400 do redis.call('SET', KEYS[1] .. i, ('x'):rep(65536), 'PX', '60000') end"


class SlowlyLoadingRedis(EmbeddedRedis):
    """A Redis that takes a second to load 400 keys, and answers after each two megabytes."""

    def _options(self, folder: Path) -> dict[str, str]:
        slowly = {"key-load-delay": "2500", "rdbcompression": "no"}
        return {**super()._options(folder), **slowly}


async def test_the_code_of_what_a_script_met_is_told(own_redis: EmbeddedRedis) -> None:
    """Redis 6.2 has it amid the words of an error of the script; later ones begin with it."""
    async with connect(own_redis.url) as redis:
        await redis.config_set("min-replicas-to-write", 1)
        with pytest.raises(StoreUnavailable) as refused, store_failures():
            await redis.eval(WRITE, 1, "a")
    assert refused.value.detail == "ResponseError NOREPLICAS"


async def test_a_redis_that_takes_no_more_clients_is_full(own_redis: EmbeddedRedis) -> None:
    """It says so in words alone, and hangs up."""
    async with (
        Redis.from_url(own_redis.url, single_connection_client=True) as only,
        connect(own_redis.url) as redis,
    ):
        await only.config_set("maxclients", 1)
        assert await redis_faults(redis) == ["full"]
        with pytest.raises(StoreUnavailable) as refused, store_failures():
            await redis.get("a")
        assert refused.value.detail == "ConnectionError maxclients"
        await only.config_set("maxclients", 100)
        assert await redis_faults(redis) == []


async def test_a_redis_that_loads_its_data_says_so_and_is_used_once_it_has() -> None:
    async with SlowlyLoadingRedis() as server, connect(server.url) as redis:
        await redis.eval(FILL, 1, "a")
        await redis.save()

        async def finds(*faults: str) -> bool:
            return await redis_faults(redis) == [*faults]

        restart = asyncio.create_task(server.restart())
        await until_answered(partial(finds, "loading"))
        with pytest.raises(StoreUnavailable) as refused, store_failures():
            await redis.get("a1")
        assert refused.value.detail == "BusyLoadingError"
        await restart
        assert await finds()
        assert await redis.exists("a1")


@pytest.mark.parametrize("script", [WRITE, "return redis.call('GET', 'b')"])
async def test_a_right_that_a_script_lacks_is_told_as_one_that_a_call_lacks(
    own_redis: EmbeddedRedis, script: str
) -> None:
    """Redis has no code for it within a script."""
    async with Redis.from_url(own_redis.url) as admin, connect(own_redis.url) as redis:
        rights = ("default", "resetkeys", "~a", "-set")
        await admin.execute_command("ACL", "SETUSER", *rights)  # type: ignore[no-untyped-call]
        with pytest.raises(StoreUnavailable) as refused, store_failures():
            await redis.eval(script, 1, "a")
    assert refused.value.detail == "NoPermissionError"


@pytest.mark.parametrize(
    "words",
    [
        "The user executing the script can't run this command or subcommand script: a1",
        "ACL failure in script: User u has no permissions to run the 'set' command",
    ],
)
def test_later_servers_have_other_words_for_such_a_right(words: str) -> None:
    """Redis 7.0, then 8 and Valkey."""
    assert cause_of(ResponseError(words)) == "NoPermissionError"
