"""A client whose clock is off: one nonce of ours takes the clock's place (RFC 9449 section 8)."""

from dataclasses import replace

import pytest

from elements_bridge.keyring import KeyringFile
from tests.support.clients.bridge_client import (
    MINUTE_MS,
    BridgeClient,
    Json,
    granted,
    new_key,
    outcome_of,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.clients.proof_calls import challenge_of, refresh_proof, spend
from tests.support.time_machine import MovableClock, TimeMachine

HOUR_S = 3600


@pytest.mark.parametrize("skew_s", [HOUR_S, -HOUR_S, 61, -61])
async def test_attack_46_a_clock_that_is_off_is_mended_by_one_nonce(
    frame: BridgeClient, clock: MovableClock, skew_s: int
) -> None:
    grant = await frame.init()
    iat = clock.now_ms() // 1000 + skew_s
    key = new_key()
    proof = refresh_proof(frame, grant, iat=iat)

    asked = await spend(frame, grant, key=key, DPoP=proof)

    assert (401, "USE_DPOP_NONCE", "DPoP") == await challenge_of(asked)
    error = (await asked.json())["error"]
    assert (error["retryable"], error["action"]) == (True, "retry")
    assert "Retry-After" not in asked.headers
    nonce = asked.headers["DPoP-Nonce"]
    proof = refresh_proof(frame, grant, iat=iat, nonce=nonce)
    assert "rotated" in await outcome_of(await spend(frame, grant, key=key, DPoP=proof))


async def test_a_nonce_is_good_for_two_minutes_and_for_every_replica(
    frame: BridgeClient,
    keyring: KeyringFile,
    redis_url: str,
    clock: MovableClock,
    time_machine: TimeMachine,
) -> None:
    grant = await frame.init()
    old: Json = {"iat": 1_000_000_000}
    asked = await spend(frame, grant, DPoP=refresh_proof(frame, grant, **old))
    nonce = asked.headers["DPoP-Nonce"]
    noncing = {**old, "nonce": nonce}

    async with running_bridge(settings_for(redis_url, keyring), clock) as replica:
        there = replace(replica, frame_key=frame.frame_key)
        proof = refresh_proof(frame, grant, **noncing)
        grant = await granted(await spend(there, grant, DPoP=proof))
    await time_machine.forward(2 * MINUTE_MS)
    late = await spend(frame, grant, DPoP=refresh_proof(frame, grant, **noncing))
    forged = {**old, "nonce": nonce[:-1] + ("A" if nonce[-1] != "A" else "Q")}
    made_up = await spend(frame, grant, DPoP=refresh_proof(frame, grant, **forged))

    for response in (late, made_up):
        assert (401, "USE_DPOP_NONCE") == await refusal(response)
        assert response.headers["DPoP-Nonce"] != nonce
