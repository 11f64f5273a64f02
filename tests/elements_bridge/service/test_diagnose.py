"""`POST /diagnose`: a merchant's developer learns why a frame stays blank; on live, nothing."""

import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.keyring import KeyringFile
from link_dev.embedded.redis import EmbeddedRedis
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    configure,
    granted,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.time_machine import MovableClock

ROUTE = f"diagnose?business_id={BUSINESS}"
BODY = {"element": "payment"}
WWW = "https://www.shop.example"


@pytest.fixture
async def tester(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[BridgeClient]:
    """A bridge in test mode; a test business lists the shop."""
    settings = settings_for(redis_url, keyring, mode="test")
    async with running_bridge(settings, clock) as client:
        await configure(RedisBusinesses(redis), mode="test")
        yield client


async def found(
    bridge: BridgeClient, *, origin: str = SHOP, route: str = ROUTE, **body: str
) -> tuple[bool, dict[str, Json]]:
    """Return whether all is allowed, and the checks by name."""
    answer = await granted(await bridge.post(route, {**BODY, **body}, origin=origin))
    assert {"allowed", "checks"} == set(answer)
    return answer["allowed"], {check["name"]: check for check in answer["checks"]}


def failed(checks: dict[str, Json]) -> dict[str, str]:
    """Return the messages of the checks that failed."""
    return {name: check["message"] for name, check in checks.items() if not check["ok"]}


async def test_a_listed_page_hears_that_all_is_well(tester: BridgeClient) -> None:
    allowed, checks = await found(tester, parent_origin=SHOP)
    assert allowed
    names = ["business_known", "business_enabled", "origin_listed", "parent_origin"]
    assert names == list(checks)


async def test_a_page_that_is_not_listed_hears_the_nearest_reason(tester: BridgeClient) -> None:
    for origin, words in {
        WWW: "with `www.`",
        "http://shop.example": "over https",
        "https://shop.example:8443": "another port",
        "https://shop.example.": "a dot",
        "https://evil.example": "origins add",
    }.items():
        allowed, checks = await found(tester, origin=origin, parent_origin=origin)
        assert not allowed
        assert {"origin_listed"} == set(failed(checks))
        assert words in failed(checks)["origin_listed"]
        assert SHOP not in str(checks)


@pytest.mark.parametrize(
    ("parent", "words"),
    [
        (WWW, "not the origin of this page"),
        ("null", "sandbox"),
        ("capacitor://localhost", "scheme"),
        ("ionic://localhost", "scheme"),
        ("https://shop.example/", "not spelt"),
        ("<script>alert(1)</script>", "not spelt"),
    ],
)
async def test_what_the_iframes_address_says_is_looked_at(
    tester: BridgeClient, parent: str, words: str
) -> None:
    allowed, checks = await found(tester, parent_origin=parent)
    assert not allowed
    assert words in failed(checks)["parent_origin"]
    assert checks["origin_listed"]["ok"]
    assert ("parent_origin_listed" in checks) is (parent == WWW)
    assert "alert" not in str(checks)


async def test_the_business_is_looked_at(tester: BridgeClient, redis: Redis) -> None:
    live, off = new_id("bus"), new_id("bus")
    await configure(RedisBusinesses(redis), business_id=live, mode="live")
    await configure(RedisBusinesses(redis), business_id=off, mode="test", state="disabled")
    for business_id in (new_id("bus"), live, "bus_x", "<b>"):
        allowed, checks = await found(tester, route=f"diagnose?business_id={business_id}")
        assert (False, ["business_known"]) == (allowed, list(checks))
        assert "<b>" not in str(checks)

    allowed, checks = await found(tester, route=f"diagnose?business_id={off}")
    assert (False, {"business_enabled"}) == (allowed, set(failed(checks)))


async def test_any_page_may_ask_without_a_preflight_and_read_the_refusal(
    tester: BridgeClient,
) -> None:
    response = await tester.http.post(
        f"{API}/{ROUTE}",
        data=json.dumps(BODY),
        headers={"Origin": "https://evil.example", "Content-Type": "text/plain;charset=UTF-8"},
    )
    assert not (await granted(response))["allowed"]
    assert "https://evil.example" == response.headers["Access-Control-Allow-Origin"]
    assert "no-store" == response.headers["Cache-Control"]

    for body in ({}, {"element": "wallet"}, {**BODY, "origin": SHOP}, {**BODY, "parent_origin": 7}):
        response = await tester.post(ROUTE, body, origin="https://evil.example")
        assert (400, "VALIDATION_ERROR") == await refusal(response)
        assert "https://evil.example" == response.headers["Access-Control-Allow-Origin"]
    for origin, status in ((None, 403), ("null", 403), ("https://shop.example/", 400)):
        assert status == (await tester.post(ROUTE, BODY, origin=origin)).status


async def test_a_page_that_is_refused_here_is_counted_as_at_bootstrap(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_bridge(settings_for(redis_url, keyring, mode="test"), clock) as bridge:
        await configure(RedisBusinesses(redis), mode="test")
        await found(bridge, origin=WWW, parent_origin="https://claimed.example")
        await found(bridge, origin=SHOP)

    kept = await RedisRejectedOrigins(redis).of(BUSINESS)
    assert [(WWW, 1)] == [(each.origin, each.count) for each in kept]


async def test_on_live_there_is_nothing_for_anybody(bridge: BridgeClient) -> None:
    nothing = await bridge.post("nothing-of-the-kind", BODY, origin=SHOP)
    expected = (await nothing.text(), 404)
    for origin in (SHOP, "https://evil.example", None, "null"):
        for route in (ROUTE, "diagnose", f"diagnose?business_id={new_id('bus')}"):
            response = await bridge.post(route, BODY, origin=origin)
            assert (404, "NOT_FOUND") == await refusal(response)
            assert expected == (await response.text(), response.status)
            assert "Access-Control-Allow-Origin" not in response.headers
    got = await bridge.http.get(f"{API}/{ROUTE}")
    assert (404, "NOT_FOUND") == await refusal(got)
    preflight = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    assert 404 == (await bridge.http.options(f"{API}/{ROUTE}", headers=preflight)).status


async def test_a_dead_redis_is_503_and_no_verdict(
    own_redis: EmbeddedRedis, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(own_redis.url, keyring, mode="test")
    async with running_bridge(settings, clock) as bridge:
        await own_redis.kill()
        response = await bridge.post(ROUTE, BODY, origin=SHOP)
        assert (503, "STORE_UNAVAILABLE") == await refusal(response)


async def test_only_a_test_deployment_says_its_mode_with_the_sdk(
    tester: BridgeClient, bridge: BridgeClient
) -> None:
    said = (await tester.http.get("/elements/sdk/v1.js")).headers
    assert ("test", "*") == (said["Link-Mode"], said["Access-Control-Expose-Headers"])
    assert "Link-Mode" not in (await tester.http.get("/elements/r/0/frame/frame.js")).headers
    assert "Link-Mode" not in (await bridge.http.get("/elements/sdk/v1.js")).headers


async def test_a_developer_may_ask_only_so_often(
    redis: Redis, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    settings = settings_for(redis_url, keyring, mode="test", limit_bootstrap=2)
    async with running_bridge(settings, clock) as bridge:
        await configure(RedisBusinesses(redis), mode="test")
        for _ in range(2):
            await found(bridge)
        limited = await bridge.post(ROUTE, BODY, origin=SHOP)
        assert (429, "RATE_LIMITED") == await refusal(limited)
    assert limited.headers["RateLimit-Policy"] == '"diagnose";q=2;w=60'
