"""Refused origins in Redis: counted once, a hundred at most, ninety days at most."""

import asyncio

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses import rejected_origins
from elements_bridge.businesses.rejected_origins import (
    KEPT_DAYS,
    KEPT_ORIGINS,
    KEPT_UNVERIFIED,
    RedisRejectedOrigins,
    counting_rejected_origins,
)
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.origin import Origin
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.connection import connect, time_outs_of
from tests.support.servers.detours import connect_through
from tests.support.servers.lossy_proxy import LossyProxy
from tests.support.servers.topologies import RedisServer
from tests.support.time_machine import TimeMachine

EVIL, OTHER = "https://evil.example", "https://other.example"
DAY_MS = 24 * 3600 * 1000
BUSINESS = new_id("bus")


async def test_origins_are_counted_with_their_first_and_last_time(
    redis: Redis, time_machine: TimeMachine
) -> None:
    refused = RedisRejectedOrigins(redis)
    await refused.add(BUSINESS, {EVIL: 2})
    await time_machine.forward(DAY_MS)
    await refused.add(BUSINESS, {OTHER: 1})
    await time_machine.forward(1)
    await refused.add(BUSINESS, {EVIL: 3})

    newest, oldest = await refused.of(BUSINESS)

    assert (EVIL, 5) == (newest.origin, newest.count)
    assert newest.last_at - newest.first_at >= DAY_MS
    assert (OTHER, 1) == (oldest.origin, oldest.count)
    assert [] == await refused.of(new_id("bus"))


async def test_only_the_last_hundred_of_a_business_are_kept(
    redis: Redis, time_machine: TimeMachine
) -> None:
    refused = RedisRejectedOrigins(redis)
    await refused.add(BUSINESS, {EVIL: 1})
    await time_machine.forward(1)
    await refused.add(BUSINESS, {f"https://{n:04}.example": 1 for n in range(KEPT_ORIGINS * 3)})

    kept = await refused.of(BUSINESS)

    assert KEPT_ORIGINS == len(kept)
    assert EVIL not in {each.origin for each in kept}
    counts = await redis.hlen(redis_keys.refused_counts(BUSINESS))
    assert 2 * KEPT_ORIGINS + 1 == counts  # and the id of the last note


async def test_what_reports_claim_evicts_nothing_that_a_header_said(
    redis: Redis, time_machine: TimeMachine
) -> None:
    """Anybody sends reports: they have places of their own, and evict each other alone."""
    refused = RedisRejectedOrigins(redis)
    await refused.add(BUSINESS, {EVIL: 1})
    await time_machine.forward(1)
    await refused.add(BUSINESS, {EVIL: 5, OTHER: 2}, unverified=True)
    await time_machine.forward(1)
    flood = {f"https://{n:04}.example": 1 for n in range(KEPT_ORIGINS * 3)}
    await refused.add(BUSINESS, flood, unverified=True)

    (first, *others) = await refused.of(BUSINESS)

    assert (first.origin, first.count, first.unverified) == (EVIL, 1, False)
    assert len(others) == KEPT_UNVERIFIED
    assert {each.origin for each in others} < flood.keys()
    assert all(each.unverified for each in others)


async def test_reports_leave_a_header_its_place_in_the_process(redis: Redis) -> None:
    async with (
        counting_rejected_origins(redis) as notes,
        counting_rejected_origins(redis, unverified=True) as claims,
    ):
        for n in range(5_000):
            claims.note(BUSINESS, Origin.parse_header(f"https://{n}.example"))
        notes.note(BUSINESS, Origin.parse_header(EVIL))

    (first, *others) = await RedisRejectedOrigins(redis).of(BUSINESS)
    assert (first.origin, first.unverified, len(others)) == (EVIL, False, KEPT_UNVERIFIED)


async def test_an_origin_is_forgotten_after_ninety_days(
    redis: Redis, time_machine: TimeMachine
) -> None:
    refused = RedisRejectedOrigins(redis)
    await refused.add(BUSINESS, {EVIL: 7})
    await time_machine.forward((KEPT_DAYS - 1) * DAY_MS)
    await refused.add(BUSINESS, {OTHER: 1})
    assert [OTHER, EVIL] == [each.origin for each in await refused.of(BUSINESS)]

    await time_machine.forward(2 * DAY_MS)
    assert [OTHER] == [each.origin for each in await refused.of(BUSINESS)]
    await refused.add(BUSINESS, {EVIL: 1})

    newest = (await refused.of(BUSINESS))[0]
    assert (EVIL, 1) == (newest.origin, newest.count)


async def test_a_note_whose_answer_was_lost_counts_once(
    redis_server: RedisServer, redis: Redis
) -> None:
    proxy = LossyProxy()
    async with connect_through(proxy, redis_server) as through:
        refused = RedisRejectedOrigins(through)
        await refused.add(BUSINESS, {OTHER: 1})
        proxy.lose_next = True
        await refused.add(BUSINESS, {EVIL: 4})

    assert 1 == proxy.lost
    assert {EVIL: 4, OTHER: 1} == {
        each.origin: each.count for each in await RedisRejectedOrigins(redis).of(BUSINESS)
    }


async def test_a_flood_is_written_in_few_commands_and_never_fills_the_process(
    redis: Redis,
) -> None:
    await redis.config_resetstat()
    async with counting_rejected_origins(redis) as notes:
        for n in range(5_000):
            notes.note(BUSINESS, Origin.parse_header(f"https://{n}.example"))
        notes.note(BUSINESS, Origin.parse_header("https://0.example"))

    kept = await RedisRejectedOrigins(redis).of(BUSINESS)
    assert KEPT_ORIGINS == len(kept)
    stats = await redis.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] <= 3


async def test_a_store_that_does_not_answer_costs_the_count_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        asyncio.timeout(10),
        connect("redis://127.0.0.1:9") as nowhere,
        counting_rejected_origins(nowhere) as notes,
    ):
        for origin in (EVIL, EVIL, OTHER):
            notes.note(BUSINESS, Origin.parse_header(origin))

    [line] = [each for each in caplog.records if each.getMessage() == "refused_origins_lost"]
    assert 3 == line.__dict__["count"]


async def test_a_store_that_is_silent_holds_up_no_stop(
    own_redis: EmbeddedRedis,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long it may take to answer: each origin is counted as lost, once."""
    monkeypatch.setattr(rejected_origins, "_LAST_WRITE_S", 0.1)
    async with connect(own_redis.url, time_outs=time_outs_of(30_000, 30_000)) as redis:
        await redis.ping()
        own_redis.pause()
        try:
            async with asyncio.timeout(10), counting_rejected_origins(redis) as notes:
                for origin in (EVIL, EVIL, OTHER):
                    notes.note(BUSINESS, Origin.parse_header(origin))
                await asyncio.sleep(0)  # noqa: TID251  # its write begins; waits for no time
                notes.note(new_id("bus"), Origin.parse_header(EVIL))
        finally:
            own_redis.resume()

    [line] = [each for each in caplog.records if each.getMessage() == "refused_origins_lost"]
    assert 4 == line.__dict__["count"]
