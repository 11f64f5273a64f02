"""A frame reads the country of its shop in its own document, however that came."""

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_dev.stack import Stack
from link_kernel.redis import keys as redis_keys
from tests.support.browser.saved_items import add_address, button
from tests.support.browser.sign_in import open_in_country, sign_in_by_code
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


@pytest.mark.parametrize(
    ("country", "name"), [("CI 225 ", "Côte d\u2019Ivoire"), ("JP 81 0", "Japan")]
)
async def test_an_address_begins_in_the_shops_country(
    visitor: Visitor, stack: Stack, country: str, name: str
) -> None:
    """Else a number of Abidjan is kept as one of Ghana; also where the form lists none other."""
    await open_in_country(visitor, country)
    shop = await visitor.shop("address")
    await sign_in_by_code(shop, stack, f"{country[:2].lower()}@example.com")
    element = shop.element()
    await button(element, "Add an address").click()
    await expect(element.get_by_label("Country", exact=True)).to_have_value(country[:2])
    await button(element, "Cancel").click()

    await add_address(element)

    await expect(element.get_by_text(name)).to_be_visible()
