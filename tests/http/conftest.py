"""A running bridge for HTTP tests."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile, new_keyring_file
from tests.bridge_client import BridgeClient, running_bridge, settings_for
from tests.time_machine import MovableClock


@pytest.fixture(scope="session")
def keyring() -> KeyringFile:
    """One keyring for the run."""
    return new_keyring_file()


@pytest.fixture
async def bridge(
    redis_url: str, keyring: KeyringFile, clock: MovableClock
) -> AsyncIterator[BridgeClient]:
    """A bridge on the test Redis, without an auth service."""
    async with running_bridge(settings_for(redis_url, keyring), clock) as client:
        yield client


@pytest.fixture
async def byte_redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client that does not decode, to compare what keys hold byte for byte."""
    async with Redis.from_url(redis_url) as client:
        yield client
