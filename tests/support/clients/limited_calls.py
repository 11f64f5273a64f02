"""Calls from many client addresses to a bridge with rate limits of the test."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import ClientResponse
from redis.asyncio import Redis

from tests.support.clients.bridge_client import (
    BUSINESS,
    SHOP,
    BridgeClient,
    Json,
    Verifier,
    new_key,
    refusal,
)
from tests.support.waiting import until_answered

OTHER = "bus_fedcba9876543210"
LIMITED = (429, "RATE_LIMITED")


class Serve(Protocol):
    """Starts a bridge with rate limits of the test."""

    def __call__(self, **limits: object) -> AbstractAsyncContextManager[BridgeClient]:
        """Serve it; the test's own machine is a trusted proxy unless said otherwise."""
        ...


async def bootstrap(
    bridge: BridgeClient,
    address: str = "198.51.100.1",
    *,
    business_id: str = BUSINESS,
    origin: str = SHOP,
    token: str | None = None,
) -> ClientResponse:
    """Request a bootstrap token from a client address."""
    return await bridge.post(
        f"bootstrap?business_id={business_id}",
        {"element": "auth", "code_challenge": Verifier.new().challenge},
        origin=origin,
        token=token,
        headers={"X-Forwarded-For": address},
    )


async def init(bridge: BridgeClient, body: Json, address: str = "198.51.100.1") -> ClientResponse:
    """Redeem a bootstrap token from a client address."""
    return await bridge.post("init", body, key=new_key(), headers={"X-Forwarded-For": address})


async def refresh(
    bridge: BridgeClient, grant: Json, key: str | None = None, address: str = "198.51.100.1"
) -> ClientResponse:
    """Refresh from a client address."""
    return await bridge.post(
        "refresh",
        {"refresh_token": grant["refresh_token"]},
        key=key or new_key(),
        headers={"X-Forwarded-For": address},
    )


async def statuses(answers: Sequence[ClientResponse]) -> list[int]:
    """Return the statuses, after checking that every error is `RATE_LIMITED`."""
    for answer in answers:
        if answer.status != 200:
            assert await refusal(answer) == LIMITED
    return [answer.status for answer in answers]


async def keys_of_limits(redis: Redis) -> list[str]:
    """Return all Redis keys of rate limits."""
    return [str(key) async for key in redis.scan_iter("link:v1:limit:*")]


async def until_told(redis: Redis, limit: str, calls: int) -> None:
    """Return once Redis knows of so many calls of a limit, which it is told of in the background.

    Without it a test that moves time would have Redis date calls of before at the time after.
    """

    async def is_told() -> bool:
        keys = [key async for key in redis.scan_iter(f"link:v1:limit:{limit}/*")]
        return sum([await redis.llen(key) for key in keys]) >= calls

    await until_answered(is_told)
