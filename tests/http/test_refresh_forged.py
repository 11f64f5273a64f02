"""Refresh tokens that are none of ours: refused without asking Redis (attack 34)."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import new_keyring_file
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keyring_file import new_secret, secret_ring
from link_kernel.rotating_token import RotatingToken
from tests.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    refusal,
    running_bridge,
    settings_for,
)
from tests.time_machine import MovableClock


def _flip_last_bit(token: str) -> str:
    raw = bytearray(from_base64url(token.removeprefix("elr_")))
    raw[-1] ^= 1
    return "elr_" + to_base64url(bytes(raw))


def _non_canonical(token: str) -> str:
    """Spell the same bytes otherwise, with padding."""
    return token + "=" * (-len(token.removeprefix("elr_")) % 4 or 4)


def _foreign(token: str) -> str:
    """A token whose MAC is genuine under a secret of somebody else's."""
    ring = secret_ring((new_secret(),))
    return RotatingToken("elr", 4, ring).write(1, ("els_x", "els_x", BUSINESS, SHOP), 0)


@pytest.mark.parametrize(
    "forge",
    [
        _flip_last_bit,
        _non_canonical,
        _foreign,
        lambda token: token[:-4],
        lambda token: token + "AAAA",
        lambda token: token.replace("elr_", "elb_"),
        lambda token: "elr_" + "A" * 700,
        lambda _: "elr_",
        lambda _: "elr_\N{SNOWMAN}",
    ],
)
async def test_attack_34_a_forged_token_never_touches_redis(
    bridge: BridgeClient, redis: Redis, forge: Callable[[str], str]
) -> None:
    first = await bridge.init()
    await redis.config_resetstat()

    response = await bridge.refresh(forge(first["refresh_token"]))

    assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)
    commands = await redis.info("commandstats")
    assert "cmdstat_evalsha" not in commands
    assert "cmdstat_hgetall" not in commands


async def test_attack_34_a_removed_secret_version_ends_its_sessions_without_redis(
    bridge: BridgeClient, redis: Redis, redis_url: str, clock: MovableClock
) -> None:
    first = await bridge.init()
    rotated = new_keyring_file().model_copy(update={"secrets": (new_secret(version=2),)})

    async with running_bridge(settings_for(redis_url, rotated), clock) as other:
        await redis.config_resetstat()
        response = await other.refresh(first["refresh_token"])
        assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)

    assert "cmdstat_evalsha" not in await redis.info("commandstats")
