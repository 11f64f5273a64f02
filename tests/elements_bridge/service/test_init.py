"""`POST /init`: a bootstrap token becomes one session, for the frame it was made for."""

import asyncio
import json

import jwt
import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.contract.types import ElementsSession, TokenGrant
from link_kernel.ids import new_id
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Verifier,
    claims_of,
    configure,
    granted,
    new_key,
    refusal,
)
from tests.support.link_login import log_in
from tests.support.time_machine import TimeMachine


async def sessions_in(redis: Redis) -> int:
    """Count the elements sessions."""
    return len([key async for key in redis.scan_iter("link:v1:*:elements:*")])


async def test_a_guest_session_is_born(bridge: BridgeClient) -> None:
    response = await bridge.post("init", await bridge.init_body(element="auth"), key=new_key())

    grant = await granted(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert grant["token_type"] == "Bearer"
    assert grant["expires_in"] == 300
    assert grant["refresh_expires_in"] == 600
    session = grant["session"]
    assert session["state"] == "guest"
    assert session["customer_id"] is session["account_id"] is None
    assert (session["business_id"], session["parent_origin"]) == (BUSINESS, SHOP)
    assert session["created_at"].endswith("Z")


async def test_the_access_token_says_what_the_design_lists(
    bridge: BridgeClient, redis: Redis
) -> None:
    login = await log_in(redis)
    grant = await bridge.init(element="payment", token=login.token)

    header = jwt.get_unverified_header(grant["access_token"])
    claims = claims_of(grant)

    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert set(claims) == {
        *("iss", "aud", "sub", "client_id", "sid", "lsid", "element", "parent_origin"),
        *("mode", "scope", "amr", "auth_time", "iat", "exp", "jti", "account_id"),
    }
    assert claims["sub"] == login.customer_id
    assert claims["sid"] == grant["session"]["id"]
    assert claims["lsid"] == login.link_session_id
    assert claims["scope"] == "profile wallets:read"
    assert claims["exp"] - claims["iat"] == 300


async def test_a_grant_is_what_its_model_says(bridge: BridgeClient, redis: Redis) -> None:
    """It is written without the model, which is strict and closed; the order counts too."""
    for token in (None, (await log_in(redis)).token):
        grant = await bridge.init(token=token)
        refreshed = await granted(await bridge.refresh(grant["refresh_token"]))
        for written in (grant, refreshed):
            TokenGrant.model_validate_json(json.dumps(written))
            assert list(written) == list(TokenGrant.model_fields)
            assert list(written["session"]) == list(ElementsSession.model_fields)


@pytest.mark.parametrize(
    ("element", "scope"),
    [("auth", "profile"), ("address", "profile addresses"), ("payment", "profile wallets:read")],
)
async def test_scopes_follow_the_element(
    bridge: BridgeClient, redis: Redis, element: str, scope: str
) -> None:
    login = await log_in(redis)
    for token, expected in ((None, "otp"), (login.token, scope)):
        grant = await bridge.init(element=element, token=token)
        claims = claims_of(grant)
        assert claims["scope"] == expected


async def test_the_access_token_verifies_against_the_published_keys(bridge: BridgeClient) -> None:
    grant = await bridge.init()
    response = await bridge.http.get("/v1/link/elements/jwks.json")
    assert response.headers["Cache-Control"] == "public, max-age=300"

    keys = jwt.PyJWKSet.from_dict(await response.json())
    kid = jwt.get_unverified_header(grant["access_token"])["kid"]

    assert jwt.decode(
        grant["access_token"],
        keys[kid].key,
        algorithms=["ES256"],
        audience="https://api.cimplify.io/v1/link",
    )
    assert all("d" not in key for key in (await response.json())["keys"])


async def test_attack_36_a_lost_answer_is_given_again(bridge: BridgeClient, redis: Redis) -> None:
    body, key = await bridge.init_body(), new_key()
    first = await granted(await bridge.post("init", body, key=key))

    second = await granted(await bridge.post("init", body, key=key))

    assert second["refresh_token"] == first["refresh_token"]
    assert second["session"] == first["session"]
    assert await sessions_in(redis) == 1


async def test_attack_11_two_redemptions_at_once_with_different_keys_give_one_session(
    bridge: BridgeClient, redis: Redis
) -> None:
    body = await bridge.init_body()
    responses = await asyncio.gather(*(bridge.post("init", body, key=new_key()) for _ in range(20)))

    assert sorted(response.status for response in responses) == [200, *[401] * 19]
    winner = await granted(next(r for r in responses if r.status == 200))
    for response in responses:
        if response.status == 401:
            assert (401, "BOOTSTRAP_USED") == await refusal(response)
    assert await sessions_in(redis) == 1
    await granted(await bridge.refresh(winner["refresh_token"]))


async def test_init_does_not_repeat_once_the_session_has_moved_on(bridge: BridgeClient) -> None:
    body, key = await bridge.init_body(), new_key()
    first = await granted(await bridge.post("init", body, key=key))
    await granted(await bridge.refresh(first["refresh_token"]))

    assert (401, "BOOTSTRAP_USED") == await refusal(await bridge.post("init", body, key=key))


async def test_an_ended_session_is_not_born_again(bridge: BridgeClient) -> None:
    body, key = await bridge.init_body(), new_key()
    first = await granted(await bridge.post("init", body, key=key))
    await granted(await bridge.post("logout", {"scope": "element"}, token=first["access_token"]))

    assert (401, "BOOTSTRAP_USED") == await refusal(await bridge.post("init", body, key=key))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("code_verifier", Verifier.new().text, id="code_verifier-new"),
        pytest.param("business_id", new_id("bus"), id="business_id-new"),
        ("element", "auth"),
        ("parent_origin", "https://evil.example"),
        ("parent_origin", "null"),
        ("bootstrap_token", "elb_" + "A" * 200),
        ("bootstrap_token", "lnk_" + "A" * 40),
        ("bootstrap_token", "elr_" + "A" * 40),
    ],
)
async def test_attacks_11_and_21_a_token_of_another_frame_is_refused_without_side_effect(
    bridge: BridgeClient, redis: Redis, field: str, value: str
) -> None:
    body, key = await bridge.init_body(), new_key()

    refused = await bridge.post("init", {**body, field: value}, key=key)

    assert (401, "BOOTSTRAP_INVALID") == await refusal(refused)
    assert await sessions_in(redis) == 0
    await granted(await bridge.post("init", body, key=key))


