"""Rejected origins are recorded, and a change of the allow-list reaches every process."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from link_kernel.redis import connection
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Verifier,
    configure,
    granted,
    outcome_of,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.time_machine import MovableClock, TimeMachine

ROUTE = f"bootstrap?business_id={BUSINESS}"
BODY = {"element": "auth", "code_challenge": Verifier.new().challenge}
EVIL, BRANCH = "https://evil.example", "https://branch.shop.example"
FRESH_MS = 5_000
WAITING_S = 3.0


async def kept(redis: Redis) -> dict[str, int]:
    """Return what is kept of the business's refusals."""
    return {each.origin: each.count for each in await RedisRejectedOrigins(redis).of(BUSINESS)}


async def test_origins_refused_at_bootstrap_are_counted_and_nothing_else(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_bridge(settings_for(redis_url, keyring), clock) as bridge:
        for origin in (EVIL, EVIL, "http://shop.example"):
            response = await bridge.post(ROUTE, BODY, origin=origin)
            assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)
        for malformed in ("https://evil.example/", "https://Evil.example"):
            response = await bridge.post(ROUTE, BODY, origin=malformed)
            assert (400, "ORIGIN_MALFORMED") == await refusal(response)
        unknown = await bridge.post(f"bootstrap?business_id={new_id('bus')}", BODY, origin=EVIL)
        assert (404, "UNKNOWN_BUSINESS") == await refusal(unknown)
        await granted(await bridge.post(ROUTE, BODY, origin=SHOP))
        framed = {"business_id": BUSINESS, "parent_origin": "https://framer.example"}
        document = await bridge.http.get("/elements/auth", params=framed)
        assert document.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")

    assert {EVIL: 2, "http://shop.example": 1} == await kept(redis)


async def test_attack_38_a_dead_redis_costs_the_count_and_never_the_refusal(
    own_redis: EmbeddedRedis,
    keyring: KeyringFile,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with running_bridge(settings_for(own_redis.url, keyring), clock) as bridge:
        await bridge.init()  # the list is cached from here on
        await own_redis.kill()
        for _ in range(3):
            response = await bridge.post(ROUTE, BODY, origin=EVIL)
            assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)
    lost = [each for each in caplog.records if each.getMessage() == "refused_origins_lost"]
    assert 3 == sum(each.__dict__["count"] for each in lost)


async def test_attack_38_a_refusal_does_not_wait_for_its_count(
    own_redis: EmbeddedRedis,
    keyring: KeyringFile,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first waits for the limit of its address, which no slow Redis may open."""
    monkeypatch.setattr(connection, "_READ_TIMEOUT_S", WAITING_S)
    clock.stop()
    async with running_bridge(settings_for(own_redis.url, keyring), clock) as bridge:
        await bridge.init()
        own_redis.pause()
        try:
            first = await bridge.post(ROUTE, BODY, origin=EVIL)
            async with asyncio.timeout(WAITING_S):
                others = [await bridge.post(ROUTE, BODY, origin=EVIL) for _ in range(2)]
        finally:
            own_redis.resume()
        for response in (first, *others):
            assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)
    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        assert {EVIL: 3} == await kept(redis)


@pytest.fixture
async def replicas(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[list[BridgeClient]]:
    """Two bridges on one Redis, with one clock."""
    async with AsyncExitStack() as running:
        settings = settings_for(redis_url, keyring)
        yield [await running.enter_async_context(running_bridge(settings, clock)) for _ in range(2)]


async def outcomes(replicas: list[BridgeClient], origin: str) -> list[str]:
    """Ask every replica for a bootstrap; return `ok` or the refusal's code of each."""
    answers = [await bridge.post(ROUTE, BODY, origin=origin) for bridge in replicas]
    return ["ok" if found.status == 200 else (await refusal(found))[1] for found in answers]


REFUSED, OK = ["ORIGIN_NOT_ALLOWED"] * 2, ["ok"] * 2


async def test_an_added_origin_is_admitted_by_every_replica_within_five_seconds(
    replicas: list[BridgeClient], redis: Redis, clock: MovableClock
) -> None:
    assert REFUSED == await outcomes(replicas, BRANCH)

    await configure(RedisBusinesses(redis), SHOP, "https://*.shop.example")
    clock.ahead_ms += FRESH_MS

    assert OK == await outcomes(replicas, BRANCH)
    assert OK == await outcomes(replicas, SHOP)
    assert REFUSED == await outcomes(replicas, "https://shop.example.evil.example")


async def test_attack_23_a_removed_origin_is_refused_by_every_replica_within_five_seconds(
    replicas: list[BridgeClient], redis: Redis, time_machine: TimeMachine
) -> None:
    first, second = replicas
    session = await first.init()
    assert OK == await outcomes(replicas, SHOP)

    await configure(RedisBusinesses(redis), "https://elsewhere.example")
    await time_machine.forward(FRESH_MS)

    assert REFUSED == await outcomes(replicas, SHOP)
    for bridge in (second, first):
        refreshed = await bridge.refresh(session["refresh_token"])
        assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(refreshed)


async def test_attack_23_the_sessions_of_a_removed_wildcard_end_and_others_go_on(
    replicas: list[BridgeClient], redis: Redis, time_machine: TimeMachine
) -> None:
    first, second = replicas
    businesses = RedisBusinesses(redis)
    await configure(businesses, SHOP, "https://*.shop.example")
    await time_machine.forward(FRESH_MS)
    verifier = Verifier.new()
    asked = {"element": "payment", "code_challenge": verifier.challenge}
    token = (await granted(await first.post(ROUTE, asked, origin=BRANCH)))["bootstrap_token"]
    body = {
        "bootstrap_token": token,
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "payment",
        "parent_origin": BRANCH,
    }
    of_branch = await granted(await second.post("init", body, key="k" * 22))
    of_shop = await first.init()

    await configure(businesses, SHOP)
    await time_machine.forward(FRESH_MS)

    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(
        await second.refresh(of_branch["refresh_token"])
    )
    outcome, _ = await outcome_of(await second.refresh(of_shop["refresh_token"]))
    assert "rotated" == outcome


async def test_a_disabled_business_is_refused_by_every_replica_and_none_is_counted(
    replicas: list[BridgeClient], redis: Redis, time_machine: TimeMachine
) -> None:
    session = await replicas[0].init()
    assert OK == await outcomes(replicas, SHOP)

    await configure(RedisBusinesses(redis), state="disabled")
    await time_machine.forward(FRESH_MS)

    assert ["BUSINESS_DISABLED"] * 2 == await outcomes(replicas, EVIL)
    for bridge in replicas:
        refreshed = await bridge.refresh(session["refresh_token"])
        assert (403, "BUSINESS_DISABLED") == await refusal(refreshed)
    assert {} == await kept(redis)
