"""The offer of a second contact, below the first item that a customer saves."""

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.own_account import code_to
from tests.support.browser.saved_items import accessibility_faults, add_address, add_wallet, button
from tests.support.browser.sign_in import enter_code, read_the_number
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_has_a_number_alone_is_offered_a_second_contact_once(
    visitor: Visitor, stack: Stack
) -> None:
    """After the first saved item, on one element of the page; it is added in place of the list."""
    number = "+233247781206"
    shop = await visitor.shop("address", "payment")
    await shop.hear("initialized", 2)
    await shop.element().locator("#contact").fill(number)
    await read_the_number(await shop.frame())
    await button(shop.element(), "Send code").click()
    await expect(shop.element().locator("#otp-code")).to_be_visible()
    await enter_code(shop.element(), code_to(stack, number))
    await shop.hear("authenticated", 2)
    address, payment = shop.element(0), shop.element(1)
    await add_address(address)
    await expect(address.get_by_text("Phone numbers can get a new owner.")).to_be_visible()
    assert [] == await accessibility_faults(shop)
    await address.get_by_role("button", name="Add a contact").click()
    await expect(address.locator("#field-to")).to_be_visible()
    await button(address, "Cancel").click()
    await expect(address.get_by_role("radio")).to_have_count(1)
    await expect(address.locator(".offer")).to_have_count(0)
    await button(payment, "Add a wallet").click()
    await add_wallet(payment)
    await expect(payment.get_by_role("radio")).to_have_count(1)
    await expect(payment.locator(".offer")).to_have_count(0)
