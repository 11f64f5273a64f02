"""Layout and accessibility of the elements: narrow, dark, by keyboard, in the shop's colours."""

from typing import Literal

import pytest
from playwright.async_api import Frame, ViewportSize, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import (
    STREET,
    accessibility_faults,
    add_address,
    button,
    focused_control,
    open_two_addresses,
    radio_button,
    save_address,
    save_wallet,
    tab_to,
)
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code, link_token
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

Scheme = Literal["light", "dark"]
NARROW: ViewportSize = {"width": 320, "height": 640}
LONG = "The house of the grandmother behind the market"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_of_an_element_can_be_read_touched_and_told_at_320_px(
    visitor: Visitor, stack: Stack, scheme: Scheme
) -> None:
    """Labels, target sizes, contrasts and widths, of each view that a customer comes by."""
    shop = await visitor.shop("address")
    await shop.page.set_viewport_size(NARROW)
    await shop.page.emulate_media(color_scheme=scheme)
    contact = f"{scheme}@example.com"
    element = shop.element()
    await shop.hear("initialized")
    faults = {"contact": await accessibility_faults(shop)}
    await ask_for_code(element, contact)
    faults["code"] = await accessibility_faults(shop)
    await enter_code(element, code_for(stack, contact))
    await button(element, "Add an address").wait_for()
    faults["empty"] = await accessibility_faults(shop)
    await button(element, "Add an address").click()
    await button(element, "Save address").click()
    faults["form"] = await accessibility_faults(shop)
    await button(element, "Cancel").click()
    await add_address(element, LONG)
    faults["list"] = await accessibility_faults(shop)
    await button(element, "Remove").click()
    faults["removing"] = await accessibility_faults(shop)
    await button(element, "Keep").click()
    await button(element, "Use this address").click()
    faults["chosen"] = await accessibility_faults(shop)

    assert {} == {view: found for view, found in faults.items() if found}


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_wallets_can_be_read_too(visitor: Visitor, theme: str) -> None:
    """The list with its badges, and the code that is asked for, in a theme of the shop's."""
    token = await link_token(visitor.servers, f"kofi.{theme}@example.com")
    await save_wallet(visitor.servers, token)
    await save_wallet(visitor.servers, token, "+233247654322")
    shop = await visitor.shop()
    await shop.page.set_viewport_size(NARROW)
    await shop.mount("payment", linkToken=token, appearance={"theme": theme})
    await expect(radio_button(shop.element(), "MTN •• 4322")).to_be_visible()
    await shop.grown()
    await radio_button(shop.element(), "MTN •• 4322").check()
    faults = await accessibility_faults(shop)
    await button(shop.element(), "Verify").click()

    assert [] == faults + await accessibility_faults(shop)


