"""A customer who was away for more than a year, and comes back to what they saved."""

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect
from redis.asyncio import Redis
from sqlalchemy import text

from link_api.database.session import writing
from link_api.database.startup import open_database
from link_api.database.statements import Statement
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.support.browser.own_account import add_contact, code_to, open_account, type_contact
from tests.support.browser.saved_items import add_address, button, radio_button
from tests.support.browser.sign_in import ask_for_code as ask_to_sign_in
from tests.support.browser.sign_in import enter_code as enter_sign_in_code
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.servers.databases import sqlite_in
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER: Final = "+233247781401"
MAIL: Final = "serwaa.away@example.com"
ADDED: Final = "serwaa.meanwhile@example.com"
AFTER_A_CODE_MS: Final = 31_000
AWAY: Final = Statement(text("UPDATE customers SET active_on = active_on - 367"))


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database in which days can pass: the services' clock cannot go so far from Redis's."""
    return sqlite_in(tmp_path_factory.mktemp("former"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(stack_clock: MovableClock, database_url: str) -> AsyncIterator[Stack]:
    """Services of their own, on that database."""
    plan = Plan(ports=Ports.free(), clock=stack_clock, link={"database_url": database_url})
    async with open_stack(plan) as stack:
        yield stack


async def test_a_former_customer_finds_what_they_saved_by_their_other_contact(
    visitor: Visitor, stack: Stack, redis: Redis, clock: MovableClock, database_url: str
) -> None:
    """The number alone begins anew; the mailbox, typed and proved, brings everything back.

    A contact that was added meanwhile does not come along. The other element learns that
    its session is over, and joins the new one.
    """
    visitor.expect_error("status of 401")
    time_machine = TimeMachine(clock, redis)
    await visitor.take_clock()
    await _save_an_address_and_leave(visitor, stack, time_machine)
    async with open_database(database_url) as database, writing(database) as session:
        await session.fetch(AWAY)
    await time_machine.forward(AFTER_A_CODE_MS)

    shop = await visitor.shop("auth", "address")
    auth, address = shop.element(0), shop.element(1)
    await sign_in_by_code(shop, stack, NUMBER)
    await expect(address.get_by_text("You have no saved addresses yet.")).to_be_visible()
    await time_machine.forward(AFTER_A_CODE_MS)
    await open_account(auth)
    await expect(auth.locator(".contacts li")).to_have_count(1)
    await add_contact(auth, stack, NUMBER, ADDED)
    await time_machine.forward(AFTER_A_CODE_MS)
    await expect(auth.locator(".contacts li")).to_have_count(2)
    await type_contact(auth, stack, "former_contact", own=NUMBER, other=MAIL)
    await expect(auth.locator("#stopped-text")).to_contain_text("sign in again: it is back")
    await expect(auth.locator("#start-again")).to_be_focused()
    await expect(address.locator("#stopped-text")).to_contain_text("session was ended")

    await time_machine.forward(AFTER_A_CODE_MS)
    await visitor.context.clock.fast_forward(AFTER_A_CODE_MS)
    await button(auth, "Sign in").click()
    await ask_to_sign_in(auth, NUMBER)
    await enter_sign_in_code(auth, code_to(stack, NUMBER))
    await expect(auth.locator("#owner")).to_contain_text("s•••@example.com")
    await button(address, "Sign in").click()
    await expect(radio_button(address, "Home")).to_be_visible()
    await open_account(auth)
    await expect(auth.locator(".contacts li")).to_have_count(2)


async def _save_an_address_and_leave(
    visitor: Visitor, stack: Stack, time_machine: TimeMachine
) -> None:
    shop = await visitor.shop("auth", "address")
    await sign_in_by_code(shop, stack, NUMBER)
    await shop.hear("authenticated", 2)
    await add_address(shop.element(1))
    await time_machine.forward(AFTER_A_CODE_MS)
    await open_account(shop.element(0))
    await add_contact(shop.element(0), stack, NUMBER, MAIL)
    await expect(shop.element(0).locator(".contacts li")).to_have_count(2)
    await shop.page.close()
