"""Signing in and out, as a customer and as a shop."""

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.browser.visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "ama@example.com"


async def test_a_customer_signs_in_by_code_inside_the_frame(visit: Visit, stack: Stack) -> None:
    """A wrong code is told in words; the right one makes the session authenticated."""
    shop = await visit.shop("payment")
    element = shop.element()
    await element.get_by_label("Phone number or e-mail").fill(CONTACT)
    await element.get_by_role("button", name="Send code").click()
    code_field = element.get_by_label("Code")
    await expect(code_field).to_be_visible()
    [sent] = [sent for sent in stack.outbox.sent if sent.contact == CONTACT][:1]
    wrong = "000000" if sent.code != "000000" else "111111"

    visit.expect_error("status of 422")
    await code_field.fill(wrong)
    await element.get_by_role("button", name="Continue").click()
    await expect(element.get_by_role("alert")).to_have_text(
        "That code is not right. Check it and try again."
    )
    assert [] == await shop.told("authenticated")

    await code_field.fill(sent.code)
    await element.get_by_role("button", name="Continue").click()
    await shop.hear("authenticated")
    await expect(element.get_by_text("a•••@example.com", exact=True)).to_be_visible()
