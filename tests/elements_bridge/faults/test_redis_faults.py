"""Redis stopped, read-only, slow: 503 with Retry-After, never a logout, and recovery by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import pytest
from redis.asyncio import Redis

from elements_bridge.app import Bridge, open_bridge
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.web.application import new_application
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    granted,
    list_shop,
    new_key,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.time_machine import MovableClock
from tests.support.waiting import until, until_answered

LONGEST_PROBE_S: Final = 1.8
LONGEST_START_S: Final = 3.0


@pytest.fixture
async def frail(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[BridgeClient]:
    """A bridge on a Redis of the test's own."""
    async with running_bridge(settings_for(own_redis.url, keyring), clock) as client:
        yield client


async def every_call(bridge: BridgeClient, grant: Json, init_body: Json) -> list[tuple[str, str]]:
    """Make every call that needs Redis; return routes and codes after checking the refusal."""
    token = grant["access_token"]
    otp = {"contact": "+233201234567", "contact_type": "phone"}
    calls = {
        "init": await bridge.post("init", init_body, key=new_key()),
        "refresh": await bridge.refresh(grant["refresh_token"]),
        "request-otp": await bridge.post("request-otp", otp, token=token),
        "verify-otp": await bridge.post(
            "verify-otp", {**otp, "otp_code": "123456"}, token=token, key=new_key()
        ),
        "logout": await bridge.post("logout", {"scope": "element"}, token=token),
    }
    codes = []
    for route, response in calls.items():
        status, code = await refusal(response)
        assert status == 503, route
        assert int(response.headers["Retry-After"]) >= 1
        assert (await response.json())["error"]["retryable"] is True
        codes.append((route, code))
    return codes


async def test_attack_38_a_dead_redis_is_503_and_its_return_is_enough(
    frail: BridgeClient, own_redis: EmbeddedRedis
) -> None:
    grant, init_body = await frail.init(), await frail.init_body()

    await own_redis.kill()
    codes = await every_call(frail, grant, init_body)
    assert {code for _, code in codes} == {"STORE_UNAVAILABLE"}

    await own_redis.restart()
    async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
        await list_shop(RedisBusinesses(redis))
    # Redis came back empty: this session is gone for good, and new ones start at once.
    assert (401, "SESSION_EXPIRED") == await refusal(await frail.refresh(grant["refresh_token"]))
    await frail.init()


async def test_attack_38_a_slow_redis_is_503_in_time_and_the_session_survives(
    frail: BridgeClient, own_redis: EmbeddedRedis
) -> None:
    grant, key = await frail.init(), new_key()

    own_redis.pause()
    response = await frail.refresh(grant["refresh_token"], key)
    assert (503, "STORE_UNAVAILABLE") == await refusal(response)
    own_redis.resume()

    # The paused server may have done it after all: the same key gets the one successor.
    again = await frail.refresh(grant["refresh_token"], key)
    successor = (await granted(again))["refresh_token"]
    assert again.headers["X-Refresh-Outcome"] in {"rotated", "replayed"}
    await granted(await frail.refresh(successor))


async def test_attack_38_a_read_only_redis_is_503_and_rotates_nothing(
    frail: BridgeClient, own_redis: EmbeddedRedis
) -> None:
    grant, init_body, key = await frail.init(), await frail.init_body(), new_key()
    async with EmbeddedRedis() as primary, Redis.from_url(own_redis.url) as redis:
        await redis.config_set("replica-serve-stale-data", "yes")
        # A replica of a host that never answers keeps its data and refuses writes.
        await redis.replicaof("127.0.0.1", "9")
        for response in (
            await frail.refresh(grant["refresh_token"], key),
            await frail.post("init", init_body, key=new_key()),
        ):
            assert (503, "STORE_UNAVAILABLE") == await refusal(response)
        await redis.replicaof("NO", "ONE")
        assert primary.url != own_redis.url

    response = await frail.refresh(grant["refresh_token"], key)
    assert response.headers["X-Refresh-Outcome"] == "rotated"


async def test_a_bootstrap_without_redis_is_503_unless_the_list_is_fresh(
    frail: BridgeClient, own_redis: EmbeddedRedis, clock: MovableClock
) -> None:
    route = f"bootstrap?business_id={BUSINESS}"
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}
    await granted(await frail.post(route, body, origin=SHOP))
    await own_redis.kill()

    await granted(await frail.post(route, body, origin=SHOP))
    clock.ahead_ms += 5_000
    response = await frail.post(route, body, origin=SHOP)

    assert (503, "STORE_UNAVAILABLE") == await refusal(response)
    assert response.headers["Access-Control-Allow-Origin"] == SHOP


async def test_the_bridge_starts_before_its_redis(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    await own_redis.kill()
    async with open_bridge(settings_for(own_redis.url, keyring), clock=clock) as bridge:
        root = new_application()
        bridge.mount_public(root)
        assert (await bridge.internal.readiness()).redis == "no_answer"
        await own_redis.restart()
        assert (await bridge.internal.readiness()).redis == "ok"


async def test_without_redis_the_limits_hold_here_and_redis_counts_again_when_it_is_back(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Never open: not while Redis is away, and not afterwards; the first call was `init`'s."""
    route = f"bootstrap?business_id={BUSINESS}"
    body = {"element": "auth", "code_challenge": Verifier.new().challenge}
    settings = settings_for(own_redis.url, keyring, limit_bootstrap=3, limit_refresh=2)
    async with running_bridge(settings, clock) as bridge:
        grant = await bridge.init()
        await own_redis.kill()

        answers = [await bridge.post(route, body, origin=SHOP) for _ in range(5)]
        assert [answer.status for answer in answers] == [200, 200, 429, 429, 429]
        assert int(answers[3].headers["Retry-After"]) >= 1
        codes = [await refusal(await bridge.refresh(grant["refresh_token"])) for _ in range(4)]
        assert set(codes[:2]) == {(503, "STORE_UNAVAILABLE")}
        assert codes[3] == (429, "RATE_LIMITED")

        await own_redis.restart()
        clock.ahead_ms += 60_000
        async with Redis.from_url(own_redis.url, decode_responses=True) as redis:
            await list_shop(RedisBusinesses(redis))
            await granted(await bridge.post(route, body, origin=SHOP))

            async def is_told() -> bool:
                return bool([key async for key in redis.scan_iter("link:v1:limit:bootstrap/*")])

            await until_answered(is_told)


async def test_a_silent_redis_is_told_before_a_probe_gives_up(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Each time; the looks at it go on."""
    async with open_bridge(settings_for(own_redis.url, keyring), clock=clock) as bridge:
        own_redis.pause()
        for _ in range(3):
            async with asyncio.timeout(LONGEST_PROBE_S):
                assert (await bridge.internal.readiness()).redis == "no_answer"
        own_redis.resume()
        await until_answered(lambda: is_reached(bridge))


async def is_reached(bridge: Bridge) -> bool:
    """Tell whether the bridge says that Redis can be used."""
    return (await bridge.internal.readiness()).redis == "ok"


async def test_a_silent_redis_holds_up_no_start(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    """Each of the two steps that wait for it waits a second; it may answer later."""
    own_redis.pause()
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(LONGEST_START_S):
            settings = settings_for(own_redis.url, keyring)
            bridge = await stack.enter_async_context(open_bridge(settings, clock=clock))
        own_redis.resume()
        await until(lambda: bridge.feed.is_fresh)
