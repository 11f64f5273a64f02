"""The check that every Redis key has a TTL; a key that expires during it passes."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.conftest import check_keys


async def test_a_key_without_a_ttl_is_found(redis: Redis) -> None:
    await redis.set("kept", "for good")

    with pytest.raises(AssertionError, match="kept never expires"):
        await check_keys(redis)
    await redis.delete("kept")


async def test_a_key_that_expires_while_it_is_looked_at_is_no_fault(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine under load takes its time between finding a key and asking for its TTL."""

    async def found_before(_pattern: str) -> AsyncIterator[str]:
        yield "expired"

    monkeypatch.setattr(redis, "scan_iter", found_before)
    await check_keys(redis)
