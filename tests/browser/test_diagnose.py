"""Diagnosis of a blank frame: the message on the console, and the page `/diagnose`."""

import pytest
from playwright.async_api import Page, expect

from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_console_of_a_page_that_is_not_listed_says_why(visitor: Visitor) -> None:
    """The SDK waits for `ready` in vain and asks a test deployment once."""
    visitor.expect_error("frame-ancestors")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop("payment", host="evil")
    await shop.until("window.loadedFrames === 1")

    await visitor.pass_blocked_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    await visitor.said("Cimplify Link: the payment element is not shown. No entry")
    assert 1 == len(visitor.asked("diagnose"))
    assert [] == visitor.asked("bootstrap")


async def test_a_page_that_works_asks_for_no_diagnosis(visitor: Visitor) -> None:
    """The console stays empty too."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    assert [] == visitor.asked("diagnose")
    assert [] == visitor.console


async def open_page(visitor: Visitor, host: str, query: str = "", *, width: int = 1280) -> Page:
    """Open `/diagnose` on a host."""
    page = await visitor.context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{visitor.origin(host)}/diagnose{query}")
    return page


async def failed(page: Page) -> list[str | None]:
    """Return the names of the checks that failed."""
    lines = await page.locator("#found .fail").all()
    return [await line.get_attribute("data-check") for line in lines]


async def test_the_page_of_the_shop_says_that_all_is_well(visitor: Visitor) -> None:
    """A person presses the button; nothing violates the page's CSP."""
    page = await open_page(visitor, "shop")
    await page.get_by_role("button", name="Check").click()
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "pass")
    assert [] == await failed(page)
    assert [] == visitor.console


async def test_the_page_of_another_host_says_what_is_wrong(visitor: Visitor) -> None:
    """An address is an answer: evil is not listed, and a typed parent is looked at too."""
    page = await open_page(visitor, "evil", "?business_id=bus_demo")
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    assert ["origin_listed"] == await failed(page)

    await page.locator("#parent").fill("null")
    await page.locator("#parent").press("Enter")
    sandboxed = page.locator("[data-check=parent_origin]")
    await expect(sandboxed).to_contain_text("sandbox")

    secure = visitor.origin("shop").replace("http:", "https:")
    page = await open_page(visitor, "shop", f"?business_id=bus_demo&parent_origin={secure}")
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    assert ["parent_origin", "parent_origin_listed"] == await failed(page)
    assert [] == visitor.console


async def test_a_refusal_is_shown_as_such(visitor: Visitor) -> None:
    """The business id is unknown."""
    page = await open_page(visitor, "other", "?business_id=bus_nobody")
    await expect(page.locator("[data-check=business_known]")).to_contain_text("business_id")
    assert ["business_known"] == await failed(page)


async def test_the_page_fits_a_phone(visitor: Visitor) -> None:
    """At a width of 360 px nothing overflows."""
    page = await open_page(visitor, "evil", "?business_id=bus_demo", width=360)
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert 0 == await page.evaluate(over)
