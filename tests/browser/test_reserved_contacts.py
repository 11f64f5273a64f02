"""A developer plays outcomes in the frame of a test mode, by contacts whose code is known."""

import pytest
from playwright.async_api import expect

from link_api.reserved.contacts import FIXED_CODE, Outcome
from link_dev.stack import Stack
from link_dev.testkit.reserved import Country, reserved_mailbox, reserved_phone
from tests.support.browser.saved_items import add_wallet, button
from tests.support.browser.sign_in import (
    ask_for_code,
    enter_code,
    open_in_country,
    open_wallets_in_ghana,
)
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(("country", "named"), [("CI", "CI 225 "), ("KE", "KE 254 0")])
async def test_a_reserved_number_signs_in_by_the_fixed_code(
    visitor: Visitor, country: Country, named: str
) -> None:
    """The field takes it as any number of its country."""
    await open_in_country(visitor, named)
    shop = await visitor.shop("auth")
    number = reserved_phone(country=country)
    await ask_for_code(shop.element(), f"{number[:4]} {number[4:]}")
    await enter_code(shop.element(), FIXED_CODE)

    await shop.hear("authenticated")
    assert "authenticated" == await shop.state()


async def test_a_wallet_of_a_reserved_number_is_saved(visitor: Visitor, stack: Stack) -> None:
    """As it is dialled in Ghana; its label ends in the outcome."""
    shop = await open_wallets_in_ghana(visitor, stack, reserved_phone())
    number = reserved_phone(Outcome.WALLET_UNKNOWN)
    await button(shop.element(), "Add a wallet").click()
    await add_wallet(shop.element(), number.replace("+233", "0"))

    await expect(shop.element().get_by_text(f"MTN •• {number[-4:]}")).to_be_visible()


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.LOST, "That code is not right. Check it and try again."),
        (Outcome.LATE, "That code was used or is too old. Ask for another."),
        (Outcome.LOCKED, "Too many wrong tries. Ask for a code again; it may be the same one."),
    ],
)
async def test_a_code_that_is_refused_is_told_as_to_a_customer(
    visitor: Visitor, outcome: Outcome, told: str
) -> None:
    visitor.expect_error("status of 422")
    shop = await visitor.shop("auth")
    await ask_for_code(shop.element(), reserved_mailbox(outcome))
    await enter_code(shop.element(), FIXED_CODE)

    await expect(shop.element().get_by_role("alert")).to_have_text(told)
    assert [] == await shop.told("authenticated")


async def test_a_provider_that_is_away_is_told_where_the_code_is_asked_for(
    visitor: Visitor,
) -> None:
    visitor.expect_error("status of 502")
    shop = await visitor.shop("auth")
    element = shop.element()
    await element.get_by_label("Phone number or e-mail").fill(reserved_mailbox(Outcome.AWAY))
    await element.get_by_role("button", name="Send code").click()

    await expect(element.get_by_role("alert")).to_contain_text("We cannot reach Link right now")


async def test_a_contact_that_plays_no_outcome_is_refused_in_its_field(visitor: Visitor) -> None:
    """As every reserved one is in live mode."""
    visitor.expect_error("status of 422")
    shop = await visitor.shop("auth")
    field = shop.element().get_by_label("Phone number or e-mail")
    await field.fill("ama+no-outcome@test.example")
    await button(shop.element(), "Send code").click()

    told = "This contact is for tests only. Enter another."
    await expect(shop.element().get_by_role("alert")).to_have_text(told)
    await expect(field).to_have_attribute("aria-invalid", "true")
