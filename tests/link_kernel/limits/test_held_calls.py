"""Calls that hold a place until they are answered: what is refused counts nowhere."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from link_kernel.errors import OtpInvalid, RateLimited, TokenInvalid, UpstreamUnavailable
from link_kernel.limits.batched_counts import BatchedCounts
from link_kernel.limits.limit import Limit
from link_kernel.limits.rate_limiter import RateLimiter
from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from tests.support.time_machine import MovableClock

TWO = Limit("two", 2)


@pytest.fixture
async def here(redis_url: str, clock: MovableClock) -> AsyncIterator[BatchedCounts]:
    """The counts of one process, reported when a test says so."""
    async with connect(redis_url) as client:
        yield BatchedCounts(RateLimiter(client, clock, Metrics()))


async def test_a_refused_call_counts_nowhere_and_holds_its_place_until_then(
    here: BatchedCounts, redis: Redis
) -> None:
    """Also where the window was full of calls that were refused afterwards."""
    windows = [(TWO, ("a",)), (TWO, ("b",))]

    def be_refused_beside_another() -> None:
        with here.holding(windows), here.holding(windows):
            with pytest.raises(RateLimited), here.holding(windows):
                pytest.fail("a third call was admitted beside two")
            raise TokenInvalid

    for _ in range(3):
        with pytest.raises(TokenInvalid):
            be_refused_beside_another()

    await here.report()
    assert not [key async for key in redis.scan_iter("link:v1:limit:*")]
    for _ in range(2):
        with here.holding(windows):
            pass
    with pytest.raises(RateLimited), here.holding(windows):
        pytest.fail("a third call was admitted")


@pytest.mark.parametrize(
    "failure", [OtpInvalid(), UpstreamUnavailable("timeout"), asyncio.CancelledError()]
)
async def test_a_call_that_was_or_may_have_been_done_counts(
    here: BatchedCounts, redis: Redis, failure: BaseException
) -> None:
    """A wrong code was tried, and a gateway's time-out tells nothing of what lies behind it."""
    with pytest.raises(type(failure)), here.holding([(TWO, ("a",))], done=(OtpInvalid,)):
        raise failure

    await here.report()
    [key] = [key async for key in redis.scan_iter("link:v1:limit:two*")]
    assert await redis.llen(key) == 1
    here.admit(TWO, "a")
    with pytest.raises(RateLimited):
        here.admit(TWO, "a")
