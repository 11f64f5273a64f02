"""Fixtures of the tests of closing and exporting."""

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses
from tests.link_api.account.leaving import SHOP
from tests.support.clients.bridge_client import configure


@pytest.fixture(autouse=True)
async def shop(redis: Redis) -> None:
    """A business of this deployment's mode."""
    await configure(RedisBusinesses(redis), business_id=SHOP, mode="test")
