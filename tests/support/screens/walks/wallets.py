"""Walks through the saved wallets, and through all three elements on one page."""

from typing import Final

from playwright.async_api import expect

from tests.support.browser.saved_items import save_address, save_wallet
from tests.support.browser.sign_in import link_token, open_in_country
from tests.support.screens.walker import Walker, said

_KENYA: Final = "KE 254 0"
_SENT: Final = {"expires_in": 600, "ask_again_in": 30, "channels": ["email"]}
_NUMBERS: Final = ("+233247651111", "+233247652222")


async def wallets(walker: Walker) -> None:
    """A customer whom the shop signed in, without wallets and with them."""
    visitor, contact = walker.visitor, "kofi.screens@example.com"
    token = await link_token(visitor.servers, contact)
    shop = await visitor.shop("payment", link_token=token)
    await walker.listed(shop.element())
    await walker.look("empty-payment", shop)
    await walker.press(shop.element(), "add")
    await expect(shop.element().locator("#step-up")).to_be_visible()
    await walker.look("step-up", shop)
    async with walker.answering("**/request-otp", data=_SENT):
        await walker.ask_for_code(shop.element(), contact)
        await walker.look("step-up-code", shop)
    for number in _NUMBERS:
        await save_wallet(visitor.servers, token, number)
    await shop.open(f"/embed?element=payment&link_token={token}")
    await expect(shop.element().get_by_role("radio")).to_have_count(2)
    await walker.look("list-payment", shop)


async def form_of_a_wallet(walker: Walker) -> None:
    """A customer who proved their contact by a code adds a wallet."""
    shop = await walker.visitor.shop("payment")
    await walker.sign_in(shop.element(), "esi.screens@example.com")
    await walker.press(shop.element(), "add")
    await expect(shop.element().locator("[name=phone_number]")).to_be_visible()
    await walker.look("form-payment", shop)


async def wallet_elsewhere(walker: Walker) -> None:
    """The form of a wallet in a shop of another country, with a number of that country."""
    await open_in_country(walker.visitor, _KENYA)
    shop = await walker.visitor.shop("payment")
    element = shop.element()
    await walker.sign_in(element, "otieno.screens@example.com")
    await walker.press(element, "add")
    await element.locator("[name=phone_number]").fill("0712 345678")
    await said(element.locator("#provider-note"))
    await walker.look("form-payment-elsewhere", shop)


async def three_elements(walker: Walker) -> None:
    """All three on one page."""
    shop = await walker.visitor.shop("auth", "address", "payment")
    await shop.hear("initialized", 3)
    await walker.look("three-guest", shop)
    await walker.sign_in(shop.element(), "abena.screens@example.com")
    for index in (1, 2):
        await walker.listed(shop.element(index))
    await walker.look("three", shop)


async def three_lists(walker: Walker) -> None:
    """All three on one page, with several addresses and wallets."""
    visitor = walker.visitor
    token = await link_token(visitor.servers, "afia.screens@example.com")
    for label in ("Home", "Work"):
        await save_address(visitor.servers, token, label)
    for number in _NUMBERS:
        await save_wallet(visitor.servers, token, number)
    shop = await visitor.shop("auth", "address", "payment", link_token=token)
    for index in (1, 2):
        await expect(shop.element(index).get_by_role("radio")).to_have_count(2)
    await walker.look("three-lists", shop)
