"""Cache of businesses: a bridge sees changes within five seconds, and asks Redis rarely."""

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses import cache
from elements_bridge.businesses.backup.presence import CACHE_S, BusinessPresence
from elements_bridge.businesses.cache import CachedBusinesses
from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.ids import new_id
from link_kernel.origin import Origin
from link_kernel.redis import keys as redis_keys
from tests.support.time_machine import MovableClock

SHOP = "https://shop.example"


def business(business_id: str, *origins: str) -> StoredBusiness:
    """Return a live, enabled business."""
    return StoredBusiness(business_id, "Shop", "enabled", "live", origins)


def cache_of(stored: RedisBusinesses, clock: MovableClock) -> CachedBusinesses:
    """Return an empty cache."""
    return CachedBusinesses(stored, BusinessPresence(stored, clock), clock)


async def test_a_change_is_seen_after_five_seconds_and_asked_for_once_until_then(
    redis: Redis, clock: MovableClock
) -> None:
    stored, business_id = RedisBusinesses(redis), new_id("bus")
    cached = cache_of(stored, clock)
    assert await cached.find(business_id) is None
    await stored.put(business(business_id, SHOP))
    assert await cached.find(business_id) is None

    clock.ahead_ms += int(CACHE_S * 1000)
    found = await cached.find(business_id)

    assert found is not None
    assert found.allow_list.admits(Origin.parse_header(SHOP))
    await redis.config_resetstat()
    assert await cached.find(business_id) is found
    assert "cmdstat_hgetall" not in await redis.info("commandstats")


async def test_ids_that_do_not_exist_push_out_none_that_does(
    redis: Redis, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can name them, so they are kept apart, and not without end."""
    monkeypatch.setattr(cache, "_CACHED_BUSINESSES", 2)
    monkeypatch.setattr(cache, "_CACHED_ABSENT", 2)
    stored, known = RedisBusinesses(redis), [new_id("bus") for _ in range(2)]
    cached = cache_of(stored, clock)
    for business_id in known:
        await stored.put(business(business_id, SHOP))
        assert await cached.find(business_id)
    absent = [new_id("bus") for _ in range(5)]
    for business_id in absent:
        assert await cached.find(business_id) is None

    await redis.config_resetstat()
    for business_id in known:
        assert await cached.find(business_id)
    for business_id in absent[-2:]:
        assert await cached.find(business_id) is None
    assert "cmdstat_hgetall" not in await redis.info("commandstats")
    assert not [business_id for business_id in absent if cached.holds(business_id)]
    assert len(cached._absent) == 2  # noqa: SLF001  # nothing outside shows it


async def test_a_business_is_held_as_long_as_it_is_there(redis: Redis, clock: MovableClock) -> None:
    """However old what is held: it is asked for again, and tells where it is worth asking."""
    stored, business_id, other = RedisBusinesses(redis), new_id("bus"), new_id("bus")
    cached = cache_of(stored, clock)
    assert not cached.holds(business_id)
    await stored.put(business(other, SHOP))
    assert await cached.find(other)
    await stored.put(business(business_id, SHOP))
    assert await cached.find(business_id)
    clock.ahead_ms += 60_000
    assert cached.holds(business_id)

    await redis.delete(redis_keys.business(business_id))
    assert await cached.find(business_id) is None
    assert not cached.holds(business_id)

    await stored.put(business(business_id, SHOP))
    clock.ahead_ms += int(CACHE_S * 1000)
    assert await cached.find(business_id)
    assert cached.holds(business_id)