async def test_attack_12_an_expired_token_is_told_apart_and_makes_no_session(
    bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    body = await bridge.init_body()
    await time_machine.forward(60_000)

    response = await bridge.post("init", body, key=new_key())

    assert (401, "BOOTSTRAP_EXPIRED") == await refusal(response)
    assert await sessions_in(redis) == 0


async def test_a_lost_answer_is_given_again_after_the_token_has_expired(
    bridge: BridgeClient, time_machine: TimeMachine
) -> None:
    body, key = await bridge.init_body(), new_key()
    first = await granted(await bridge.post("init", body, key=key))
    await time_machine.forward(5 * 60_000)

    second = await granted(await bridge.post("init", body, key=key))

    assert second["refresh_token"] == first["refresh_token"]


async def test_a_login_that_ended_before_init_is_session_revoked(
    bridge: BridgeClient, redis: Redis
) -> None:
    login = await log_in(redis)
    body = await bridge.init_body(token=login.token)
    await redis.delete(login.key)

    response = await bridge.post("init", body, key=new_key())

    assert (401, "SESSION_REVOKED") == await refusal(response)
    assert await sessions_in(redis) == 0


async def test_an_origin_removed_between_bootstrap_and_init_is_refused(
    bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    body = await bridge.init_body()
    await configure(RedisBusinesses(redis), "https://elsewhere.example")
    await time_machine.forward(5_000)

    response = await bridge.post("init", body, key=new_key())

    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)


@pytest.mark.parametrize("origin", [SHOP, "https://evil.example", "null", None])
async def test_only_the_elements_origin_may_call(bridge: BridgeClient, origin: str | None) -> None:
    for route in ("init", "refresh", "request-otp", "verify-otp", "logout"):
        response = await bridge.post(route, {}, origin=origin, key=new_key())
        assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_page_of_the_elements_origin_is_told_nothing_of_other_origins(
    bridge: BridgeClient,
) -> None:
    """Where its browser says whose page it is, it reads the answer without CORS headers."""
    for site, told in ((None, True), ("same-origin", False)):
        headers = {} if site is None else {"Sec-Fetch-Site": site}
        response = await bridge.post("refresh", {}, key=new_key(), headers=headers)
        assert 400 == response.status
        assert "Origin" == response.headers["Vary"]
        for name in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers"):
            assert told is (name in response.headers)


@pytest.mark.parametrize("site", ["cross-site", "none", "same-site"])
async def test_another_site_may_not_call_even_with_our_origin(
    bridge: BridgeClient, site: str
) -> None:
    response = await bridge.post("refresh", {}, key=new_key(), headers={"Sec-Fetch-Site": site})
    assert (403, "ORIGIN_NOT_ALLOWED") == await refusal(response)


async def test_the_frame_on_the_api_host_is_same_site(bridge: BridgeClient) -> None:
    body = {"refresh_token": "elr_x"}
    headers = {"Sec-Fetch-Site": "same-site", "Host": "api.cimplify.io"}
    response = await bridge.post("refresh", body, key=new_key(), headers=headers)
    assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)
