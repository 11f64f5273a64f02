"""A refresh and its limit are asked at once, both are awaited, and neither hides the other."""

import asyncio

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.directory import Directory
from elements_bridge.businesses.store import CachedBusinesses, RedisBusinesses
from elements_bridge.service.limits import CallBounds, CallLimits
from link_kernel.clock import SystemClock
from link_kernel.errors import RateLimited, RefreshTokenReused
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter

REFRESH = Limit("refresh", 1)
DEADLINE_S = 5


class Gate(RateLimiter):
    """A limit that answers when it is let, and says that it was asked."""

    def __init__(self, *, full: bool) -> None:
        self.asked, self.let = asyncio.Event(), asyncio.Event()
        self.full = full
        self.known_full = False

    async def admit(self, limit: Limit, *subject: str) -> None:
        """Wait, then refuse where full."""
        self.asked.set()
        await self.let.wait()
        if self.full:
            raise limit.refusal(1)

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Refuse where that is known."""
        if self.known_full:
            raise limit.refusal(1)

    def admit_here(self, limit: Limit, *subject: str) -> None:
        """Refuse likewise."""
        self.refuse_known(limit, *subject)


def limits_of(gate: Gate) -> CallLimits:
    """Return the limits of a bridge that asks this gate."""
    return CallLimits(
        rate_limiter=gate,
        bounds=CallBounds(
            bootstrap=REFRESH,
            init=REFRESH,
            diagnose=REFRESH,
            documents=REFRESH,
            calls=REFRESH,
            refused_calls=REFRESH,
            logouts=REFRESH,
            refresh=REFRESH,
            rotations=REFRESH,
        ),
        directory=Directory(CachedBusinesses(RedisBusinesses(Redis()), SystemClock()), "live"),
        secrets=SecretRing({1: b"s" * 32}, active=1),
    )


@pytest.mark.parametrize("full", [False, True])
async def test_neither_waits_for_the_other(*, full: bool) -> None:
    """One after the other, this would stand still."""
    gate = Gate(full=full)

    async def spend() -> str:
        await gate.asked.wait()
        gate.let.set()
        return "grant"

    async with asyncio.timeout(DEADLINE_S):
        if full:
            with pytest.raises(RateLimited):
                await limits_of(gate).refresh(None, spend)
        else:
            assert await limits_of(gate).refresh(None, spend) == "grant"


async def test_a_spending_under_way_is_awaited_although_the_limit_refuses() -> None:
    gate, rotated = Gate(full=True), asyncio.Event()
    gate.let.set()

    async def spend() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        rotated.set()

    with pytest.raises(RateLimited):
        await limits_of(gate).refresh(None, spend)
    assert rotated.is_set()


@pytest.mark.parametrize("full", [False, True])
async def test_what_the_spending_refuses_stands(*, full: bool) -> None:
    """A reuse that ended a session is reported, whoever called too often."""
    gate = Gate(full=full)
    gate.let.set()

    async def spend() -> None:
        raise RefreshTokenReused("els_x")

    with pytest.raises(RefreshTokenReused):
        await limits_of(gate).refresh(None, spend)


async def test_a_caller_known_to_be_over_the_limit_spends_nothing() -> None:
    gate, spent = Gate(full=True), asyncio.Event()
    gate.known_full = True

    async def spend() -> None:
        spent.set()

    with pytest.raises(RateLimited):
        await limits_of(gate).refresh(None, spend)
    assert not spent.is_set()
    assert not gate.asked.is_set()
