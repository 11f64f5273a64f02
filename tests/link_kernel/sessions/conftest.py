"""Fixtures of the stores."""

import pytest
from redis.asyncio import Redis

from link_kernel.metrics import Metrics
from link_kernel.sessions.revocation_publisher import RevocationPublisher


@pytest.fixture
def log(redis: Redis) -> RevocationPublisher:
    """Announces revocations on the test Redis."""
    return RevocationPublisher(redis, Metrics())
