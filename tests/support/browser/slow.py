"""An element whose session is long in coming."""

from typing import Final

from playwright.async_api import expect

from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import Held, Visitor

SLOW_MS: Final = 5_000
"""After as long the element says that it takes long."""


async def connecting_shop(visitor: Visitor) -> tuple[ShopPage, Held]:
    """Open a shop on a clock of its own, with an element whose first call is held back."""
    await visitor.take_clock()
    held = await visitor.hold("bootstrap")
    shop = await visitor.shop("auth")
    await held.request()
    await expect(shop.element().locator("html")).to_have_attribute("data-state", "connecting")
    return shop, held
