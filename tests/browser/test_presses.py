"""A press counts for what was under the finger when it began.

Real mouse and touch input, with a change between its down and its up: the line with the number
comes above the button, or the shop's page moves the iframe.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.support.browser.countries import hold_countries
from tests.support.browser.saved_items import button, open_two_addresses, radio_button
from tests.support.browser.sign_in import open_in_country
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIELD: Final = "Phone number or e-mail"
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
_MOVE: Final = """(px) => {
  document.querySelector('#elements').style.marginTop = `${px}px`;
  return new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
}"""
Change = Callable[[], Awaitable[object]]
Place = tuple[float, float]
Press = Callable[[Page, Place, Change], Awaitable[None]]


async def middle(part: Locator) -> Place:
    """Return where a finger presses a part."""
    box = await part.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def click(page: Page, place: Place, change: Change) -> None:
    """Press the mouse's button and let go of it, with the change in between."""
    await page.mouse.move(*place)
    await page.mouse.down()
    await change()
    await page.mouse.up()


async def tap(page: Page, place: Place, change: Change) -> None:
    """Put a finger down and lift it, with the change in between."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    down = {"type": "touchStart", "touchPoints": [{"x": place[0], "y": place[1]}]}
    await session.send("Input.dispatchTouchEvent", down)
    await change()
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


PRESSES: Final = pytest.mark.parametrize("press", [click, tap], ids=["mouse", "finger"])


@PRESSES
async def test_a_press_counts_though_a_line_comes_above_its_button(
    visitor: Visitor, press: Press
) -> None:
    """On a phone the number stands above the button, and comes with the table of countries."""
    is_open = await hold_countries(visitor)
    await open_in_country(visitor, "CI 225 ")
    shop = await visitor.shop("auth")
    await shop.page.set_viewport_size(PHONE)
    element = shop.element()
    await element.get_by_label(FIELD).fill("0501234567")

    async def show_number() -> None:
        is_open.set()
        await expect(element.locator("#contact-number")).to_contain_text("Côte")

    await press(shop.page, await middle(button(element, "Send code")), show_number)

    await expect(element.get_by_label("Code", exact=True)).to_be_visible()


@PRESSES
async def test_a_press_counts_though_the_iframe_moves(visitor: Visitor, press: Press) -> None:
    """As where the element above it grows: a button, and the label of a choice."""
    shop = await open_two_addresses(visitor, f"moved.{press.__name__}@example.com")
    element = shop.element()

    async def move() -> None:
        await shop.page.evaluate(_MOVE, 300)

    await press(shop.page, await middle(element.locator(".pick", has_text="Work")), move)
    await expect(radio_button(element, "Work")).to_be_checked()
    await shop.page.evaluate(_MOVE, 0)
    await press(shop.page, await middle(button(element, "Edit: Work")), move)
    await expect(element.get_by_role("heading", name="Edit")).to_be_visible()


@PRESSES
async def test_what_comes_under_the_finger_is_not_pressed(visitor: Visitor, press: Press) -> None:
    """The iframe moves up until another button is there."""
    shop = await open_two_addresses(visitor, f"under.{press.__name__}@example.com")
    element = shop.element()
    await shop.page.evaluate(_MOVE, 300)
    x, low = await middle(button(element, "Use this address"))
    _, high = await middle(radio_button(element, "Work"))

    await press(shop.page, (x, high), lambda: shop.page.evaluate(_MOVE, 300 + high - low))

    await expect(radio_button(element, "Work")).to_be_checked()
    await expect(button(element, "Change")).to_have_count(0)


async def test_who_slides_off_a_button_does_not_press_it(visitor: Visitor) -> None:
    shop = await visitor.shop("auth")
    element, mouse = shop.element(), shop.page.mouse
    await element.get_by_label(FIELD).fill("slides@example.com")
    x, y = await middle(button(element, "Send code"))

    await mouse.move(x, y)
    await mouse.down()
    await mouse.move(x, y + 60)
    await mouse.up()
    await button(element, "I have a code").click()

    await expect(element.get_by_label("Code", exact=True)).to_be_visible()
    assert [] == visitor.asked("request-otp")
