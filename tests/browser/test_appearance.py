"""A shop's look: the code that reads it comes for the shops that have one, and can be missed."""

import asyncio
from typing import Any, Final

import pytest
from playwright.async_api import Frame, Route, expect

from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import SDK_PATH, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODE: Final = "**/frame/appearance.js*"
# As other checkouts of Cimplify write it.
LOOK: Final[dict[str, Any]] = {
    "variables": {"primaryColor": "#f5b301", "borderRadius": "0.5rem", "fontFamily": "Inter, serif"}
}
BUTTON: Final = "[data-view=guest] [type=submit]"
GUEST: Final = "[data-view=guest]"


async def fill(frame: Frame) -> str:
    """Return the colour of the guest's button."""
    return str(
        await frame.evaluate(
            f"getComputedStyle(document.querySelector('{BUTTON}')).backgroundColor"
        )
    )


async def font(frame: Frame) -> str:
    """Return the families of the card's text."""
    return str(await frame.evaluate("getComputedStyle(document.querySelector('main')).fontFamily"))


async def mounted(shop: ShopPage, **options: object) -> Frame:
    """Mount an element and wait for a guest's view."""
    index = await shop.mount("payment", **options)
    await expect(shop.element(index).locator(GUEST)).to_be_visible()
    return await shop.frame(index)


async def test_a_shop_without_a_look_loads_no_code_for_it(visitor: Visitor) -> None:
    await mounted(await visitor.shop())
    await mounted(await visitor.shop(), appearance={"theme": "dark"})
    assert [] == [one for one in visitor.requests if "appearance" in one.url]


async def test_the_look_of_other_checkouts_is_understood(visitor: Visitor) -> None:
    shop = await visitor.shop()
    frame = await mounted(shop, appearance=LOOK)
    assert "rgb(245, 179, 1)" == await fill(frame)
    assert "Inter, serif" == (await font(frame)).replace('"', "")
    corner = f"getComputedStyle(document.querySelector('{BUTTON}')).borderTopLeftRadius"
    assert "8px" == await frame.evaluate(corner)
    assert not [text for text in visitor.console if "appearance" in text]


async def test_the_look_changes_while_the_customer_is_there(visitor: Visitor) -> None:
    """And stays when the element connects anew."""
    shop = await visitor.shop()
    frame = await mounted(shop)
    await shop.page.evaluate("(appearance) => handles[0].update({ appearance })", LOOK)
    await frame.wait_for_function(
        f"() => getComputedStyle(document.querySelector('{BUTTON}')).backgroundColor"
        " === 'rgb(245, 179, 1)'"
    )
    await frame.evaluate("() => void setTimeout(() => location.reload())")
    await shop.hear("initialized", 2)
    await expect(shop.element().locator(GUEST)).to_be_visible()
    assert "rgb(245, 179, 1)" == await fill(await shop.frame())

    await shop.page.evaluate("handles[0].update({ appearance: { theme: 'dark' } })")
    again = await shop.frame()
    await again.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert "rgb(127, 214, 191)" == await fill(again)


async def test_the_element_comes_without_its_look_where_that_is_lost(visitor: Visitor) -> None:
    visitor.expect_error("Failed to load resource")

    async def lose(route: Route) -> None:
        await route.fulfill(status=404, body="")

    await visitor.context.route(CODE, lose)
    shop = await visitor.shop()
    assert "rgb(11, 90, 73)" == await fill(await mounted(shop, appearance=LOOK))
    await visitor.context.unroute(CODE)
    await shop.page.evaluate("(appearance) => handles[0].update({ appearance })", LOOK)
    await (await shop.frame()).wait_for_function(
        f"() => getComputedStyle(document.querySelector('{BUTTON}')).backgroundColor"
        " === 'rgb(245, 179, 1)'"
    )


async def test_the_customer_does_not_wait_for_a_look_that_does_not_come(visitor: Visitor) -> None:
    await visitor.take_clock()

    async def keep(_route: Route) -> None:
        """Never answer."""

    await visitor.context.route(CODE, keep)
    shop = await visitor.shop()
    async with visitor.context.expect_event("request", lambda one: "appearance.js" in one.url):
        await shop.mount("payment", appearance=LOOK)
    await visitor.servers.called("init")
    await visitor.wait(3_000)
    await expect(shop.element().locator(GUEST)).to_be_visible()
    await shop.hear("initialized")


async def test_what_is_dropped_is_named_on_the_console(visitor: Visitor) -> None:
    """On a test deployment, which says so with its SDK."""
    shop = await visitor.shop()
    wrong = {"theme": "night", "variables": {"colourPrimary": "#fff", "fontSize": "3rem"}}
    await mounted(shop, appearance=wrong)
    await visitor.said(
        "appearance drops theme, variables.colourPrimary, variables.fontSize. Names and values"
    )


async def test_a_live_deployment_names_nothing(visitor: Visitor) -> None:
    """Its SDK comes without the header by which a test deployment is known."""
    answered = asyncio.Event()

    async def live(route: Route) -> None:
        if route.request.method == "HEAD":
            await route.fulfill(status=200)
            answered.set()
        else:
            await route.fallback()

    await visitor.context.route(f"**{SDK_PATH}", live)
    shop = await visitor.shop()
    frame = await mounted(shop, appearance={"variables": {"colourPrimary": "#fff"}})
    async with asyncio.timeout(DEADLINE_S):
        await answered.wait()
    await frame.evaluate("fetch('/elements/sdk/v1.js').then((response) => response.text())")
    assert [] == visitor.console
