"""Steps of a customer in an element (addresses, wallets), and checks of the data on the server."""

import re
from pathlib import Path
from typing import Any, Final

from playwright.async_api import FrameLocator, Locator, expect

from tests.support.browser.servers import Servers
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import Visitor

Json = dict[str, Any]

STREET: Final = "12 Ring Road East"
NUMBER: Final = "+233 24 765 4321"
WALLET: Final = "MTN •• 4321"
_MANY_TABS: Final = 20
_AUDIT: Final = Path(__file__).with_name("audit.js").read_text("utf-8")


def button(element: FrameLocator, name: str) -> Locator:
    """Return the button whose name begins with `name`."""
    return element.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


def radio_button(element: FrameLocator, title: str) -> Locator:
    """Return the radio button of the saved item with a title."""
    return element.get_by_role("radio", name=re.compile(f"^{re.escape(title)}"))


async def open_two_addresses(visitor: Visitor, contact: str) -> ShopPage:
    """Open a shop whose customer has *Home* and *Work* saved, and wait until both are shown."""
    token = await link_token(visitor.servers, contact)
    for label in ("Home", "Work"):
        await save_address(visitor.servers, token, label)
    shop = await visitor.shop("address", link_token=token)
    await expect(button(shop.element(), "Remove: Home")).to_be_visible()
    await shop.grown()
    return shop


async def fill_address(element: FrameLocator, label: str = "Home", city: str = "Accra") -> None:
    """Type an address into the open form."""
    typed = {
        "Street address": STREET,
        "City": city,
        "Region": "Greater Accra",
        "Save as (optional)": label,
    }
    for name, text in typed.items():
        await element.get_by_label(name, exact=True).fill(text)


async def add_address(element: FrameLocator, label: str = "Home", city: str = "Accra") -> None:
    """Save an address and wait until it is in the list."""
    await button(element, "Add an address").click()
    await fill_address(element, label, city)
    await button(element, "Save address").click()
    await radio_button(element, label).wait_for()


async def add_wallet(element: FrameLocator, number: str = NUMBER) -> None:
    """Fill in the form for a wallet of MTN and save it.

    By the keyboard: where a frame above it changes its height, a button moves away between the
    down and the up of the mouse.
    """
    await element.get_by_label("Wallet number").fill(number)
    await element.get_by_label("Provider").select_option("mtn")
    await element.get_by_label("Wallet number").press("Enter")


async def read_saved_data(servers: Servers, link_token: str) -> Json:
    """Return all saved data of a customer, as a shop's server reads it with a `lnk_`."""
    url = f"{servers.origin('api')}/v1/link/data"
    headers = {"Authorization": f"Bearer {link_token}"}
    async with servers.http.get(url, headers=headers) as response:
        assert response.status == 200, await response.text()
        data: Json = (await response.json())["data"]
        return data


async def save_item(servers: Servers, link_token: str, path: str, body: Json) -> Json:
    """Save an item by the Link API with a `lnk_`, as if earlier in another shop."""
    url = f"{servers.origin('api')}/v1/link/{path}"
    headers = {"Authorization": f"Bearer {link_token}"}
    async with servers.http.post(url, json=body, headers=headers) as response:
        assert response.status == 201, await response.text()
        data: Json = (await response.json())["data"]
        return data


async def save_address(
    servers: Servers,
    link_token: str,
    label: str,
    city: str = "Accra",
    region: str = "Greater Accra",
) -> Json:
    """Save an address as the holder of a `lnk_`."""
    body = {"label": label, "street_address": STREET, "city": city, "region": region}
    return await save_item(servers, link_token, "addresses", {**body, "country": "GH"})


async def save_wallet(servers: Servers, link_token: str, number: str = "+233247654321") -> Json:
    """Save a wallet of MTN as the holder of a `lnk_`."""
    body = {"provider": "mtn", "phone_number": number}
    return await save_item(servers, link_token, "mobile-money", body)


async def accessibility_faults(shop: ShopPage, index: int = 0) -> list[str]:
    """Return the accessibility faults of an element: labels, sizes, contrasts, widths."""
    frame = await shop.frame(index)
    faults: list[str] = await frame.evaluate(f"{_AUDIT}; window.audit()")
    return faults


async def focused_control(shop: ShopPage, index: int = 0) -> Json:
    """Return the name of the focused control in an element, and whether its focus is visible."""
    frame = await shop.frame(index)
    found: Json = await frame.evaluate(f"{_AUDIT}; window.focused()")
    return found


async def tab_to(shop: ShopPage, name: str) -> None:
    """Press Tab until what is called so has the focus, which must be seen wherever it comes by."""
    for _ in range(_MANY_TABS):
        await shop.page.keyboard.press("Tab")
        focus = await focused_control(shop)
        if focus["name"]:  # not while the shop's own page has it
            assert focus["isSeen"], focus
        if str(focus["name"]).startswith(name):
            return
    raise AssertionError(f"the keyboard never came to {name}")
