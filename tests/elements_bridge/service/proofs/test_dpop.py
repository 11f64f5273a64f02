"""DPoP (docs/protocol.md#dpop): a session's key is shown at each call; a proof serves one."""

import asyncio
from dataclasses import replace

from aiohttp import ClientResponse
from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    BUSINESS,
    LINK,
    BridgeClient,
    granted,
    new_key,
    outcome_of,
    refusal,
    url_of,
)
from tests.support.clients.proof_calls import (
    challenge_of,
    key_of,
    refresh_proof,
    session_key,
    spend,
)
from tests.support.frame_key import FrameKey
from tests.support.link_login import LinkLogin


async def test_a_session_born_with_a_proof_is_bound_to_its_key(
    frame: BridgeClient, redis: Redis
) -> None:
    first = await frame.init()
    assert first["token_type"] == "DPoP"
    assert await redis.hget(session_key(first), "jkt") == key_of(frame).jkt

    second = await granted(await spend(frame, first))

    assert second["token_type"] == "DPoP"


async def test_attack_30_a_stolen_refresh_token_is_worthless_without_its_key(
    frame: BridgeClient, redis: Redis
) -> None:
    first = await frame.init()
    before = await redis.hgetall(session_key(first))
    thieves = {
        "another key": replace(frame, frame_key=FrameKey()),
        "no key": replace(frame, frame_key=None),
    }

    for thief in thieves.values():
        for key in (new_key(), new_key()):
            stolen = await spend(thief, first, key=key)
            assert (401, "INVALID_DPOP_PROOF", "DPoP") == await challenge_of(stolen)

    assert await redis.hgetall(session_key(first)) == before
    assert "rotated" in await outcome_of(await spend(frame, first))


async def test_attack_30_a_thief_with_the_current_token_cannot_end_the_session(
    frame: BridgeClient,
) -> None:
    grant = await frame.init()
    thief = replace(frame, frame_key=FrameKey())
    for _ in range(5):
        spent, grant = grant, await granted(await spend(frame, grant))
        for stolen in (spent, grant):
            assert (401, "INVALID_DPOP_PROOF") == await refusal(await spend(thief, stolen))
    assert "rotated" in await outcome_of(await spend(frame, grant))


async def test_a_session_born_without_a_proof_takes_none_later(bridge: BridgeClient) -> None:
    grant = await bridge.init()
    assert grant["token_type"] == "Bearer"

    late = await spend(replace(bridge, frame_key=FrameKey()), grant)

    assert (401, "INVALID_DPOP_PROOF") == await refusal(late)
    assert "rotated" in await outcome_of(await spend(bridge, grant))


async def test_attack_45_a_bound_token_is_refused_as_a_plain_bearers(frame: BridgeClient) -> None:
    grant = await frame.init()
    token = grant["access_token"]
    plain = replace(frame, frame_key=None)
    url = url_of("logout")
    right = {"Authorization": f"DPoP {token}"}
    bad_calls: list[dict[str, str]] = [
        {"Authorization": f"Bearer {token}"},
        {
            "Authorization": f"Bearer {token}",
            "DPoP": key_of(frame).proof(url, token=token),
        },
        right,
        {**right, "DPoP": FrameKey().proof(url, token=token)},
        {**right, "DPoP": key_of(frame).proof(url)},
        {**right, "DPoP": key_of(frame).proof(url, token=f"{token}x")},
        {**right, "DPoP": key_of(frame).proof(url_of("refresh"), token=token)},
        {**right, "DPoP": key_of(frame).proof(url, method="GET", token=token)},
    ]
    for headers in bad_calls:
        response = await plain.post("logout", {"scope": "element"}, headers=headers)
        assert (401, "INVALID_DPOP_PROOF", "DPoP") == await challenge_of(response)

    assert (await granted(await frame.post("logout", {"scope": "element"}, token=token))) == {
        "revoked": 1
    }


