"""A captured proof or token is useless with another token, session or scope."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    claims_of,
    granted,
    new_key,
    outcome_of,
    refusal,
    url_of,
)
from tests.support.clients.bridge_sign_in import sign_in
from tests.support.clients.internal_client import RunningBridge
from tests.support.clients.link_client import Outbox
from tests.support.clients.proof_calls import key_of, refresh_proof, spend
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin
from tests.support.time_machine import TimeMachine

CUSTOMER, ELEMENT = {"scope": "customer"}, {"scope": "element"}


@pytest.fixture
def signing_frame(signing_bridge: BridgeClient) -> BridgeClient:
    """A frame with a key before a real auth service."""
    return replace(signing_bridge, frame_key=FrameKey())


async def test_attack_45_a_spent_proof_is_of_no_use_after_the_session_has_moved(
    signing_frame: BridgeClient, outbox: Outbox
) -> None:
    frame = signing_frame
    guest = await frame.init()
    proof = refresh_proof(frame, guest)
    guest = await granted(await spend(frame, guest, DPoP=proof))
    customer = await sign_in(frame, outbox, guest)

    stolen = await spend(frame, customer, DPoP=proof)

    assert (401, "INVALID_DPOP_PROOF") == await refusal(stolen)
    assert "rotated" in await outcome_of(await spend(frame, customer))


async def test_attack_45_a_proof_of_one_init_redeems_no_other_token(frame: BridgeClient) -> None:
    first, second = await frame.init_body(), await frame.init_body()
    proof = key_of(frame).proof(url_of("init"), token=first["bootstrap_token"])
    await granted(await frame.post("init", first, key=new_key(), headers={"DPoP": proof}))
    other = await frame.post("init", second, key=new_key(), headers={"DPoP": proof})
    assert (401, "INVALID_DPOP_PROOF") == await refusal(other)


async def test_attack_45_a_proof_of_a_small_logout_makes_no_large_one(
    signing_frame: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    frame = signing_frame
    grant = await sign_in(frame, outbox, await frame.init())
    token, claims = grant["access_token"], claims_of(grant)
    headers = {"DPoP": key_of(frame).proof(url_of("logout"), token=token)}
    for revoked in (1, 0):
        answer = await frame.post("logout", ELEMENT, token=token, headers=headers)
        assert await granted(answer) == {"revoked": revoked}

    swapped = await frame.post("logout", CUSTOMER, token=token, headers=headers)

    assert (401, "INVALID_DPOP_PROOF") == await refusal(swapped)
    assert await redis.exists(redis_keys.link_session(claims["sub"], claims["lsid"]))


async def test_a_code_asked_for_twice_by_the_network_is_one_request(
    signing_frame: BridgeClient, outbox: Outbox
) -> None:
    frame = signing_frame
    token = (await frame.init())["access_token"]
    headers = {"DPoP": key_of(frame).proof(url_of("request-otp"), token=token)}
    otp = {"contact": "+233241234567", "contact_type": "phone"}
    await granted(await frame.post("request-otp", otp, token=token, headers=headers))

    again = await frame.post("request-otp", otp, token=token, headers=headers)
    other = {**otp, "contact": "+233241234568"}
    another = await frame.post("request-otp", other, token=token, headers=headers)

    assert (429, "RATE_LIMITED") == await refusal(again)
    assert again.headers["RateLimit-Policy"].startswith('"otp_wait"')
    assert (401, "INVALID_DPOP_PROOF") == await refusal(another)
    assert len(outbox.sent) == 1


async def test_a_token_whose_session_somebody_else_ended_ends_no_login(
    signing_bridge: BridgeClient, outbox: Outbox, redis: Redis
) -> None:
    grant = await sign_in(signing_bridge, outbox, await signing_bridge.init())
    token, claims = grant["access_token"], claims_of(grant)
    await granted(await signing_bridge.post("logout", ELEMENT, token=token))

    late = await signing_bridge.post("logout", CUSTOMER, token=token)

    assert (401, "SESSION_REVOKED") == await refusal(late)
    assert await redis.exists(redis_keys.link_session(claims["sub"], claims["lsid"]))


def sibling_body(bootstrap_token: str, verifier: Verifier) -> Json:
    """Return the body of a sibling's init."""
    return {
        "bootstrap_token": bootstrap_token,
        "code_verifier": verifier.text,
        "business_id": BUSINESS,
        "element": "payment",
        "parent_origin": SHOP,
        "via": "sibling",
    }


