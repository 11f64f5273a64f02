"""A page asks its guest once: the first element shows the sign-in, the others what it brings."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import accessibility_faults, button, focused_control
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import ask_for_code, sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELEMENTS: Final = ("auth", "address", "payment")
CONTACT: Final = "Phone number or e-mail"
ADDRESSES: Final = "Saved addresses appear here once you sign in."
_DISPLAY: Final = """(display) => {
  document.querySelector('#elements iframe').style.display = display;
}"""
_REMOVE: Final = "document.querySelector('#elements iframe').remove()"
_TO_THE_END: Final = """() => {
  const elements = document.querySelector('#elements');
  elements.append(elements.querySelector('iframe'));
}"""
_OVERFLOW: Final = "document.documentElement.scrollHeight - innerHeight"
# In each frame: whether the form was there at the end of any task, which a picture could show.
_FLASH: Final = """
window.asked = false;
const look = () => { window.asked ||= !!document.querySelector('#contact')?.offsetParent; };
new MutationObserver(() => requestAnimationFrame(look))
  .observe(document, { subtree: true, childList: true, attributes: true });
"""


async def guests(visitor: Visitor, *elements: str) -> ShopPage:
    """Open a page with guests; all of three, if not told otherwise."""
    shop = await visitor.shop(*(elements or ELEMENTS))
    await shop.hear("initialized", len(elements or ELEMENTS))
    return shop


async def expect_asking(shop: ShopPage, *expected: str) -> None:
    """Wait until each asks its guest, or is put aside; each has its heading."""
    for index, kind in enumerate(expected):
        element = shop.element(index)
        await expect(element.get_by_label(CONTACT)).to_be_visible(visible=kind == "asks")
        here = button(element, "Sign in here")
        await expect(here).to_be_visible(visible=kind == "aside")
        await expect(element.get_by_role("heading", level=1)).to_be_visible()


async def test_of_three_guests_the_first_is_asked_and_no_other_form_is_ever_there(
    visitor: Visitor, stack: Stack
) -> None:
    """The others say what the sign-in brings, as long as it takes to sign them in too."""
    await visitor.context.add_init_script(_FLASH)
    shop = await guests(visitor)
    await expect_asking(shop, "asks", "aside", "aside")

    await expect(shop.element(1).get_by_text(ADDRESSES)).to_be_visible()
    assert [[], []] == [await accessibility_faults(shop, index) for index in (1, 2)]
    await sign_in_by_code(shop, stack, "guests-first@example.com")
    for index in range(3):
        await expect(button(shop.element(index), "Sign out")).to_be_visible()
    asked = [await (await shop.frame(index)).evaluate("asked") for index in range(3)]
    assert [True, False, False] == asked


async def test_an_element_that_asks_no_more_leaves_it_to_the_next(visitor: Visitor) -> None:
    """Dismissed and back, taken out, destroyed."""
    shop = await guests(visitor)
    await button(shop.element(), "Go on without Link").click()
    await expect(button(shop.element(1), "Send code")).to_be_visible()
    await expect(button(shop.element(2), "Sign in here")).to_be_visible()
    await button(shop.element(), "Use Link").click()
    await expect_asking(shop, "asks", "aside", "aside")

    await shop.page.evaluate(_REMOVE)
    await expect_asking(shop, "asks", "aside")
    await shop.page.evaluate("window.handles[1].destroy()")
    await expect_asking(shop, "asks")


async def test_what_is_not_seen_asks_nobody(visitor: Visitor) -> None:
    """Hidden by the page, the element leaves it to the next; shown again, it asks again."""
    shop = await guests(visitor, "payment", "address")
    await expect_asking(shop, "asks", "aside")
    await shop.page.evaluate(_DISPLAY, "none")
    await expect(shop.element(1).get_by_label(CONTACT)).to_be_visible()
    await shop.page.evaluate(_DISPLAY, "block")
    await expect_asking(shop, "asks", "aside")


async def test_a_moved_element_is_the_last(visitor: Visitor) -> None:
    """Browsers load its document anew: the page has had the other for longer."""
    shop = await guests(visitor, "payment", "address")
    await shop.page.evaluate(_TO_THE_END)
    await shop.hear("initialized", 3)
    await expect_asking(shop, "asks", "aside")
    await expect(shop.element().get_by_role("heading", name="your addresses")).to_be_visible()


async def test_an_element_to_sign_in_asks_though_it_came_last(visitor: Visitor) -> None:
    shop = await guests(visitor, "address")
    await expect_asking(shop, "asks")
    await shop.mount("auth")
    await expect_asking(shop, "aside", "asks")


async def test_a_stopped_element_asks_nobody_and_each_session_that_ends_says_so(
    visitor: Visitor, stack: Stack
) -> None:
    """After a sign-out each says so; a press in one asks there, and it stays so."""
    shop = await guests(visitor)
    await shop.command("logout")
    await expect(button(shop.element(), "Sign in")).to_be_visible()
    await expect(shop.element(1).get_by_label(CONTACT)).to_be_visible()
    await expect(button(shop.element(2), "Sign in here")).to_be_visible()

    await sign_in_by_code(shop, stack, "guests-out@example.com", 1)
    await shop.hear("authenticated", 2)
    await button(shop.element(1), "Sign out").click()
    for index in range(3):
        await expect(button(shop.element(index), "Sign in")).to_be_visible()
    await button(shop.element(2), "Sign in").click()
    await expect(shop.element(2).get_by_label(CONTACT)).to_be_focused()
    await button(shop.element(), "Sign in").click()
    for index in (0, 2):
        await expect(shop.element(index).get_by_label(CONTACT)).to_be_visible()


async def test_a_folded_element_is_unfolded_by_keyboard_for_good_and_signs_all_in(
    visitor: Visitor, stack: Stack
) -> None:
    """The focus goes to the field; the element before it does not take the form away again."""
    shop = await guests(visitor)
    await expect_asking(shop, "asks", "aside", "aside")
    await tab_to_sign_in_here(shop.page, shop)
    await shop.page.keyboard.press("Enter")
    await expect(shop.element(1).get_by_label(CONTACT)).to_be_focused()
    await expect_asking(shop, "asks", "asks", "aside")

    await button(shop.element(), "Go on without Link").click()
    await button(shop.element(), "Use Link").click()
    await expect_asking(shop, "asks", "asks", "aside")

    await sign_in_by_code(shop, stack, "guests-here@example.com", 1)
    await shop.hear("authenticated", 3)
    for index in range(3):
        await expect(button(shop.element(index), "Sign out")).to_be_visible()


async def tab_to_sign_in_here(page: Page, shop: ShopPage) -> None:
    """Press Tab from the first element's last button to the second's only one."""
    await button(shop.element(), "Go on without Link").focus()
    await page.keyboard.press("Tab")
    focus = await focused_control(shop, 1)
    assert ("Sign in here", True) == (focus["name"], focus["isSeen"])


async def test_focus_in_a_folded_element_is_kept_where_it_unfolds_by_itself(
    visitor: Visitor,
) -> None:
    shop = await guests(visitor)
    await expect_asking(shop, "asks", "aside", "aside")
    await tab_to_sign_in_here(shop.page, shop)
    await shop.page.evaluate(_REMOVE)
    await expect(shop.element().get_by_label(CONTACT)).to_be_focused()


@pytest.mark.parametrize("begun", ["typed", "sent"])
async def test_a_form_in_which_the_customer_has_begun_is_not_folded(
    visitor: Visitor, begun: str
) -> None:
    """Whatever comes back before it: typed text, a form that waits for its code."""
    shop = await guests(visitor)
    await button(shop.element(), "Go on without Link").click()
    element = shop.element(1)
    if begun == "sent":
        await ask_for_code(element, "guests-typed@example.com")
        await button(element, "Change").click()
    else:
        await element.get_by_label(CONTACT).fill("ama")
    await button(shop.element(), "Use Link").click()
    await expect_asking(shop, "asks", "asks", "aside")


async def test_while_one_waits_for_its_code_no_other_asks(visitor: Visitor) -> None:
    shop = await guests(visitor, "payment", "address")
    await expect_asking(shop, "asks", "aside")
    await ask_for_code(shop.element(), "guests-code@example.com")
    await expect(button(shop.element(1), "Sign in here")).to_be_visible()
    await expect(shop.element(1).get_by_label(CONTACT)).to_be_hidden()


@pytest.mark.parametrize("lacking", ["observer", "code"])
async def test_without_what_would_unfold_it_none_folds(visitor: Visitor, lacking: str) -> None:
    """A browser without `MutationObserver`, and a network that loses that code."""
    if lacking == "observer":
        await visitor.context.add_init_script(
            "if (parent !== window) delete window.MutationObserver"
        )
    else:
        visitor.expect_error("ERR_FAILED")
        await visitor.context.route("**/frame/beside.js", lambda route: route.abort())
    shop = await guests(visitor, "payment", "address")
    for index in range(2):
        await expect(shop.element(index).get_by_label(CONTACT)).to_be_visible()


@pytest.mark.parametrize("width", [320, 640])
async def test_what_a_low_element_says_without_a_session_is_seen_whole(
    visitor: Visitor, width: int
) -> None:
    """While it is slow, and in an outage with its way on: the small card has no room for that."""
    visitor.expect_error("503")
    go_on = asyncio.Event()

    async def keep(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await visitor.context.route(f"**{API}/init", keep)
    shop = await visitor.shop()
    await shop.page.set_viewport_size({"width": width, "height": 900})
    await shop.open("/embed?element=auth&element=address&element=payment")
    for index in range(len(ELEMENTS)):
        await expect(shop.element(index).locator("[data-state=slow] #stopped-text")).to_be_visible()
        assert await (await shop.frame(index)).evaluate(_OVERFLOW) <= 0
    visitor.servers.stack.faults.add(f"{API}/init", "unavailable", times=30)

    go_on.set()

    await shop.hear("error", len(ELEMENTS))
    for index in range(len(ELEMENTS)):
        await expect(button(shop.element(index), "Start again")).to_be_visible()
        assert await (await shop.frame(index)).evaluate(_OVERFLOW) <= 0