async def test_a_plain_token_is_refused_as_a_bound_one(bridge: BridgeClient) -> None:
    token = (await bridge.init())["access_token"]
    proof = FrameKey().proof(url_of("logout"), token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    response = await bridge.post("logout", {"scope": "element"}, headers=headers)
    assert (401, "TOKEN_INVALID") == await refusal(response)


async def test_attack_45_two_proofs_are_refused(frame: BridgeClient) -> None:
    grant = await frame.init()
    proofs = [("DPoP", refresh_proof(frame, grant)) for _ in range(2)]
    response = await frame.http.post(
        "/v1/link/elements/refresh",
        json={"refresh_token": grant["refresh_token"]},
        headers=[("Origin", LINK), ("Idempotency-Key", new_key()), *proofs],
    )
    assert (401, "INVALID_DPOP_PROOF") == await refusal(response)


async def test_attack_45_a_proof_serves_one_refresh_and_its_repeats(frame: BridgeClient) -> None:
    first = await frame.init()
    key, proof = new_key(), refresh_proof(frame, first)
    _, successor = await outcome_of(await spend(frame, first, key=key, DPoP=proof))

    again = await spend(frame, first, key=key, DPoP=proof)
    other = await spend(frame, {"refresh_token": successor}, DPoP=proof)

    assert ("replayed", successor) == await outcome_of(again)
    assert (401, "INVALID_DPOP_PROOF") == await refusal(other)
    assert "rotated" in await outcome_of(await spend(frame, {"refresh_token": successor}))


async def test_attack_45_of_parallel_calls_with_one_proof_one_wins(frame: BridgeClient) -> None:
    first = await frame.init()
    proof = refresh_proof(frame, first)

    responses = await asyncio.gather(*(spend(frame, first, DPoP=proof) for _ in range(20)))

    statuses = sorted(response.status for response in responses)
    assert statuses == [200, *[401] * 19]
    for response in responses:
        if response.status == 401:
            assert (401, "INVALID_DPOP_PROOF") == await refusal(response)


async def test_attack_45_a_proof_for_an_access_token_serves_one_request(
    frame: BridgeClient, login: LinkLogin
) -> None:
    token = (await frame.init(token=login.token))["access_token"]
    proof = key_of(frame).proof(url_of("bootstrap"), token=token)

    async def call(challenge: str, element: str = "auth") -> ClientResponse:
        headers, body = {"DPoP": proof}, {"element": element, "code_challenge": challenge}
        route = f"bootstrap?business_id={BUSINESS}"
        return await frame.post(route, body, token=token, headers=headers)

    for _ in range(2):  # the network may send it twice
        await granted(await call("a" * 43))
    for other in (await call("b" * 43), await call("a" * 43, "payment")):
        assert (401, "INVALID_DPOP_PROOF") == await refusal(other)


async def test_the_same_init_repeats_with_the_same_key_alone(frame: BridgeClient) -> None:
    body, key = await frame.init_body(), new_key()
    first = await granted(await frame.post("init", body, key=key))

    again = await granted(await frame.post("init", body, key=key))
    other = await replace(frame, frame_key=FrameKey()).post("init", body, key=key)
    none = await replace(frame, frame_key=None).post("init", body, key=key)

    assert again["refresh_token"] == first["refresh_token"]
    assert (401, "BOOTSTRAP_USED") == await refusal(other)
    assert (401, "BOOTSTRAP_USED") == await refusal(none)


async def test_a_business_may_require_a_proof(frame: BridgeClient, redis: Redis) -> None:
    await redis.hset(redis_keys.business(BUSINESS), "dpop", "required")
    plain = replace(frame, frame_key=None)
    body = await frame.init_body()

    refused = await plain.post("init", body, key=new_key())

    assert (401, "INVALID_DPOP_PROOF") == await refusal(refused)
    assert (await granted(await frame.post("init", body, key=new_key())))["token_type"] == "DPoP"


async def test_htu_is_one_of_the_configured_origins_whatever_the_host_says(
    frame: BridgeClient,
) -> None:
    grant = await frame.init()
    path = "/v1/link/elements/refresh"
    for url in (
        f"https://evil.example{path}",
        f"http://link.cimplify.io{path}",
        f"{LINK}{path}/",
        f"{LINK}:443{path}",
        f"{LINK}{path.upper()}",
        path,
    ):
        proof = key_of(frame).proof(url, token=grant["refresh_token"])
        headers = {"DPoP": proof, "Host": "evil.example"}
        assert (401, "INVALID_DPOP_PROOF") == await refusal(await spend(frame, grant, **headers))
    for url in (f"https://api.cimplify.io{path}?a=b#c", f"{LINK}{path}?x"):
        proof = key_of(frame).proof(url, token=grant["refresh_token"])
        grant = await granted(await spend(frame, grant, DPoP=proof))


async def test_nothing_of_a_proof_is_said_in_the_refusal(frame: BridgeClient) -> None:
    grant = await frame.init()
    response = await spend(frame, grant, DPoP="eyJub3Qi.YSBwcm9vZg.c2VjcmV0")
    assert (401, "INVALID_DPOP_PROOF") == await refusal(response)
    assert "c2VjcmV0" not in await response.text()


async def test_an_unknown_policy_word_counts_as_preferred(
    bridge: BridgeClient, frame: BridgeClient, redis: Redis
) -> None:
    await redis.hset(redis_keys.business(BUSINESS), "dpop", "whatever")
    assert (await bridge.init())["token_type"] == "Bearer"
    assert (await frame.init())["token_type"] == "DPoP"


async def test_a_stock_librarys_proof_is_told_which_claim_it_lacks(frame: BridgeClient) -> None:
    """Libraries set `ath` for access tokens alone; here it names the token that is spent."""
    first = await frame.init()
    answer = await spend(frame, first, DPoP=refresh_proof(frame, first, ath=None))

    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (401, "INVALID_DPOP_PROOF")
    assert error["details"] == {"claim": "ath"}
    assert "rotated" in await outcome_of(await spend(frame, first))