async def test_attack_35_no_sibling_survives_the_session_that_would_sign_it_in(
    both_listeners: RunningBridge, login: LinkLogin
) -> None:
    bridge = both_listeners.public
    grant = await bridge.init(token=login.token)
    verifiers = [Verifier.new() for _ in range(3)]
    minted = []
    for verifier in verifiers:
        answer = await bridge.post(
            f"bootstrap?business_id={BUSINESS}",
            {"element": "payment", "code_challenge": verifier.challenge},
            token=grant["access_token"],
        )
        minted.append((await granted(answer))["bootstrap_token"])
    first_key, first_body = new_key(), sibling_body(minted[0], verifiers[0])
    first = await granted(await bridge.post("init", first_body, key=first_key))

    await both_listeners.revoke({"session_id": grant["session"]["id"]})

    late = await asyncio.gather(
        *(
            bridge.post("init", sibling_body(token, verifier), key=new_key())
            for token, verifier in zip(minted[1:], verifiers[1:], strict=True)
        )
    )
    for answer in late:
        assert (401, "SESSION_REVOKED") == await refusal(answer)
    again = await granted(await bridge.post("init", first_body, key=first_key))
    assert again["refresh_token"] == first["refresh_token"]  # born before, and its own


async def test_a_policy_that_requires_proofs_ends_what_lives_without(
    signing_bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    plain, bound = signing_bridge, replace(signing_bridge, frame_key=FrameKey())
    unbound, proved = await plain.init(), await bound.init()
    required = StoredBusiness(BUSINESS, "Shop", "enabled", "live", (SHOP,), 1, "required")
    assert await RedisBusinesses(redis).put(required)
    await time_machine.forward(5_000)

    refused = await spend(plain, unbound)
    otp = {"contact": "+233241234567", "contact_type": "phone"}
    asked = await plain.post("request-otp", otp, token=unbound["access_token"])

    for answer in (refused, asked):
        assert (401, "INVALID_DPOP_PROOF") == await refusal(answer)
    assert "rotated" in await outcome_of(await spend(bound, proved))


async def test_attack_12_a_refused_init_leaves_nothing_behind(
    bridge: BridgeClient, login: LinkLogin, redis: Redis, time_machine: TimeMachine
) -> None:
    body = await bridge.init_body(token=login.token)
    await time_machine.forward(61_000)
    before = {str(key) async for key in redis.scan_iter("*")}

    late = await bridge.post("init", body, key=new_key())

    assert (401, "BOOTSTRAP_EXPIRED") == await refusal(late)
    after = {key async for key in redis.scan_iter("*") if ":limit:" not in str(key)}
    assert after <= before


async def test_a_policy_that_requires_proofs_lets_no_unbound_session_mint_for_a_sibling(
    bridge: BridgeClient, login: LinkLogin, redis: Redis, time_machine: TimeMachine
) -> None:
    unbound = await bridge.init(token=login.token)
    required = StoredBusiness(BUSINESS, "Shop", "enabled", "live", (SHOP,), 1, "required")
    assert await RedisBusinesses(redis).put(required)
    await time_machine.forward(5_000)

    asked = await bridge.post(
        f"bootstrap?business_id={BUSINESS}",
        {"element": "address", "code_challenge": Verifier.new().challenge},
        token=unbound["access_token"],
    )

    assert (401, "INVALID_DPOP_PROOF") == await refusal(asked)
