"""What a row of a list asks and says: verifying has its reason, a removal is the only question."""

import pytest
from playwright.async_api import expect

from tests.support.browser.saved_items import (
    WALLET,
    accessibility_faults,
    button,
    open_two_addresses,
    save_address,
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


async def test_a_long_list_is_folded_until_the_customer_asks_for_all(visitor: Visitor) -> None:
    """The button hides more than one row, and the pick of meanwhile stays."""
    token = await link_token(visitor.servers, "long.list@example.com")
    for number in range(1, 8):
        await save_address(visitor.servers, token, f"Branch {number}")
    shop = await visitor.shop("address", link_token=token)
    element = shop.element()
    radios, whole = element.get_by_role("radio"), button(element, "Show all 7")
    await expect(radios).to_have_count(5)
    await radios.nth(2).check()
    await whole.focus()
    await shop.page.keyboard.press("Enter")

    await expect(radios).to_have_count(7)
    await expect(radios.nth(2)).to_be_checked()
    await expect(radios.nth(5)).to_be_focused()
    await expect(whole).to_have_count(0)
    assert [] == await accessibility_faults(shop)


async def test_what_can_be_pressed_in_a_row_does_not_look_like_what_cannot(
    visitor: Visitor,
) -> None:
    """A link that is off has no line below it; these have one."""
    shop = await open_two_addresses(visitor, "underlined@example.com")
    await shop.element().get_by_role("radio").last.check()
    for name in ("Edit: Work", "Make default: Work", "Remove: Work"):
        await expect(button(shop.element(), name)).to_have_css("text-decoration-line", "underline")
