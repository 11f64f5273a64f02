"""Forged refresh tokens are rejected without a Redis call (attack 34)."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import new_keyring_file
from link_kernel.auth.refresh_token import RefreshTokenCodec, VerifiedRefreshToken
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keys.keyring_file import new_secret, secret_ring
from tests.support.clients.bridge_client import (
    BUSINESS,
    SECOND_MS,
    SHOP,
    BridgeClient,
    granted,
    refusal,
    running_bridge,
    settings_for,
)
from tests.support.clients.limited_calls import LIMITED, Serve, refresh
from tests.support.time_machine import MovableClock, TimeMachine


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
    return RefreshTokenCodec("elr", 4, ring).write(1, ("els_x", "els_x", BUSINESS, SHOP), 0)


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
    assert "cmdstat_hgetall" not in await redis.info("commandstats")
    assert not [key async for key in redis.scan_iter("link:v1:limit:refresh*")]


async def test_attack_34_a_flood_of_forged_tokens_is_429_without_a_mac_and_without_redis(
    serve: Serve, redis: Redis, time_machine: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address counts as for any refresh; nobody else's does."""
    read: list[str] = []
    genuine = RefreshTokenCodec.read

    def noted(self: RefreshTokenCodec, unverified_token: str) -> VerifiedRefreshToken:
        read.append(unverified_token)
        return genuine(self, unverified_token)

    monkeypatch.setattr(RefreshTokenCodec, "read", noted)
    async with serve(limit_refresh=3) as bridge:
        grant = await bridge.init()
        forged = {"refresh_token": _flip_last_bit(grant["refresh_token"])}
        await redis.config_resetstat()

        answers = [await refresh(bridge, forged) for _ in range(10)]

        codes = [await refusal(answer) for answer in answers]
        assert codes == [(401, "REFRESH_TOKEN_INVALID")] * 3 + [LIMITED] * 7
        assert len(read) == 3
        assert answers[3].headers["RateLimit-Policy"] == '"refresh";q=3;w=60'
        assert 55 <= int(answers[3].headers["Retry-After"]) <= 60
        assert "cmdstat_hgetall" not in await redis.info("commandstats")
        assert not [key async for key in redis.scan_iter("link:v1:limit:refresh*")]
        there = await granted(await refresh(bridge, grant, address="198.51.100.2"))

        assert await refusal(await refresh(bridge, there)) == LIMITED
        await time_machine.forward(60 * SECOND_MS)
        await granted(await refresh(bridge, there))


async def test_attack_34_a_removed_secret_version_ends_its_sessions_without_redis(
    bridge: BridgeClient, redis: Redis, redis_url: str, clock: MovableClock
) -> None:
    first = await bridge.init()
    rotated = new_keyring_file().model_copy(update={"secrets": (new_secret(version=2),)})

    async with running_bridge(settings_for(redis_url, rotated), clock) as other:
        await redis.config_resetstat()
        response = await other.refresh(first["refresh_token"])
        assert (401, "REFRESH_TOKEN_INVALID") == await refusal(response)

    assert "cmdstat_hgetall" not in await redis.info("commandstats")
