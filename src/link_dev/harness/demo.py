"""The demo data: two shops with one origin each, and a third origin that no business lists."""

import secrets
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, ReloadPolicy, StoredBusiness
from link_dev.harness.addresses import Ports
from link_kernel.redis.connection import connect
from link_kernel.web.request import read_body

BUSINESSES: Final = {"bus_demo": ("Demo shop", "shop"), "bus_other": ("Other shop", "other")}


async def write_demo_businesses(redis: Redis, ports: Ports) -> None:
    """Write both businesses to Redis, replacing older versions; raises `StoreUnavailable`."""
    businesses = RedisBusinesses(redis)
    for business_id, (name, host) in BUSINESSES.items():
        held = await businesses.get(business_id)
        version = held.version if held else 0
        await businesses.put(_stored(business_id, name, ports.origin(host), version))


class BusinessOrder(BaseModel):
    """What a new business asks of a reload, in the words of `business add --reload`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reload: ReloadPolicy = "forget"


@dataclass(frozen=True, slots=True)
class PageBusinesses:
    """Makes businesses like the demo shop, one for each harness page, whose calls are its own."""

    redis_url: str
    ports: Ports

    async def add(self, request: web.Request) -> web.Response:
        """`POST /dev/businesses`: the id of a new business."""
        order = await read_body(request, BusinessOrder)
        business_id = f"bus_{secrets.token_hex(12)}"
        name, host = BUSINESSES["bus_demo"]
        async with connect(self.redis_url) as redis:
            business = _stored(business_id, name, self.ports.origin(host))
            await RedisBusinesses(redis).put(replace(business, reload=order.reload))
        return web.json_response({"business_id": business_id})


def _stored(business_id: str, name: str, origin: str, version: int = 0) -> StoredBusiness:
    return StoredBusiness(
        id=business_id,
        name=name,
        state="enabled",
        mode="test",
        origins=(origin,),
        version=version,
        country="GH",
    )
