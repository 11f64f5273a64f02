"""The codes of a customer's contacts and account: read from their messages, as the sign-in's is."""

from typing import Final

import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from link_dev.stack import Stack
from tests.support.browser.own_account import ask_for_code, begin, code_to, open_account
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import MESSAGES, sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.time_machine import MovableClock, TimeMachine

pytestmark = pytest.mark.asyncio(loop_scope="session")

AFTER_A_CODE_MS: Final = 31_000
ARRIVE: Final = "code => window.otp.at(-1).arrive(code)"
WAITS: Final = "window.otp.map(({ isOver }) => isOver)"


async def test_both_codes_of_a_new_contact_are_read_from_their_messages(
    visitor: Visitor, stack: Stack
) -> None:
    """Each is filled in, and the customer sends it; the message of the step before is over."""
    first, second = "+233247781301", "+233247781302"
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await sign_in_by_code(shop, stack, first)
    await open_account(element)
    field = element.locator("#account-code")
    await begin(element, "add_contact")
    await ask_for_code(element)
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await frame.evaluate(ARRIVE, code_to(stack, first))
    await expect(field).to_have_value(code_to(stack, first))
    await expect(element.get_by_role("alert").filter(has_text="is filled in")).to_be_visible()
    assert [] == [sent for sent in visitor.requests if "contacts/verify-otp" in sent.url]

    await button(element, "Continue").click()
    await element.locator("#account-contact").fill(second)
    assert [True, True] == await frame.evaluate(WAITS)
    await ask_for_code(element)
    await frame.evaluate(ARRIVE, code_to(stack, second))
    await expect(field).to_have_value(code_to(stack, second))
    await button(element, "Continue").click()
    await expect(element.locator(".contacts li")).to_have_count(2)
    assert [True] * 3 == await frame.evaluate(WAITS)


async def test_the_wait_for_a_message_ends_with_the_form_of_its_code(
    visitor: Visitor, stack: Stack, redis: Redis, clock: MovableClock
) -> None:
    """Where it is given up, and at a sign-out."""
    number = "+233247781303"
    await visitor.take_clock()
    await visitor.context.add_init_script(MESSAGES)
    shop = await visitor.shop("auth")
    element, frame = shop.element(), await shop.frame()
    await sign_in_by_code(shop, stack, number)
    await open_account(element)
    for task in ("export_account", "close_account"):
        await TimeMachine(clock, redis).forward(AFTER_A_CODE_MS)
        await visitor.context.clock.fast_forward(AFTER_A_CODE_MS)
        await begin(element, task)
        await ask_for_code(element)
        assert not (await frame.evaluate(WAITS))[-1]
        if task == "export_account":
            await button(element, "Cancel").click()
            await expect(element.locator(".contacts")).to_be_visible()
            assert (await frame.evaluate(WAITS))[-1]
    await element.locator("#sign-out").click()
    await shop.hear("logout_complete")
    assert [True] * 3 == await frame.evaluate(WAITS)
