"""Every row of the table of docs/protocol.md#refresh-rule, over HTTP and on a real Redis."""

import asyncio
from collections import Counter
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.typing import EncodableT

from elements_bridge.keyring import KeyringFile
from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    MINUTE_MS,
    SECOND_MS,
    BridgeClient,
    Json,
    granted,
    new_key,
    outcome_of,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.link_login import LinkLogin
from tests.support.time_machine import MovableClock, TimeMachine


def guest_key(grant: Json) -> str:
    """Return the Redis key of a guest's session."""
    session_id = grant["session"]["id"]
    return redis_keys.elements_session(session_id, session_id)


async def test_a_current_token_rotates_and_its_session_lives_on(bridge: BridgeClient) -> None:
    first = await bridge.init()

    response = await bridge.refresh(first["refresh_token"])

    second = await granted(response)
    assert response.headers["X-Refresh-Outcome"] == "rotated"
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert exposed == "X-Request-Id, X-Refresh-Outcome"
    assert response.headers["Cache-Control"] == "no-store"
    assert second["refresh_token"] != first["refresh_token"]
    assert second["session"] == first["session"]


async def test_a_session_whose_empty_fields_are_absent_is_the_same(
    bridge: BridgeClient, redis: Redis
) -> None:
    """As the next release stores a guest's, while this one still serves it."""
    first = await bridge.init()
    stored = cast("dict[str, str]", await redis.hgetall(guest_key(first)))
    empty = {name for name, value in stored.items() if not value}
    assert len(empty) == 6
    await redis.hdel(guest_key(first), *empty)

    second = await granted(await bridge.refresh(first["refresh_token"]))

    assert second["session"] == first["session"]
    ended = await bridge.post("logout", {"scope": "element"}, token=second["access_token"])
    assert await granted(ended) == {"revoked": 1}


async def test_attack_26_200_parallel_calls_with_one_key_give_one_successor(
    bridge: BridgeClient,
) -> None:
    first = await bridge.init()
    key = new_key()

    responses = await asyncio.gather(
        *(bridge.refresh(first["refresh_token"], key) for _ in range(200))
    )

    outcomes = [await outcome_of(response) for response in responses]
    assert len({successor for _, successor in outcomes}) == 1
    assert Counter(name for name, _ in outcomes) == {"rotated": 1, "replayed": 199}


async def test_attack_26_parallel_calls_with_different_keys_end_the_session(
    bridge: BridgeClient,
) -> None:
    first = await bridge.init()

    responses = await asyncio.gather(*(bridge.refresh(first["refresh_token"]) for _ in range(50)))

    granted_ones = [response for response in responses if response.status == 200]
    assert len(granted_ones) == 1
    newest = (await granted(granted_ones[0]))["refresh_token"]
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(newest))


@pytest.mark.parametrize("wait_ms", [5 * SECOND_MS, 25 * MINUTE_MS])
async def test_attack_27_a_lost_answer_is_given_again_however_late(
    bridge: BridgeClient, login: LinkLogin, time_machine: TimeMachine, wait_ms: int
) -> None:
    first = await bridge.init(token=login.token)
    key = new_key()
    _, successor = await outcome_of(await bridge.refresh(first["refresh_token"], key))

    await time_machine.forward(wait_ms)

    for _ in range(5):
        again = await bridge.refresh(first["refresh_token"], key)
        assert ("replayed", successor) == await outcome_of(again)
    assert "rotated" in await outcome_of(await bridge.refresh(successor))


async def test_attack_27_a_repeat_does_not_extend_the_idle_life(
    bridge: BridgeClient, time_machine: TimeMachine
) -> None:
    first = await bridge.init()
    key = new_key()
    await granted(await bridge.refresh(first["refresh_token"], key))

    await time_machine.forward(9 * MINUTE_MS)
    assert "replayed" in await outcome_of(await bridge.refresh(first["refresh_token"], key))
    await time_machine.forward(2 * MINUTE_MS)

    late = await bridge.refresh(first["refresh_token"], key)
    assert (401, "SESSION_EXPIRED") == await refusal(late)


async def test_the_key_that_made_the_current_token_is_refused_and_nothing_rotates(
    bridge: BridgeClient,
) -> None:
    first = await bridge.init()
    key = new_key()
    _, second = await outcome_of(await bridge.refresh(first["refresh_token"], key))

    assert (422, "IDEMPOTENCY_KEY_REUSED") == await refusal(await bridge.refresh(second, key))

    assert ("replayed", second) == await outcome_of(
        await bridge.refresh(first["refresh_token"], key)
    )


