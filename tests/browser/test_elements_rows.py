"""What a row of a list asks and says: verifying has its reason, a removal is the only question."""

import pytest
from playwright.async_api import expect

from tests.support.browser.saved_items import (
    WALLET,
    accessibility_faults,
    button,
    open_two_addresses,
    save_wallet,
)
from tests.support.browser.sign_in import link_token
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WHY = "Asks MTN if this number has a wallet; no money moves."


async def test_verifying_says_what_it_does_and_that_it_costs_nothing(visitor: Visitor) -> None:
    """Below its button for eyes, as its description for ears."""
    token = await link_token(visitor.servers, "why.verify@example.com")
    await save_wallet(visitor.servers, token)
    shop = await visitor.shop("payment", link_token=token)
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    verify = button(shop.element(), f"Verify: {WALLET}")
    await expect(verify).to_be_visible()
    await shop.grown()

    await expect(verify).to_have_accessible_description(_WHY)
    seen, pressed = [await one.bounding_box() for one in (shop.element().get_by_text(_WHY), verify)]
    assert seen
    assert pressed
    assert seen["y"] >= pressed["y"] + pressed["height"] - 11, "its text is not over the button's"
    assert [] == await accessibility_faults(shop)


async def test_while_a_removal_is_asked_no_other_button_is_as_loud(visitor: Visitor) -> None:
    """Choosing is away until the question is answered, also by Enter, and back after Escape."""
    shop = await open_two_addresses(visitor, "one.question@example.com")
    element, keyboard = shop.element(), shop.page.keyboard
    use = button(element, "Use this address")
    await expect(use).to_be_visible()
    await button(element, "Remove: Home").click()

    await expect(button(element, "Keep Home")).to_be_visible()
    await expect(use).to_have_count(0)
    grounds = "(all) => all.filter((one) => getComputedStyle(one).backgroundImage === 'none'"
    loud = await element.locator("#items button:visible").evaluate_all(
        f"{grounds} && getComputedStyle(one).backgroundColor !== 'rgba(0, 0, 0, 0)')"
        ".map((one) => one.textContent)"
    )
    assert ["Remove", "Keep"] == loud
    await element.get_by_role("radio", checked=True).focus()
    await keyboard.press("Enter")
    await keyboard.press("Escape")
    await expect(use).to_be_visible()
    await expect(button(element, "Keep Home")).to_have_count(0)
    assert [] == await shop.told("selected")
