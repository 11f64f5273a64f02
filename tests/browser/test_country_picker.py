"""The picker of a country: found by the names that people type, and in sight at 400 % zoom."""

from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, Page, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import GHANA, open_in_country, open_wallets_in_ghana
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

SEARCH: Final = "Search by name or code"
ZOOMED: Final = {"width": 320, "height": 256}
"""CSS pixels of a window of 1280 × 1024 at 400 % (WCAG 1.4.10)."""
ROW_PX: Final = 44
_PAGE_AROUND: Final = """() => {
  for (const place of ['prepend', 'append']) {
    const text = document.createElement('div');
    text.style.height = '600px';
    document.body[place](text);
  }
}"""
_ROOM: Final = """(field) => {
  const card = document.getElementById('card');
  const around = field.parentElement;
  const em = parseFloat(getComputedStyle(field).fontSize);
  return {
    cut: Math.max(0, card.scrollWidth - card.clientWidth),
    moved: card.scrollLeft,
    holds: field.offsetWidth >= Math.min(8 * em, around.offsetWidth),
  };
}"""
"""What of the card cannot be seen, and whether its field holds 8 em or has its line for itself."""
_SET_TEXT_SIZE: Final = "(it) => { document.documentElement.style.fontSize = `${it}%` }"
_IS_IN_WINDOW: Final = """([top, bottom]) => top >= -1 && bottom <= innerHeight + 1"""


@pytest.mark.parametrize("button_is_at", ["start", "end"])
async def test_search_and_list_are_in_sight_at_400_percent(
    visitor: Visitor, button_is_at: str
) -> None:
    """Wherever in the window the button was that opened them; the arrows move no page."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    await shop.page.evaluate(_PAGE_AROUND)
    element, keyboard = shop.element(), shop.page.keyboard
    opener = button(element, "GH +233")
    await opener.evaluate("(it, block) => it.scrollIntoView({ block })", button_is_at)

    await opener.press("Enter")

    search, options = element.get_by_label(SEARCH), element.get_by_role("option")
    await in_sight(shop.page, element)
    await expect(search).to_be_focused()
    await expect(options.filter(has_text="Ghana")).to_be_in_viewport(ratio=1)
    scrolled = await shop.page.evaluate("scrollY")
    for _ in range(9):
        await keyboard.press("ArrowDown")
    await expect(element.locator('[aria-selected="true"]')).to_be_in_viewport(ratio=0.99)
    await keyboard.type("i")
    await expect(element.get_by_text("countries", exact=False)).to_be_visible()
    await in_sight(shop.page, element)
    await keyboard.type("vory")
    await expect(options).to_be_in_viewport(ratio=0.99)
    assert await shop.page.evaluate("scrollY") == scrolled


async def in_sight(page: Page, element: FrameLocator) -> None:
    """Wait until the whole picker is in the shop's window, with two rows of its list at least."""
    picker = element.locator(".picker")
    await expect(picker).to_be_in_viewport(ratio=0.99)
    box = await element.get_by_role("listbox").bounding_box()
    assert box is not None
    assert box["height"] >= 2 * ROW_PX
    whole = await picker.bounding_box()
    assert whole is not None
    assert await page.evaluate(_IS_IN_WINDOW, [whole["y"], whole["y"] + whole["height"]])


@pytest.mark.parametrize("percent", [100, 125, 150, 200])
async def test_large_text_cuts_nothing_at_320_px(visitor: Visitor, percent: int) -> None:
    """The card is as wide as all that is in it, and the field holds a number (WCAG 1.4.4)."""
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    element, frame = shop.element(), await shop.frame()
    await frame.evaluate(_SET_TEXT_SIZE, percent)

    await button(element, "GH +233").press("Enter")

    await nothing_is_cut(element, "Phone number or e-mail")


async def test_large_text_cuts_nothing_of_a_wallet_form_at_320_px(
    visitor: Visitor, stack: Stack
) -> None:
    """The number's field and picker stand in it among others."""
    shop = await open_wallets_in_ghana(visitor, stack, "esinam@example.com")
    await shop.page.set_viewport_size({"width": 320, "height": 640})
    element, frame = shop.element(), await shop.frame()
    await frame.evaluate(_SET_TEXT_SIZE, 200)
    await button(element, "Add a wallet").press("Enter")

    await button(element, "GH +233").press("Enter")

    await nothing_is_cut(element, "Wallet number")


async def nothing_is_cut(element: FrameLocator, field: str) -> None:
    """The open picker and the field of its number stand in the card whole."""
    await expect(element.get_by_label(SEARCH)).to_be_focused()
    await expect(element.get_by_role("option").filter(has_text="Ghana")).to_be_visible()
    assert {"cut": 0, "moved": 0, "holds": True} == await element.get_by_label(field).evaluate(
        _ROOM
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("saint lucia", "St. Lucia"),
        ("st lucia", "St. Lucia"),
        ("united states of america", "United States"),
        ("trinidad and tobago", "Trinidad & Tobago"),
        ("the gambia", "Gambia"),
        ("cote divoire", "Côte d\u2019Ivoire"),
        ("deutschland", "Germany"),
    ],
)
async def test_a_country_is_found_by_the_names_that_people_type(
    visitor: Visitor, typed: str, name: str
) -> None:
    """In the customer's own language too; at each letter one of the countries is left."""
    await visitor.context.add_init_script(
        "Object.defineProperty(navigator, 'languages', { get: () => ['de', 'en'] })"
    )
    await open_in_country(visitor, GHANA)
    shop = await visitor.shop("auth")
    element: Any = shop.element()
    await button(element, "GH +233").click()
    options = element.get_by_role("option")
    await expect(element.get_by_label(SEARCH)).to_be_focused()

    for letter in typed:
        await shop.page.keyboard.type(letter)
        await expect(options.first).to_be_visible()

    await expect(options.first).to_contain_text(name)
