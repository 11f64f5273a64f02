"""The client that pipelines: commands of one turn are one round trip, with the same replies."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from link_dev.embedded.redis import EmbeddedRedis
from link_dev.embedded.server import HOST
from link_kernel.errors import StoreUnavailable
from link_kernel.redis import connection, pipelining
from link_kernel.redis.connection import connect, time_outs_of
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.redis.scripts import LuaScripts
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.servers.redis_batches import batches_to_redis


@pytest.fixture
def batches() -> Iterator[list[int]]:
    """How many commands each round trip had."""
    with batches_to_redis() as sizes:
        yield sizes


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[PipeliningRedis]:
    """The client of the services, connected to each primary."""
    async with connect(redis_url) as found:
        for primary in await found.primaries():
            await primary.ping()
        yield found


async def test_commands_of_one_turn_are_one_round_trip_and_come_back_in_order(
    client: PipeliningRedis, batches: list[int]
) -> None:
    written = await asyncio.gather(*(client.set(f"k{n}", n, px=60_000) for n in range(100)))
    read = await asyncio.gather(*(client.get(f"k{n}") for n in range(100)))

    assert written == [True] * 100
    assert read == [str(n) for n in range(100)]
    assert batches == [100, 100]


async def test_replies_are_what_the_methods_of_the_library_return(
    client: PipeliningRedis, redis: Redis
) -> None:
    await redis.hset("h", mapping={"a": "1", "b": "ö\r\n"})
    await redis.pexpire("h", 60_000)

    assert await client.hgetall("h") == await redis.hgetall("h")
    assert await client.get("absent") is None
    assert await client.zrange("absent", 0, -1, withscores=True) == []
    assert (await client.info("server"))["redis_version"]
    assert [key async for key in client.scan_iter("h")] == ["h"]


async def test_an_error_is_for_its_command_alone(client: PipeliningRedis, redis: Redis) -> None:
    await redis.set("text", "x", px=60_000)

    failed, read = await asyncio.gather(
        client.hgetall("text"), client.get("text"), return_exceptions=True
    )

    assert isinstance(failed, ResponseError)
    assert read == "x"


@pytest.mark.parametrize("argument", [None, True, "\ud800"])
async def test_an_argument_that_cannot_be_sent_fails_its_call_alone(
    client: PipeliningRedis, argument: object
) -> None:
    holder = await client.client_of("absent")
    read = holder.enqueue("GET", "absent")

    with pytest.raises((TypeError, UnicodeEncodeError)):
        holder.enqueue("GET", argument)

    assert await read is None


async def test_a_value_that_is_no_text_leaves_the_others_a_failure_that_may_be_retried(
    client: PipeliningRedis, redis: Redis
) -> None:
    """Its own caller hears what it is; a pool's connection is never left with unread replies."""
    await redis.set("{raw}", b"\xff", px=60_000)

    before, raw, after = await asyncio.gather(
        *map(client.get, ("{raw}absent", "{raw}", "{raw}absent")), return_exceptions=True
    )

    assert before is None
    assert isinstance(raw, UnicodeDecodeError)
    assert after is None or isinstance(after, RedisError)  # a Cluster's client retries at once
    assert await client.get("{raw}absent") is None
    await redis.delete("{raw}")  # the fixture that looks at every key's life would read it too


async def test_a_caller_that_goes_away_takes_nothing_from_the_others(
    client: PipeliningRedis,
) -> None:
    holder = await client.client_of("a")
    leaving = holder.enqueue("SET", "a", "1", "PX", "60000")
    staying = holder.enqueue("GET", "a")
    leaving.cancel()

    assert await staying == "1"


async def test_a_script_that_redis_forgot_is_loaded_and_sent_again(
    client: PipeliningRedis, redis: Redis
) -> None:
    """A restarted Redis, or a replica that took over, knows no script."""
    scripts = LuaScripts(client, "link_kernel.sessions")
    arguments: list[str | int] = ["request"]
    key = ["link:v1:{p}:dpop:jti"]
    first = await scripts.run("record_proof_use", key, arguments)
    await redis.script_flush()

    assert await scripts.run("record_proof_use", key, arguments) == first == ["claimed"]


async def test_a_broken_connection_is_opened_again_and_the_batch_sent_once_more(
    own_redis: EmbeddedRedis, batches: list[int]
) -> None:
    proxy = FaultProxy(own_redis.port)
    async with proxy.running() as port, connect(f"redis://{HOST}:{port}") as client:
        await client.set("a", "1", px=60_000)
        proxy.begin(Fault.RESET)
        await proxy.mend()

        assert list(await asyncio.gather(client.get("a"), client.get("b"))) == ["1", None]
    assert batches[0] == 1
    assert set(batches[1:]) == {2}


async def test_each_caller_of_a_dead_redis_gets_an_error_of_its_own(
    own_redis: EmbeddedRedis,
) -> None:
    async with connect(own_redis.url) as client:
        await own_redis.kill()
        errors = await asyncio.gather(client.get("a"), client.get("b"), return_exceptions=True)

    assert all(isinstance(error, RedisError) for error in errors)
    assert errors[0] is not errors[1]


async def test_a_redis_that_hangs_is_unavailable_after_the_time_out(
    own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_READ_TIMEOUT_S", 0.05)
    async with connect(own_redis.url) as client:
        await client.get("a")
        own_redis.pause()
        try:
            with pytest.raises(StoreUnavailable), connection.store_failures():
                await client.get("a")
        finally:
            own_redis.resume()


async def test_what_is_on_its_way_at_the_end_is_finished(redis_url: str, redis: Redis) -> None:
    async with connect(redis_url) as client:
        writing = (await client.client_of("late")).enqueue("SET", "late", "1", "PX", "60000")

    assert await writing == "OK"
    assert await redis.get("late") == "1"


async def test_a_redis_that_is_silent_holds_up_no_close(
    own_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller has gone; what it asked for may take as long as the time-outs say."""
    monkeypatch.setattr(pipelining, "_LAST_BATCHES_S", 0.05)
    async with asyncio.timeout(10):
        async with connect(own_redis.url, time_outs=time_outs_of(30_000, 30_000)) as client:
            await client.ping()
            own_redis.pause()
            asked = client.enqueue("PING")
        own_redis.resume()
    assert asked.cancelled()
