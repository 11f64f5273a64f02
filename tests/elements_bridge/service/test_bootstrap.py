"""`POST /bootstrap`: who gets a bootstrap token, and what may be read of a refusal."""

import json

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import (
    API,
    BUSINESS,
    SHOP,
    BridgeClient,
    Verifier,
    configure,
    granted,
    refusal,
)
from tests.support.link_login import log_in
from tests.support.time_machine import TimeMachine

ROUTE = f"bootstrap?business_id={BUSINESS}"
BODY = {"element": "auth", "code_challenge": Verifier.new().challenge}


async def test_a_listed_page_gets_an_opaque_token_of_60_seconds(bridge: BridgeClient) -> None:
    response = await bridge.post(ROUTE, BODY, origin=SHOP)

    grant = await granted(response)
    assert grant["bootstrap_token"].startswith("elb_")
    assert grant["expires_in"] == 60
    assert response.headers["Cache-Control"] == "no-store"
    assert SHOP not in grant["bootstrap_token"]


async def test_a_guest_handshake_needs_no_preflight(bridge: BridgeClient) -> None:
    response = await bridge.http.post(
        f"{API}/{ROUTE}",
        data=json.dumps(BODY),
        headers={"Origin": SHOP, "Content-Type": "text/plain;charset=UTF-8"},
    )
    assert (await granted(response))["bootstrap_token"]


@pytest.mark.parametrize(
    ("origin", "status", "code"),
    [
        (None, 403, "ORIGIN_NOT_ALLOWED"),
        ("null", 403, "ORIGIN_NOT_ALLOWED"),
        ("https://evil.example", 403, "ORIGIN_NOT_ALLOWED"),
        ("http://shop.example", 403, "ORIGIN_NOT_ALLOWED"),
        ("https://shop.example:8443", 403, "ORIGIN_NOT_ALLOWED"),
        ("https://shop.example.evil.example", 403, "ORIGIN_NOT_ALLOWED"),
        ("https://shop.example.", 403, "ORIGIN_NOT_ALLOWED"),
        ("capacitor://localhost", 403, "ORIGIN_NOT_ALLOWED"),
        ("https://shop.example/", 400, "ORIGIN_MALFORMED"),
        ("HTTPS://shop.example", 400, "ORIGIN_MALFORMED"),
        ("https://shop.example:443", 400, "ORIGIN_MALFORMED"),
        ("https://shop.example@evil.example", 400, "ORIGIN_MALFORMED"),
        ("https://evil.example\\@shop.example", 400, "ORIGIN_MALFORMED"),
    ],
)
async def test_attacks_16_to_24_an_origin_that_is_not_listed_is_refused(
    bridge: BridgeClient, origin: str | None, status: int, code: str
) -> None:
    assert (status, code) == await refusal(await bridge.post(ROUTE, BODY, origin=origin))


async def test_attack_47_the_refused_page_can_read_why(bridge: BridgeClient) -> None:
    refused = await bridge.post(ROUTE, BODY, origin="https://evil.example")
    assert refused.headers["Access-Control-Allow-Origin"] == "https://evil.example"
    assert refused.headers["Access-Control-Expose-Headers"] == "X-Request-Id"
    assert refused.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in refused.headers

    opaque = await bridge.post(ROUTE, BODY, origin="null")
    assert "Access-Control-Allow-Origin" not in opaque.headers
    assert opaque.headers["Vary"] == "Origin"


async def test_attack_22_the_origin_of_one_business_is_nothing_to_another(
    bridge: BridgeClient, redis: Redis
) -> None:
    other = new_id("bus")
    await configure(RedisBusinesses(redis), "https://other.example", business_id=other)
    response = await bridge.post(f"bootstrap?business_id={other}", BODY, origin=SHOP)
    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)


