"""Idle and absolute lifetimes, and sessions that end with their login."""

import pytest
from redis.asyncio import Redis

from link_kernel.redis import keys as redis_keys
from tests.support.clients.bridge_client import (
    MINUTE_MS,
    SECOND_MS,
    BridgeClient,
    granted,
    outcome_of,
    refusal,
)
from tests.support.link_login import LinkLogin, log_in
from tests.support.time_machine import TimeMachine


async def test_attack_36_deleting_the_link_session_ends_the_session_at_its_next_call(
    bridge: BridgeClient, redis: Redis, login: LinkLogin
) -> None:
    first = await bridge.init(token=login.token)
    await redis.delete(login.key)

    response = await bridge.refresh(first["refresh_token"])

    assert (401, "SESSION_REVOKED") == await refusal(response)


@pytest.mark.parametrize(("guest", "idle_minutes"), [(True, 10), (False, 30)])
async def test_the_idle_life_holds(
    bridge: BridgeClient,
    login: LinkLogin,
    time_machine: TimeMachine,
    *,
    guest: bool,
    idle_minutes: int,
) -> None:
    first = await bridge.init(token=None if guest else login.token)
    await time_machine.forward(idle_minutes * MINUTE_MS - SECOND_MS)
    _, second = await outcome_of(await bridge.refresh(first["refresh_token"]))
    await time_machine.forward(idle_minutes * MINUTE_MS + SECOND_MS)

    assert (401, "SESSION_EXPIRED") == await refusal(await bridge.refresh(second))


async def test_attack_37_no_refresh_passes_the_absolute_life(
    bridge: BridgeClient, login: LinkLogin, time_machine: TimeMachine
) -> None:
    grant = await bridge.init(token=login.token)
    expires_at = grant["session"]["expires_at"]
    for _ in range(24):
        await time_machine.forward(29 * MINUTE_MS)
        response = await bridge.refresh(grant["refresh_token"])
        grant = await granted(response)

    await time_machine.forward(25 * MINUTE_MS)

    assert grant["session"]["expires_at"] != expires_at  # the time machine moved both
    assert (401, "SESSION_EXPIRED") == await refusal(await bridge.refresh(grant["refresh_token"]))


async def test_a_session_never_outlives_its_link_session(
    bridge: BridgeClient, redis: Redis, time_machine: TimeMachine
) -> None:
    login = await log_in(redis, lives_ms=10 * MINUTE_MS)
    first = await bridge.init(token=login.token)
    assert first["refresh_expires_in"] <= 600

    await time_machine.forward(10 * MINUTE_MS)

    assert (401, "SESSION_EXPIRED") == await refusal(await bridge.refresh(first["refresh_token"]))


async def test_a_revoked_session_can_be_told_from_an_expired_one_for_an_idle_life(
    bridge: BridgeClient, time_machine: TimeMachine, redis: Redis
) -> None:
    first = await bridge.init()
    session_id = first["session"]["id"]
    await granted(await bridge.post("logout", {"scope": "element"}, token=first["access_token"]))

    await time_machine.forward(14 * MINUTE_MS)
    assert await redis.exists(redis_keys.elements_session(session_id, session_id))
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(first["refresh_token"]))

    await time_machine.forward(2 * MINUTE_MS)  # the hash has gone, the bridge has not forgotten
    assert not await redis.exists(redis_keys.elements_session(session_id, session_id))
    assert (401, "SESSION_REVOKED") == await refusal(await bridge.refresh(first["refresh_token"]))

    await time_machine.forward(15 * MINUTE_MS)
    assert (401, "SESSION_EXPIRED") == await refusal(await bridge.refresh(first["refresh_token"]))
