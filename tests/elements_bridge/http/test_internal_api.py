"""`/introspect` (RFC 7662) and `/revoke`: for services that hold the internal token alone."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    Json,
    claims_of,
    granted,
    refusal,
    settings_for,
)
from tests.support.clients.internal_client import (
    INTERNAL_TOKEN,
    RunningBridge,
    running_both_listeners,
)
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin, log_in
from tests.support.time_machine import MovableClock

INACTIVE = {"active": False}


async def introspected(both_listeners: RunningBridge, token: str) -> Json:
    """Return the answer, which is bare and never kept."""
    answer = await both_listeners.introspect(token)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body: Json = await answer.json()
    return body


async def test_an_active_token_says_what_it_stands_for(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    key = FrameKey()
    grant = await replace(both_listeners.public, frame_key=key).init(token=login.token)
    claims = claims_of(grant)

    shown = await introspected(both_listeners, grant["access_token"])

    assert shown["active"] is True
    assert (shown["token_type"], shown["cnf"]) == ("DPoP", {"jkt": key.jkt})
    assert (shown["client_id"], shown["parent_origin"]) == (BUSINESS, SHOP)
    for name in ("iss", "aud", "sub", "iat", "exp", "jti", "sid", "lsid", "amr", "auth_time"):
        assert shown[name] == claims[name]
    assert sorted(shown["scope"].split()) == sorted(claims["scope"].split())


async def test_a_guests_token_has_no_empty_claims(both_listeners: RunningBridge) -> None:
    shown = await introspected(both_listeners, (await both_listeners.public.init())["access_token"])
    assert (shown["active"], shown["token_type"]) == (True, "Bearer")
    assert not {"lsid", "account_id", "cnf"} & shown.keys()


async def test_attack_51_anything_else_is_inactive_and_nothing_more(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    grant = await both_listeners.public.init(token=login.token)
    token = grant["access_token"]
    for other in ("", "x", "x.y.z", login.token, grant["refresh_token"], token[:-2], token + "x"):
        assert await introspected(both_listeners, other or " ") == INACTIVE
    await granted(await both_listeners.public.post("logout", {"scope": "element"}, token=token))
    assert await introspected(both_listeners, token) == INACTIVE


@pytest.mark.parametrize(
    "credential", ["", "Bearer x", f"Bearer {INTERNAL_TOKEN}x", f"DPoP {INTERNAL_TOKEN}", "Basic x"]
)
async def test_attack_51_without_the_internal_token_nothing_is_told_or_ended(
    both_listeners: RunningBridge, credential: str
) -> None:
    grant = await both_listeners.public.init()
    for answer in (
        await both_listeners.introspect(grant["access_token"], Authorization=credential),
        await both_listeners.revoke(
            {"session_id": grant["session"]["id"]}, Authorization=credential
        ),
    ):
        assert (401, "UNAUTHENTICATED") == await refusal(answer)
    assert (await introspected(both_listeners, grant["access_token"]))["active"] is True


async def test_without_a_configured_token_nobody_holds_it(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as both_listeners:
        for credential in ("", "Bearer None", f"Bearer {INTERNAL_TOKEN}"):
            answer = await both_listeners.introspect("x", Authorization=credential)
            assert (401, "UNAUTHENTICATED") == await refusal(answer)


async def test_introspection_takes_one_token_in_a_form(both_listeners: RunningBridge) -> None:
    headers = {"Authorization": f"Bearer {INTERNAL_TOKEN}"}
    for form in ({}, {"tok": "x"}):
        answer = await both_listeners.http.post("/introspect", data=form, headers=headers)
        assert (400, "VALIDATION_ERROR") == await refusal(answer)
    answer = await both_listeners.http.post("/introspect", json={"token": "x"}, headers=headers)
    assert (415, "UNSUPPORTED_MEDIA_TYPE") == await refusal(answer)
    twice = [("token", "x"), ("token", "y")]
    answer = await both_listeners.http.post("/introspect", data=twice, headers=headers)
    assert (400, "VALIDATION_ERROR") == await refusal(answer)


async def test_a_session_a_login_or_all_of_a_customers_can_be_revoked_and_it_repeats(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis
) -> None:
    guest = await both_listeners.public.init()
    mine = [await both_listeners.public.init(token=login.token) for _ in range(3)]
    stranger = await both_listeners.public.init(token=(await log_in(redis)).token)
    first = mine[0]["session"]["id"]

    for body, revoked in (
        ({"session_id": guest["session"]["id"]}, 1),
        ({"session_id": first}, 1),
        ({"session_id": first}, 0),
        ({"session_id": "els_0123456789abcdefghijkl"}, 0),
        ({"customer_id": login.customer_id}, 3),
        ({"customer_id": login.customer_id}, 0),
        ({"customer_id": "cus_0123456789abcdefghijkl"}, 0),
    ):
        answer = await both_listeners.revoke(body)
        assert (answer.status, await answer.json()) == (200, {"revoked": revoked})

    for grant in (guest, *mine):
        ended = await both_listeners.public.refresh(grant["refresh_token"])
        assert (401, "SESSION_REVOKED") == await refusal(ended)
    await granted(await both_listeners.public.refresh(stranger["refresh_token"]))
    assert not await redis.exists(login.key)


async def test_a_revoked_login_takes_its_elements_with_it(
    both_listeners: RunningBridge, login: LinkLogin, redis: Redis
) -> None:
    grant = await both_listeners.public.init(token=login.token)
    await redis.set(redis_keys.partition_of(login.link_session_id), login.customer_id, ex=60)

    answer = await both_listeners.revoke({"link_session_id": login.link_session_id})

    assert (await answer.json()) == {"revoked": 1}
    refused = await both_listeners.public.refresh(grant["refresh_token"])
    assert (401, "SESSION_REVOKED") == await refusal(refused)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session_id": "els_x", "customer_id": "cus_x"},
        {"session_id": None},
        {"session_id": 1},
        {"session": "els_x"},
        [],
        "x",
        {"session_id": "e" * 65},
    ],
)
async def test_revoke_takes_exactly_one_name(both_listeners: RunningBridge, body: object) -> None:
    assert (400, "VALIDATION_ERROR") == await refusal(await both_listeners.revoke(body))


async def test_attack_35_after_racing_refreshes_no_token_is_active(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    async def race() -> None:
        grant = await both_listeners.public.init(token=login.token)
        refreshed, _ = await asyncio.gather(
            both_listeners.public.refresh(grant["refresh_token"]),
            both_listeners.revoke({"session_id": grant["session"]["id"]}),
        )
        tokens = [grant["access_token"]]
        if refreshed.status == 200:
            tokens.append((await granted(refreshed))["access_token"])
        for token in tokens:
            assert await introspected(both_listeners, token) == INACTIVE

    for _ in range(10):
        await asyncio.gather(*(race() for _ in range(10)))
