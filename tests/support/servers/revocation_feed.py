"""Runs a revocation feed in tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from link_kernel.observability.metrics import Metrics
from link_kernel.redis.connection import connect
from link_kernel.redis.pipelining import PipeliningRedis
from link_kernel.sessions.revocation_feed import RevocationFeed
from link_kernel.sessions.revocation_publisher import RevocationPublisher
from tests.support.time_machine import MovableClock

HALF_HOUR_S = 1800.0


@asynccontextmanager
async def running_feed(
    url: str, clock: MovableClock, metrics: Metrics | None = None
) -> AsyncIterator[RevocationFeed]:
    """Run a revocation feed on a Redis while the context lasts."""
    async with connect(url) as redis, feed_on(redis, clock, metrics) as feed:
        yield feed


def feed_on(
    redis: PipeliningRedis, clock: MovableClock, metrics: Metrics | None = None
) -> RevocationFeed:
    """Return a revocation feed, to be entered, that uses this client."""
    metrics = metrics or Metrics()
    publisher = RevocationPublisher(redis, metrics)
    return RevocationFeed(redis, publisher, clock=clock, metrics=metrics, remembered_s=HALF_HOUR_S)


def is_fresh(feed: RevocationFeed) -> bool:
    """Read the property anew, since mypy assumes that it does not change."""
    return feed.is_fresh


def is_stale(feed: RevocationFeed) -> bool:
    """Likewise."""
    return feed.is_stale
