"""Walks through the customer's contacts and account, and to the offer of a second contact."""

from typing import Final

from playwright.async_api import FrameLocator, expect

from tests.support.browser.own_account import (
    add_contact,
    ask_for_code,
    begin,
    code_to,
    enter_code,
    open_account,
)
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token
from tests.support.screens.walker import Walker, said

_READING_MS: Final = 1_000
_ALL_TRIES_MS: Final = 20_000
_ASK: Final = "**/v1/link/contacts/request-otp"
_CONTACTS: Final = "**/v1/link/contacts"
_PROBLEM: Final = "#account-problem"
_SUBMIT: Final = ".account [type=submit]"
_TOO_SOON: Final = {"Retry-After": "20", "RateLimit-Policy": '"otp_wait";q=1;w=30'}
_TYPED: Final = {"street_address": "12 Ring Road East", "city": "Accra", "region": "Greater Accra"}


async def contacts(walker: Walker) -> None:
    """One contact, and a second that is added."""
    visitor, first, second = walker.visitor, "+233241239911", "yaaba.screens@example.com"
    visitor.expect_error("status of 4")
    shop, element = await _signed_in(walker, "auth", first)
    async with walker.losing(_CONTACTS, "GET"):
        await walker.press(element, "open")
        for _ in range(int(_ALL_TRIES_MS / _READING_MS)):
            await visitor.wait(_READING_MS)
        await said(element.locator(_PROBLEM))
        await walker.look("account-unreachable", shop)
    await open_account(element)
    await walker.look("account", shop)
    await begin(element, "former_contact")
    await walker.look("account-former", shop)
    await walker.press(element, "back")
    await begin(element, "add_contact")
    await walker.look("account-add", shop)
    async with walker.answering(_ASK, status=429, headers=_TOO_SOON):
        await element.locator(_SUBMIT).click()
        await said(element.locator(_PROBLEM))
    await walker.look("account-too-soon", shop)
    await ask_for_code(element)
    await walker.look("account-code", shop)
    await enter_code(element, "000000")
    await said(element.locator(_PROBLEM))
    await walker.look("account-code-wrong", shop)
    await enter_code(element, code_to(walker.stack, first))
    await element.locator("#account-contact").fill(second)
    await walker.look("account-new", shop)
    await ask_for_code(element)
    await walker.look("account-new-code", shop)
    await enter_code(element, code_to(walker.stack, second))
    await expect(element.locator(".contacts li")).to_have_count(2)
    await walker.look("account-two", shop)


async def contacts_that_go(walker: Walker) -> None:
    """Another customer's contact is refused; one of two is removed by the code of the other."""
    visitor, first, second = walker.visitor, "+233241239922", "afua.screens@example.com"
    visitor.expect_error("status of 4")
    others = "adom.screens@example.com"
    await link_token(visitor.servers, others)
    shop, element = await _signed_in(walker, "auth", first)
    await open_account(element)
    await add_contact(element, walker.stack, first, others)
    await said(element.locator(_PROBLEM))
    await walker.look("account-taken", shop)
    await walker.press(element, "back")
    await expect(element.locator(".contacts")).to_be_visible()
    await add_contact(element, walker.stack, first, second)
    await begin(element, "remove", "a•••")
    await walker.look("account-remove", shop)
    await element.locator("#field-to").select_option(index=0)
    await walker.look("account-remove-later", shop)
    await ask_for_code(element)
    await walker.look("account-remove-code", shop)
    await enter_code(element, code_to(walker.stack, first))
    await expect(element.locator(".contacts li")).to_have_count(2)
    await walker.look("account-leaving", shop)


async def account_that_is_closed(walker: Walker) -> None:
    """A customer takes their data along, and leaves."""
    contact = "efo.screens@example.com"
    shop, element = await _signed_in(walker, "auth", contact)
    await open_account(element)
    await begin(element, "export_account")
    await walker.look("account-export", shop)
    await ask_for_code(element)
    await enter_code(element, code_to(walker.stack, contact))
    await element.locator("#account-data").wait_for()
    await walker.look("account-data", shop)
    await walker.press(element, "copy")
    await said(element.locator(_PROBLEM))
    await walker.look("account-copied", shop)
    await walker.press(element, "back")
    await begin(element, "close_account")
    await walker.look("account-close", shop)
    await ask_for_code(element)
    await walker.look("account-close-code", shop)
    await enter_code(element, code_to(walker.stack, contact))
    await shop.hear("logout_complete")
    await walker.look("account-closed", shop)


async def offer_of_a_contact(walker: Walker) -> None:
    """A customer who has a number alone saves the first address."""
    shop, element = await _signed_in(walker, "address", "+233241239933")
    await walker.press(element, "add")
    for name, text in _TYPED.items():
        await element.locator(f"[name={name}]").fill(text)
    await walker.press(element, "save")
    await element.locator(".offer").wait_for()
    await walker.look("offer", shop)
    await walker.press(element, "offer")
    await element.locator("#field-to").wait_for()
    await walker.look("offer-add", shop)


async def _signed_in(walker: Walker, name: str, contact: str) -> tuple[ShopPage, FrameLocator]:
    """Sign in by a code, with the clock of the page in hand; a number is read meanwhile."""
    await walker.visitor.take_clock()
    shop = await walker.visitor.shop(name)
    element = shop.element()
    await shop.hear("initialized")
    await element.locator("#contact").fill(contact)
    await walker.visitor.wait(_READING_MS)
    await element.locator("#request-code").click()
    await walker.sees(element, "code")
    await walker.enter_code(element, code_to(walker.stack, contact))
    await walker.sees(element, "authenticated")
    await walker.listed(element)
    return shop, element