async def test_the_list_brings_its_styles_after_the_documents_own(visitor: Visitor) -> None:
    """A guest's document has none of them; the policy lets the frame's own code add them."""
    token = await link_token(visitor.servers, "styles@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop()
    await shop.mount("address", linkToken=token)
    row = shop.element().locator(".item .pick")

    await expect(row).to_have_css("display", "flex")
    await expect(row).to_have_css("min-height", "44px")
    await expect(row.locator("input")).to_have_css("width", "20px")  # and not a text field's


async def test_an_address_is_added_and_chosen_by_keyboard_alone(visitor: Visitor) -> None:
    """Tab, Enter, Escape and arrows; the focus is seen, goes into the form and comes back."""
    token = await link_token(visitor.servers, "keys@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop("address", link_token=token)
    element, keyboard = shop.element(), shop.page.keyboard
    await radio_button(element, "Home").wait_for()

    await tab_to(shop, "Add an address")
    await keyboard.press("Enter")
    assert "Street address" == (await focused_control(shop))["name"]
    await keyboard.press("Escape")
    assert "Add an address" == (await focused_control(shop))["name"]
    await keyboard.press("Enter")
    await tab_to(shop, "Save address")
    await keyboard.press("Enter")
    assert "Street address" == (await focused_control(shop))["name"]
    street = element.get_by_label("Street address", exact=True)
    await expect(street).to_have_attribute("aria-invalid", "true")
    await expect(street).to_have_accessible_description("Enter the street address.")
    for text in (STREET, "", "Kumasi", "Ashanti"):
        await keyboard.type(text)
        await keyboard.press("Tab")
    await tab_to(shop, "Work")
    await keyboard.press("Space")
    await tab_to(shop, "Save address")
    await keyboard.press("Enter")
    await expect(radio_button(element, "Work")).to_be_checked()
    await expect(radio_button(element, "Work")).to_be_focused()
    await expect(element.get_by_role("status")).to_have_text("Saved.")

    await keyboard.press("ArrowUp")
    await expect(radio_button(element, "Home")).to_be_checked()
    await expect(button(element, "Edit: Home")).to_be_visible()
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")

    [chosen] = await shop.hear("selected")
    assert "Work, Kumasi" == chosen.payload["label"]
    assert (await focused_control(shop))["name"].startswith("Change")


async def test_the_focus_goes_on_from_what_goes_away(visitor: Visitor) -> None:
    """Cancelling a removal, picking a row, starting again from an open form."""
    shop = await open_two_addresses(visitor, "focus@example.com")
    element, keyboard = shop.element(), shop.page.keyboard
    await button(element, "Remove: Home").click()
    await radio_button(element, "Home").focus()
    await keyboard.press("ArrowDown")
    await expect(radio_button(element, "Work")).to_be_focused()
    await expect(button(element, "Keep")).to_have_count(0)

    await tab_to(shop, "Add an address")
    await keyboard.press("Enter")
    await shop.command("logout")

    assert "Sign in" == (await focused_control(shop))["name"]


async def test_the_shops_colours_and_sizes_are_taken(visitor: Visitor) -> None:
    """Allowed values are applied, others dropped; text stays readable."""
    token = await link_token(visitor.servers, "looks@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop()
    variables = {
        "colorPrimary": "#f5b301",
        "colorBackground": "#1b1033",
        "colorText": "#2a1b47",
        "borderRadius": "2px",
        "fontSize": "18px",
        "colorDanger": "url(//evil.example/x)",
        "--ground": "#ff0000",
    }
    await shop.mount("address", linkToken=token, appearance={"variables": variables})
    await button(shop.element(), "Use this address").wait_for()

    style = await drawn(await shop.frame())

    assert style == {
        "ground": "rgb(27, 16, 51)",
        "fill": "rgb(245, 179, 1)",
        "on_fill": "rgb(0, 0, 0)",
        "corner": "2px",
        "size": "18px",
        "theme": "dark",
    }
    assert [] == await accessibility_faults(shop)


async def test_no_wish_of_the_shops_makes_it_unreadable(visitor: Visitor) -> None:
    """White text on white, and a primary colour equal to the background."""
    token = await link_token(visitor.servers, "faint@example.com")
    await save_address(visitor.servers, token, "Home")
    shop = await visitor.shop()
    colours = ("colorPrimary", "colorBackground", "colorText", "colorDanger")
    for index, colour in enumerate(("#ffffff", "#777777", "#000")):
        wish = {"variables": dict.fromkeys(colours, colour)}
        await shop.mount("address", linkToken=token, appearance=wish)
        await button(shop.element(index), "Use this address").wait_for()
        assert [] == await accessibility_faults(shop, index), colour


async def drawn(frame: Frame) -> dict[str, str]:
    """Return what the browser made of an appearance."""
    found: dict[str, str] = await frame.evaluate("""() => {
      const use = getComputedStyle(document.querySelector('[type=submit][data-key=use]'));
      const root = document.documentElement;
      return {
        ground: getComputedStyle(document.body).backgroundColor,
        fill: use.backgroundColor, on_fill: use.color, corner: use.borderTopLeftRadius,
        size: getComputedStyle(root).fontSize, theme: root.dataset.theme,
      };
    }""")
    return found
