"""Businesses in Redis: changes are never lost, and what others wrote wrong opens nothing."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.typing import EncodableT

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.ids import new_id
from link_kernel.origin import Origin
from link_kernel.redis import keys as redis_keys

SHOP, OTHER = "https://shop.example", "https://other.example"


def business(business_id: str, *origins: str, version: int = 0) -> StoredBusiness:
    """Return a live, enabled business."""
    return StoredBusiness(business_id, "Shop", "enabled", "live", origins, version)


async def test_what_is_written_is_read(redis: Redis) -> None:
    businesses, business_id = RedisBusinesses(redis), new_id("bus")
    assert await businesses.get(business_id) is None
    assert await businesses.put(business(business_id, SHOP))
    assert await businesses.get(business_id) == business(business_id, SHOP, version=1)
    assert await businesses.all() == [business(business_id, SHOP, version=1)]


async def test_a_country_is_kept_and_an_older_release_leaves_it(redis: Redis) -> None:
    """Which neither writes it nor needs it; what is no country is none."""
    businesses, business_id = RedisBusinesses(redis), new_id("bus")
    ghana = replace(business(business_id, SHOP), country="GH")
    assert await businesses.put(ghana)
    assert await businesses.put(ghana)  # a repeat after a lost reply
    held = await businesses.get(business_id)
    assert held == replace(ghana, version=1)
    assert held.as_business().country == "GH"

    key = redis_keys.business(business_id)
    await redis.hset(key, "version", "2")
    assert await businesses.get(business_id) == replace(ghana, version=2)
    await redis.hset(key, "country", "Ghana")
    assert await businesses.get(business_id) == business(business_id, SHOP, version=2)
    await redis.hdel(key, "country")
    assert await businesses.put(business(business_id, SHOP, version=1))  # as the older one wrote it
    assert await businesses.get(business_id) == business(business_id, SHOP, version=2)


async def test_what_an_older_release_wrote_forgets_at_a_reload(redis: Redis) -> None:
    businesses, business_id = RedisBusinesses(redis), new_id("bus")
    keeping = replace(business(business_id, SHOP), reload="keep")
    assert await businesses.put(keeping)
    held = await businesses.get(business_id)
    assert held == replace(keeping, version=1)
    assert held.as_business().keeps_reload
    for written in ("sometimes", ""):
        await redis.hset(redis_keys.business(business_id), "reload", written)
        assert await businesses.get(business_id) == business(business_id, SHOP, version=1)


async def test_two_changes_at_once_never_lose_one(redis: Redis) -> None:
    businesses, business_id = RedisBusinesses(redis), new_id("bus")
    await businesses.put(business(business_id))

    assert await businesses.put(business(business_id, SHOP, version=1))
    assert not await businesses.put(business(business_id, OTHER, version=1))

    held = await businesses.get(business_id)
    assert held is not None
    assert held.origins == (SHOP,)


async def test_the_same_write_resent_is_still_written(redis: Redis) -> None:
    businesses, change = RedisBusinesses(redis), business(new_id("bus"), SHOP)
    assert await businesses.put(change)
    assert await businesses.put(change)
    held = await businesses.get(change.id)
    assert held is not None
    assert held.version == 1


async def test_a_business_written_by_hand_never_opens_more_than_it_says(redis: Redis) -> None:
    business_id = new_id("bus")
    await redis.hset(
        redis_keys.business(business_id), mapping={"origins": '["*", "https://*.com"]'}
    )
    held = await RedisBusinesses(redis).get(business_id)
    assert held is not None
    assert held.state == "disabled"
    assert not held.as_business().allow_list.admits(Origin.parse_header(SHOP))


@pytest.mark.parametrize(
    "fields", [{"origins": "not json"}, {"origins": "null"}, {"origins": "7"}, {"version": "x"}]
)
async def test_a_malformed_business_is_off_and_no_fault_of_the_caller(
    redis: Redis, fields: dict[EncodableT, EncodableT]
) -> None:
    business_id = new_id("bus")
    whole: dict[EncodableT, EncodableT] = {"state": "enabled", "mode": "live", **fields}
    await redis.hset(redis_keys.business(business_id), mapping=whole)
    held = await RedisBusinesses(redis).get(business_id)
    assert held is not None
    assert (held.state, held.origins) == ("disabled", ())
