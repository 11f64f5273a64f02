"""One head for the elements of a page: the first shows whose wallet it is, the others fold."""

from typing import Final

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button, focused_control
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token, sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINE_PX: Final = 44
ELEMENTS: Final = ("auth", "address", "payment")
_REMOVE: Final = "document.querySelector('#elements iframe').remove()"
_DISPLAY: Final = """(display) => {
  document.querySelector('#elements iframe').style.display = display;
}"""
_CLIP: Final = "(header) => getComputedStyle(header).clipPath"


async def expect_heads(shop: ShopPage, *expected: str) -> None:
    """Wait until each element's head is whole or one line; each can be signed out of."""
    for index, kind in enumerate(expected):
        element, is_whole = shop.element(index), kind == "whole"
        await expect(button(element, "Sign out")).to_be_visible()
        await expect(element.get_by_text("Not you?")).to_be_visible(visible=is_whole)
        box = await element.locator(".wallet").bounding_box()
        assert box
        assert is_whole or box["height"] <= LINE_PX
        clip = await element.locator("header").evaluate(_CLIP)
        assert is_whole == (clip == "none")


async def test_elements_of_one_customer_show_one_head(visitor: Visitor, stack: Stack) -> None:
    """The others have a line, with the owner and a way out; one goes away, the next has the head.

    By the shop's `destroy`, and as an iframe that the page takes out.
    """
    shop = await visitor.shop(*ELEMENTS)
    await shop.hear("initialized", 3)
    await sign_in_by_code(shop, stack, "heads@example.com")
    for index, add in ((1, "Add an address"), (2, "Add a wallet")):
        await expect(button(shop.element(index), add)).to_be_visible()

    await expect_heads(shop, "whole", "line", "line")
    names = await shop.element(1).get_by_role("heading", level=1).all_inner_texts()
    assert 1 == len(names)  # still told by a screen reader
    await shop.page.evaluate("window.handles[0].destroy()")
    await expect_heads(shop, "whole", "line")
    await shop.page.evaluate(_REMOVE)
    await expect_heads(shop, "whole")


async def test_a_hidden_element_leaves_the_head_to_the_next(visitor: Visitor) -> None:
    """No event tells a window that the page hides it, and its width stays what it was."""
    token = await link_token(visitor.servers, "hidden-head@example.com")
    shop = await visitor.shop("payment", "address", link_token=token)
    await button(shop.element(1), "Add an address").wait_for()
    await expect_heads(shop, "whole", "line")
    await shop.page.evaluate(_DISPLAY, "none")
    await expect(shop.element(1).get_by_text("Not you?")).to_be_visible()
    await shop.page.evaluate(_DISPLAY, "block")
    await expect_heads(shop, "whole", "line")


async def test_a_folded_element_is_signed_out_of_by_keyboard(visitor: Visitor) -> None:
    """It is one step from the element before; an element of another customer is whole."""
    token = await link_token(visitor.servers, "folded@example.com")
    shop = await visitor.shop("payment", "address", link_token=token)
    another = await link_token(visitor.servers, "whole@example.com")
    await shop.mount("payment", linkToken=another)
    folded = shop.element(1)
    for index, add in enumerate(("Add a wallet", "Add an address", "Add a wallet")):
        await expect(button(shop.element(index), add)).to_be_visible()
    await expect_heads(shop, "whole", "line", "whole")

    await button(shop.element(), "Add a wallet").focus()
    for _ in range(2):
        await shop.page.keyboard.press("Tab")
        if (await focused_control(shop, 1))["name"] == "Sign out":
            break
    focus = await focused_control(shop, 1)
    assert ("Sign out", True) == (focus["name"], focus["isSeen"])
    await shop.page.keyboard.press("Enter")

    await shop.hear("logout_complete")
    await expect(folded.get_by_role("heading", level=1)).to_be_visible()
