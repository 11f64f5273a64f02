"""Limits of refreshes by address (docs/protocol.md#limits)."""

from redis.asyncio import Redis

from tests.support.clients.bridge_client import SECOND_MS, granted, new_key, outcome_of, refusal
from tests.support.clients.limited_calls import LIMITED, Serve, refresh, statuses, until_told
from tests.support.time_machine import TimeMachine


async def test_attack_39_a_refresh_over_the_limit_gets_its_one_successor_later(
    serve: Serve, time_machine: TimeMachine, redis: Redis
) -> None:
    """It was not rotated; the same key tries again, and nobody is logged out."""
    key = new_key()
    async with serve(limit_refresh=1) as bridge:
        grant = await bridge.init()
        grant = await granted(await refresh(bridge, grant))

        limited = await refresh(bridge, grant, key)
        assert await refusal(limited) == LIMITED
        assert limited.headers["RateLimit-Policy"] == '"refresh";q=1;w=60'
        assert 55 <= int(limited.headers["Retry-After"]) <= 60

        await until_told(redis, "refresh", 1)
        await time_machine.forward(60 * SECOND_MS)
        outcome, successor = await outcome_of(await refresh(bridge, grant, key))
        assert outcome == "rotated"
        await until_told(redis, "refresh", 1)
        await time_machine.forward(60 * SECOND_MS)
        assert await outcome_of(await refresh(bridge, grant, key)) == ("replayed", successor)
        next_grant = {"refresh_token": successor}
        assert (await refresh(bridge, next_grant, address="198.51.100.2")).status == 200


async def test_refreshes_are_limited_per_address_over_all_sessions(serve: Serve) -> None:
    async with serve(limit_refresh=3) as bridge:
        grants = [await bridge.init() for _ in range(5)]

        answers = [await refresh(bridge, grant) for grant in grants]

        assert await statuses(answers) == [200, 200, 200, 429, 429]
        assert (await refresh(bridge, grants[4], address="198.51.100.2")).status == 200


async def test_a_caller_known_to_be_over_the_limit_costs_redis_nothing(
    serve: Serve, redis: Redis, time_machine: TimeMachine
) -> None:
    """And rotates nothing: its later calls are as if they had not been made."""
    async with serve(limit_refresh=1) as bridge:
        grants = [await bridge.init() for _ in range(3)]
        answers = [await refresh(bridge, grant) for grant in grants[:2]]
        assert await statuses(answers) == [200, 429]
        await redis.config_resetstat()

        key = new_key()
        for _ in range(5):
            assert await refusal(await refresh(bridge, grants[2], key)) == LIMITED
        assert "cmdstat_hgetall" not in await redis.info("commandstats")

        await until_told(redis, "refresh", 1)
        await time_machine.forward(60 * SECOND_MS)
        outcome, _ = await outcome_of(await refresh(bridge, grants[2], key))
        assert outcome == "rotated"


async def test_a_session_that_rotates_too_often_hears_its_limit(serve: Serve) -> None:
    async with serve(limit_rotations=2) as bridge:
        grant = await bridge.init()
        for _ in range(2):
            grant = await granted(await refresh(bridge, grant))

        limited = await refresh(bridge, grant)

        assert await refusal(limited) == LIMITED
        wait_s = limited.headers["Retry-After"]
        assert limited.headers["RateLimit-Policy"] == '"rotations";q=2;w=60'
        assert limited.headers["RateLimit"] == f'"rotations";r=0;t={wait_s}'
