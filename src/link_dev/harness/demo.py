"""The demo data: two shops with one origin each, and a third origin that no business lists."""

from typing import Final

from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_dev.harness.addresses import Ports

BUSINESSES: Final = {"bus_demo": ("Demo shop", "shop"), "bus_other": ("Other shop", "other")}


async def write_demo_businesses(redis: Redis, ports: Ports) -> None:
    """Write both businesses to Redis, replacing older versions; raises `StoreUnavailable`."""
    businesses = RedisBusinesses(redis)
    for business_id, (name, host) in BUSINESSES.items():
        held = await businesses.get(business_id)
        await businesses.put(
            StoredBusiness(
                id=business_id,
                name=name,
                state="enabled",
                mode="test",
                origins=(ports.origin(host),),
                version=held.version if held else 0,
                country="GH",
            )
        )
