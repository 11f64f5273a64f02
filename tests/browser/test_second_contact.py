"""The offer of a second contact, below the first item that a customer saves."""

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.own_account import ask_for_code, code_to, open_account
from tests.support.browser.own_account import enter_code as enter
from tests.support.browser.saved_items import accessibility_faults, add_address, add_wallet, button
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import enter_code, read_the_number
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def signed_in(visitor: Visitor, stack: Stack, number: str, *elements: str) -> ShopPage:
    """Sign in by a number in the first of a shop's elements."""
    shop = await visitor.shop(*elements)
    await shop.hear("initialized", len(elements))
    await shop.element().locator("#contact").fill(number)
    await read_the_number(await shop.frame())
    await button(shop.element(), "Send code").click()
    await expect(shop.element().locator("#otp-code")).to_be_visible()
    await enter_code(shop.element(), code_to(stack, number))
    await shop.hear("authenticated", len(elements))
    return shop


async def test_who_has_a_number_alone_is_offered_a_second_contact_once(
    visitor: Visitor, stack: Stack
) -> None:
    """After the first saved item, on one element of the page; it is added in place of the list."""
    number = "+233247781206"
    shop = await signed_in(visitor, stack, number, "address", "payment")
    address, payment = shop.element(0), shop.element(1)
    await add_address(address)
    await expect(address.get_by_text("Phone numbers can get a new owner.")).to_be_visible()
    assert [] == await accessibility_faults(shop)
    visitor.expect_error("status of 503")
    visitor.servers.stack.faults.add("/v1/link/contacts", "unavailable", times=3)
    await address.get_by_role("button", name="Add a contact").click()
    await expect(address.get_by_role("alert").filter(has_text="cannot reach")).to_be_visible()
    await address.get_by_role("button", name="Add a contact").click()
    await expect(address.locator("#field-to")).to_be_visible()
    await button(address, "Cancel").click()
    await expect(address.get_by_role("radio")).to_have_count(1)
    await expect(address.locator(".offer")).to_have_count(0)
    await button(payment, "Add a wallet").click()
    await add_wallet(payment)
    await expect(payment.get_by_role("radio")).to_have_count(1)
    await expect(payment.locator(".offer")).to_have_count(0)


async def test_an_earlier_account_of_the_number_is_found_by_another_contact_of_it(
    visitor: Visitor, stack: Stack
) -> None:
    """A code to the number, one to what is typed, and the answer that a stranger's gets too."""
    number, other = "+233247781207", "kwadwo.earlier@example.com"
    shop = await signed_in(visitor, stack, number, "auth")
    element = shop.element()
    await open_account(element)
    await button(element, "Find an earlier account").click()
    await ask_for_code(element)
    await enter(element, code_to(stack, number))
    await element.locator("#account-contact").fill(other)
    assert [] == await accessibility_faults(shop)
    await ask_for_code(element)
    await enter(element, code_to(stack, other))
    await expect(element.get_by_role("alert").filter(has_text="it is back")).to_be_visible()
    await expect(element.locator(".contacts li")).to_have_count(1)
