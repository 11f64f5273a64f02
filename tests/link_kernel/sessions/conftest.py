"""Fixtures of the session store's tests."""

import pytest
from redis.asyncio import Redis

from link_kernel.observability.metrics import Metrics
from link_kernel.sessions.revocation_publisher import RevocationPublisher


@pytest.fixture
def log(redis: Redis) -> RevocationPublisher:
    """A publisher of revocations on the test Redis."""
    return RevocationPublisher(redis, Metrics())
