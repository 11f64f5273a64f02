"""The provider that a wallet's number speaks for: proposed as it is typed."""

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_number_proposes_its_provider_until_the_customer_chooses(
    visitor: Visitor, stack: Stack
) -> None:
    """By what it was given to; a number that moved to another network is the customer's to say."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, "provider@example.com")
    element = shop.element()
    await button(element, "Add a wallet").click()
    provider, number = element.get_by_label("Provider"), element.get_by_label("Wallet number")
    await expect(provider).to_have_value("")
    await button(element, "Save wallet").click()
    await expect(provider).to_have_accessible_description("Choose the provider of this wallet.")

    for typed, proposed in (
        ("020 123", "telecel"),
        ("027 123", "airteltigo"),
        ("+254 712", "mpesa"),
        ("030 123", ""),  # a number of no mobile network speaks for none
        ("059 123", "mtn"),
    ):
        await number.fill(typed)
        await expect(provider).to_have_value(proposed)
        await expect(element.get_by_text("Found by the number.")).to_be_visible(
            visible=proposed != ""
        )
        await expect(provider).to_have_attribute("aria-invalid", "false")
    await number.fill("712345678")
    await button(element, "GH +233").click()
    await element.get_by_role("option").filter(has_text="Kenya").click()
    await expect(provider).to_have_value("mpesa")
    await button(element, "KE +254").click()
    await element.get_by_role("option").filter(has_text="Ghana").click()

    await provider.select_option("telecel")
    await number.fill("026 123 4567")
    await expect(element.locator("#phone_number-number")).to_contain_text("26 123 4567")
    await expect(provider).to_have_value("telecel")