async def test_attack_28_another_key_on_a_spent_token_ends_the_session_for_all(
    bridge: BridgeClient,
) -> None:
    first = await bridge.init()
    _, second = await outcome_of(await bridge.refresh(first["refresh_token"]))

    theft = await bridge.refresh(first["refresh_token"])

    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(second))


@pytest.mark.parametrize("which", ["the newest key", "a new key"])
async def test_attack_29_a_grandparent_token_ends_the_session_with_another_key(
    bridge: BridgeClient, which: str
) -> None:
    first = await bridge.init()
    newest = new_key()
    _, second = await outcome_of(await bridge.refresh(first["refresh_token"]))
    _, third = await outcome_of(await bridge.refresh(second, newest))

    keys = {"the newest key": newest, "a new key": new_key()}
    theft = await bridge.refresh(first["refresh_token"], keys[which])

    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(third))


async def test_a_repeat_that_comes_late_ends_nothing_while_its_key_is_known(
    bridge: BridgeClient, redis: Redis
) -> None:
    """The keys of the last four generations before the newest are kept, each in 16 digits."""
    token, sent = (await bridge.init())["refresh_token"], []
    for _ in range(6):
        sent.append((token, new_key()))
        _, token = await outcome_of(await bridge.refresh(*sent[-1]))

    for late in sent[1:5]:
        refused = await bridge.refresh(*late)
        assert (409, "REFRESH_TOKEN_SUPERSEDED") == await refusal(refused)
    [session] = [key async for key in redis.scan_iter("*:elements:*")]
    kept = await redis.hmget(session, [f"spent_{slot}" for slot in range(4)])
    assert [16] * 4 == [len(value or "") for value in kept]
    _, token = await outcome_of(await bridge.refresh(token))

    assert (401, "REFRESH_TOKEN_REUSED") == await refusal(await bridge.refresh(*sent[0]))


async def test_a_thief_who_mirrors_and_runs_ahead_loses_the_session_to_the_frames_logout(
    bridge: BridgeClient,
) -> None:
    """He swallows the victim's answers too; the victim's repeat tells it of him."""
    victim, key = await bridge.init(), new_key()
    _, stolen = await outcome_of(await bridge.refresh(victim["refresh_token"], key))
    _, ahead = await outcome_of(await bridge.refresh(stolen))

    overtaken = await bridge.refresh(victim["refresh_token"], key)
    assert (409, "REFRESH_TOKEN_SUPERSEDED") == await refusal(overtaken)
    await granted(await bridge.post("logout", {"scope": "element"}, token=victim["access_token"]))

    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(ahead))


async def test_attack_33_a_token_ahead_of_redis_heals_a_lost_write(
    bridge: BridgeClient, redis: Redis
) -> None:
    first = await bridge.init()
    before = cast("dict[EncodableT, EncodableT]", await redis.hgetall(guest_key(first)))
    _, second = await outcome_of(await bridge.refresh(first["refresh_token"]))
    await redis.hset(guest_key(first), mapping=before)

    outcome, third = await outcome_of(await bridge.refresh(second))

    assert outcome == "recovered"
    assert "rotated" in await outcome_of(await bridge.refresh(third))


async def test_attack_32_a_restarted_bridge_still_sees_reuse(
    bridge: BridgeClient, redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> None:
    first = await bridge.init()
    await granted(await bridge.refresh(first["refresh_token"]))

    async with running_bridge(settings_for(redis_url, keyring), clock) as restarted:
        theft = await restarted.refresh(first["refresh_token"])
        assert (401, "REFRESH_TOKEN_REUSED") == await refusal(theft)


async def test_attack_35_1000_races_of_refresh_against_logout_leave_no_survivor(
    bridge: BridgeClient, redis: Redis
) -> None:
    async def race() -> None:
        first = await bridge.init()
        refreshed, ended = await asyncio.gather(
            bridge.refresh(first["refresh_token"]),
            bridge.post("logout", {"scope": "element"}, token=first["access_token"]),
        )
        assert (await granted(ended))["revoked"] == 1
        assert await redis.hget(guest_key(first), "status") == "revoked"
        if refreshed.status == 200:
            newest = (await granted(refreshed))["refresh_token"]
            assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(newest))
        else:
            assert (401, "SESSION_REVOKED") == await refusal(refreshed)

    for _ in range(50):
        await asyncio.gather(*(race() for _ in range(20)))


async def test_refresh_needs_an_idempotency_key(bridge: BridgeClient) -> None:
    first = await bridge.init()
    body = {"refresh_token": first["refresh_token"]}

    for key in (None, "short", "with space in it, and long enough", "x" * 129):
        response = await bridge.post("refresh", body, key=key)
        assert (400, "IDEMPOTENCY_KEY_REQUIRED") == await refusal(response)
