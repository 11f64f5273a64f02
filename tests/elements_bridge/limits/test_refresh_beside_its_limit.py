"""A refresh and its rate limit run side by side: both end, and neither hides the other's error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from elements_bridge.service.proofs import UnverifiedProof
from elements_bridge.service.refresh import Refresh, RefreshInput
from link_kernel.clock import Clock
from link_kernel.errors import RateLimited, RefreshTokenReused
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.metrics import Metrics
from link_kernel.sessions.outcomes import NO_PROOF, ProofUse, RotateOutcome, StoreReply
from link_kernel.sessions.records import SessionKey
from link_kernel.sessions.store import SessionBounds, SessionStore
from tests.support.clients.bridge_client import new_key, settings_for
from tests.support.clients.internal_client import RunningBridge, running_both_listeners
from tests.support.time_machine import MovableClock

REFRESH = Limit("refresh", 1)
DEADLINE_S = 5
WITHOUT_PROOF = UnverifiedProof(headers=(), method="POST", urls=frozenset())


class Gate(RateLimiter):
    """A limit that answers when it is let, and says that it was asked."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        super().__init__(redis, clock, Metrics())
        self.asked, self.let = asyncio.Event(), asyncio.Event()
        self.full = False
        self.known_full = False

    async def count(self, limit: Limit, *subject: str) -> None:
        """Wait, then refuse where full."""
        self.asked.set()
        await self.let.wait()
        if self.full:
            raise limit.refusal(1)

    def refuse_known(self, limit: Limit, *subject: str) -> None:
        """Refuse where that is known."""
        if self.known_full:
            raise limit.refusal(1)


async def nothing() -> None:
    """Return at once."""


class WatchedSessions(SessionStore):
    """The session store; a test may act before a rotation, and sees when it is done."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis, SessionBounds(50, 10))
        self.before_rotation: Callable[[], Awaitable[None]] = nothing
        self.asked, self.rotated = asyncio.Event(), asyncio.Event()

    async def rotate(
        self,
        session_key: SessionKey,
        *,
        generation: int,
        key_hash: str,
        secret_version: int,
        proof: ProofUse = NO_PROOF,
    ) -> StoreReply[RotateOutcome]:
        """Rotate as the store does."""
        self.asked.set()
        await self.before_rotation()
        found = await super().rotate(
            session_key,
            generation=generation,
            key_hash=key_hash,
            secret_version=secret_version,
            proof=proof,
        )
        self.rotated.set()
        return found


@pytest.fixture
async def running(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[RunningBridge]:
    """A bridge whose refresh a test asks directly."""
    async with running_both_listeners(settings_for(redis_url, keyring), clock) as found:
        yield found


@pytest.fixture
def gate(redis: Redis, clock: MovableClock) -> Gate:
    """The gate in the place of the rate limiter."""
    return Gate(redis, clock)


@pytest.fixture
def sessions(redis: Redis) -> WatchedSessions:
    """The session store of the refresh."""
    return WatchedSessions(redis)


@pytest.fixture
def refresh(running: RunningBridge, gate: Gate, sessions: WatchedSessions) -> Refresh:
    """The refresh of the running bridge, with this gate and this store."""
    refresh = running.bridge.services.current.refresh
    limits = replace(
        refresh.limits,
        rate_limiter=gate,
        bounds=replace(refresh.limits.bounds, refresh=REFRESH),
    )
    return replace(refresh, limits=limits, sessions=sessions)


async def new_input(running: RunningBridge) -> RefreshInput:
    """Return the request of a fresh session's frame."""
    grant = await running.public.init()
    return again(grant["refresh_token"])


def again(refresh_token: str) -> RefreshInput:
    """Return a request that spends this token with a key of its own."""
    return RefreshInput(refresh_token, WITHOUT_PROOF, new_key(), None)


@pytest.mark.parametrize("full", [False, True])
async def test_neither_waits_for_the_other(
    running: RunningBridge, refresh: Refresh, gate: Gate, sessions: WatchedSessions, *, full: bool
) -> None:
    """One after the other, this would stand still."""
    given = await new_input(running)
    gate.full = full

    async def open_gate() -> None:
        await gate.asked.wait()
        gate.let.set()

    sessions.before_rotation = open_gate
    async with asyncio.timeout(DEADLINE_S):
        if full:
            with pytest.raises(RateLimited):
                await refresh.spend(given)
        else:
            outcome, _ = await refresh.spend(given)
            assert outcome is RotateOutcome.ROTATED


async def test_a_rotation_under_way_is_awaited_although_the_limit_refuses(
    running: RunningBridge, refresh: Refresh, gate: Gate, sessions: WatchedSessions
) -> None:
    given = await new_input(running)
    gate.full = True
    gate.let.set()

    with pytest.raises(RateLimited):
        await refresh.spend(given)
    assert sessions.rotated.is_set()


@pytest.mark.parametrize("full", [False, True])
async def test_what_the_rotation_refuses_stands(
    running: RunningBridge, refresh: Refresh, gate: Gate, *, full: bool
) -> None:
    """A reuse that ended a session is reported, whoever called too often."""
    gate.let.set()
    given = await new_input(running)
    _, grant = await refresh.spend(given)
    await refresh.spend(again(grant.refresh_token))
    gate.full = full

    with pytest.raises(RefreshTokenReused):
        await refresh.spend(again(given.unverified_token))


async def test_a_caller_known_to_be_over_the_limit_spends_nothing(
    running: RunningBridge, refresh: Refresh, gate: Gate, sessions: WatchedSessions
) -> None:
    given = await new_input(running)
    gate.known_full = True

    with pytest.raises(RateLimited):
        await refresh.spend(given)
    assert not sessions.asked.is_set()
    assert not gate.asked.is_set()
