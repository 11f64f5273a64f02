"""A frame reads the country of its shop in its own document, however that came."""

import pytest
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.redis import keys as redis_keys
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCRA = "bus_00000000000country"
_COUNTRY = "document.querySelector('meta[name=\"country\"]')?.content"


async def test_chromium_reads_the_country_behind_the_compressed_document(
    visitor: Visitor, redis: Redis
) -> None:
    """No CSP violation, no complaint of the parser, and the element works."""
    origins = (visitor.origin("shop"),)
    business = StoredBusiness(ACCRA, "Accra", "enabled", "test", origins, country="GH")
    await RedisBusinesses(redis).put(business)
    shop = await visitor.shop()
    await shop.mount("auth", businessId=ACCRA)
    await shop.hear("initialized")

    said = await (await shop.frame()).evaluate(_COUNTRY)

    await redis.delete(redis_keys.business(ACCRA))
    assert said == "GH 233 0"
    assert visitor.console == []