@pytest.mark.parametrize(
    "business_id", [pytest.param(new_id("bus"), id="new"), "bus_nope", "", "bus_%00", "../x"]
)
async def test_an_unknown_business_is_404(bridge: BridgeClient, business_id: str) -> None:
    response = await bridge.post(f"bootstrap?business_id={business_id}", BODY, origin=SHOP)
    assert (404, "UNKNOWN_BUSINESS") == await refusal(response)


@pytest.mark.parametrize("query", ["", f"?business_id={BUSINESS}&business_id={BUSINESS}"])
async def test_the_business_is_named_once(bridge: BridgeClient, query: str) -> None:
    response = await bridge.post(f"bootstrap{query}", BODY, origin=SHOP)
    assert (400, "VALIDATION_ERROR") == await refusal(response)


async def test_attack_20_a_test_business_is_unknown_to_a_live_deployment(
    bridge: BridgeClient, redis: Redis
) -> None:
    other = new_id("bus")
    await configure(RedisBusinesses(redis), business_id=other, mode="test")
    response = await bridge.post(f"bootstrap?business_id={other}", BODY, origin=SHOP)
    assert (404, "UNKNOWN_BUSINESS") == await refusal(response)


async def test_a_disabled_business_is_403_within_five_seconds(
    bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    first = await bridge.init()
    await configure(RedisBusinesses(redis), state="disabled")
    await time_machine.forward(5_000)

    assert (403, "BUSINESS_DISABLED") == await refusal(await bridge.post(ROUTE, BODY, origin=SHOP))
    refresh = await bridge.refresh(first["refresh_token"])
    assert (403, "BUSINESS_DISABLED") == await refusal(refresh)


async def test_attack_23_a_removed_origin_is_refused_within_five_seconds_and_nothing_rotates(
    bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    first = await bridge.init()
    businesses = RedisBusinesses(redis)
    await configure(businesses, "https://elsewhere.example")
    await time_machine.forward(5_000)
    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(
        await bridge.refresh(first["refresh_token"])
    )

    await configure(businesses)
    await time_machine.forward(5_000)

    response = await bridge.refresh(first["refresh_token"])
    assert response.headers["X-Refresh-Outcome"] == "rotated"


async def test_a_listed_page_may_hand_over_a_login(bridge: BridgeClient, redis: Redis) -> None:
    login = await log_in(redis)

    grant = await bridge.init(token=login.token)

    assert grant["session"]["state"] == "authenticated"
    assert grant["session"]["customer_id"] == login.customer_id
    assert grant["session"]["amr"] == ["bootstrap"]


@pytest.mark.parametrize(
    "credential",
    [
        "Bearer lnk_unknown",
        "Bearer rfr_something",
        "Bearer elb_something",
        "Bearer elr_something",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "Bearer ",
        "Basic bG5rOng=",
        "lnk_unknown",
    ],
)
async def test_attack_14_and_40_a_credential_for_nobody_is_never_a_silent_guest(
    bridge: BridgeClient, credential: str
) -> None:
    response = await bridge.post(ROUTE, BODY, origin=SHOP, headers={"Authorization": credential})
    assert (401, "UNAUTHENTICATED") == await refusal(response)
    assert response.headers["WWW-Authenticate"]


async def test_an_ended_login_is_unauthenticated(bridge: BridgeClient, redis: Redis) -> None:
    login = await log_in(redis)
    await redis.delete(login.key)

    response = await bridge.post(ROUTE, BODY, origin=SHOP, token=login.token)

    assert (401, "UNAUTHENTICATED") == await refusal(response)


async def test_a_call_typed_into_the_address_bar_is_refused(bridge: BridgeClient) -> None:
    for site, status in (("none", 403), ("cross-site", 200), ("same-origin", 200)):
        response = await bridge.post(ROUTE, BODY, origin=SHOP, headers={"Sec-Fetch-Site": site})
        assert response.status == status


async def test_a_preflight_lets_a_canonical_page_send_its_login(bridge: BridgeClient) -> None:
    response = await bridge.http.options(
        f"{API}/{ROUTE}",
        headers={
            "Origin": SHOP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Max-Age"] == "7200"
