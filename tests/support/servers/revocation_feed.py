"""Runs a revocation feed in tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from link_kernel.metrics import Metrics
from link_kernel.sessions.revocation_feed import RevocationFeed
from tests.support.time_machine import MovableClock

HALF_HOUR_S = 1800.0


@asynccontextmanager
async def running_feed(
    url: str, clock: MovableClock, metrics: Metrics | None = None
) -> AsyncIterator[RevocationFeed]:
    """Follow the stream of a Redis."""
    feed = RevocationFeed(url, clock=clock, metrics=metrics or Metrics(), remembered_s=HALF_HOUR_S)
    async with feed:
        yield feed


def is_fresh(feed: RevocationFeed) -> bool:
    """Tell it anew each time: what a property said a moment ago holds no longer."""
    return feed.is_fresh
