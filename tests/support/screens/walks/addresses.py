"""Walks through the saved addresses: none, several, many, their form, and its problems."""

from collections.abc import Mapping
from typing import Final

from playwright.async_api import FrameLocator, expect

from tests.support.browser.saved_items import save_address, save_item
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token, open_in_country
from tests.support.screens.walker import Walker, said, visible

_DATA: Final = "**/v1/link/data*"
_ADDRESSES: Final = "**/v1/link/addresses*"
_KENYA: Final = "KE 254 0"
_MANY: Final = 12
_TYPED: Final = {
    "label": "Home",
    "street_address": "12 Ring Road East",
    "city": "Accra",
    "region": "Greater Accra",
}
_LONG_CONTACT: Final = "nana.akosua.agyemang-prempeh.the.elder@customers.of.kejetia.example.com"
# Sensible texts, as long as they may be or nearly so: 60 characters, 120, and 500.
_LONG: Final = {
    "label": "House of my grandmother behind the old market, blue gate",
    "street_address": "The second house on the left after the old railway station, opposite the "
    "junction with Agyemang Prempeh Memorial Road",
    "apartment": "Block C, flat 12, on the third floor; take the stairs beside the pharmacy and "
    "turn right",
    "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
    "region": "Greater Accra and the whole of the Eastern Region",
    "delivery_instructions": "Please call when you are at the station, since the road has no sign. "
    "Ring twice, then wait at the blue gate: the dog is friendly, but loud. If nobody opens, leave "
    "the parcel with Auntie Esi in the shop next door, who is there until eight in the evening.",
}


async def addresses(walker: Walker) -> None:
    """From no address to a chosen one."""
    visitor = walker.visitor
    token = await link_token(visitor.servers, "adwoa.screens@example.com")
    async with walker.holding(_DATA, "GET") as held:
        shop = await visitor.shop("address", link_token=token)
        await held.request()
        element = shop.element()
        await expect(element.locator("#wallet-loading")).to_have_css("overflow", "hidden")
        await walker.look("list-loading", shop)
    await walker.listed(element)
    await walker.look("empty-address", shop)
    await walker.press(element, "add")
    await walker.look("form-address", shop)
    await walker.press(element, "save")
    await said(visible(element, "#items .problem:not(:empty)").first)
    await walker.look("form-problems", shop)

    await _fill(element, _TYPED)
    async with walker.holding(_ADDRESSES, "POST") as held:
        await walker.press(element, "save")
        await held.request()
        await walker.look("saving", shop)
    await expect(element.get_by_role("radio")).to_have_count(1)
    await walker.look("list-one", shop)

    await save_address(visitor.servers, token, "Work", "Kumasi", "Ashanti")
    await save_address(visitor.servers, token, "Market stall", "Takoradi", "Western")
    await shop.open(f"/embed?element=address&link_token={token}")
    await _items(walker, shop)


async def _items(walker: Walker, shop: ShopPage) -> None:
    element = shop.element()
    await expect(element.get_by_role("radio")).to_have_count(3)
    await walker.look("list-address", shop)
    await element.get_by_role("radio", checked=False).first.check()
    await walker.look("item-open", shop)
    await walker.press(element, "remove")
    await expect(visible(element, "[data-key^='confirm ']")).to_have_count(1)
    await walker.look("removing", shop)
    await walker.press(element, "keep")
    await walker.press(element, "edit")
    await expect(element.locator("[name=city]")).to_be_visible()
    await walker.look("edit-address", shop)
    await walker.press(element, "cancel")
    await walker.press(element, "use")
    await shop.hear("selected")
    await walker.look("chosen", shop)


async def _fill(element: FrameLocator, typed: Mapping[str, str]) -> None:
    for name, text in typed.items():
        await element.locator(f"[name={name}]").fill(text)


async def lists_that_do_not_come(walker: Walker) -> None:
    """The saved addresses cannot be loaded."""
    token = await link_token(walker.visitor.servers, "yaa.screens@example.com")
    await walker.lose(_DATA)
    shop = await walker.visitor.shop("address", link_token=token)
    await expect(shop.element().locator("#unreachable")).to_be_visible()
    await walker.look("list-unreachable", shop)


async def long_values(walker: Walker) -> None:
    """An address with as much in it as is allowed."""
    servers, contact = walker.visitor.servers, _LONG_CONTACT
    token = await link_token(servers, contact)
    await save_item(servers, token, "addresses", {**_LONG, "country": "GH"})
    shop = await walker.visitor.shop("address", link_token=token)
    element = shop.element()
    await expect(element.get_by_role("radio")).to_have_count(1)
    await walker.look("long-values", shop)
    await walker.press(element, "more")
    await expect(visible(element, "[data-key^='more ']")).to_have_attribute("aria-expanded", "true")
    await walker.look("long-values-whole", shop)


async def many_addresses(walker: Walker) -> None:
    """More addresses than fit on a phone."""
    servers = walker.visitor.servers
    token = await link_token(servers, "kojo.screens@example.com")
    for number in range(1, _MANY + 1):
        await save_address(servers, token, f"Branch {number}", "Kumasi", "Ashanti")
    shop = await walker.visitor.shop("address", link_token=token)
    element = shop.element()
    await visible(element, "[data-key='whole']").wait_for()
    await walker.look("list-many", shop)


async def address_elsewhere(walker: Walker) -> None:
    """The form of an address in a shop of another country."""
    visitor = walker.visitor
    await open_in_country(visitor, _KENYA)
    token = await link_token(visitor.servers, "wanjiru.screens@example.com")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await walker.listed(element)
    await walker.press(element, "add")
    await expect(element.locator("#field-country")).to_have_value("KE")
    await walker.look("form-elsewhere", shop)


async def changes_that_fail(walker: Walker) -> None:
    """An address is refused, then not saved, and another is not removed."""
    visitor = walker.visitor
    visitor.expect_error("status of 4")
    token = await link_token(visitor.servers, "akua.screens@example.com")
    for label in ("Home", "Work"):
        await save_address(visitor.servers, token, label)
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    await walker.listed(element)
    await walker.press(element, "add")
    await _fill(element, {**_TYPED, "label": "Shop", "phone_for_delivery": "+233 11 111 1111"})
    await walker.press(element, "save")
    await said(visible(element, ".field .problem:not(:empty)").first)
    await walker.look("save-refused", shop)
    await _fill(element, {"phone_for_delivery": "+233 24 123 4567"})
    async with walker.losing(_ADDRESSES, "POST"):
        await walker.press(element, "save")
        await said(visible(element, ".item-form > .problem:not(:empty)"))
    await walker.look("save-failed", shop)
    await walker.press(element, "cancel")
    await expect(element.get_by_role("radio")).to_have_count(2)
    await walker.press(element, "remove")
    async with walker.losing("**/v1/link/addresses/*", "DELETE"):
        await walker.press(element, "confirm")
        await said(visible(element, ".item .problem:not(:empty)"))
    await walker.look("remove-failed", shop)
